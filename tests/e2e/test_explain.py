"""See before you write: explain and dry runs tell what would be, and nothing is afterwards."""

import json

import pyarrow
import pytest

from routing_words import ORDERS_AND_MORE, by

TEN_ROWS = "SELECT range::INTEGER AS id, 'name ' || range AS name FROM range(10)"


def everything(lake) -> dict[str, bytes]:
    """Every file of the lake, but for what SQLite keeps beside an open database."""
    return {str(path.relative_to(lake.folder)): path.read_bytes()
            for path in sorted(lake.folder.rglob("*"))
            if path.is_file() and not path.name.endswith(("-wal", "-shm"))}  # fmt: skip


def explained(lake, *args: str) -> dict:
    outcome = lake.eider("explain", *args, "--json")
    assert outcome.exit_code == 0, outcome
    (line,) = outcome.lines
    return line


@pytest.fixture
def orders(lake):
    """A table with a wider type than the file's and a column more, and a route to it."""
    catalog = lake.pyiceberg()
    catalog.create_namespace("bronze")
    schema = pyarrow.schema([("id", pyarrow.int64()), ("name", pyarrow.string()),
                             ("note", pyarrow.string())])  # fmt: skip
    catalog.create_table("bronze.orders", schema=schema)
    return lake.route("src-a", "bronze.orders")


def test_explain_tells_route_keys_columns_casts_and_sample(orders):
    orders.set(**by("folder", "bucket"))
    uri = orders.put("src-a", "in/a.parquet", TEN_ROWS)
    before = everything(orders)
    told = orders.eider("explain", uri, "--sample", "3")
    assert told.exit_code == 0, told
    for word in ("in/a.parquet", "folder", "'in'", "bucket", "'src-a'", "bronze.orders",
                 "read_parquet", "note", "name 0", "name 2"):  # fmt: skip
        assert word in told.stdout, told.stdout
    assert "name 3" not in told.stdout, "three rows were asked for"
    line = explained(orders, uri, "--sample", "3")
    assert (line["file"], line["strategy"]) == (uri, "bucket")
    assert [(step["strategy"], step["won"]) for step in line["steps"]] == [
        ("folder", False), ("bucket", True)]  # fmt: skip
    assert "'in'" in line["steps"][0]["text"] and "'src-a'" in line["steps"][1]["text"]
    (part,) = line["parts"]
    assert (part["route"], part["table"], part["table_exists"]) == ("src-a", "bronze.orders", True)
    assert uri in part["query"]["sql"], "the marker is bound"
    assert (part["query"]["rows"], part["query"]["problems"]) == (10, [])
    columns = {column["column"]: column for column in part["query"]["columns"]}
    assert list(columns) == ["id", "name", "note"]
    assert (columns["id"]["result_type"], columns["id"]["type"]) == ("INTEGER", "long")
    assert "cast" in columns["id"]["how"] and "null" in columns["note"]["how"].lower()
    assert [int(row["id"]) for row in part["sample"]] == [0, 1, 2]
    assert everything(orders) == before
    assert orders.history() == [] and orders.snapshot_count("bronze.orders") == 0


def test_explain_of_missing_tables_and_of_parts(lake):
    kinds = ("customers", "orders", "visits")
    lake.set(**by("column:kind"))
    for kind in kinds:
        lake.route(kind, f"bronze.{kind}")
    uri = lake.put("src-a", "x.parquet", ORDERS_AND_MORE.format(30))
    before = everything(lake)
    line = explained(lake, uri)
    assert line["column"] == "kind"
    assert [(part["route"], part["values"], part["table"], part["table_exists"])
            for part in line["parts"]] == [
        (kind, [kind], f"bronze.{kind}", False) for kind in kinds]  # fmt: skip
    assert everything(lake) == before and lake.history() == []
    assert lake.pyiceberg().list_namespaces() == []


