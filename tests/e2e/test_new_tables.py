"""Tables that routes make: partitions, sort order, properties and location as the route says, as
Java makes them of the same words, and seen by `explain` and `table`."""

import json

import pytest
from pyiceberg.exceptions import NoSuchTableError

from lake import SELECT_ALL

# Two days, three regions, one of them null.
ORDERS = """
    SELECT range::BIGINT AS id, TIMESTAMP '2024-01-30 12:00:00' + INTERVAL (range * 6) HOUR AS ts,
           CASE range % 3 WHEN 0 THEN 'north' WHEN 1 THEN 'south' END AS region,
           'order ' || range AS name, {'city': 'c' || range % 2} AS address
    FROM range(6)
"""
TERMS = ["day(ts)", "bucket(16, id)", "truncate(4, name)", "region", "address.city"]
SORT = ["region desc", "bucket(4, id)", "name asc nulls last"]


def spec_of(table) -> list[tuple]:
    return [(field.source_id, field.field_id, field.name, str(field.transform))
            for field in table.spec().fields]  # fmt: skip


def order_of(table) -> list[tuple]:
    return [(field.source_id, str(field.transform), field.direction.value, field.null_order.value)
            for field in table.sort_order().fields]  # fmt: skip


@pytest.fixture
def orders(lake):
    """A route that makes `bronze.orders` by day and region, and its first file."""
    lake.route("src-a", "bronze.orders", partition_by=["days(ts)", "region"], sort_by=["ts desc"])
    lake.uri = lake.put("src-a", "a.parquet", ORDERS)
    return lake


def described(lake, spark, table: str) -> dict[str, str]:
    return {row[0]: row[1] for row in spark.sql(lake, f"DESCRIBE EXTENDED {{lake}}.{table}")}


@pytest.mark.spark
def test_words_make_the_table_that_java_makes_of_them(lake, spark):
    lake.route("src-a", "bronze.ours", partition_by=TERMS, sort_by=SORT)
    lake.load(lake.put("src-a", "a.parquet", ORDERS))
    spark.sql(
        lake,
        "CREATE TABLE {lake}.bronze.theirs (id bigint, ts timestamp_ntz, region string,"
        " name string, address struct<city: string>) USING iceberg"
        " PARTITIONED BY (days(ts), bucket(16, id), truncate(4, name), region, address.city)",
    )
    spark.sql(
        lake,
        "ALTER TABLE {lake}.bronze.theirs WRITE ORDERED BY region DESC, bucket(4, id),"
        " name ASC NULLS LAST",
    )
    ours, theirs = lake.table("bronze.ours"), lake.table("bronze.theirs")
    assert spec_of(ours) == spec_of(theirs)
    assert order_of(ours) == order_of(theirs)
    assert ours.metadata.last_partition_id == theirs.metadata.last_partition_id
    said = described(lake, spark, "bronze.ours")
    assert [said[f"Part {i}"] for i in range(5)] == [
        "days(ts)", "bucket(16, id)", "truncate(4, name)", "region", "address.city"]  # fmt: skip
    assert [row[0] for row in spark.rows(lake, "bronze.ours")] == list(range(6))


def test_pyiceberg_sees_partitions_order_properties_and_location(orders):
    place = f"file://{orders.folder}/else where"
    properties = {"write.parquet.compression-codec": "snappy", "team": "ñ"}
    orders.route("src-a", "bronze.orders", partition_by=["days(ts)", "region as area"],
                 sort_by=["ts desc"], location=place + "/",
                 table_properties=properties)  # fmt: skip
    orders.load(orders.uri)
    table = orders.table("bronze.orders")
    assert spec_of(table) == [(2, 1000, "ts_day", "day"), (3, 1001, "area", "identity")]
    assert order_of(table) == [(2, "identity", "desc", "nulls-last")]
    assert table.sort_order().order_id == 1
    assert table.properties == properties
    assert table.location() == place
    assert orders.scan_ids("bronze.orders") == list(range(6))
    assert all(file.file_path.startswith(place) for file in orders.data_files("bronze.orders"))
    assert len(orders.data_files("bronze.orders")) == 5


def test_a_table_that_is_there_stays_as_it_is(orders):
    orders.load(orders.uri)
    before = orders.table("bronze.orders").metadata
    orders.route("src-a", "bronze.orders", partition_by=["bucket(4, id)"], sort_by=["nothing"],
                 location="s3://nowhere/t", table_properties={"team": "b"})  # fmt: skip
    orders.load(orders.put("src-a", "b.parquet", ORDERS))
    after = orders.table("bronze.orders").metadata
    assert after.partition_specs == before.partition_specs
    assert (after.location, after.properties) == (before.location, before.properties)
    assert after.sort_orders == before.sort_orders


