"""Odd Parquet files, written by pyarrow in all of its ways and read by it again."""

import datetime
import io
import random
from decimal import Decimal

import pyarrow as pa
from pyarrow import parquet

from odd.odd_file import OddFile, many, row_count, surprise_place

US, NS = pa.timestamp("us"), pa.timestamp("ns")
# The columns of the table: name, DuckDB's type, and the types of files that go into it unchanged.
COLUMNS = (
    ("i", "BIGINT", (pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.uint8(), pa.uint16(),
                     pa.uint32(), pa.uint64())),
    ("x", "DOUBLE", (pa.float32(), pa.float64())),
    ("d", "DECIMAL(38,4)", (pa.decimal128(5, 2), pa.decimal128(18, 4), pa.decimal128(38, 4),
                            pa.decimal256(30, 1))),
    ("b", "BOOLEAN", (pa.bool_(),)),
    ("day", "DATE", (pa.date32(), pa.date64())),
    ("t", "TIMESTAMP", (pa.timestamp("s"), pa.timestamp("ms"), US, NS)),
    ("z", "TIMESTAMPTZ", (pa.timestamp("ms", "UTC"), pa.timestamp("us", "UTC"),
                          pa.timestamp("ns", "UTC"), pa.timestamp("us", "Asia/Kolkata"))),
    ("c", "TIME", (pa.time32("ms"), pa.time64("us"), pa.time64("ns"))),
    ("s", "VARCHAR", (pa.string(), pa.large_string(), pa.dictionary(pa.int32(), pa.string()))),
    ("y", "BLOB", (pa.binary(), pa.large_binary(), pa.binary(3))),
    ("l", "BIGINT[]", (pa.list_(pa.int64()), pa.large_list(pa.int32()))),
    ("st", "STRUCT(k BIGINT, m VARCHAR)", (pa.struct([("k", pa.int64()), ("m", pa.string())]),)),
    ("mp", "MAP(VARCHAR, BIGINT)", (pa.map_(pa.string(), pa.int64()),)),
)  # fmt: skip
NAMES = tuple(name for name, _, _ in COLUMNS)
MOMENTS = (0, -1_000_000, 1_700_000_000_000_000, 951_782_400_000_000)
VALUES = {
    "b": (True, False),
    "day": (datetime.date(2024, 2, 29), datetime.date(1, 1, 1), datetime.date(9999, 12, 31),
            datetime.date(1969, 12, 31)),
    "s": ("", "x", "é🦆", "a" * 300, "NULL", "\0", "b\nc"),
    "y": (b"abc", b"\0\xff\x80", b"   "),
    "l": ([], [1], [1, None, 3], [2] * 20),
    "st": ({"k": 1, "m": "x"}, {"k": None, "m": None}),
    "mp": ([], [("k", 1)], [("k", None), ("l", 2)]),
}  # fmt: skip
CODECS = ("none", "snappy", "gzip", "brotli", "zstd", "lz4")


def value(rng: random.Random, name: str, kind: pa.DataType):
    if name == "i":
        bits = kind.bit_width
        low, high = (-(2 ** (bits - 1)), 2 ** (bits - 1)) if "u" not in str(kind) else (0, 2**bits)
        return rng.choice((0, 1, 7, low, min(high, 2**63) - 1))
    if name == "x":
        return rng.choice((0.0, 1.5, -0.25, 1e30, float("inf"), float("nan"), -0.0))
    if name == "d":
        units = 10 ** rng.choice((0, 1, kind.precision - 1)) * rng.choice((1, -1))
        return Decimal(units).scaleb(-kind.scale)
    if name in ("t", "z"):
        return pa.scalar(rng.choice(MOMENTS), pa.timestamp("us", kind.tz)).cast(kind)
    if name == "c":
        micros = rng.choice((0, 1_000, 86_399_999_000))
        return pa.scalar(micros, pa.time64("us")).cast(kind)
    return rng.choice(VALUES[name])


