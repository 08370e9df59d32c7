"""Every supported type: three readers see the values of the source, whatever the local time."""

import datetime
import uuid

import pyarrow
import pytest

import every_type
from every_type import FILES, FLAT, NESTED, TIME, source_sql
from readers import duckdb_connection, duckdb_rows, iceberg_scan, pyiceberg_rows, source_rows

COLUMNS = (*FLAT, *NESTED, TIME)
FOR_SPARK = "SELECT * EXCLUDE (clock) FROM read_parquet('{s3_input_path}')"  # it has no time type


@pytest.fixture(scope="module")
def loaded(make_lake):
    """A lake with all rows in bronze.every, and the same without `clock` in bronze.spark."""
    lake = make_lake()
    lake.route("src-a", "bronze.every").route("src-b", "bronze.spark", FOR_SPARK)
    for number, rows in enumerate(FILES):
        for bucket in ("src-a", "src-b"):
            lake.put(bucket, f"{number}.parquet", source_sql(COLUMNS, rows))
    lake.load("s3://src-a/", "s3://src-b/", TZ="America/New_York")
    return lake


def sources(lake):
    return sorted(lake.path("src-a", "").iterdir())


def differences(columns: list[str], expected: list[list], found: list[list]) -> list[str]:
    """Each differing cell by itself: a diff of two whole tables tells nobody anything."""
    if [row[0] for row in expected] != [row[0] for row in found]:
        return [f"ids: expected {[row[0] for row in expected]}, found {[row[0] for row in found]}"]
    return [
        f"row {wanted[0]}, {name}: expected {one!r}, found {other!r}"
        for wanted, row in zip(expected, found, strict=True)
        for name, one, other in zip(columns, wanted, row, strict=True)
        if one != other
    ]


def test_pyiceberg_sees_the_source_values(loaded):
    names = ["id", *(column.name for column in COLUMNS)]
    found = pyiceberg_rows(loaded, "bronze.every")
    mixed = names.index("mixed")
    expected = source_rows(sources(loaded))
    for row in (*expected, *found):
        row[mixed] = null_as_empty(row[mixed])
    assert differences(names, expected, found) == []


def null_as_empty(value):
    """PyIceberg 0.12 reads a null map of structs, and a null list in it, as empty: files of its
    own making too, while pyarrow reads ours rightly."""
    if isinstance(value, list):
        return [null_as_empty(child) for child in value]
    if isinstance(value, tuple):
        return tuple(null_as_empty(child) for child in value)
    if isinstance(value, dict):
        return {name: null_as_empty(child) for name, child in value.items()}
    return [] if value is None else value


def test_duckdb_sees_the_source_values(loaded):
    names = ["id", *(column.name for column in COLUMNS)]
    found = duckdb_rows(loaded, "bronze.every")
    assert differences(names, source_rows(sources(loaded)), found) == []


@pytest.mark.spark
def test_spark_sees_the_source_values(loaded, spark):
    names = ["id", *(column.name for column in COLUMNS if column is not TIME)]
    found = spark.rows(loaded, "bronze.spark")
    assert differences(names, source_rows(sources(loaded), "* EXCLUDE (clock)"), found) == []


def test_the_source_holds_what_it_promises(loaded):
    """Guards the tests above: nothing was lost on the way into the input files."""
    names = ["id", *(column.name for column in COLUMNS)]
    rows = {row[0]: dict(zip(names, row, strict=True)) for row in source_rows(sources(loaded))}
    assert sorted(rows) == sorted(row for file in FILES for row in file)
    assert rows[0]["f64"] == "float:-0.0" and rows[5]["f64"] == "float:nan"
    assert rows[1]["moment"] == datetime.datetime(1969, 12, 31, 23, 59, 59, 999999)
    assert rows[6]["text"] == every_type.CLEF * 300 + "x"
    assert rows[0]["list"] == [] and rows[2]["list"] is None
    assert all(value is None for value in list(rows[9].values())[1:])


def test_the_new_table_has_the_documented_types(loaded):
    fields = loaded.table("bronze.every").schema().fields
    types = {field.name: str(field.field_type) for field in fields}
    nested = {column.name for column in NESTED}
    assert {name: text for name, text in types.items() if name not in nested} == {
        "id": "long", "flag": "boolean", "i32": "int", "i64": "long", "f32": "float",
        "f32_inf": "float", "f64": "double", "d9": "decimal(9, 2)",
        "d18": "decimal(18, 4)", "d38": "decimal(38, 10)", "day": "date",
        "moment": "timestamp", "moment_zone": "timestamptz", "text": "string",
        "bytes": "binary", "uid": "uuid", "clock": "time",
    }  # fmt: skip


@pytest.mark.spark
def test_nested_fields_can_be_filtered(loaded, spark):
    """Bounds of struct leaves, none for what is inside lists and maps."""
    for where in ("deep.a.e = DATE '9999-12-31'", "pair.a < 0", "deep.a.b.d > 0", "pair.b = ''"):
        expected = source_rows(sources(loaded), "id", where)
        assert expected, where
        assert duckdb_rows(loaded, "bronze.every", "id", where) == expected, where
        assert spark.rows(loaded, "bronze.spark", "id", where) == expected, where


