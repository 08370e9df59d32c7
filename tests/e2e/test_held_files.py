"""A disabled route holds its files: nothing of them is lost, and nothing is loaded."""

import pytest

import events
from routing_words import ORDERS_AND_MORE, by

ONE_ROW = "SELECT 1::BIGINT AS id"
ALL_DONE = {"batchItemFailures": []}


def test_held_seen_enabled_loaded(lake):
    lake.route("src-a", "bronze.orders", enabled=False).route("src-b", "bronze.other")
    held, other = lake.put("src-a", "a.parquet", ONE_ROW), lake.put("src-b", "b.parquet", ONE_ROW)
    outcome = lake.run(held, other)
    assert (outcome.exit_code, outcome.states()) == (0, {held: "HELD", other: "LOADED"}), outcome
    assert "src-a" in outcome.file("a.parquet")["note"]
    (entry,) = lake.history("--state", "HELD")
    assert entry["file"] == held and "src-a" in entry["error"] and "disabled" in entry["error"]
    assert "HELD" in lake.eider("history").stdout
    assert lake.run("--held").states() == {held: "HELD"}, "it is still disabled"
    lake.route("src-a", "bronze.orders", enabled=True)
    assert lake.run("--held").states() == {held: "LOADED"}
    assert lake.scan_ids("bronze.orders") == [1]
    assert lake.run("--held").files == [] and lake.history("--state", "HELD") == []


def test_held_by_a_table_of_routes_through_lambda(cloud):
    """The message is done: the ledger has the file, and no queue has to keep it."""
    cloud.route(cloud.src_a, "bronze.orders")
    done = cloud.eider("routes", "disable", cloud.src_a)
    assert done.exit_code == 0, done
    items = [cloud.put(cloud.src_a, f"{n}.parquet", f"SELECT {n} AS id") for n in range(3)]
    with cloud.function() as function:
        assert function.invoke(events.sqs(*items)).response == ALL_DONE
        metrics = [line for line in function.log_lines() if "_aws" in line][-1]
        assert (metrics["FilesHeld"], metrics["FilesLoaded"]) == (3, 0)
    held = cloud.eider("history", "--json", "--state", "HELD").lines
    assert {entry["file"] for entry in held} == {item.uri for item in items}
    done = cloud.eider("routes", "enable", cloud.src_a)
    assert done.exit_code == 0, done
    assert cloud.run("--held").summary["loaded"] == 3
    assert cloud.scan_ids("bronze.orders") == [0, 1, 2]


def test_a_repeated_event_loads_it_as_well(cloud):
    cloud.route(cloud.src_a, "bronze.orders", enabled=False)
    item = cloud.put(cloud.src_a, "a.parquet", ONE_ROW)
    with cloud.function() as function:
        assert function.invoke(events.sqs(item)).response == ALL_DONE
    cloud.route(cloud.src_a, "bronze.orders")
    with cloud.function() as function:
        assert function.invoke(events.sqs(item)).response == ALL_DONE
    assert cloud.scan_ids("bronze.orders") == [1]
    assert cloud.run("--held").files == []


def test_what_was_replaced_while_it_was_held_is_not_loaded(lake):
    lake.route("src-a", "bronze.orders", enabled=False)
    lake.run(lake.put("src-a", "a.parquet", ONE_ROW))
    lake.put("src-a", "a.parquet", "SELECT 2::BIGINT AS id, 'longer than before' AS name")
    lake.route("src-a", "bronze.orders", "SELECT id FROM '{s3_input_path}'")
    outcome = lake.run("--held")
    assert outcome.file("a.parquet")["state"] == "SUPERSEDED"
    assert "superseded" in outcome.file("a.parquet")["error"]
    assert outcome.exit_code == 1 and outcome.summary["superseded"] == 1
    assert outcome.summary["failed"] == 0
    lake.load("s3://src-a/a.parquet")
    assert lake.scan_ids("bronze.orders") == [2]


def test_of_a_file_in_parts_only_the_disabled_ones_wait(lake):
    lake.set(**by("column:kind"))
    for kind in ("orders", "customers", "visits"):
        lake.route(kind, f"bronze.{kind}", enabled=kind != "visits")
    uri = lake.put("src-a", "x.parquet", ORDERS_AND_MORE.format(9))
    assert lake.run(uri).states() == {uri: "HELD"}
    assert lake.scan_ids("bronze.orders") == [0, 3, 6]
    loaded = {part["route"]: part["loaded"] for part in lake.history("--state", "HELD")[0]["parts"]}
    assert loaded == {"orders": True, "customers": True, "visits": False}
    lake.route("visits", "bronze.visits")
    assert lake.run("--held").states() == {uri: "LOADED"}
    for kind, ids in (("orders", [0, 3, 6]), ("customers", [1, 4, 7]), ("visits", [2, 5, 8])):
        assert lake.scan_ids(f"bronze.{kind}") == ids
        assert lake.snapshot_count(f"bronze.{kind}") == 1


@pytest.mark.parametrize("chain", ["its own", "of the route that it is the same as"])
def test_disabled_on_the_way_is_disabled(lake, chain):
    lake.route("orders", "bronze.orders", enabled=chain == "its own")
    lake.item(PartitionKey="src-a", same_as="orders", enabled=chain != "its own")
    uri = lake.put("src-a", "a.parquet", ONE_ROW)
    assert lake.run(uri).states() == {uri: "HELD"}


def test_without_a_ledger_nothing_can_be_held(lake):
    lake.route("src-a", "bronze.orders", enabled=False)
    outcome = lake.run("--ledger-type", "none", lake.put("src-a", "a.parquet", ONE_ROW))
    assert outcome.exit_code == 1
    told = outcome.file("a.parquet")["error"]
    assert "src-a" in told and "disabled" in told and "ledger" in told, told


def test_an_unknown_key_is_said_so(cloud):
    done = cloud.eider("routes", "disable", "nobody")
    assert done.exit_code != 0 and "nobody" in done.stderr, done
