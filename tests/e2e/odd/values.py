"""Texts of values of every kind, and what they are as values: told by Python's own types, after the
words of docs/readers.md.
"""

import datetime
import decimal
import re
from decimal import Decimal, InvalidOperation

NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
SPECIAL = re.compile(r"[+-]?(nan|inf|infinity)", re.IGNORECASE)
MOMENT = re.compile(
    r"(\d{4}-\d{2}-\d{2})(?:[ T](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)) ?"
    r"(Z|[+-]\d{2}(?::?\d{2})?)?|(\d{4}-\d{2}-\d{2})"
)
CLOCK = re.compile(r"(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d+))?)?")
decimal.getcontext().prec = 1000  # nothing is rounded here
TRUE, FALSE = {"true", "t", "yes", "y", "1"}, {"false", "f", "no", "n", "0"}

# Texts of one kind, as a column of a good file has them.
KINDS = {
    "integer": ("0", "1", "-7", "42", "9007199254740993", "-9223372036854775808", "100000"),
    "fraction": ("1.5", "-0.25", "3", "2.50", "1e3", "0.1", "-1e-7", "123456.789"),
    "money": ("1.50", "0.05", "-12.99", "99999.00", "7"),
    "huge": ("12345678901234567891", "9007199254740993.5", "1", "-0.1"),
    "boolean": ("true", "false", "True", "FALSE"),
    "day": ("2024-01-31", "1999-12-31", "2024-02-29", "0001-01-01", "9999-12-31"),
    "moment": ("2024-01-31 10:00:00", "2024-01-31T23:59:59.123456", "1969-12-31 23:59"),
    "zoned": ("2024-01-31T10:00:00Z", "2024-01-31 10:00:00+02", "2024-07-01 00:00:00.5-05:30"),
    "clock": ("10:00", "23:59:59", "00:00:00.000001"),
    "code": ("01234", "00", "007", "1e", "0x1F"),
    "word": ("x", "NULL", "null", "é🦆", "a b", "it's", "{}", "%", "a\\b", "-", "N/A"),
    "other day": ("31/12/2024", "12/31/2024", "01/02/2024"),
}
# What makes a column's kind untrue in one place.
SURPRISES = (
    "1.5", "01234", "12345678901234567891", "9007199254740993", "9007199254740993.0", "1e400",
    "abc", "+1", "2024-01-31", "2024-01-31 12:34:56", "2024-01-31 12:34:56Z", "2024-02-30", "10:00",
    "24:00:00", "true", "t", "nan", "-inf", " 1", "1 ", " x", "x ", "1,5", "1_000", "0x10", "NULL",
    "None", "-0", "1.0000000000000001", "123456789012345678901234567890123456789", "3.0", "3e2",
    "2024-01-31 12:34:56.1234567", "31/12/2024", "1e5", "1e-400", ".5", "5.", "\u00a07", "١٢",
    "0" * 40, "0.1" + "0" * 40, "2024-1-31", "infinity", "10:00:00.1234567", "12:60", "2024-01-31T",
    "2024-01-31 25:00:00", "10000-01-01", "-0.0", "1e", "e1", "--1", "1-", "\u2212" + "1",
)  # fmt: skip


class Misfit(Exception):
    """The text is no value of the type, or would lose something."""


def _number(text: str) -> Decimal:
    text = text.strip(" \t")
    if not NUMBER.fullmatch(text) or not text.isascii():
        raise Misfit
    try:
        return Decimal(text)
    except InvalidOperation:
        raise Misfit from None


def as_long(text: str) -> int:
    number = _number(text)
    if number != number.to_integral_value() or not -(2**63) <= number < 2**63:
        raise Misfit
    return int(number)


def as_decimal(text: str, digits: int = 12, scale: int = 2) -> Decimal:
    number = _number(text)
    if abs(number.adjusted()) > 100 and number:
        raise Misfit
    units = number.scaleb(scale)
    if units != units.to_integral_value() or abs(units) >= 10**digits:
        raise Misfit
    return int(units) * Decimal(1).scaleb(-scale)


