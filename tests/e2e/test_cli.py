"""The other commands: tables, history, events, help, exit codes."""

import json

import pyarrow
import pytest

TEN_ROWS = "SELECT range::BIGINT AS id, 'name ' || range AS name FROM range(10)"


@pytest.fixture
def orders(lake):
    """A lake with ten rows in bronze.orders."""
    lake.route("src-a", "bronze.orders")
    lake.load(lake.put("src-a", "a.parquet", TEN_ROWS))
    return lake


def shows(lake, *args) -> str:
    outcome = lake.eider(*args)
    assert outcome.exit_code == 0, outcome
    return outcome.stdout


def test_table_list(orders):
    orders.route("src-b", "silver.other")
    orders.load(orders.put("src-b", "b.parquet", TEN_ROWS))
    text = shows(orders, "table", "list")
    assert "bronze.orders" in text and "silver.other" in text


def test_table_show(orders):
    text = shows(orders, "table", "show", "bronze.orders")
    for word in ("bronze.orders", "id", "long", "name", "string", str(orders.warehouse)):
        assert word in text, text


def test_table_snapshots(orders):
    orders.load(orders.put("src-a", "b.parquet", TEN_ROWS))
    text = shows(orders, "table", "snapshots", "bronze.orders")
    for snapshot in orders.table("bronze.orders").metadata.snapshots:
        assert str(snapshot.snapshot_id) in text
    assert "append" in text


def test_table_head_shows_rows(orders):
    text = shows(orders, "table", "head", "bronze.orders")
    assert "id" in text and "name 0" in text and "name 9" in text


def test_tables_made_by_others_are_shown(lake):
    catalog = lake.pyiceberg()
    catalog.create_namespace("other")
    schema = pyarrow.schema([("n", pyarrow.int32()), ("l", pyarrow.list_(pyarrow.string()))])
    table = catalog.create_table("other.theirs", schema=schema)
    assert "list<string>" in shows(lake, "table", "show", "other.theirs")
    assert "n" in shows(lake, "table", "head", "other.theirs")
    table.append(pyarrow.table({"n": [42], "l": [["a", None]]}, schema=schema))
    assert "42" in shows(lake, "table", "head", "other.theirs")


def test_a_table_that_is_not_there_is_said_so(orders):
    for action in ("show", "snapshots", "head"):
        outcome = orders.eider("table", action, "bronze.nosuch")
        assert outcome.exit_code != 0 and "bronze.nosuch" in outcome.stderr


def test_history_for_people(orders):
    orders.run(orders.put_bytes("src-a", "bad.parquet", b"bad"))
    text = shows(orders, "history")
    assert "a.parquet" in text and "LOADED" in text and "bronze.orders" in text
    assert "bad.parquet" in text and "FAILED" in text


def test_json_of_the_other_commands_is_json(orders):
    for command in (("table", "list"), ("table", "show", "bronze.orders"), ("history",),
                    ("table", "snapshots", "bronze.orders"), ("routes", "list"), ("config",),
                    ("table", "head", "bronze.orders"), ("routes", "check")):  # fmt: skip
        outcome = orders.eider(*command, "--json")
        assert outcome.exit_code == 0, f"{command}: {outcome}"
        assert outcome.lines or command == ("routes", "check"), command


def test_human_output_names_files_and_totals(orders):
    outcome = orders.eider("run", orders.put("src-a", "b.parquet", TEN_ROWS))
    assert outcome.exit_code == 0
    told = outcome.stdout + outcome.stderr
    assert "b.parquet" in told and "bronze.orders" in told and "10" in told
    assert "\x1b[" not in told, "no colours when nobody sees them"


# -- events ----------------------------------------------------------------------------------------


def record(key: str, event: str = "ObjectCreated:Put", **more) -> dict:
    return {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "eventName": event,
        "s3": {"bucket": {"name": "src-a"}, "object": {"key": key, **more}},
    }


def event(*records: dict) -> str:
    return json.dumps({"Records": list(records)})


@pytest.mark.parametrize("how", ["file", "standard input"])
def test_an_event_is_loaded(lake, how):
    lake.route("src-a", "bronze.orders")
    lake.put("src-a", "in/a b.parquet", TEN_ROWS)
    text = event(record("in/a+b.parquet"))
    if how == "file":
        path = lake.folder / "event.json"
        path.write_text(text)
        outcome = lake.load("--event", str(path))
    else:
        outcome = lake.load("--event", "-", stdin=text)
    assert outcome.files[0]["file"] == "s3://src-a/in/a b.parquet"
    assert lake.scan_ids("bronze.orders") == list(range(10))


def test_a_repeated_event_is_skipped(orders):
    outcome = orders.run("--event", "-", stdin=event(record("a.parquet"), record("a.parquet")))
    assert outcome.exit_code == 0
    assert {line["state"] for line in outcome.files} == {"SKIPPED"}
    assert orders.scan_ids("bronze.orders") == list(range(10))