def column(rng: random.Random, name: str, kind: pa.DataType, count: int) -> list:
    nulls = rng.choice((0, 0, 0.1, 0.9, 1 if rng.random() < 0.2 else 0))
    # Of few distinct values, of one, or as they come.
    return many(rng, lambda: None if rng.random() < nulls else value(rng, name, kind), count)


def surprise(rng: random.Random, name: str, kind: pa.DataType):
    """A value that the table does not hold, where the type has one, and the verdict."""
    if name == "i" and kind == pa.uint64():
        return 2**63, "fail"
    if kind in (NS, pa.timestamp("ns", "UTC")):
        return pa.scalar(1_700_000_000_000_000_001, kind), "fail"
    if kind == pa.time64("ns"):
        return pa.scalar(1_001, kind), "fail"
    return value(rng, name, kind), None


def options(rng: random.Random, kinds: dict[str, pa.DataType], rows: int) -> dict:
    """Of pyarrow's writer."""
    # Earlier versions of the format have no nanoseconds.
    has_nanos = any("[ns" in str(kind) for kind in kinds.values())
    made = {
        "compression": rng.choice(CODECS),
        "row_group_size": rng.choice((None, None, 1 if rows < 50 else 1000, 2048, 2047)),
        "data_page_size": rng.choice((None, 64, 4096)),
        "data_page_version": rng.choice(("1.0", "2.0")),
        "dictionary_pagesize_limit": rng.choice((None, 64)),
        "write_statistics": rng.random() < 0.7,
        "write_page_index": rng.random() < 0.3,
        "write_page_checksum": rng.random() < 0.4,
        "store_schema": rng.random() < 0.7,
        "version": "2.6" if has_nanos else rng.choice(("1.0", "2.4", "2.6")),
        "use_dictionary": rng.random() < 0.5,
        "store_decimal_as_integer": rng.random() < 0.3,
        "write_batch_size": rng.choice((None, 7)),
    }
    if rows > 2000 and made["data_page_size"] == 64:
        made["data_page_size"] = None
    if rows > 2000 and made["write_batch_size"] == 7:
        made["write_batch_size"] = None
    if "t" in kinds and "z" not in kinds and rng.random() < 0.2:  # INT96 has no zone
        made["use_deprecated_int96_timestamps"] = True
    if not made["use_dictionary"] and rng.random() < 0.6:
        made["column_encoding"] = encodings(rng, kinds)
    return made


def encodings(rng: random.Random, kinds: dict[str, pa.DataType]) -> dict[str, str]:
    chosen = {}
    for name, kind in kinds.items():
        if pa.types.is_integer(kind) or name in ("day", "c"):
            chosen[name] = rng.choice(("PLAIN", "DELTA_BINARY_PACKED", "BYTE_STREAM_SPLIT"))
        elif name == "s" and not pa.types.is_dictionary(kind):
            chosen[name] = rng.choice(("PLAIN", "DELTA_LENGTH_BYTE_ARRAY", "DELTA_BYTE_ARRAY"))
        elif name == "x":
            chosen[name] = rng.choice(("PLAIN", "BYTE_STREAM_SPLIT"))
        elif name == "b":
            chosen[name] = rng.choice(("PLAIN", "RLE"))
    return chosen


def damage(rng: random.Random, data: bytes, has_checksums: bool) -> tuple[bytes, str, str]:
    """Changed bytes, what was done, and the verdict."""
    changed = bytearray(data)
    footer = int.from_bytes(data[-8:-4], "little") + 8
    kind = rng.choice(("page", "page", "footer", "cut", "magic", "length"))
    if kind == "page" and not has_checksums:
        kind = "cut"  # nobody can tell a changed value from another
    if kind == "page" and len(data) - footer > 8:
        at = rng.randrange(4, len(data) - footer)
        changed[at] ^= 1 << rng.randrange(8)
        return bytes(changed), f"bit of byte {at} changed", "checked"
    if kind == "magic":
        changed[-1] ^= 1
        return bytes(changed), "changed magic", "fail"
    if kind == "length":
        changed[-8:-4] = rng.choice((0, len(data), 2**31, 2**32 - 1)).to_bytes(4, "little")
        return bytes(changed), "changed length of the footer", "fail"
    if kind == "footer":
        del changed[-footer : -footer + rng.randint(1, 20)]
        return bytes(changed), "bytes of the footer missing", "fail"
    return data[: rng.randrange(len(data))], "cut off", "fail"


