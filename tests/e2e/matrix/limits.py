"""What the matrix does not ask of the other engines, and why. Which types Spark lacks and which
versions PyIceberg does not make stands in cases.py; nothing else is left out.

What DuckDB loses, PyIceberg's writes of identity(uuid) and its bucket of a time were seen in tables
that Eider has never touched; the rest follows from errors in the engines' own code.
"""

import datetime
import decimal
from urllib.parse import quote

from pyiceberg.transforms import (
    BucketTransform,
    DayTransform,
    IdentityTransform,
    MonthTransform,
    Transform,
    TruncateTransform,
    VoidTransform,
)
from pyiceberg.types import DecimalType

from every_type import BEFORE_SURROGATES
from matrix.kinds import Kind, internal, is_nan

LOWEST = {"int": -(2**31), "long": -(2**63)}
INFINITIES = (float("inf"), float("-inf"))


def is_fit_for_table(writer: str, version: int, used: list[tuple[Kind, Transform]]) -> bool:
    """Whether this writer appends to tables of that version and with these partitions at all."""
    of_uuid = [one for kind, one in used if kind.name == "uuid"]
    if writer == "spark":
        # 1.10 sums up the uuids of a manifest as signed numbers, and others lose rows by that.
        return not any(isinstance(one, IdentityTransform) for one in of_uuid)
    if writer == "pyiceberg":
        # 0.12 writes no manifests of version 3, takes buckets of times for times, and groups rows
        # by Arrow, which groups no uuids.
        of_time = [one for kind, one in used if kind.name == "time"]
        return version != 3 and not any(isinstance(one, BucketTransform) for one in of_time) and (
            not any(isinstance(one, (IdentityTransform, VoidTransform)) for one in of_uuid))
    return True


def is_fit_for_writer(writer: str, kind: Kind, used: list[Transform], value) -> bool:
    """Whether this writer can put the value into a column with these transforms."""
    if value is None or any(is_below_lowest(kind, transform, value) for transform in used):
        return value is None
    if writer == "pyiceberg" and isinstance(value, str) and BEFORE_SURROGATES in value:
        return False  # it raises a bound to a surrogate, which is no text
    is_identity = any(isinstance(transform, IdentityTransform) for transform in used)
    if writer != "eider" and is_identity and isinstance(value, (str, bytes)):
        return len(quote(value)) < 200  # others make a folder of that name
    if writer == "pyiceberg" and is_identity and isinstance(value, float):
        # It selects the rows of a partition by =: NaN equals nothing, and zeros equal each other.
        return not is_nan(value) and repr(value) != "-0.0"
    return True


def is_below_lowest(kind: Kind, transform: Transform, value) -> bool:
    """Whether the multiple below the value is no number of its type. Java goes on from the highest
    int, as Eider does (test_partitions.py), and every reader's filters lose such a row."""
    if not isinstance(transform, TruncateTransform):
        return False
    if isinstance(kind.iceberg, DecimalType):
        lowest = 1 - 10**kind.iceberg.precision
        with decimal.localcontext(prec=40):
            value = int(value.scaleb(kind.iceberg.scale))
    elif kind.name in LOWEST:
        lowest = LOWEST[kind.name]
    else:
        return False
    return value - value % transform.width < lowest


def is_fit_for_filter(reader: str, kind: Kind, used: list[Transform], operator: str,
                      values: tuple) -> bool:  # fmt: skip
    """Whether this reader finds by this condition what its own writer has written."""
    is_identity = any(isinstance(transform, IdentityTransform) for transform in used)
    if reader == "pyiceberg" and kind.name == "uuid":
        return False  # Arrow compares none, and PyIceberg asks for nulls by a comparison
    if operator in ("is null", "not null"):
        return True
    if reader == "spark":
        return kind.name != "uuid"  # 1.10 compares uuids as two signed numbers
    if reader == "duckdb":
        return not is_lost_by_duckdb(kind, used, operator, values)
    if reader == "pyiceberg":
        if operator not in ("=", "in") and any(value in (datetime.date.min, datetime.date.max)
                                          for value in values):  # fmt: skip
            return False  # it goes a day further, where Python has none
        if kind.name == "double" and is_identity:
            return False  # 0.12 reads doubles of partitions as floats
        if operator == "nan":
            return False  # Arrow takes equal bounds for the only value; test_bounds.py asks for NaN
        if operator == "in" and kind.is_float and 0 in values:
            return False  # Arrow looks for a zero by its sign
        if kind.name in ("float", "double") and any(value in INFINITIES for value in values):
            return False  # it takes them for numbers beyond a float
        if any(is_below_lowest(kind, transform, value) for transform in used for value in values):
            return False  # it compares with what is no number of the type
    return True


def is_lost_by_spark(kind: Kind, operator: str, values: tuple, of_others: list) -> bool:
    """1.10 asks for a zero by its sign, and the bounds that others than Eider write have the signs
    of their values: it loses zeros of the other sign, in files of its own."""
    is_zero = kind.is_float and 0 in values and 0 in of_others
    return is_zero and operator in ("=", "in", "<=", ">=")


def is_lost_by_duckdb(kind: Kind, used: list[Transform], operator: str, values: tuple) -> bool:
    """What 1.5.5 does not find in PyIceberg's tables either."""
    if kind.name == "uuid" and any(isinstance(one, BucketTransform) for one in used):
        return operator in ("=", "in")  # it hashes another form of a uuid
    if kind.name.startswith("decimal") and any(isinstance(one, TruncateTransform) for one in used):
        return True  # it takes partitions below zero for large ones, and those of 16 bytes amiss
    if kind.name.startswith("timestamp") and any(
            isinstance(one, (DayTransform, MonthTransform)) for one in used):  # fmt: skip
        # It reckons toward 1970, and so looks for earlier ones in the partition behind theirs.
        return operator in ("=", "in", ">", ">=") and any(internal(kind, v) < 0 for v in values)
    return False


def seen_by_spark(column: str, value, used: dict[str, Transform]):
    """1.10 takes what a table is partitioned by (identity) for a constant, and so a null whose
    field is one for a struct of nulls; in tables of its own, too."""
    has_constant = any(isinstance(transform, IdentityTransform) and name.startswith(f"{column}.")
                       for name, transform in used.items())  # fmt: skip
    return {"a": None, "b": None} if value is None and has_constant else value


def is_fit_bound(is_eiders: bool, kind: Kind) -> bool:
    """Whether the bounds in a file of this writer hold what they promise."""
    return is_eiders or kind.name != "uuid"  # others compare uuids as two signed numbers


def are_fit_for_metadata_tables(fields) -> bool:
    """Whether Spark shows the partitions of these fields: 1.10 takes a uuid there for a text."""
    return not any(one.kind.name == "uuid" and isinstance(one.transform, IdentityTransform)
                   for one in fields)  # fmt: skip
