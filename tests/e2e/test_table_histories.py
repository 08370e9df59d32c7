"""Three writers take turns in one table while Spark and PyIceberg change its columns and its
partitions; after each step every reader finds the rows that a model in Python has.

EIDER_MATRIX is how many tables test_table_matrix.py makes; a fifth as many live here.
EIDER_MATRIX_SEED is the seed, and EIDER_MATRIX_HISTORY, a number, makes that one alone.
"""

import os
from random import Random

import pytest
from pyiceberg.partitioning import PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.types import LongType, NestedField, StructType

from matrix.cases import Field
from matrix.history import WIDER, Column, Model, Partition, sql_term
from matrix.kinds import KINDS
from matrix.metadata import TableState, faults_of_file, faults_of_manifests
from matrix.writers import TABLE, append_by_eider, append_by_pyiceberg, append_frame
from readers import Spark, arrow_rows, duckdb_rows

HISTORIES = max(1, int(os.environ.get("EIDER_MATRIX", "6")) // 5)
SEED = os.environ.get("EIDER_MATRIX_SEED", "20261129")
ONLY = os.environ.get("EIDER_MATRIX_HISTORY", "")
STEPS = 12

pytestmark = pytest.mark.spark


class History:
    """One table, its model, and what has happened to both."""

    def __init__(self, lake, spark: Spark, seed: str):
        self.lake, self.spark = lake, spark
        self.random = Random(seed)
        self.model = Model(self.random)
        self.steps: list[str] = []

    def begin(self):
        """Two columns, a struct of two, no partitions; of version 1 or 2."""
        model = self.model
        model.columns = [model.new_column(kind=KINDS[name]) for name in ("int", "string")]
        model.columns += [model.new_column("s", KINDS[name]) for name in ("decimal9", "float")]
        a, b, c, d = model.columns
        schema = Schema(
            NestedField(1, "id", LongType(), False),
            *(NestedField(n, one.name, one.kind.iceberg, False) for n, one in ((2, a), (3, b))),
            NestedField(4, "s", StructType(NestedField(5, c.name, c.kind.iceberg, False),
                                           NestedField(6, d.name, d.kind.iceberg, False)), False),
        )  # fmt: skip
        version = self.random.choice("122")
        properties = {
            "format-version": version,
            # Java's vectorized reader widens no INT32 that is annotated as INT(32, signed).
            "read.parquet.vectorization.enabled": "false",
            **self.random.choice(({}, {"commit.manifest.min-count-to-merge": "2"})),
        }
        self.lake.pyiceberg().create_namespace("bronze")
        self.lake.pyiceberg().create_table(TABLE, schema=schema, partition_spec=PartitionSpec(),
                                           properties=properties)  # fmt: skip
        self.lake.route("src-a", TABLE, create=None)
        self.steps.append(f"table by PyIceberg, {properties}")

    # -- appends ----------------------------------------

    def append(self, writer: str):
        rows = self.model.new_rows(writer, self.random.randint(1, 6))
        self.steps.append(f"{len(rows)} rows by {writer}")
        table = self.model.arrow(rows)
        if writer == "eider":
            append_by_eider(self.lake, table)
        elif writer == "pyiceberg":
            append_by_pyiceberg(self.lake, table.select(self.names_now()))
        else:
            append_frame(self.lake, self.spark, self.model.spark_columns(), table.to_pylist())

    def names_now(self) -> list[str]:
        return [one.name for one in self.lake.table(TABLE).schema().fields]

    # -- changes: each by Spark's words or PyIceberg's calls ----------------------------

    def alter(self, who: str, words: str, call, what: str = "update_schema"):
        self.steps.append(f"by {who}: {words}")
        if who == "spark":
            self.spark.sql(self.lake, f"ALTER TABLE {{lake}}.{TABLE} {words}")
            return
        with getattr(self.lake.table(TABLE), what)() as update:
            call(update)

    def add_column(self, who: str, parent: str = ""):
        column = self.model.new_column(parent)
        self.model.columns.append(column)
        self.alter(who, f"ADD COLUMN {column.path} {column.kind.spark}",
                   lambda update: update.add_column(tuple(column.path.split(".")),
                                                    column.kind.iceberg))  # fmt: skip

    def add_nested_column(self, who: str):
        self.add_column(who, "s")

    def rename(self, who: str):
        old = self.random.choice(self.model.columns)
        new = self.model.change(old, name=f"r{self.model.next()}")
        self.alter(who, f"RENAME COLUMN {old.path} TO {new.name}",
                   lambda update: update.rename_column(old.path, new.name))

    def widen(self, who: str):
        old = self.model.pick([one for one in self.model.columns if one.kind.name in WIDER])
        if old is None:
            return
        new = self.model.change(old, kind=WIDER[old.kind.name])
        self.alter(who, f"ALTER COLUMN {old.path} TYPE {new.kind.spark}",
                   lambda update: update.update_column(old.path, new.kind.iceberg))

    def drop(self, who: str):
        column = self.model.pick(self.model.droppable())
        if column is None:
            return
        self.model.columns.remove(column)
        self.alter(who, f"DROP COLUMN {column.path}",
                   lambda update: update.delete_column(column.path))

    def reorder(self, who: str):
        column: Column = self.random.choice(self.model.columns)
        self.model.move_to_front(column)
        if column.parent:
            self.alter(who, f"ALTER COLUMN {column.path} FIRST",
                       lambda update: update.move_first(column.path))
        else:
            self.alter(who, f"ALTER COLUMN {column.path} AFTER id",
                       lambda update: update.move_after(column.path, "id"))

    def add_partition(self, who: str):
        if (made := self.model.new_partition()) is None:
            return
        column, field = made
        self.alter(who, f"ADD PARTITION FIELD {sql_term(field.transform, column.name)} "
                   f"AS {field.name}",
                   lambda update: update.add_field(column.name, field.transform, field.name),
                   "update_spec")  # fmt: skip
        self.model.add_partition(field)

    def drop_partition(self, who: str):
        if not self.model.spec:
            return
        field = self.model.spec.pop(self.random.randrange(len(self.model.spec)))
        self.alter(who, f"DROP PARTITION FIELD {field.name}",
                   lambda update: update.remove_field(field.name), "update_spec")

    def replace_partition(self, who: str):
        if not self.model.spec or (made := self.model.new_partition()) is None:
            return
        column, field = made
        old: Partition = self.model.spec.pop(0)

        def by_pyiceberg(update):
            update.remove_field(old.name)
            update.add_field(column.name, field.transform, field.name)

        self.alter(who, f"REPLACE PARTITION FIELD {old.name} WITH "
                   f"{sql_term(field.transform, column.name)} AS {field.name}", by_pyiceberg,
                   "update_spec")  # fmt: skip
        self.model.add_partition(field)

    # -- what all must find ----------------------------------------

    def check(self):
        names = self.model.names()
        expected = self.model.expected()
        assert sorted(self.names_now()) == sorted(names)
        columns = [name for name in self.names_now() if name not in ("id", "s")]
        assert columns == [column.name for column in self.model.of("")]
        selected = ", ".join(names)
        found = self.lake.table(TABLE).scan(selected_fields=tuple(names)).to_arrow()
        assert arrow_rows(found.select(names)) == expected
        assert duckdb_rows(self.lake, TABLE, selected) == expected
        assert self.spark.rows(self.lake, TABLE, selected) == expected
        state = TableState(self.lake, TABLE, self.model.named_rows())
        assert faults_of_manifests(state) == []
        fields = self.partition_fields()
        assert [fault for entry in state.entries
                for fault in faults_of_file(state, entry, {}, fields[entry.spec_id])] == []
        assert sorted(row["id"] for entry in state.entries for row in entry.rows) == sorted(
            self.model.rows)

    def partition_fields(self) -> dict[int, dict[int, Field]]:
        """Of all specs that the table has had; no source of theirs was ever dropped."""
        table = self.lake.table(TABLE)
        columns = {column.name: column for column in self.model.of("")}
        found: dict[int, dict[int, Field]] = {}
        for spec_id, spec in table.specs().items():
            found[spec_id] = {}
            for one in spec.fields:
                name = table.schema().find_column_name(one.source_id)
                found[spec_id][one.field_id] = Field(name, columns[name].kind, one.transform)
        return found


CHANGES = (History.add_column, History.add_nested_column, History.rename, History.widen,
           History.drop, History.reorder, History.add_partition, History.add_partition,
           History.drop_partition, History.replace_partition)  # fmt: skip


@pytest.mark.parametrize("number", [int(ONLY)] if ONLY else range(HISTORIES))
def test_writers_take_turns_while_the_table_changes(lake, spark, number):
    history = History(lake, spark, f"{SEED}/history/{number}")
    try:
        history.begin()
        writers = []
        changes = history.random.sample(CHANGES, len(CHANGES))
        for step in range(STEPS):
            if step % 2:
                changes[step // 2 % len(changes)](history, history.random.choice(
                    ("spark", "pyiceberg")))  # fmt: skip
            writers = writers or history.random.sample(("eider", "spark", "pyiceberg"), 3)
            history.append(writers.pop())
            history.check()
    except BaseException as error:
        error.add_note(f"EIDER_MATRIX_SEED={SEED} EIDER_MATRIX_HISTORY={number}:\n  "
                       + "\n  ".join(history.steps))  # fmt: skip
        raise
