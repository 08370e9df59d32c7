"""The values that every reader must see again: each supported type with its extremes.

One table of COLUMNS, written as several files so that bounds can prune: FILES names the rows of
each. Literals are text that DuckDB casts to the column's type; `None` is null.
"""

import datetime
import decimal
import struct
import uuid
from dataclasses import dataclass

CLEF = "\U0001d11e"  # four bytes in UTF-8
LAST = "\U0010ffff"  # the last code point: an upper bound cannot be raised here
BEFORE_SURROGATES = "\ud7ff"  # raising it must skip the surrogates


@dataclass(frozen=True)
class Column:
    name: str
    duckdb_type: str
    values: tuple  # by row id from 0; None is null, missing rows are null
    spark_type: str | None = None  # None: nested, or unknown to Spark; no filters there
    is_float: bool = False
    parse: object = str  # text to what PyIceberg takes as a literal; None: no filters

    def duckdb_literal(self, text: str) -> str:
        return "CAST('" + text.replace("'", "''") + f"' AS {self.duckdb_type})"

    def spark_literal(self, text: str) -> str:
        if self.spark_type == "BINARY":
            return "X'" + self.parse(text).hex() + "'"
        quoted = text.replace("\\", "\\\\").replace("'", "\\'")
        return f"CAST('{quoted}' AS {self.spark_type})"


def blob(content: bytes) -> str:
    return "".join(f"\\x{byte:02X}" for byte in content)


def unblob(text: str) -> bytes:
    return bytes.fromhex(text.replace("\\x", ""))


def iso(text: str) -> str:
    return text.replace(" ", "T")


def zoned(text: str) -> str:
    return iso(text).removesuffix("+00") + "+00:00"


def single(text: str) -> float:
    """The text as the nearest float of 32 bits."""
    return struct.unpack("f", struct.pack("f", float(text)))[0]


def boolean(text: str) -> bool:
    return text == "true"


REALS = ("-0.0", "0.0", "1.5", None, "-1e-30", "nan", None, None, "nan", None)
FLOATS = (*REALS, "-3.4028235e38", "3.4028235e38", "1.1754944e-38", "1.4e-45")
INFINITIES = ("inf", "0.5", "-inf", None, "nan", "nan", None, None, "1.0")
DOUBLES = (*REALS, "-1.7976931348623157e308", "1.7976931348623157e308", "5e-324", "inf", "-inf")
STRINGS = (
    "",
    "a",
    "it's \"so\"\\\n\t",
    None,
    CLEF * 16 + "a",
    CLEF * 300,
    CLEF * 300 + "x",
    None,
    LAST * 20,
    None,
    BEFORE_SURROGATES * 20,
    "z" * 15 + BEFORE_SURROGATES + "!",
    "z" * 256,
    "z" * 257,
    "\u00ff",
)
BLOBS = (b"", b"\x00", b"a", None, b"\x00\xff" * 200, b"\x80", b"'", None, b"\xff" * 20, None,
         b"\x7f" * 16 + b"\xff", b"\xff" * 15 + b"\x00\x01", b"\xfe\xff" * 8 + b"\xff")  # fmt: skip

