"""The kinds of columns of the matrix: the type in each engine's words, values and their extremes.

Values are Python's own: bool, int, float, Decimal, date, time, datetime, str, UUID, bytes.
"""

import datetime
import decimal
import struct
import uuid
from dataclasses import dataclass
from random import Random

import pyarrow
from pyiceberg.types import (
    BinaryType,
    BooleanType,
    DateType,
    DecimalType,
    DoubleType,
    FloatType,
    IcebergType,
    IntegerType,
    LongType,
    StringType,
    TimestampType,
    TimestamptzType,
    TimeType,
    UUIDType,
)

from every_type import BLOBS, DOUBLES, FLOATS, STRINGS, single

UTC = datetime.UTC
EPOCH_DAY = datetime.date(1970, 1, 1)
EPOCH = datetime.datetime(1970, 1, 1)
MICROSECOND = datetime.timedelta(microseconds=1)


@dataclass(frozen=True)
class Kind:
    name: str
    iceberg: IcebergType
    arrow: pyarrow.DataType
    spark: str  # "": Spark has no such type
    duckdb: str
    extremes: tuple
    draw: object  # (Random) -> a value

    @property
    def is_float(self) -> bool:
        return self.name in ("float", "double")


def reals(texts) -> tuple[float, ...]:
    return tuple(float(text) for text in texts if text is not None)


def decimals(precision: int, scale: int):
    """The extremes and the drawing of decimal(precision, scale)."""
    unit = 10 ** (precision - 1)

    def value(unscaled: int) -> decimal.Decimal:
        digits = tuple(map(int, str(abs(unscaled))))
        return decimal.Decimal((int(unscaled < 0), digits, -scale))

    bounds = (0, 1, -1, 127, 128, -128, -129, 255, 256, 32768, unit * 10 - 1, 1 - unit * 10)
    return (tuple(map(value, bounds)),
            lambda random: value(random.randint(-unit, unit) >> random.randint(0, 3 * precision)))


def moments(years: tuple[int, ...], zone=None):
    """Timestamps before, at and after the moments where transforms and calendars change."""
    found = [
        (1970, 1, 1), (1969, 12, 31, 23, 59, 59, 999999), (1969, 12, 31, 23), (1970, 1, 1, 1),
        (2024, 2, 29, 12, 0, 0, 1), (1582, 10, 4), (1900, 2, 28, 23, 59, 59), (1969, 12, 1),
        (years[0], 1, 2), (years[1], 12, 30, 23, 59, 59, 999999),
    ]  # fmt: skip
    return tuple(datetime.datetime(*one, tzinfo=zone) for one in found)


def draw_moment(random: Random) -> datetime.datetime:
    micros = random.randint(-(10**10), 2 * 10**10) * 10**random.choice((0, 3, 5))
    return EPOCH + micros * MICROSECOND


def draw_text(random: Random) -> str:
    letters = "abcxyz \u00e4\u20ac\U0001d11e%/'\"="
    return "".join(random.choice(letters) for _ in range(random.randint(0, 20)))


def draw_float(random: Random) -> float:
    return random.choice((random.gauss(0, 100), float(random.randint(-5, 5))))


DECIMAL9, DECIMAL18, DECIMAL38 = decimals(9, 2), decimals(18, 4), decimals(38, 10)
DAYS = tuple(datetime.date(*one) for one in (
    (1970, 1, 1), (1969, 12, 31), (1969, 1, 1), (1970, 12, 31), (2024, 2, 29), (1582, 10, 4),
    (1, 1, 1), (9999, 12, 31)))  # fmt: skip
CLOCKS = tuple(map(datetime.time.fromisoformat, (
    "00:00:00", "23:59:59.999999", "12:34:56.000001", "00:00:00.000001")))  # fmt: skip
UIDS = tuple(map(uuid.UUID, (
    "00000000-0000-0000-0000-000000000000", "7fffffff-ffff-ffff-ffff-ffffffffffff",
    "80000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff",
    "12345678-9abc-def0-1234-56789abcdef0")))  # fmt: skip

