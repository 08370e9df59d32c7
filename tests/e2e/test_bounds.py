"""Filters that use the bounds: a wrong bound loses rows silently, so every value is asked for.

The table is several files, so that a reader prunes by bounds. The expected rows are DuckDB's, from
the source files. NaN is never compared (readers differ on its order): it is asked for by isnan.
"""

import math
import struct

import pytest
from pyiceberg.expressions import (
    And,
    EqualTo,
    GreaterThan,
    GreaterThanOrEqual,
    IsNaN,
    IsNull,
    LessThan,
    LessThanOrEqual,
    NotNaN,
    NotNull,
)

from every_type import FILES, FLAT, NESTED, TIME, Column, source_sql
from readers import duckdb_connection, iceberg_scan, pyiceberg_rows, source_rows

COLUMNS = (*FLAT, TIME)
# Iceberg 1.10 compares uuids as two signed numbers and so loses rows that it wrote itself: whatever
# the bounds say, the Parquet footers mislead it.
SPARK_CANNOT_COMPARE = {"uid"}


@pytest.fixture(scope="module")
def loaded(make_lake):
    """One table of COLUMNS, a file per entry of FILES; Spark's goes without `clock`."""
    lake = make_lake()
    lake.set(EIDER_ENGINE_GROUP_FILES="1")  # a data file for each, with bounds of its own
    lake.route("src-a", "bronze.every").route("src-b", "bronze.spark")
    for number, rows in enumerate(FILES):
        lake.put("src-a", f"{number}.parquet", source_sql((*COLUMNS, *NESTED), rows))
        lake.put("src-b", f"{number}.parquet", source_sql((*FLAT, *NESTED), rows))
    lake.load("s3://src-a/", "s3://src-b/")
    assert len(lake.data_files("bronze.every")) == len(FILES)
    return lake


def ordered_values(column: Column) -> list[str]:
    """The column's texts in the order of its type, each once, without NaN."""
    literals = [column.duckdb_literal(text) for text in set(column.values) - {None, "nan"}]
    with duckdb_connection() as connection:
        rows = ", ".join(f"({literal}, {number})" for number, literal in enumerate(literals))
        found = connection.execute(f"SELECT n FROM (VALUES {rows}) AS t(v, n) ORDER BY v, n")
        texts = [text for text in set(column.values) - {None, "nan"}]
        return [texts[number] for (number,) in found.fetchall()]


def predicates(column: Column, literal) -> dict[str, str]:
    """SQL conditions of the column by name; `literal` makes a text a literal of the dialect."""
    values = ordered_values(column)
    low, high = literal(values[0]), literal(values[-1])
    name = column.name
    number = f" AND NOT isnan({name})" if column.is_float else ""
    conditions = {f"= {text[:20]!r}": f"{name} = {literal(text)}" for text in values}
    conditions |= {
        "< min": f"{name} < {low}{number}",
        "> max": f"{name} > {high}{number}",
        "<= min": f"{name} <= {low}{number}",
        ">= max": f"{name} >= {high}{number}",
        "between": f"{name} >= {low} AND {name} <= {high}{number}",
        "inside": f"{name} > {low} AND {name} < {high}{number}",
        "is null": f"{name} IS NULL",
        "is not null": f"{name} IS NOT NULL",
    }
    if column.is_float:
        conditions["nan"] = f"isnan({name})"
        conditions["not nan"] = f"NOT isnan({name}) AND {name} IS NOT NULL"
    return conditions


def pyiceberg_predicates(column: Column) -> dict:
    """The same conditions, under the same names, as PyIceberg's expressions."""
    values = ordered_values(column)
    low, high = column.parse(values[0]), column.parse(values[-1])
    name = column.name
    conditions = {f"= {text[:20]!r}": EqualTo(name, column.parse(text)) for text in values}
    conditions |= {
        "< min": LessThan(name, low),
        "> max": GreaterThan(name, high),
        "<= min": LessThanOrEqual(name, low),
        ">= max": GreaterThanOrEqual(name, high),
        "between": And(GreaterThanOrEqual(name, low), LessThanOrEqual(name, high)),
        "inside": And(GreaterThan(name, low), LessThan(name, high)),
        "is null": IsNull(name),
        "is not null": NotNull(name),
    }
    if column.is_float:
        conditions |= {"nan": IsNaN(name), "not nan": And(NotNaN(name), NotNull(name))}
    return conditions


