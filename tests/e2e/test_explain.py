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


LATE_TEXT = b"amount\n" + b"".join(b"%d\n" % n for n in range(30_000)) + b"abc\n"


def with_late_text(lake) -> tuple[str, str]:
    """30,000 integers and then a text, for a column of integers."""
    sql = "SELECT amount FROM read_csv('{s3_input_path}')"
    lake.pyiceberg().create_namespace("bronze")
    schema = pyarrow.schema([("amount", pyarrow.int64())])
    lake.pyiceberg().create_table("bronze.amounts", schema=schema)
    lake.route("src-a", "bronze.amounts", sql)
    return lake.put_bytes("src-a", "amounts.csv", LATE_TEXT), sql


def left(lake) -> tuple:
    """What a command may leave: tables, loads, files."""
    tables = lake.eider("table", "list", "--json").lines
    return tables, lake.history(), sorted(str(path) for path in lake.folder.rglob("*"))


def test_explain_of_a_late_bad_value_says_how_far_it_looked_and_deep_says_what_a_run_says(lake):
    """Seen: explain and check --sample said that all is right, and the run FAILED."""
    uri, _ = with_late_text(lake)
    plan = lake.eider("explain", uri)
    assert plan.exit_code == 0 and "values are not converted: `--deep`" in plan.stdout, plan
    assert "looked at: the plan, all bytes of the file's text;" in plan.stdout, plan
    sample = lake.eider("explain", "--sample", "2", uri)
    assert sample.exit_code == 0 and "2 rows at most" in sample.stdout, sample
    assert [explained(lake, uri, *more)["looked_at"] for more in ([], ["--sample", "2"])] == [
        "plan", "sample"]  # fmt: skip
    before = left(lake)
    deep = lake.eider("explain", "--deep", uri)
    told = lake.eider("explain", "--deep", "--json", uri)
    assert left(lake) == before
    failed = lake.run(uri)
    assert deep.exit_code == told.exit_code == failed.exit_code == 1, (deep, told, failed)
    (run,) = failed.files
    assert (run["line"], run["value"]) == (30_002, "abc"), run
    fields = ("error", "code", "line", "column", "value")
    assert {name: told.lines[0]["run"][name] for name in fields} == {
        name: run[name] for name in fields}  # fmt: skip
    assert told.lines[0]["looked_at"] == "all"
    assert f"would fail: {run['error'].splitlines()[0]}" in deep.stdout, deep


def test_check_of_a_late_bad_value_says_how_far_it_looked_and_deep_says_what_a_run_says(lake):
    uri, sql = with_late_text(lake)
    lake.route("text", "bronze.texts", sql)
    lake.route("held", "bronze.amounts", sql, enabled=False)
    shallow = lake.eider("routes", "check", "--sample", uri)
    assert shallow.exit_code == 0 and "looked at one row" in shallow.stdout, shallow
    assert "`--deep`" in shallow.stdout, shallow
    before = left(lake)
    deep = lake.eider("routes", "check", "--sample", uri, "--deep")
    lines = lake.eider("routes", "check", "--sample", uri, "--deep", "--json").lines
    assert left(lake) == before
    error = lake.run(uri).files[0]["error"]
    assert deep.exit_code == 1 and error.splitlines()[0] in deep.stdout, deep
    assert {(line["PartitionKey"], line["problem"]) for line in lines[:-1]} == {
        ("src-a", error), ("held", error)}  # fmt: skip
    assert "route 'text': 30001 rows would be written: 30001 read" in deep.stdout, deep
    (counted,) = lines[-1]["routes"]
    assert (lines[-1]["sample"], lines[-1]["looked_at"]) == (uri, "all")
    assert (counted["PartitionKey"], counted["rows"], counted["rows_read"]) == (
        "text", 30_001, 30_001)  # fmt: skip


def test_check_deep_tries_each_route_alone(lake):
    """A new table of one route is none for the next."""
    file = lake.put_bytes("src-a", "a.csv", b"id,name\n1,ada\n")
    lake.route("one", "bronze.t", "SELECT id FROM read_csv('{s3_input_path}')")
    lake.route("two", "bronze.t", "SELECT name FROM read_csv('{s3_input_path}')")
    checked = lake.eider("routes", "check", "--sample", file, "--deep")
    assert checked.exit_code == 0, checked
    assert checked.stdout.count("1 row would be written: 1 read") == 2, checked


def test_explain_deep_counts_what_a_run_counts(lake):
    lake.route("src-a", "bronze.orders", "SELECT * FROM '{s3_input_path}' WHERE id < 7")
    uri = lake.put("src-a", "a.parquet", TEN_ROWS)
    before = left(lake)
    line = explained(lake, uri, "--deep")
    assert "7 rows would be written: 10 read, 3 filtered" in lake.eider(
        "explain", "--deep", uri).stdout  # fmt: skip
    assert left(lake) == before
    (part,) = line["parts"]
    run = lake.load(uri).files[0]
    names = ("rows", "rows_read", "rows_filtered", "rows_rejected")
    assert {name: part["run"][name] for name in names} == {name: run[name] for name in names}
    assert (run["rows"], run["rows_read"], run["rows_filtered"]) == (7, 10, 3)
    line = explained(lake, uri, "--deep")
    assert line["parts"][0]["is_in_already"] and line["parts"][0]["run"]["rows"] == 0


