"""A table through time: columns and partition fields come, change and go, rows are appended, and a
model of it in Python knows what each reader must find.

A column keeps its key whatever it is called, so that old rows keep their values.
"""

from dataclasses import dataclass, field, replace
from random import Random

import pyarrow
from pyiceberg.transforms import IdentityTransform, Transform
from pyiceberg.types import DecimalType

from matrix.cases import TRANSFORMS
from matrix.kinds import KINDS, Kind, decimals
from matrix.limits import is_fit_for_writer
from readers import normal

WIDER = {
    "int": KINDS["long"],
    "float": KINDS["double"],
    "decimal9": Kind("decimal12", DecimalType(12, 2), pyarrow.decimal128(12, 2), "DECIMAL(12,2)",
                     "DECIMAL(12,2)", *decimals(12, 2)),
}  # fmt: skip
# A uuid column is none that Spark can add, and a time none that it can read.
ADDABLE = [kind for kind in KINDS.values() if kind.name not in ("uuid", "time")]


@dataclass(frozen=True)
class Column:
    key: int
    name: str
    kind: Kind
    parent: str = ""  # the struct that it is a field of

    @property
    def path(self) -> str:
        return f"{self.parent}.{self.name}" if self.parent else self.name


@dataclass(frozen=True)
class Partition:
    name: str
    key: int  # of its column
    transform: Transform


@dataclass
class Model:
    """The table as it is to be. Column `id` and struct `s` are there from first to last."""

    random: Random
    columns: list[Column] = field(default_factory=list)
    spec: list[Partition] = field(default_factory=list)
    rows: dict[int, dict[int, object]] = field(default_factory=dict)
    had_partition: set[int] = field(default_factory=set)
    counter: int = 0

    def next(self) -> int:
        self.counter += 1
        return self.counter

    # -- columns ----------------------------------------

    def new_column(self, parent: str = "", kind: Kind | None = None) -> Column:
        key = self.next()
        return Column(key, f"c{key}", kind or self.random.choice(ADDABLE), parent)

    def change(self, old: Column, **changes) -> Column:
        new = replace(old, **changes)
        self.columns[self.columns.index(old)] = new
        return new

    def move_to_front(self, column: Column):
        self.columns.remove(column)
        self.columns.insert(0, column)

    def of(self, parent: str) -> list[Column]:
        return [column for column in self.columns if column.parent == parent]

    def pick(self, columns: list[Column]) -> Column | None:
        return self.random.choice(columns) if columns else None

    def droppable(self) -> list[Column]:
        """Java reads no table, one of whose older specs is of a column that was dropped."""
        return [column for column in self.columns if column.key not in self.had_partition
                and len(self.of(column.parent)) > 1]  # fmt: skip

    # -- partitions ----------------------------------------

    def new_partition(self) -> tuple[Column, Partition] | None:
        """PyIceberg writes no two fields of one column."""
        free = [c for c in self.columns if c.key not in {one.key for one in self.spec}]
        column = self.pick([c for c in free if not c.parent])
        if column is None:
            return None
        made = [make(self.random) for name, make in TRANSFORMS.items() if name != "void"]
        transform = self.random.choice(
            [one for one in made if one.can_transform(column.kind.iceberg)])
        return column, Partition(f"p{self.next()}", column.key, transform)

    def add_partition(self, partition: Partition):
        self.spec.append(partition)
        self.had_partition.add(partition.key)

    # -- rows ----------------------------------------

    def new_rows(self, writer: str, count: int) -> list[dict[int, object]]:
        """Also kept. Zeros have no sign here: that is the matrix's matter."""
        found = []
        for _ in range(count):
            row: dict[int, object] = {0: self.next()}
            row[-1] = self.random.random() < 0.8  # whether there is a struct
            for column in self.columns:
                row[column.key] = self._value(writer, column)
            found.append(row)
            self.rows[row[0]] = row
        return found

    def _value(self, writer: str, column: Column):
        choice = self.random.random()
        if choice < 0.2:
            return None
        kind = column.kind
        value = self.random.choice(kind.extremes) if choice < 0.5 else kind.draw(self.random)
        used = [one.transform for one in self.spec if one.key == column.key]
        if kind.is_float and value == 0:
            return 0.0
        return value if is_fit_for_writer(writer, kind, used, value) else None

    def arrow(self, rows: list[dict[int, object]]) -> pyarrow.Table:
        """The rows as the table has its columns now, those in any order."""
        of_s = self.of("s")
        arrays = {"id": pyarrow.array([row[0] for row in rows], pyarrow.int64())}
        for column in self.random.sample(self.of(""), len(self.of(""))):
            arrays[column.name] = pyarrow.array([row[column.key] for row in rows],
                                                column.kind.arrow)  # fmt: skip
        structs = [{c.name: row.get(c.key) for c in of_s} if row[-1] else None for row in rows]
        arrays["s"] = pyarrow.array(structs, pyarrow.struct([(c.name, c.kind.arrow) for c in of_s]))
        return pyarrow.table(arrays)

    def spark_columns(self) -> str:
        of_s = ", ".join(f"{column.name}: {column.kind.spark}" for column in self.of("s"))
        return ", ".join(["id BIGINT", *(f"{c.name} {c.kind.spark}" for c in self.of("")),
                          f"s STRUCT<{of_s}>"])  # fmt: skip

    def names(self) -> list[str]:
        return ["id", *(column.name for column in self.of("")), "s"]

    def named_rows(self) -> list[dict]:
        """The rows without their structs, by the names that columns have now."""
        return [{"id": row[0], **{column.name: row.get(column.key) for column in self.of("")}}
                for row in self.rows.values()]  # fmt: skip

    def expected(self) -> list[list]:
        """What readers must find: `id`, the columns in their order, the struct."""
        found = []
        for row in self.rows.values():
            values = [normal(row.get(column.key)) for column in self.of("")]
            struct = {c.name: normal(row.get(c.key)) for c in self.of("s")} if row[-1] else None
            found.append([row[0], *values, struct])
        return sorted(found, key=lambda row: row[0])


def sql_term(transform: Transform, column: str) -> str:
    name, _, argument = str(transform).rstrip("]").partition("[")
    if isinstance(transform, IdentityTransform):
        return column
    return f"{name}({argument}, {column})" if argument else f"{name}s({column})"