FLAT = (
    Column("flag", "BOOLEAN", ("true", "false", "true", None, "false", "false"), "BOOLEAN",
           parse=boolean),
    Column("i32", "INTEGER", ("0", "-1", "1", None, "-2147483648", "7", None, None, "2147483647"),
           "INT", parse=int),
    Column("i64", "BIGINT", ("0", "-1", "4294967296", None, "-9223372036854775808", "256", None,
                             None, "9223372036854775807"), "BIGINT", parse=int),
    Column("f32", "FLOAT", FLOATS, "FLOAT", True, single),
    Column("f32_inf", "FLOAT", INFINITIES, "FLOAT", True, None),  # PyIceberg: beyond a float
    Column("f64", "DOUBLE", DOUBLES, "DOUBLE", True, float),
    Column("d9", "DECIMAL(9,2)", ("0.00", "-0.01", "1.28", None, "-9999999.99", "-1.28", None,
                                  None, "9999999.99", None, "327.68"), "DECIMAL(9,2)",
           parse=decimal.Decimal),
    Column("d18", "DECIMAL(18,4)", ("0.0000", "-0.0001", "0.0128", None, "-99999999999999.9999",
                                    "-0.0128", None, None, "99999999999999.9999"),
           "DECIMAL(18,4)", parse=decimal.Decimal),
    Column("d38", "DECIMAL(38,10)", ("0.0000000000", "-0.0000000001", "1.0000000000", None,
                                     "-" + "9" * 28 + "." + "9" * 10, "-0.0000000128", None, None,
                                     "9" * 28 + "." + "9" * 10), "DECIMAL(38,10)",
           parse=decimal.Decimal),
    Column("day", "DATE", ("1970-01-01", "1969-12-31", "2024-02-29", None, "0001-01-01",
                           "1582-10-04", None, None, "9999-12-31"), "DATE", parse=str),
    Column("moment", "TIMESTAMP", ("1970-01-01 00:00:00", "1969-12-31 23:59:59.999999",
                               "2024-02-29 12:00:00.000001", None, "0002-01-01 00:00:00",
                               "1582-10-04 00:00:00", None, None, "9999-12-31 23:59:59.999999"),
           "TIMESTAMP_NTZ", parse=iso),
    Column("moment_zone", "TIMESTAMPTZ", ("1970-01-01 00:00:00+00", "1969-12-31 23:59:59.999999+00",
                                      "2024-03-10 07:30:00.000001+00", None,
                                      "0002-01-02 00:00:00+00", "1582-10-04 00:00:00+00", None,
                                      None, "9999-12-30 23:59:59.999999+00"),
           "TIMESTAMP", parse=zoned),
    Column("text", "VARCHAR", STRINGS, "STRING", parse=str),
    Column("bytes", "BLOB", tuple(b if b is None else blob(b) for b in BLOBS), "BINARY",
           parse=unblob),
    Column("uid", "UUID", ("00000000-0000-0000-0000-000000000000",
                           "7fffffff-ffff-ffff-ffff-ffffffffffff",
                           "80000000-0000-0000-0000-000000000000", None,
                           "ffffffff-ffff-ffff-ffff-ffffffffffff",
                           "12345678-9abc-def0-1234-56789abcdef0"), "STRING", parse=uuid.UUID),
)  # fmt: skip

TIME = Column("clock", "TIME", ("00:00:00", "23:59:59.999999", "12:34:56.000001", None,
                                "00:00:00.000001", "12:00:00"),
              parse=datetime.time.fromisoformat)  # fmt: skip

MIXED = (
    "{-7={'l': [{'t': '1969-12-31 23:59:59.999999', 'b': '\\\\x00\\\\xFF'}, NULL], 'n': NULL},"
    " 8={'l': NULL, 'n': 1}}"
)

NESTED = (
    Column("pair", "STRUCT(a INTEGER, b VARCHAR)",
           ("{'a': 1, 'b': 'x'}", "{'a': NULL, 'b': NULL}", None, "{'a': -1, 'b': ''}")),
    Column("deep", "STRUCT(a STRUCT(b STRUCT(c DOUBLE, d DECIMAL(20,3)), e DATE), f UUID)",
           ("{'a': {'b': {'c': -0.0, 'd': -1.005}, 'e': '1969-12-31'}, 'f': NULL}",
            "{'a': {'b': NULL, 'e': NULL}, 'f': 'ffffffff-ffff-ffff-ffff-ffffffffffff'}",
            None, "{'a': NULL, 'f': NULL}",
            "{'a': {'b': {'c': nan, 'd': 99999999999999999.999}, 'e': '9999-12-31'}, 'f': NULL}")),
    Column("list", "INTEGER[]", ("[]", "[1, NULL, -2147483648]", None, "[NULL]", "[7]")),
    Column("lists", "VARCHAR[][][]", ("[]", "[[]]", "[[[]]]", None, "[[['a', NULL], []], NULL]")),
    Column("map", "MAP(VARCHAR, BIGINT)", ("{}", "{a=1, b=NULL}", None, "{'" + CLEF + "'=-5}")),
    Column("mixed", "MAP(INTEGER, STRUCT(l STRUCT(t TIMESTAMP, b BLOB)[], n DECIMAL(38,10)))",
           ("{}", "{1={'l': [], 'n': -0.0000000001}}", None, MIXED)),
)  # fmt: skip

ROWS = 20
# The last two: only nulls; NaN as the only number (row 5), a null beside it (row 7).
FILES = ((0, 1, 2), (3, 4), (6, 8), (10, 11, 12, 13, 14), (15, 16, 17, 18, 19), (5, 7), (9,))


def source_sql(columns: tuple[Column, ...], rows: tuple[int, ...]) -> str:
    """A SELECT of these rows, with column `id` first."""
    lines = []
    for row in rows:
        values = [column.values[row] if row < len(column.values) else None for column in columns]
        literals = [
            f"CAST(NULL AS {column.duckdb_type})" if text is None else column.duckdb_literal(text)
            for column, text in zip(columns, values, strict=True)
        ]
        lines.append(f"({row}::BIGINT, {', '.join(literals)})")
    names = ", ".join(["id"] + [f'"{column.name}"' for column in columns])
    return f"SELECT * FROM (VALUES {', '.join(lines)}) AS rows({names})"