def as_double(text: str) -> str:
    """As its shortest text, so that NaN equals itself; zero has no sign."""
    text = text.strip(" \t")
    if SPECIAL.fullmatch(text):
        return repr(float(text)).replace("-nan", "nan")
    number = _number(text)
    value = float(text)
    is_whole = "." not in text and "e" not in text.lower()
    if is_whole and Decimal(value) != number:
        raise Misfit
    if value in (float("inf"), float("-inf")) or (value == 0 and number != 0):
        raise Misfit
    return repr(value + 0.0)


def as_boolean(text: str) -> bool:
    text = text.strip(" \t").lower()
    if text not in TRUE | FALSE:
        raise Misfit
    return text in TRUE


def as_clock(text: str) -> datetime.time:
    found = CLOCK.fullmatch(text.strip(" \t"))
    if not found or not text.isascii():
        raise Misfit
    hours, minutes, seconds, fraction = found.groups()
    if (fraction or "")[6:].strip("0"):
        raise Misfit
    try:
        micros = int((fraction or "0")[:6].ljust(6, "0"))
        return datetime.time(int(hours), int(minutes), int(seconds or 0), micros)
    except ValueError:
        raise Misfit from None


def _moment(text: str) -> tuple[datetime.datetime, str | None, bool]:
    """The moment, its zone, and whether it is only a day."""
    found = MOMENT.fullmatch(text.strip(" \t"))
    if not found or not text.isascii():
        raise Misfit
    day, clock, zone, only_day = found.groups()
    try:
        date = datetime.date.fromisoformat(day or only_day)
    except ValueError:
        raise Misfit from None
    return datetime.datetime.combine(date, as_clock(clock or "00:00")), zone, only_day is not None


def as_day(text: str) -> datetime.date:
    moment, _, is_day = _moment(text)
    if not is_day:
        raise Misfit
    return moment.date()


def as_moment(text: str) -> datetime.datetime:
    moment, zone, _ = _moment(text)
    if zone:
        raise Misfit
    return moment


def as_zoned(text: str) -> datetime.datetime:
    moment, zone, _ = _moment(text)
    offset = datetime.timedelta()
    if zone and zone != "Z":
        digits = zone[1:].replace(":", "").ljust(4, "0")
        offset = datetime.timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
        if int(digits[2:]) > 59:
            raise Misfit
    try:
        utc = moment - (-offset if zone and zone[0] == "-" else offset)
    except OverflowError:
        raise Misfit from None
    return utc.replace(tzinfo=datetime.UTC)


def as_text(text: str) -> str:
    return text


# The columns of the tables with types: name, DuckDB's type, and the texts that they take.
TYPED = (
    ("i", "BIGINT", as_long),
    ("x", "DOUBLE", as_double),
    ("d", "DECIMAL(12,2)", as_decimal),
    ("b", "BOOLEAN", as_boolean),
    ("day", "DATE", as_day),
    ("t", "TIMESTAMP", as_moment),
    ("z", "TIMESTAMPTZ", as_zoned),
    ("c", "TIME", as_clock),
    ("s", "VARCHAR", as_text),
)
KIND_OF = {"i": "integer", "x": "fraction", "d": "money", "b": "boolean", "day": "day",
           "t": "moment", "z": "zoned", "c": "clock", "s": "word"}  # fmt: skip


def same_value(type_name: str, text: str | None):
    """What a text is as a value of DuckDB's type, in a form that can be compared."""
    if text is None:
        return None
    try:
        if type_name.startswith(("BIGINT", "INTEGER", "HUGEINT", "DECIMAL")):
            return _number(text)
        if type_name == "DOUBLE":
            return as_double(text) if SPECIAL.fullmatch(text.strip()) else exact_double(text)
        if type_name == "BOOLEAN":
            return as_boolean(text)
        if type_name == "DATE":
            return as_day(text)
        if type_name == "TIMESTAMP":
            return as_moment(text)
        if type_name == "TIMESTAMP WITH TIME ZONE":
            return as_zoned(text)
        if type_name == "TIME":
            return as_clock(text)
    except Misfit:
        return f"{text!r} is no {type_name}"
    return text


def exact_double(text: str) -> float | str:
    """The double nearest to the number, where it keeps it: by its shortest text, or exactly."""
    number = _number(text)
    value = float(text)
    if number not in (Decimal(repr(value)), Decimal(value)):
        return f"{text!r} is no DOUBLE"
    return value