def test_explain_deep_of_several_files_is_what_one_run_does(lake):
    """The first makes the table, and the second does not fit it."""
    lake.route("src-a", "bronze.t", "SELECT * FROM read_csv('{s3_input_path}')")
    lake.put_bytes("src-a", "1.csv", b"id\n1\n")
    lake.put_bytes("src-a", "2.csv", b"id\nx\n")
    before = left(lake)
    deep = lake.eider("explain", "--deep", "--json", "s3://src-a/")
    assert left(lake) == before
    run = lake.run("s3://src-a/")
    errors = [line["run"]["error"] for line in deep.lines]
    assert errors == [run.file("1.csv")["error"], run.file("2.csv")["error"]]
    assert errors[0] is None and errors[1] is not None


@pytest.mark.parametrize("cast", ["'1'", "CASE WHEN id = 20 THEN 'x' ELSE '1' END"])
def test_explain_deep_of_a_file_of_several_tables(lake, cast):
    kinds = ("customers", "orders", "visits")
    lake.set(**by("column:kind"))
    for kind in kinds:
        lake.route(kind, f"bronze.{kind}",
                   f"SELECT *, ({cast})::INTEGER AS n FROM '{{s3_input_path}}'")  # fmt: skip
    uri = lake.put("src-a", "x.parquet", ORDERS_AND_MORE.format(30))
    before = left(lake)
    deep = lake.eider("explain", "--deep", "--json", uri)
    assert left(lake) == before
    run = lake.run(uri)
    assert deep.exit_code == run.exit_code
    (line,), (file,) = deep.lines, run.files
    fields = ("error", "code", "line", "column", "value")
    assert {name: line["run"][name] for name in fields} == {name: file[name] for name in fields}
    assert (file["error"] is None) == (cast == "'1'")
    if file["error"] is None:
        rows = {part["route"]: (part["rows"], part["rows_read"]) for part in file["parts"]}
        assert {part["route"]: (part["run"]["rows"], part["run"]["rows_read"])
                for part in line["parts"]} == rows  # fmt: skip
        assert sum(part[0] for part in rows.values()) == 30


def test_explain_on_aws_asks_and_never_writes(cloud):
    cloud.route(cloud.src_a, "bronze.orders")
    item = cloud.put(cloud.src_a, "a.parquet", TEN_ROWS)
    s3, dynamodb = cloud.through("s3"), cloud.through("dynamodb")
    assert cloud.eider("explain", item.uri, "--sample", "2").exit_code == 0
    assert cloud.eider("explain", item.uri, "--deep").exit_code == 0
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


@pytest.mark.parametrize("sql, keeps", [
    ("SELECT id, upper(name) AS name FROM '{s3_input_path}' WHERE id > 1", False),
    ("SELECT name, count(*) AS id FROM '{s3_input_path}' GROUP BY name", True),
    ("SELECT * FROM '{s3_input_path}' ORDER BY id", True),
])  # fmt: skip
def test_explain_tells_whether_rows_go_through_as_they_come(lake, sql, keeps):
    lake.route("src-a", "bronze.new", sql)
    uri = lake.put("src-a", "a.parquet", TEN_ROWS)
    assert explained(lake, uri)["parts"][0]["keeps_rows"] is keeps
    told = lake.eider("explain", uri).stdout
    assert ("keeps rows" in told, "as they come" in told) == (keeps, not keeps), told


@pytest.mark.parametrize("key, content, sql, why", [
    ("a.csv", "id,name\n1,x\n", "SELECT * FROM '{s3_input_path}'", None),
    ("a.csv", "id,name\n1,x\n", "SELECT id + 1 AS id, name FROM '{s3_input_path}'",
     "what type column id has, only all of its values tell"),
    ("a.csv", "id,name\n1,x\n", "SELECT * FROM '{s3_input_path}' LIMIT 1", "it has LIMIT"),
    ("a.json", '[{"id": 1, "name": "x"}]', "SELECT * FROM '{s3_input_path}'",
     "of JSON only lines with an object in each are cut"),
])  # fmt: skip
def test_explain_tells_whether_a_file_may_be_prepared_in_pieces(lake, key, content, sql, why):
    lake.route("src-b", "bronze.t", "SELECT 1::BIGINT AS id, 'x' AS name FROM '{s3_input_path}'")
    lake.load(lake.put("src-b", "a.parquet", TEN_ROWS))
    lake.route("src-a", "bronze.t", sql)
    uri = lake.put_bytes("src-a", key, content.encode())
    kept_whole = explained(lake, uri)["parts"][0]["kept_whole"]
    told = lake.eider("explain", uri).stdout
    if why is None:
        assert kept_whole is None
        assert "may be prepared in pieces" in told
    else:
        assert why in kept_whole
        assert "stays whole: " in told
    part = lake.eider("prepare", "--json", uri, "--part", "1/2", "--to",
                      f"file://{lake.folder}/prepared/")  # fmt: skip
    assert (part.exit_code == 0) == (why is None), part.stdout