@pytest.mark.parametrize(
    ("attribute", "terms", "words"),
    [
        ("partition_by", ["day(tss)"], ["`day(tss)`", "no column `tss`", "did you mean `ts`?"]),
        ("partition_by", ["day(id)"], ["column `id` is of type long", "bucket(N, id)"]),
        ("partition_by", ["day(ts)", "hour(ts)"], ["`hour(ts)`", "`day(ts)`"]),
        ("sort_by", ["day(region)"], ["column `region` is of type string"]),
    ],
)
def test_a_column_that_is_not_there_makes_no_table(orders, attribute, terms, words):
    orders.route("src-a", "bronze.orders", **{attribute: terms})
    told = orders.eider("explain", orders.uri)
    line = orders.run(orders.uri).file("a.parquet")
    assert told.exit_code == 1 and (line["state"], line["code"]) == ("FAILED", "invalid")
    for word in ("bronze.orders", f"{attribute} of route 'src-a'", *words):
        assert word in line["error"], line["error"]
        assert word in told.stdout, told.stdout
    with pytest.raises(NoSuchTableError):
        orders.table("bronze.orders")
    orders.route("src-a", "bronze.orders", partition_by=["day(ts)"])
    orders.load(orders.uri)
    assert orders.scan_ids("bronze.orders") == list(range(6))


def test_words_that_mean_nothing_are_a_wrong_route(orders):
    orders.route("src-a", "bronze.orders", partition_by=["dya(ts)"], location="over there")
    checked = orders.eider("routes", "check")
    assert checked.exit_code == 1
    assert "partition_by[0]: `dya(ts)`: there is no transform dya; did you mean 'day'?" in (
        checked.stdout + checked.stderr
    )
    assert "location: " in checked.stdout + checked.stderr
    line = orders.run(orders.uri).file("a.parquet")
    assert line["state"] == "FAILED" and "dya(ts)" in line["error"]


def test_explain_tells_the_partitions_that_would_be_and_that_are(orders):
    told = orders.eider("explain", orders.uri)
    assert told.exit_code == 0, told
    assert "partitioned by day(ts), region, a data file for each partition at least" in told.stdout
    assert "sort order ts desc" in told.stdout
    deep = orders.eider("explain", "--deep", orders.uri)
    assert "5 partitions, 5 data files" in deep.stdout, deep.stdout
    (line,) = orders.eider("explain", "--deep", "--json", orders.uri).lines
    (part,) = line["parts"]
    assert (part["partitions"], part["sort_order"]) == ("day(ts), region", "ts desc")
    assert part["estimated_partitions"] is None
    assert (part["run"]["partitions"], part["run"]["data_files"]) == (5, 5)
    with pytest.raises(NoSuchTableError):
        orders.table("bronze.orders")
    orders.load(orders.uri)
    orders.route("src-a", "bronze.orders")
    (line,) = orders.eider("explain", "--json", orders.uri).lines
    assert line["parts"][0]["partitions"] == "day(ts), region", "the table's own"


def test_the_table_of_rejects_is_not_partitioned(lake):
    lake.route("src-a", "bronze.t", "SELECT * FROM read_csv('{s3_input_path}')",
               on_bad_rows="reject", partition_by=["day"], table_properties={"team": "a"},
               types={"day": "DATE"})  # fmt: skip
    content = b"id,day\n1,2024-01-30\n2,not a day\n3,2024-01-31\n"
    lake.load(lake.put_bytes("src-a", "a.csv", content))
    assert [field.name for field in lake.table("bronze.t").spec().fields] == ["day"]
    rejects = lake.table("bronze.t__rejects")
    assert spec_of(rejects) == [] and "team" not in rejects.properties


def test_table_shows_partitions_and_files(orders):
    orders.load(orders.uri)
    shown = orders.eider("table", "show", "bronze.orders").stdout
    assert "day(ts), region" in shown and "ts desc" in shown
    (line,) = orders.eider("table", "show", "bronze.orders", "--json").lines
    assert line["sort_order"]["fields"] == [{"source-id": 2, "transform": "identity",
                                             "direction": "desc",
                                             "null-order": "nulls-last"}]  # fmt: skip
    expected = {}
    for file in orders.data_files("bronze.orders"):
        expected[file.file_path] = (file.record_count, file.file_size_in_bytes)
    partitions = orders.eider("table", "partitions", "bronze.orders", "--json").lines
    told = [(p["partition"]["ts_day"], p["partition"]["region"], p["rows"]) for p in partitions]
    assert told == [("2024-01-30", "north", 1), ("2024-01-30", "south", 1),
                    ("2024-01-31", None, 2), ("2024-01-31", "north", 1),
                    ("2024-01-31", "south", 1)]  # fmt: skip
    assert sum(p["bytes"] for p in partitions) == sum(size for _, size in expected.values())
    files = orders.eider("table", "files", "bronze.orders", "--json").lines
    assert {file["path"]: (file["rows"], file["bytes"]) for file in files} == expected
    assert {file["content"] for file in files} == {"data"}