def ids_by_predicate(execute, relation: str, conditions: dict[str, str]) -> dict[str, list[int]]:
    """All conditions in one statement, each pruning by itself."""
    names = list(conditions)
    statement = " UNION ALL ".join(
        f"SELECT {number} AS condition, id FROM {relation} WHERE {conditions[name]}"
        for number, name in enumerate(names)
    )
    found = {name: [] for name in names}
    for number, row in execute(statement):
        found[names[number]].append(row)
    return {name: sorted(rows) for name, rows in found.items()}


def expected_ids(loaded, column: Column) -> dict[str, list[int]]:
    paths = sorted(loaded.path("src-a", "").iterdir())
    conditions = predicates(column, column.duckdb_literal)
    return {
        name: [row[0] for row in source_rows(paths, "id", condition)]
        for name, condition in conditions.items()
    }


@pytest.mark.parametrize("column", COLUMNS, ids=lambda column: column.name)
def test_duckdb_finds_every_value(loaded, column):
    with duckdb_connection() as connection:
        found = ids_by_predicate(
            lambda text: connection.execute(text).fetchall(),
            iceberg_scan(loaded, "bronze.every"),
            predicates(column, column.duckdb_literal),
        )
    assert found == expected_ids(loaded, column)


FOR_PYICEBERG = [column for column in COLUMNS if column.parse]


@pytest.mark.parametrize("column", FOR_PYICEBERG, ids=lambda column: column.name)
def test_pyiceberg_finds_every_value(loaded, column):
    found = {
        name: [row[0] for row in pyiceberg_rows(loaded, "bronze.every", condition, ("id",))]
        for name, condition in pyiceberg_predicates(column).items()
    }
    assert found == expected_ids(loaded, column)


@pytest.mark.spark
@pytest.mark.parametrize("column", FLAT, ids=lambda column: column.name)
def test_spark_finds_every_value(loaded, spark, column):
    conditions = predicates(column, column.spark_literal)
    expected = expected_ids(loaded, column)
    if column.name in SPARK_CANNOT_COMPARE:
        conditions = {name: sql for name, sql in conditions.items() if "null" in name}
    found = ids_by_predicate(
        lambda text: spark.sql(loaded, text), "{lake}.bronze.spark", conditions
    )
    assert found == {name: expected[name] for name in found}


def test_bounds_prune(loaded):
    """The bounds are not only right but there: one value, one file to open."""
    table = loaded.table("bronze.every")
    for column, value in {"i32": 2147483647, "text": "a", "bytes": b"\x80", "id": 9}.items():
        tasks = list(table.scan(row_filter=EqualTo(column, value)).plan_files())
        assert len(tasks) < len(FILES), f"{column} = {value} opens all {len(tasks)} files"


def test_counts_are_those_of_the_rows(loaded):
    """Value, null and NaN counts of each file, by PyIceberg's reading of the manifests."""
    files = loaded.data_files("bronze.every")
    field = loaded.table("bronze.every").schema().find_field("f64").field_id
    total = {"value": 0, "null": 0, "nan": 0}
    for file in files:
        total["value"] += file.value_counts[field]
        total["null"] += file.null_value_counts[field]
        total["nan"] += (file.nan_value_counts or {}).get(field, 0)
        for bounds in (file.lower_bounds, file.upper_bounds):
            bound = bounds.get(field)
            assert bound is None or not math.isnan(struct.unpack("<d", bound)[0])
    values = next(column for column in FLAT if column.name == "f64").values
    rows = sum(len(rows) for rows in FILES)
    numbers = sum(value is not None for value in values)
    assert total["value"] == rows == sum(file.record_count for file in files)
    assert total["null"] == rows - numbers
    assert total["nan"] in (0, values.count("nan"))  # left out where unknown, never wrong


def test_uuid_and_text_find_nothing_that_is_not_there(loaded):
    for condition in (EqualTo("uid", FLAT[-1].parse("12345678-9abc-def0-1234-56789abcdef1")),
                      EqualTo("text", "zz"), EqualTo("bytes", b"\xff" * 21)):  # fmt: skip
        assert pyiceberg_rows(loaded, "bronze.every", condition, ("id",)) == []