def normal(item):
    """A value as the rows of both sides have it."""
    if isinstance(item, float):
        return repr(item + 0.0)  # zero has no sign
    if isinstance(item, Decimal):
        return item.normalize() if item else Decimal(0)
    if isinstance(item, datetime.datetime) and item.tzinfo:
        return item.astimezone(datetime.UTC).replace(tzinfo=None), "UTC"
    if isinstance(item, list):
        return tuple(map(normal, item))
    if isinstance(item, dict):
        return tuple(map(normal, item.values()))
    return item.decode("latin-1") if isinstance(item, bytes) else item


def micros(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_timestamp(kind):
        return pa.timestamp("us", "UTC" if kind.tz else None)
    return pa.time64("us") if kind == pa.time64("ns") else kind


def rows_of(table: pa.Table) -> list[tuple]:
    """The rows as the table of Eider has them: columns that are not there are null."""
    columns = []
    for name in NAMES:
        if name not in table.column_names:
            columns.append([None] * table.num_rows)
            continue
        values = table[name]
        columns.append([normal(item) for item in values.cast(micros(values.type)).to_pylist()])
    return list(zip(*columns, strict=True))


def read_checked(data: bytes) -> list[tuple] | None:
    """By pyarrow, with the checksums of its pages; None: it cannot be read."""
    try:
        return rows_of(parquet.read_table(io.BytesIO(data), page_checksum_verification=True))
    except (OSError, pa.ArrowException, ValueError, OverflowError):
        return None


def is_refused(kinds: dict[str, pa.DataType], how: dict) -> bool:
    """Whether DuckDB's reader lacks an encoding: BYTE_STREAM_SPLIT of others than floats."""
    chosen = how.get("column_encoding", {})
    return any(kind == "BYTE_STREAM_SPLIT" and not pa.types.is_floating(kinds[name])
               for name, kind in chosen.items())  # fmt: skip


def make_parquet(rng: random.Random) -> OddFile:
    names = [name for name in NAMES if rng.random() < 0.5] or ["i"]
    rng.shuffle(names)
    types = {name: kinds for name, _, kinds in COLUMNS}
    kinds = {name: rng.choice(types[name]) for name in names}
    count = row_count(rng)
    columns = {name: column(rng, name, kinds[name], count) for name in names}
    must = "load"
    what = f"{count} rows of {', '.join(f'{name} {kinds[name]}' for name in names)}"
    if count and rng.random() < 0.4:
        name, place = rng.choice(names), surprise_place(rng, count)
        columns[name][place], verdict = surprise(rng, name, kinds[name])
        if verdict:
            must, what = verdict, f"{what}, too much for the table in row {place} of {name}"
    table = pa.table({name: pa.array(columns[name], kinds[name]) for name in names})
    how = options(rng, kinds, count)
    data = write(table, how)
    what += f", {({key: value for key, value in how.items() if value is not None})}"
    file = OddFile("parquet", ".parquet", data, must, what)
    if is_refused(kinds, how) and count:
        file.must = "fail"
    if file.must == "fail":
        return file
    if rng.random() < 0.15:
        file.data, damaged, file.must = damage(rng, data, how["write_page_checksum"])
        file.what += f", {damaged}"
        if file.must == "checked":
            # A bit that only one reader minds (in a page's header) leaves the rows as they were.
            found = read_checked(file.data)
            file.must, file.rows = "either", read_checked(data) if found is None else found
        return file
    file.rows = read_checked(data)
    assert file.rows is not None, what
    return file


def write(table: pa.Table, how: dict) -> bytes:
    made = io.BytesIO()
    given = {key: value for key, value in how.items() if value is not None}
    parquet.write_table(table, made, **given)
    return made.getvalue()