def test_removals_and_test_events_are_no_work(orders):
    removal = event(record("a.parquet", "ObjectRemoved:Delete"))
    test_event = json.dumps({"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "src-a"})
    for text in (removal, test_event):
        outcome = orders.run("--event", "-", stdin=text)
        assert outcome.exit_code == 0, outcome
        assert outcome.summary == {"loaded": 0, "skipped": 0, "failed": 0, "held": 0}


def test_an_event_about_a_missing_file_fails_it_alone(orders):
    orders.put("src-a", "b.parquet", TEN_ROWS)
    outcome = orders.run("--event", "-", stdin=event(record("gone.parquet"), record("b.parquet")))
    assert outcome.exit_code == 1
    assert outcome.file("gone.parquet")["state"] == "FAILED"
    assert outcome.file("b.parquet")["state"] == "LOADED"


@pytest.mark.parametrize("text", ["", "no json", "[]", '{"Records": 5}', "{}", "\0"])
def test_what_is_no_event_is_refused(orders, text):
    outcome = orders.eider("run", "--event", "-", stdin=text)
    assert outcome.exit_code in (1, 2), outcome
    assert "event" in outcome.stderr.lower(), outcome


# -- help ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "args",
    [(), ("run",), ("routes",), ("routes", "check"), ("table",), ("table", "head"), ("history",),
     ("config",)],
)  # fmt: skip
def test_help_teaches(lake, args):
    done = lake.execute([lake.program, *args, "--help"], lake.environment())
    assert done.returncode == 0
    assert len(done.stdout.splitlines()) > 3


def test_help_of_run_names_what_it_takes(lake):
    done = lake.execute([lake.program, "run", "--help"], lake.environment())
    for word in ("s3://", "--event", "--force", "--json", "--config"):
        assert word in done.stdout


def test_many_skipped_files_are_one_line(orders):
    uris = [orders.put("src-a", f"many/{i}.parquet", TEN_ROWS) for i in range(12)]
    orders.load(*uris)
    told = orders.eider("run", "s3://src-a/many/").stdout
    assert told.count("SKIPPED  s3://") == 10
    assert "SKIPPED  2 more files (each with --verbose)" in told
    assert "0 loaded, 12 skipped" in told
    told = orders.eider("run", "--verbose", "s3://src-a/many/").stdout
    assert told.count("SKIPPED  s3://") == 12


def test_a_skipped_file_without_rows_has_no_snapshot(orders):
    uri = orders.put("src-a", "none.parquet", TEN_ROWS + " WHERE range > 10")
    assert orders.load(uri).files[0]["snapshot_id"] is None
    assert orders.run(uri).files[0]["snapshot_id"] is None


def test_a_table_is_dropped_with_its_files(orders):
    other = orders.route("src-b", "bronze.other")
    other.load(other.put("src-b", "b.parquet", TEN_ROWS))
    orders.load(orders.put("src-a", "second.parquet", TEN_ROWS))
    asked = orders.eider("table", "drop", "bronze.orders", "--purge")
    assert asked.exit_code == 2 and "nobody to ask" in asked.stderr, asked
    assert orders.table("bronze.orders").scan().count() == 20

    told = shows(orders, "table", "drop", "bronze.orders", "--purge", "--yes")
    assert "dropped bronze.orders" in told and "knows 2 files loaded" in told, told
    assert not orders.pyiceberg().table_exists("bronze.orders")
    left = [path for path in orders.warehouse.rglob("*") if path.is_file()]
    assert left and all("other" in str(path) for path in left), left
    assert orders.table("bronze.other").scan().count() == 10
    again = orders.eider("table", "drop", "bronze.orders", "--yes")
    assert again.exit_code != 0 and "bronze.orders" in again.stderr, again


def test_a_table_is_dropped_without_its_files(orders):
    before = sorted(path for path in orders.warehouse.rglob("*") if path.is_file())
    line = orders.eider("table", "drop", "bronze.orders", "--yes", "--json").lines[0]
    assert line == {"dropped": "bronze.orders", "files_in_ledger": 1}
    assert sorted(path for path in orders.warehouse.rglob("*") if path.is_file()) == before
    outcome = orders.run("s3://src-a/", "--force", "--remake-tables")
    assert outcome.file("a.parquet")["state"] == "LOADED", outcome.files
    assert orders.table("bronze.orders").scan().count() == 10


def test_files_that_may_belong_to_others_are_not_purged(orders):
    with orders.table("bronze.orders").transaction() as transaction:
        transaction.set_properties({"gc.enabled": "false"})
    refused = orders.eider("table", "drop", "bronze.orders", "--purge", "--yes")
    assert refused.exit_code == 2 and "gc.enabled = false" in refused.stderr, refused
    assert orders.table("bronze.orders").scan().count() == 10


def test_without_a_ledger_tables_are_made_and_dropped(lake):
    lake.route("src-a", "bronze.orders")
    no_ledger = {"EIDER_LEDGER_TYPE": "none"}
    uri = lake.put("src-a", "a.parquet", TEN_ROWS)
    for _ in range(2):
        lake.load(uri, **no_ledger)
        assert lake.table("bronze.orders").scan().count() == 10
        dropped = lake.eider("table", "drop", "bronze.orders", "--yes", "--json", **no_ledger)
        assert dropped.lines == [{"dropped": "bronze.orders", "files_in_ledger": 0}], dropped