@pytest.mark.parametrize(
    ("duckdb_type", "literal", "iceberg_type"),
    [
        ("TINYINT", "-128", "int"),
        ("SMALLINT", "-32768", "int"),
        ("UTINYINT", "255", "int"),
        ("USMALLINT", "65535", "int"),
        ("UINTEGER", "4294967295", "long"),
        ("UBIGINT", "18446744073709551615", "decimal(20, 0)"),
        ("HUGEINT", "-" + "9" * 38, "decimal(38, 0)"),
        ("TIMESTAMP_S", "1969-12-31 23:59:59", "timestamp"),
        ("TIMESTAMP_MS", "1969-12-31 23:59:59.999", "timestamp"),
        ("ENUM('a', 'b')", "b", "string"),
    ],
)
def test_other_duckdb_types_become_wider_ones(lake, duckdb_type, literal, iceberg_type):
    sql = f"SELECT id, CAST(v AS {duckdb_type}) AS v FROM read_parquet('{{s3_input_path}}')"
    lake.route("src-a", "bronze.wide", sql)
    uri = lake.put("src-a", "x.parquet", f"SELECT 1::BIGINT AS id, '{literal}' AS v")
    lake.load(uri)
    assert str(lake.table("bronze.wide").schema().find_type("v")) == iceberg_type
    with duckdb_connection() as connection:
        found = connection.execute(f"SELECT v::VARCHAR FROM {iceberg_scan(lake, 'bronze.wide')}")
        assert found.fetchall() == [(literal,)]


@pytest.mark.parametrize(
    "expression",
    ["INTERVAL 1 DAY", "'101'::BIT", "union_value(a := 1)", "NULL", "1::BIGNUM"],
)
def test_a_type_that_iceberg_lacks_is_refused_by_name(lake, expression):
    sql = f"SELECT *, {expression} AS odd FROM read_parquet('{{s3_input_path}}')"
    lake.route("src-a", "bronze.odd", sql)
    line = lake.run(lake.put("src-a", "x.parquet", "SELECT 1 AS id")).file("x.parquet")
    assert line["state"] == "FAILED"
    assert "odd" in line["error"] and "x.parquet" in line["error"], line["error"]


def test_rows_fit_a_table_with_narrower_and_wider_types(lake):
    """Matched by name, in any order; a missing optional column is null; widening loses nothing."""
    catalog = lake.pyiceberg()
    catalog.create_namespace("bronze")
    catalog.create_table("bronze.given", schema=pyarrow.schema([
        ("id", pyarrow.int64()), ("price", pyarrow.decimal128(12, 3)), ("note", pyarrow.string()),
        ("ratio", pyarrow.float64()), ("uid", pyarrow.uuid()),
    ]))  # fmt: skip
    lake.route("src-a", "bronze.given", create=None)
    uid = uuid.UUID(int=7)
    lake.load(lake.put("src-a", "x.parquet", f"SELECT '{uid}'::UUID AS uid, 1.25::FLOAT AS ratio,"
                       " 9.25::DECIMAL(5,2) AS price, 3::TINYINT AS id"))  # fmt: skip
    found = pyiceberg_rows(lake, "bronze.given")
    assert found == [[3, "decimal:9.25", None, "float:1.25", str(uid)]]


@pytest.mark.parametrize(
    ("select", "words"),
    [
        ("1::BIGINT AS id, 'x' AS name, 5 AS surplus", ["surplus"]),
        ("1::BIGINT AS id", ["name"]),
        ("1::BIGINT AS id, NULL::VARCHAR AS name", ["name", "null"]),
        ("'seven' AS id, 'x' AS name", ["id", "long", "VARCHAR"]),
        ("1.5::DOUBLE AS id, 'x' AS name", ["id", "long", "DOUBLE"]),
        ("2::HUGEINT ** 70 AS id, 'x' AS name", ["id", "long"]),
    ],
    ids=["extra column", "missing required", "null in required", "lossy text", "lossy double",
         "sum beyond long"],
)  # fmt: skip
def test_a_column_that_does_not_fit_is_named(lake, select, words):
    catalog = lake.pyiceberg()
    catalog.create_namespace("bronze")
    catalog.create_table("bronze.strict", schema=pyarrow.schema([
        pyarrow.field("id", pyarrow.int64()), pyarrow.field("name", pyarrow.string(), False),
    ]))  # fmt: skip
    lake.route("src-a", "bronze.strict", create=None)
    outcome = lake.run(lake.put("src-a", "bad.parquet", f"SELECT {select}"))
    error = outcome.file("bad.parquet")["error"]
    assert outcome.exit_code == 1
    for word in [*words, "bronze.strict", "bad.parquet"]:
        assert word.lower() in error.lower(), f"'{word}' is not in: {error}"
    assert lake.snapshot_count("bronze.strict") == 0


def test_a_fixed_column_is_refused_by_name(lake):
    """DuckDB has no such type, and its Parquet writer no such values."""
    catalog = lake.pyiceberg()
    catalog.create_namespace("bronze")
    schema = pyarrow.schema([("id", pyarrow.int64()), ("tag", pyarrow.binary(4))])
    catalog.create_table("bronze.fixed", schema=schema)
    lake.route("src-a", "bronze.fixed", create=None)
    uri = lake.put("src-a", "bad.parquet", "SELECT 1::BIGINT AS id, 'four'::BLOB AS tag")
    error = lake.run(uri).file("bad.parquet")["error"]
    assert all(word in error for word in ("tag", "fixed", "bronze.fixed", "bad.parquet")), error
