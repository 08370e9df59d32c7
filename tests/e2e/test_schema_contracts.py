"""What becomes of a table where files have other columns: `schema: freeze | evolve |
evolve_with_widening`."""

import pytest
from pyiceberg.schema import Schema
from pyiceberg.types import (
    DateType,
    DecimalType,
    DoubleType,
    FloatType,
    IntegerType,
    ListType,
    LongType,
    NestedField,
    StringType,
    StructType,
)

from readers import duckdb_rows, pyiceberg_rows


def table_of(lake, *columns: tuple, **properties: str):
    """bronze.t by PyIceberg, of columns (name, type[, required])."""
    fields = [NestedField(i, name, of, bool(required))
              for i, (name, of, *required) in enumerate(columns, 1)]  # fmt: skip
    lake.pyiceberg().create_namespace_if_not_exists("bronze")
    return lake.pyiceberg().create_table("bronze.t", schema=Schema(*fields), properties=properties)


def evolving(lake, schema: str = "evolve", **more):
    return lake.route("src-a", "bronze.t", "SELECT * FROM '{s3_input_path}'", create=None,
                      schema=schema, **more)  # fmt: skip


def columns(lake) -> dict[str, str]:
    return {field.name: f"{field.field_type}{'' if field.optional else ' required'}"
            for field in lake.table("bronze.t").schema().fields}  # fmt: skip


def test_new_columns_and_their_rows_are_one_commit(lake):
    table_of(lake, ("id", LongType()))
    evolving(lake)
    lake.load(lake.put("src-a", "a.parquet", "SELECT 1::BIGINT AS id"))
    before = lake.table("bronze.t").metadata
    lake.load(lake.put("src-a", "b.parquet", "SELECT 2::BIGINT AS id, 'x' AS name, "
                       "DATE '2024-02-29' AS day, {'a': 1, 'b': [1.5]} AS s"))  # fmt: skip
    after = lake.table("bronze.t").metadata
    assert len(after.metadata_log) == len(before.metadata_log) + 1  # one commit
    assert columns(lake) == {"id": "long", "name": "string", "day": "date",
                             "s": "struct<5: a: optional int, 6: b: optional list<decimal(2, 1)>>"}
    assert after.current_snapshot().schema_id == after.current_schema_id == 1
    assert [row[:2] for row in pyiceberg_rows(lake, "bronze.t")] == [[1, None], [2, "x"]]
    assert [row[:2] for row in duckdb_rows(lake, "bronze.t")] == [[1, None], [2, "x"]]
    assert [s.schema_id for s in after.snapshots] == [0, 1]
    assert lake.table("bronze.t").scan(snapshot_id=after.snapshots[0].snapshot_id).to_arrow(
        ).column_names == ["id"]  # fmt: skip


def test_a_frozen_table_stays_and_the_file_fails(lake):
    table_of(lake, ("id", LongType()))
    evolving(lake, "freeze")
    uri = lake.put("src-a", "a.parquet", "SELECT 1::BIGINT AS id, 2 AS n")
    line = lake.run(uri).file("a.parquet")
    assert line["state"] == "FAILED" and "column n of the result is not in table" in line["error"]
    assert columns(lake) == {"id": "long"}


@pytest.mark.parametrize("text", ["id,day,n\n1,2024-02-29,5\n2,,7\n",
                                  '{"id": 1, "day": "2024-02-29", "n": 5}\n{"id": 2, "n": 7}\n'],
                         ids=["csv", "json"])  # fmt: skip
def test_new_columns_of_texts_get_the_types_of_their_values(lake, text):
    name = "a.csv" if text.startswith("id") else "a.json"
    table_of(lake, ("id", LongType()))
    evolving(lake)
    lake.load(lake.put_bytes("src-a", name, text.encode()))
    assert columns(lake) == {"id": "long", "day": "date", "n": "long"}
    assert [row[2] for row in pyiceberg_rows(lake, "bronze.t")] == [5, 7]