@pytest.mark.parametrize(
    ("where", "rows"),
    [
        (["ts_day = 2024-01-31"], 4),
        (["ts_day='2024-01-31'", "region = south"], 1),
        (["region = null"], 2),
        (["region = west"], 0),
    ],
)
def test_files_of_some_partitions(orders, where, rows):
    orders.load(orders.uri)
    flags = [flag for text in where for flag in ("--where", text)]
    found = orders.eider("table", "files", "bronze.orders", "--json", *flags)
    assert found.exit_code == 0, found
    assert sum(file["rows"] for file in found.lines) == rows


def test_files_of_a_partition_that_there_is_not(orders):
    orders.load(orders.uri)
    told = orders.eider("table", "files", "bronze.orders", "--where", "day = 2024-01-31")
    assert told.exit_code == 2 and "no partition field 'day'" in told.stderr, told
    assert "ts_day" in told.stderr
    told = orders.eider("table", "files", "bronze.orders", "--where", "ts_day")
    assert told.exit_code == 2 and "NAME = VALUE" in told.stderr, told


def test_partitions_of_older_specs_are_shown(orders):
    orders.load(orders.uri)
    with orders.table("bronze.orders").update_spec() as update:
        update.remove_field("region").add_identity("name")
    orders.load(orders.put("src-a", "b.parquet", ORDERS + " LIMIT 1"))
    partitions = orders.eider("table", "partitions", "bronze.orders", "--json").lines
    by_spec = sorted((p["spec_id"], p["partition"].get("name") or "") for p in partitions)
    seen = {(file.spec_id, tuple(file.partition)) for file in orders.data_files("bronze.orders")}
    assert by_spec == [*[(0, "")] * (len(seen) - 1), (1, "order 0")]
    by_name = orders.eider("table", "files", "bronze.orders", "--json", "--where", "name = order 0")
    assert [file["spec_id"] for file in by_name.lines] == [1]


def test_an_empty_and_an_unpartitioned_table_are_shown(lake):
    lake.route("src-a", "bronze.t")
    lake.load(lake.put("src-a", "a.parquet", "SELECT 1::BIGINT AS id"))
    assert "unpartitioned" in lake.eider("table", "show", "bronze.t").stdout
    (line,) = lake.eider("table", "partitions", "bronze.t", "--json").lines
    assert (line["partition"], line["rows"], line["files"]) == ({}, 1, 1)
    catalog = lake.pyiceberg()
    catalog.create_table("bronze.none", schema=lake.table("bronze.t").schema())
    assert lake.eider("table", "files", "bronze.none", "--json").lines == []
    assert lake.eider("table", "partitions", "bronze.none").exit_code == 0


@pytest.mark.parametrize("kind", ["glue", "rest"])
def test_other_catalogs_make_the_same_table(make_cloud, kind):
    cloud = make_cloud(kind)
    name = f"d{cloud.name}.orders"
    location = f"{cloud.warehouse}/of/orders"
    cloud.route(cloud.src_a, name, SELECT_ALL, partition_by=TERMS, sort_by=SORT,
                location=location, table_properties={"team": "a"})  # fmt: skip
    cloud.load(cloud.put(cloud.src_a, "a.parquet", ORDERS))
    table = cloud.table(name)
    assert [(field.name, str(field.transform)) for field in table.spec().fields] == [
        ("ts_day", "day"), ("id_bucket", "bucket[16]"), ("name_trunc", "truncate[4]"),
        ("region", "identity"), ("address.city", "identity")]  # fmt: skip
    assert [transform for _, transform, *_ in order_of(table)] == [
        "identity", "bucket[4]", "identity"]  # fmt: skip
    assert table.location() == location and table.properties["team"] == "a"
    assert cloud.scan_ids(name) == list(range(6))


def test_routes_are_written_with_their_layout(lake):
    """As `routes export` writes them, in every form that is read back."""
    lake.route("src-a", "bronze.t", partition_by=["days(ts)", "bucket(16, id)"], sort_by=SORT,
               table_properties={"team": "a"}, location="s3://lake/t")  # fmt: skip
    for file in ("routes2.yaml", "routes2.jsonl"):
        assert lake.eider("routes", "export", file).exit_code == 0
        assert lake.eider("routes", "diff", file).exit_code == 0
    (line,) = [json.loads(text) for text in (lake.folder / "routes2.jsonl").read_text().split("\n")
               if text]  # fmt: skip
    assert line["partition_by"] == ["day(ts)", "bucket(16, id)"]
    assert line["sort_by"] == ["region desc", "bucket(4, id)", "name nulls last"]
    assert line["location"] == "s3://lake/t"