KINDS = {kind.name: kind for kind in (
    Kind("boolean", BooleanType(), pyarrow.bool_(), "BOOLEAN", "BOOLEAN", (True, False),
         lambda random: random.random() < 0.5),
    Kind("int", IntegerType(), pyarrow.int32(), "INT", "INTEGER",
         (0, 1, -1, -3, 2**31 - 1, -(2**31), 255, 256), lambda random: random.randint(-99, 99)),
    Kind("long", LongType(), pyarrow.int64(), "BIGINT", "BIGINT",
         (0, 1, -1, -4, 2**63 - 1, -(2**63), 2**32), lambda random: random.randint(-99, 10**12)),
    Kind("float", FloatType(), pyarrow.float32(), "FLOAT", "FLOAT",
         (*(single(text) for text in FLOATS if text), float("inf"), float("-inf")),
         lambda random: single(str(draw_float(random)))),
    Kind("double", DoubleType(), pyarrow.float64(), "DOUBLE", "DOUBLE", reals(DOUBLES),
         draw_float),
    Kind("decimal9", DecimalType(9, 2), pyarrow.decimal128(9, 2), "DECIMAL(9,2)", "DECIMAL(9,2)",
         *DECIMAL9),
    Kind("decimal18", DecimalType(18, 4), pyarrow.decimal128(18, 4), "DECIMAL(18,4)",
         "DECIMAL(18,4)", *DECIMAL18),
    Kind("decimal38", DecimalType(38, 10), pyarrow.decimal128(38, 10), "DECIMAL(38,10)",
         "DECIMAL(38,10)", *DECIMAL38),
    Kind("date", DateType(), pyarrow.date32(), "DATE", "DATE", DAYS,
         lambda random: EPOCH_DAY + datetime.timedelta(random.randint(-30000, 30000))),
    Kind("time", TimeType(), pyarrow.time64("us"), "", "TIME", CLOCKS,
         lambda random: draw_moment(random).time()),
    Kind("timestamp", TimestampType(), pyarrow.timestamp("us"), "TIMESTAMP_NTZ", "TIMESTAMP",
         moments((1, 9999)), draw_moment),
    Kind("timestamptz", TimestamptzType(), pyarrow.timestamp("us", tz="UTC"), "TIMESTAMP",
         "TIMESTAMPTZ", moments((2, 9999), UTC),
         lambda random: draw_moment(random).replace(tzinfo=UTC)),
    Kind("string", StringType(), pyarrow.string(), "STRING", "VARCHAR",
         tuple(text for text in STRINGS if text is not None), draw_text),
    Kind("uuid", UUIDType(), pyarrow.uuid(), "STRING", "UUID", UIDS,
         lambda random: uuid.UUID(int=random.getrandbits(128))),
    Kind("binary", BinaryType(), pyarrow.binary(), "BINARY", "BLOB",
         tuple(content for content in BLOBS if content is not None),
         lambda random: random.randbytes(random.randint(0, 24))),
)}  # fmt: skip


def is_nan(value) -> bool:
    return isinstance(value, float) and value != value


def internal(kind: Kind, value):
    """The value as manifests and transforms have it: days, microseconds, bytes as they are."""
    if isinstance(value, datetime.datetime):
        return (value.replace(tzinfo=None) - EPOCH) // MICROSECOND
    if isinstance(value, datetime.date):
        return (value - EPOCH_DAY).days
    if isinstance(value, datetime.time):
        return (datetime.datetime.combine(EPOCH_DAY, value) - EPOCH) // MICROSECOND
    if isinstance(value, (bytes, bytearray)):
        return bytes(value)
    if isinstance(value, str) and kind.name == "uuid":
        return uuid.UUID(value)
    return value


def order(kind: Kind, value):
    """A key by which values of the kind compare as the specification says; never for NaN."""
    value = internal(kind, value)
    if isinstance(value, float):
        return value, struct.pack(">d", value)[0] < 128  # -0.0 is below 0.0
    return value.bytes if isinstance(value, uuid.UUID) else value