def test_explain_an_event(orders):
    orders.put("src-a", "a b.parquet", TEN_ROWS)
    event = {"Records": [{"eventVersion": "2.1", "eventSource": "aws:s3",
                          "eventName": "ObjectCreated:Put",
                          "s3": {"bucket": {"name": "src-a"},
                                 "object": {"key": "a+b.parquet"}}}]}  # fmt: skip
    told = orders.eider("explain", "--event", "-", stdin=json.dumps(event))
    assert told.exit_code == 0 and "a b.parquet" in told.stdout, told


def test_explain_says_what_would_be_refused(orders):
    orders.route("src-a", "bronze.orders", "SELECT name AS id FROM '{s3_input_path}'")
    told = orders.eider("explain", orders.put("src-a", "a.parquet", TEN_ROWS))
    assert told.exit_code == 1 and "would fail" in told.stdout, told
    assert "column" in told.stdout and "id" in told.stdout, told


def test_explain_of_an_unrouted_file_tells_what_was_tried(lake):
    told = lake.eider("explain", lake.put("src-a", "in/a.parquet", TEN_ROWS))
    assert told.exit_code == 1, told
    assert "'src-a'" in told.stdout + told.stderr and "'in'" in told.stdout + told.stderr, told


def test_explain_on_aws_asks_and_never_writes(cloud):
    cloud.route(cloud.src_a, "bronze.orders")
    item = cloud.put(cloud.src_a, "a.parquet", TEN_ROWS)
    s3, dynamodb = cloud.through("s3"), cloud.through("dynamodb")
    assert cloud.eider("explain", item.uri, "--sample", "2").exit_code == 0
    assert set(s3.count()) <= {"GetObject", "HeadObject", "ListObjectsV2"}, s3.count()
    assert set(dynamodb.count()) <= {"GetItem", "Scan", "Query"}, dynamodb.count()


def test_a_dry_run_tells_rows_and_writes_nothing(lake):
    lake.route("src-a", "bronze.orders", "SELECT * FROM '{s3_input_path}' WHERE id < 7")
    good = lake.put("src-a", "a.parquet", TEN_ROWS)
    bad = lake.put_bytes("src-a", "bad.parquet", b"no, it is not")
    before = everything(lake)
    outcome = lake.run("--dry-run", "s3://src-a/")
    assert outcome.exit_code == 1 and outcome.file("bad.parquet")["state"] == "FAILED"
    assert bad in outcome.states()
    assert outcome.file("a.parquet")["rows"] == 7
    assert everything(lake) == before and lake.history() == []
    assert not lake.warehouse.exists() or list(lake.warehouse.rglob("*")) == []
    assert lake.load(good).files[0]["rows"] == 7, "it was not claimed"


def test_a_dry_run_into_a_table_leaves_it_as_it_is(orders):
    orders.load(orders.put("src-a", "a.parquet", TEN_ROWS))
    orders.put("src-a", "b.parquet", TEN_ROWS)
    files = sorted(orders.warehouse.rglob("*"))
    outcome = orders.run("--dry-run", "s3://src-a/")
    assert outcome.exit_code == 0 and outcome.file("b.parquet")["rows"] == 10, outcome
    assert sorted(orders.warehouse.rglob("*")) == files
    assert orders.snapshot_count("bronze.orders") == 1 and len(orders.history()) == 1


def test_a_dry_run_on_aws_never_writes(cloud):
    cloud.route(cloud.src_a, "bronze.orders")
    item = cloud.put(cloud.src_a, "a.parquet", TEN_ROWS)
    s3, dynamodb = cloud.through("s3"), cloud.through("dynamodb")
    assert cloud.run("--dry-run", item).files[0]["rows"] == 10
    assert set(s3.count()) <= {"GetObject", "HeadObject", "ListObjectsV2"}, s3.count()
    assert set(dynamodb.count()) <= {"GetItem", "Scan", "Query"}, dynamodb.count()
    cloud.load(item)
