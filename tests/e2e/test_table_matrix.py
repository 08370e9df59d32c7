"""Types, transforms, nulls and extremes; three writers to one table, three readers: every value,
every filter, and what the metadata tables say. The tables are made from a seed by matrix/.

EIDER_MATRIX is how many tables, EIDER_MATRIX_SEED the seed; EIDER_MATRIX_ONLY, a number, makes that
one alone. `./dev test --long` makes 200. What other engines cannot do stands in matrix/limits.py.
"""

import os
from random import Random

import pytest
from pyiceberg.partitioning import PartitionSpec

from matrix.cases import Case, Field, deal, make_case
from matrix.filters import (
    Condition,
    askable,
    duckdb_literal,
    expected_ids,
    ids_by_sql,
    make_conditions,
    spark_literal,
)
from matrix.limits import seen_by_spark
from matrix.metadata import TableState, faults_of_files, faults_of_metadata_tables, kinds_by_id
from matrix.writers import TABLE, append, arrow_table, make_table
from readers import (
    Spark,
    arrow_rows,
    duckdb_connection,
    duckdb_rows,
    iceberg_scan,
    pyiceberg_rows,
)

TABLES = int(os.environ.get("EIDER_MATRIX", "6"))
SEED = os.environ.get("EIDER_MATRIX_SEED", "20261129")
ONLY = os.environ.get("EIDER_MATRIX_ONLY", "")
ASKED_MAX = 14  # conditions on one table, of Spark and PyIceberg: each takes a tenth of a second
NUMBERS = [int(ONLY)] if ONLY else list(range(TABLES))
HANDS = deal(SEED, max(NUMBERS, default=0) + 1)

pytestmark = pytest.mark.spark


@pytest.mark.parametrize("number", NUMBERS)
def test_writers_and_readers_agree(lake, spark, number):
    case = make_case(SEED, number, HANDS[number])
    told = f"EIDER_MATRIX_SEED={SEED} EIDER_MATRIX_ONLY={number}: {case}"
    try:
        make_table(lake, spark, case)
        for batch in case.batches:
            append(lake, spark, batch.writer, case.columns, batch.rows)
        faults = faults_of_rows(lake, spark, case)
        faults += faults_of_filters(lake, spark, case, Random(f"{SEED}/{number}/filters"))
        faults += faults_of_metadata(lake, spark, case)
    except Exception as error:
        error.add_note(told)
        raise
    listed = "\n".join(faults[:30])
    assert not faults, f"{told}\n{len(faults)} faults:\n{listed}"[:8000]


def partition_fields(case: Case, spec: PartitionSpec) -> dict[int, Field]:
    """By their ids in the table, which are in the order of the case's."""
    return dict(zip((field.field_id for field in spec.fields), case.fields, strict=True))


def faults_of_metadata(lake, spark: Spark, case: Case) -> list[str]:
    state = TableState(lake, TABLE, case.rows)
    fields = partition_fields(case, lake.table(TABLE).spec())
    found = faults_of_files(state, kinds_by_id(lake, TABLE, case.columns), fields)
    if case.has_spark:
        found += faults_of_metadata_tables(lake, spark, TABLE, state, case.fields)
    return found


def faults_of_rows(lake, spark: Spark, case: Case) -> list[str]:
    """Cells that differ from what was sent."""
    expected = arrow_rows(arrow_table(case.columns, case.rows))
    names = ["id", *case.columns, "pair", "numbers", "counts"]
    found = {"PyIceberg": pyiceberg_rows(lake, TABLE, fields=names),
             "DuckDB": duckdb_rows(lake, TABLE, ", ".join(names))}  # fmt: skip
    faults = [fault for who, rows in found.items()
              for fault in differences(who, names, expected, rows)]  # fmt: skip
    if case.has_spark:
        used = {field.column: field.transform for field in case.fields}
        seen = [[seen_by_spark(name, value, used)
                 for name, value in zip(names, row, strict=True)] for row in expected]  # fmt: skip
        faults += differences("Spark", names, seen, spark.rows(lake, TABLE, ", ".join(names)))
    return faults


def differences(who: str, names: list[str], expected: list[list], found: list[list]) -> list[str]:
    if [row[0] for row in expected] != [row[0] for row in found]:
        return [f"{who} has ids {[row[0] for row in found]}, of {[row[0] for row in expected]}"]
    return [f"{who}, row {one[0]}, {name}: {mine!r}, of {sent!r}"
            for one, other in zip(expected, found, strict=True)
            for name, sent, mine in zip(names, one, other, strict=True)
            if comparable(sent) != comparable(mine)]  # fmt: skip


def comparable(value):
    """Zeros are one: DuckDB's writer keeps one of both signs in a page (docs/types.md)."""
    return "float:0.0" if value == "float:-0.0" else value


def faults_of_filters(lake, spark: Spark, case: Case, random: Random) -> list[str]:
    conditions = make_conditions(case, random)
    found = {}
    with duckdb_connection() as connection:
        asked = askable(case, "duckdb", conditions)
        found["DuckDB"] = asked, ids_by_sql(
            lambda text: connection.execute(text).fetchall(), iceberg_scan(lake, TABLE), asked,
            duckdb_literal)  # fmt: skip
    if case.has_spark:
        asked = some(askable(case, "spark", conditions), random)
        found["Spark"] = asked, ids_by_sql(
            lambda text: spark.sql(lake, text), f"{{lake}}.{TABLE}", asked, spark_literal)
    asked = some(askable(case, "pyiceberg", conditions), random)
    found["PyIceberg"] = asked, ids_by_pyiceberg(lake, asked)
    return [f"{who} finds {ids} by {condition}, of {expected}"
            for who, (asked, answers) in found.items()
            for condition, ids in zip(asked, answers, strict=True)
            if ids != (expected := expected_ids(case.rows, condition))]  # fmt: skip


def some(conditions: list[Condition], random: Random) -> list[Condition]:
    return random.sample(conditions, min(len(conditions), ASKED_MAX))


def ids_by_pyiceberg(lake, conditions: list[Condition]) -> list[list[int]]:
    table = lake.table(TABLE)
    found = []
    for condition in conditions:
        try:
            scan = table.scan(row_filter=condition.pyiceberg(), selected_fields=("id",))
            found.append(sorted(scan.to_arrow()["id"].to_pylist()))
        except Exception as error:
            error.add_note(f"PyIceberg, asked for {condition}")
            raise
    return found