def test_a_column_without_any_value_is_not_added(lake):
    table_of(lake, ("id", LongType()))
    evolving(lake)
    lake.load(lake.put_bytes("src-a", "a.csv", b"id,nothing,new\n1,,x\n"))
    assert columns(lake) == {"id": "long", "new": "string"}


def test_what_is_required_becomes_optional_where_files_lack_it(lake):
    table_of(lake, ("id", LongType(), True), ("a", StringType(), True), ("b", StringType(), True),
             ("c", StringType(), True))  # fmt: skip
    evolving(lake)
    lake.load(lake.put("src-a", "a.parquet", "SELECT 1::BIGINT AS id, 'a' AS a, "
                       "unnest(['b', NULL]) AS b"))  # fmt: skip
    assert columns(lake) == {"id": "long required", "a": "string required", "b": "string",
                             "c": "string"}  # fmt: skip
    assert pyiceberg_rows(lake, "bronze.t") == [[1, "a", "b", None], [1, "a", None, None]]


def test_required_fields_within_become_optional_where_files_lack_them(lake):
    """They made the file fail, at every depth but the first."""
    inner = StructType(NestedField(6, "a", IntegerType(), required=True),
                       NestedField(7, "b", StringType(), required=True))  # fmt: skip
    table_of(lake, ("id", LongType()),
             ("s", StructType(NestedField(4, "x", IntegerType(), required=True),
                              NestedField(5, "y", StringType(), required=True))),
             ("l", ListType(8, inner, element_required=False)))  # fmt: skip
    evolving(lake)
    lake.load(lake.put("src-a", "a.parquet",
                       "SELECT 1::BIGINT AS id, {'x': 1} AS s, [{'b': 'v'}] AS l"))  # fmt: skip
    assert columns(lake) == {
        "id": "long", "s": "struct<4: x: required int, 5: y: optional string>",
        "l": "list<struct<7: a: optional int, 8: b: required string>>"}  # fmt: skip
    assert pyiceberg_rows(lake, "bronze.t") == [[1, {"x": 1, "y": None}, [{"a": None, "b": "v"}]]]


def test_fields_of_structs(lake):
    table_of(lake, ("id", LongType()), ("s", StructType(NestedField(3, "a", IntegerType(), False))))
    evolving(lake)
    lake.load(lake.put("src-a", "a.parquet", "SELECT 1::BIGINT AS id, {'a': 1, 'b': 'x'} AS s"))
    assert columns(lake)["s"] == "struct<3: a: optional int, 4: b: optional string>"
    assert pyiceberg_rows(lake, "bronze.t") == [[1, {"a": 1, "b": "x"}]]


WIDENINGS = {
    "long": (IntegerType(), "3000000000::BIGINT", "long", 3_000_000_000),
    "double": (FloatType(), "1.1::DOUBLE", "double", "float:1.1"),
    "decimal": (DecimalType(4, 2), "123.45::DECIMAL(5,2)", "decimal(5, 2)", "decimal:123.45"),
}


@pytest.mark.parametrize("name", WIDENINGS)
@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_widening(lake, name, kind):
    of, value, wider, read = WIDENINGS[name]
    if kind == "csv" and name != "long":
        pytest.skip("texts of a CSV are read as what the table's column is")
    table_of(lake, ("id", LongType()), ("v", of))
    options = "FORMAT parquet" if kind == "parquet" else "FORMAT csv"
    uri = lake.put("src-a", f"a.{kind}", f"SELECT 1::BIGINT AS id, {value} AS v", options)
    evolving(lake, "evolve")
    assert lake.run(uri).file(f"a.{kind}")["state"] == "FAILED"
    evolving(lake, "evolve_with_widening")
    lake.load(uri)
    assert columns(lake)["v"] == wider
    assert pyiceberg_rows(lake, "bronze.t") == [[1, read]]


