"""Rows that tell their file: `lineage: true` adds _source_file, _source_version and _loaded_at."""

import datetime

import pytest
from pyiceberg.schema import Schema
from pyiceberg.types import LongType, NestedField, StringType, TimestamptzType

ALL = "SELECT * FROM '{s3_input_path}'"
NAMES = ["_source_file", "_source_version", "_loaded_at"]
FILES = 30


def now() -> datetime.datetime:
    return datetime.datetime.now(datetime.timezone.utc)


def rows(lake, name: str = "bronze.t") -> list[dict]:
    return lake.table(name).scan().to_arrow().to_pylist()


def table_of(lake, *more: tuple):
    """By PyIceberg: id, and further columns (name, type)."""
    columns = [("id", LongType()), *more]
    fields = [NestedField(i, name, of, False) for i, (name, of) in enumerate(columns, 1)]
    lake.pyiceberg().create_namespace_if_not_exists("bronze")
    return lake.pyiceberg().create_table("bronze.t", schema=Schema(*fields))


LINEAGE = ((NAMES[0], StringType()), (NAMES[1], StringType()), (NAMES[2], TimestamptzType()))


def test_a_table_that_is_made_has_them_at_its_end(lake, spark):
    lake.route("src-a", "bronze.t", ALL, lineage=True)
    before = now() - datetime.timedelta(milliseconds=1)
    uri = lake.put_bytes("src-a", "it's +%20.csv", b"id,n\n1,a\n2,b\n")
    lake.load(uri)
    fields = {one.name: str(one.field_type) for one in lake.table("bronze.t").schema().fields}
    assert list(fields.items())[2:] == [(NAMES[0], "string"), (NAMES[1], "string"),
                                        (NAMES[2], "timestamptz")]  # fmt: skip
    etag = lake.history()[0]["etag"]
    for row in rows(lake):
        assert (row["_source_file"], row["_source_version"]) == (uri, etag)
        assert before <= row["_loaded_at"] <= now()
    assert len({row["_loaded_at"] for row in rows(lake)}) == 1
    spark.attach(lake)
    seen = spark.session.sql(
        f"SELECT DISTINCT _source_file, _source_version FROM {lake.name}.bronze.t").collect()
    assert [tuple(row) for row in seen] == [(uri, etag)]


@pytest.mark.parametrize("group", [1, 128], ids=["alone", "grouped"])
def test_each_row_of_a_group_tells_its_own_file(lake, group):
    lake.set(EIDER_ENGINE_GROUP_FILES=str(group))
    lake.route("src-a", "bronze.t", ALL, lineage=True)
    for i in range(1, FILES):
        lake.put("src-a", f"{i:02}.parquet", f"SELECT {i} AS id FROM range({i})")
    lake.load("s3://src-a/")
    etags = {row["file"]: row["etag"] for row in lake.history()}
    assert len(set(etags.values())) == FILES - 1
    found = rows(lake)
    assert len(found) == sum(range(FILES))
    for row in found:
        uri = f"s3://src-a/{row['id']:02}.parquet"
        assert (row["_source_file"], row["_source_version"]) == (uri, etags[uri])
    for i in range(1, FILES):
        assert len({row["_loaded_at"] for row in found if row["id"] == i}) == 1


def test_objects_of_s3_tell_their_etag(cloud):
    s3 = cloud.client("s3")
    cloud.route(cloud.src_a, "bronze.t", ALL, lineage=True)
    for i in (1, 2):
        cloud.put(cloud.src_a, f"{i}.parquet", f"SELECT {i} AS id")
    cloud.load(f"s3://{cloud.src_a}/")
    for row in rows(cloud):
        key = f"{row['id']}.parquet"
        head = s3.head_object(Bucket=cloud.src_a, Key=key)
        assert row["_source_file"] == f"s3://{cloud.src_a}/{key}"
        assert row["_source_version"] == head["ETag"].strip('"')


def test_a_table_that_has_them_gets_the_values(lake):
    table_of(lake, *LINEAGE)
    lake.route("src-a", "bronze.t", ALL, create=None, lineage=True)
    uri = lake.put("src-a", "x.parquet", "SELECT 1::BIGINT AS id")
    lake.load(uri)
    assert [(row["id"], row["_source_file"]) for row in rows(lake)] == [(1, uri)]


def test_a_frozen_table_without_them_refuses_and_an_evolving_one_gets_them(lake):
    table_of(lake)
    lake.route("src-a", "bronze.t", ALL, create=None, lineage=True)
    uri = lake.put("src-a", "x.parquet", "SELECT 1::BIGINT AS id")
    (line,) = lake.run(uri).files
    assert line["state"] == "FAILED"
    assert all(name in line["error"] for name in NAMES), line["error"]
    lake.route("src-a", "bronze.t", ALL, create=None, lineage=True, schema="evolve")
    lake.load(uri)
    assert lake.table("bronze.t").schema().column_names == ["id", *NAMES]
    assert rows(lake)[0]["_source_file"] == uri


def test_a_file_of_a_held_table_waits_for_the_change_and_keeps_the_time_of_its_load(lake):
    table_of(lake)
    lake.route("src-a", "bronze.t", ALL, create=None, lineage=True, schema="hold")
    lake.run(lake.put("src-a", "x.parquet", "SELECT 1::BIGINT AS id"))
    assert lake.history()[0]["state"] == "HELD"
    before = now() - datetime.timedelta(milliseconds=1)
    assert lake.eider("schema", "apply", "bronze.t", "--yes").exit_code == 0
    assert rows(lake)[0]["_loaded_at"] >= before


def test_sql_with_a_column_of_that_name_is_refused(lake):
    lake.route("src-a", "bronze.t", "SELECT *, 'x' AS _source_file FROM '{s3_input_path}'",
               lineage=True)  # fmt: skip
    (line,) = lake.run(lake.put("src-a", "x.parquet", "SELECT 1 AS id")).files
    assert line["state"] == "FAILED"
    assert "gives a column _source_file, and its `lineage: true` adds one" in line["error"]


def test_explain_shows_them_and_routes_carry_the_attribute(lake):
    lake.route("src-a", "bronze.t", ALL, lineage=True)
    uri = lake.put("src-a", "x.parquet", "SELECT 1 AS id")
    shown = lake.eider("explain", uri).stdout
    assert all(name in shown for name in NAMES)
    sampled = lake.eider("explain", uri, "--sample", "1").stdout
    assert f"  {uri}" in sampled or uri in sampled.split("_loaded_at", 1)[1]
    assert "lineage: true" in lake.eider("routes", "export").stdout
    lake.set(EIDER_ROUTING_STORE="sqlite", EIDER_ROUTING_PATH=str(lake.folder / "routes.db"))
    put = lake.eider("routes", "put", "src-b", "--table", "bronze.b", "--sql", ALL, "--lineage")
    assert put.exit_code == 0, put.stderr
    assert lake.eider("routes", "get", "src-b", "--json").lines[0]["lineage"] is True


def test_parts_of_a_file_share_one_time(lake):
    lake.set(EIDER_ROUTING_STRATEGIES="column:kind")
    for name in ("a", "b"):
        lake.route(name, f"bronze.{name}", ALL, lineage=True)
    uri = lake.put_bytes("src-a", "x.csv", b"id,kind\n1,a\n2,b\n")
    lake.load(uri)
    (first,), (second,) = rows(lake, "bronze.a"), rows(lake, "bronze.b")
    assert first["_source_file"] == second["_source_file"] == uri
    assert first["_loaded_at"] == second["_loaded_at"]
