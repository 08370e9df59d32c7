"""Conditions on the columns of a table: which rows they find, reckoned by Python, and their words
in the languages of the readers. What a partition or a bound lets slip is a row too few.
"""

import datetime
from dataclasses import dataclass
from random import Random

from pyiceberg import expressions
from pyiceberg.expressions import BooleanExpression

from matrix.cases import LEAVES, Case
from matrix.kinds import Kind, is_nan, order
from matrix.limits import is_fit_for_filter, is_lost_by_spark

COMPARISONS = {"=": expressions.EqualTo, "<": expressions.LessThan, ">": expressions.GreaterThan,
               "<=": expressions.LessThanOrEqual, ">=": expressions.GreaterThanOrEqual}  # fmt: skip


@dataclass(frozen=True)
class Condition:
    column: str
    kind: Kind
    operator: str  # a comparison, "in", "is null", "not null", "nan"
    values: tuple = ()

    def holds(self, value) -> bool:
        if self.operator in ("is null", "not null"):
            return (value is None) == (self.operator == "is null")
        if value is None or is_nan(value):
            return self.operator == "nan" and value is not None
        if self.operator == "nan":
            return False
        mine = plain_order(self.kind, value)
        others = [plain_order(self.kind, other) for other in self.values]
        if self.operator in ("=", "in"):
            return mine in others
        return {"<": mine < others[0], ">": mine > others[0], "<=": mine <= others[0],
                ">=": mine >= others[0]}[self.operator]  # fmt: skip

    def sql(self, literal) -> str:
        if self.operator in ("is null", "not null"):
            return f"{self.column} IS {self.operator.removeprefix('is ')}"
        if self.operator == "nan":
            return f"isnan({self.column})"
        texts = [literal(self.kind, value) for value in self.values]
        if self.operator == "in":
            return f"{self.column} IN ({', '.join(texts)})"
        number = f" AND NOT isnan({self.column})" if self.kind.is_float else ""
        return f"{self.column} {self.operator} {texts[0]}{number}"

    def pyiceberg(self) -> BooleanExpression:
        if self.operator == "is null":
            return expressions.IsNull(self.column)
        if self.operator == "not null":
            return expressions.NotNull(self.column)
        if self.operator == "nan":
            return expressions.IsNaN(self.column)
        values = [pyiceberg_value(value) for value in self.values]
        if self.operator == "in":
            return expressions.In(self.column, values)
        found = COMPARISONS[self.operator](self.column, values[0])
        return expressions.And(found, expressions.NotNaN(self.column)) if (
            self.kind.is_float) else found

    def __str__(self) -> str:
        return f"{self.column} {self.operator} {list(self.values)!r}"[:200]


def plain_order(kind: Kind, value):
    """Zeros of both signs are one to a condition."""
    return order(kind, value)[0] if kind.is_float else order(kind, value)


def pyiceberg_value(value):
    return value.isoformat() if isinstance(value, (datetime.date, datetime.time)) else value


def text_of(value) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime.datetime):
        return value.replace(tzinfo=None).isoformat(" ") + ("+00" if value.tzinfo else "")
    if isinstance(value, float):
        return repr(value)
    return f"{value:f}" if hasattr(value, "as_tuple") else str(value)


def duckdb_literal(kind: Kind, value) -> str:
    if isinstance(value, bytes):
        text = "".join(f"\\x{byte:02X}" for byte in value)
    else:
        text = text_of(value).replace("'", "''")
    return f"CAST('{text}' AS {kind.duckdb})"


def spark_literal(kind: Kind, value) -> str:
    if isinstance(value, bytes):
        return f"X'{value.hex()}'"
    text = text_of(value).replace("\\", "\\\\").replace("'", "\\'")
    return f"CAST('{text}' AS {kind.spark})"


def make_conditions(case: Case, random: Random) -> list[Condition]:
    """Many on each source of a partition, some on the rest."""
    sources = {field.column for field in case.fields}
    columns = case.columns | LEAVES
    found = []
    for name, kind in columns.items():
        values = sorted({plain_order(kind, value): value for value in column(case.rows, name)
                         if value is not None and not is_nan(value)}.items())  # fmt: skip
        made = conditions_on(name, kind, [value for _, value in values], random)
        found += made if name in sources else random.sample(made, 1)
    return found


def conditions_on(name: str, kind: Kind, values: list, random: Random) -> list[Condition]:
    """Of one column, whose values are these, in order."""
    made = [Condition(name, kind, "is null"), Condition(name, kind, "not null")]
    if kind.is_float:
        made.append(Condition(name, kind, "nan"))
    if not values:
        return made
    some = random.choice(values)
    made += [Condition(name, kind, "=", (value,)) for value in
             {id(value): value for value in (values[0], some, values[-1])}.values()]  # fmt: skip
    made += [Condition(name, kind, sign, (random.choice((values[0], some, values[-1])),))
             for sign in ("<", ">", "<=", ">=")]  # fmt: skip
    absent = kind.draw(random)
    made.append(Condition(name, kind, "in", (random.choice(values), absent)))
    return made


def value_at(row: dict, name: str):
    """The value of a column, or of a field of a struct, in a row."""
    for part in name.split("."):
        row = None if row is None else row[part]
    return row


def column(rows: list[dict], name: str) -> list:
    return [value_at(row, name) for row in rows]


def expected_ids(rows: list[dict], condition: Condition) -> list[int]:
    return [row["id"] for row in rows if condition.holds(value_at(row, condition.column))]


def askable(case: Case, reader: str, conditions: list[Condition]) -> list[Condition]:
    """Those that this reader can be asked for this table."""
    fit = [one for one in conditions if is_fit_for_filter(
        reader, one.kind, [f.transform for f in case.fields if f.column == one.column],
        one.operator, one.values)]  # fmt: skip
    if reader != "spark":
        return fit
    others = [row for batch in case.batches if batch.writer != "eider" for row in batch.rows]
    return [one for one in fit if not is_lost_by_spark(
        one.kind, one.operator, one.values, [row.get(one.column) for row in others])]  # fmt: skip


def ids_by_sql(execute, relation: str, conditions: list[Condition], literal) -> list[list[int]]:
    """All conditions in one statement, each pruning by itself."""
    statement = " UNION ALL ".join(
        f"SELECT {number} AS n, id FROM {relation} WHERE {condition.sql(literal)}"
        for number, condition in enumerate(conditions))  # fmt: skip
    found: list[list[int]] = [[] for _ in conditions]
    for number, row in execute(statement):
        found[number].append(row)
    return [sorted(rows) for rows in found]