def test_what_is_no_widening_fails_and_changes_nothing(lake):
    table_of(lake, ("id", LongType()), ("v", DateType()))
    evolving(lake, "evolve_with_widening")
    uri = lake.put("src-a", "a.parquet", "SELECT 1::BIGINT AS id, 1.5::DOUBLE AS v, 'x' AS n")
    line = lake.run(uri).file("a.parquet")
    assert line["state"] == "FAILED" and "v" in line["error"], line
    assert columns(lake) == {"id": "long", "v": "date"}
    assert len(lake.table("bronze.t").metadata.schemas) == 1


def test_files_of_one_run_with_different_new_columns(lake):
    """Each was written for the table as it was; those whose columns have other ids by now are
    read again."""
    table_of(lake, ("id", LongType()))
    evolving(lake, commit={"lag_ms": 300})
    for i in range(12):
        lake.put("src-a", f"{i}.parquet", f"SELECT {i}::BIGINT AS id, 'x{i}' AS c{i % 4}")
    outcome = lake.run("s3://src-a/", EIDER_ENGINE_GROUP_FILES="1")
    assert outcome.exit_code == 0, outcome.stderr
    assert set(columns(lake)) == {"id", "c0", "c1", "c2", "c3"}
    found = lake.table("bronze.t").scan().to_arrow().to_pylist()
    assert sorted(row["id"] for row in found) == list(range(12))
    for row in found:
        for column in range(4):
            expected = f"x{row['id']}" if row["id"] % 4 == column else None
            assert row[f"c{column}"] == expected, row


def test_groups_of_files_grow_their_table_too(lake):
    table_of(lake, ("id", LongType()))
    evolving(lake)
    for i in range(20):
        lake.put("src-a", f"{i:02}.parquet", f"SELECT {i}::BIGINT AS id, {i} AS n")
    lake.load("s3://src-a/")
    assert columns(lake) == {"id": "long", "n": "int"}
    assert pyiceberg_rows(lake, "bronze.t") == [[i, i] for i in range(20)]


def test_parts_of_a_file_grow_their_tables(lake):
    lake.set(EIDER_ROUTING_STRATEGIES="column:kind")
    lake.pyiceberg().create_namespace("bronze")
    for name in ("a", "b"):
        lake.pyiceberg().create_table(f"bronze.{name}", schema=Schema(
            NestedField(1, "id", LongType()), NestedField(2, "kind", StringType())))
        lake.route(name, f"bronze.{name}", "SELECT * FROM '{s3_input_path}'", create=None,
                   schema="evolve" if name == "a" else "evolve_with_widening")
    lake.load(lake.put("src-a", "x.parquet", "SELECT i::BIGINT AS id, CASE WHEN i % 2 = 0 THEN 'a' "
                       "ELSE 'b' END AS kind, i * 2 AS n FROM range(10) t(i)"))  # fmt: skip
    for name in ("a", "b"):
        assert [f.name for f in lake.table(f"bronze.{name}").schema().fields] == ["id", "kind", "n"]
        assert lake.table(f"bronze.{name}").scan().to_arrow().num_rows == 5


def test_a_wrong_contract_is_told(lake):
    table_of(lake, ("id", LongType()))
    evolving(lake, "thaw")
    outcome = lake.run(lake.put("src-a", "a.parquet", "SELECT 1::BIGINT AS id"))
    assert "schema is freeze, evolve, evolve_with_widening or hold, not 'thaw'" in (
        outcome.stderr + str(outcome.lines))


def test_double_is_no_decimal(lake):
    table_of(lake, ("id", LongType()), ("v", DoubleType()))
    evolving(lake, "evolve_with_widening")
    lake.load(lake.put_bytes("src-a", "a.csv", b"id,v,w\n1,2.5,3\n"))
    assert columns(lake) == {"id": "long", "v": "double", "w": "long"}
