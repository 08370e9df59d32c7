"""The routing table is away: files load by the last known routes, and by the snapshot where none is
known; it is told in the log, the metrics and `routes status`, and the end of it is noticed.

The ledger is left out of these tests, or out of the fault: a ledger in the same DynamoDB is away,
too, when all of it is.
"""

import contextlib
import json
import time

import pytest

import events
from fault_proxy import answer, delay, reset
from lake import SELECT_ALL

ALL_DONE = {"batchItemFailures": []}
QUICK = {"EIDER_ROUTING_CACHE_TTL_MS": "1", "EIDER_ROUTING_CACHE_NEGATIVE_TTL_MS": "100",
         "EIDER_ROUTING_TIMEOUT_MS": "500"}  # fmt: skip
FAULTS = {
    "throttled": answer(400, "ProvisionedThroughputExceededException"),
    "slow": delay(1000),
    "500": answer(500, "InternalServerError"),
    "503": answer(503, "ServiceUnavailable"),
    "reset": reset,
    "denied": answer(400, "AccessDeniedException"),
    "expired": answer(400, "ExpiredTokenException"),
    "no such table": answer(400, "ResourceNotFoundException"),
}
OUTAGES = ["refused", *FAULTS]


@contextlib.contextmanager
def outage(dynamodb, name: str):
    """The routing table is away inside of the block."""
    if name == "refused":
        with dynamodb.down():
            yield
        return
    dynamodb.on("*", FAULTS[name], times=None)
    yield
    dynamodb.clear()


@pytest.fixture
def routed(cloud):
    """A cloud with a route and a place for the snapshot, and short times."""
    cloud.without_ledger().route(cloud.src_a, "bronze.orders")
    bucket = cloud.warehouse.removeprefix("s3://").split("/")[0]
    cloud.snapshot = f"s3://{bucket}/routes.snapshot"
    return cloud.configure(EIDER_ROUTING_STORE="dynamodb,snapshot",
                           EIDER_ROUTING_SNAPSHOT=cloud.snapshot, **QUICK)  # fmt: skip


def put(cloud, number: int):
    return cloud.put(cloud.src_a, f"{number}.parquet", f"SELECT {number} AS id")


def metrics(function) -> dict:
    """Of the last invocation."""
    return [line for line in function.log_lines() if "_aws" in line][-1]


def warnings(function) -> list[str]:
    return [line["message"] for line in function.log_lines() if line.get("level") == "warning"]


def snapshot_of(cloud) -> bytes:
    bucket, key = cloud.snapshot.removeprefix("s3://").split("/", 1)
    return cloud.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()


# ---- cold: nothing is known but the snapshot ---------------------------------------------------


@pytest.mark.parametrize("name", OUTAGES)
def test_a_run_that_starts_in_an_outage_loads_by_the_snapshot(routed, name):
    routed.load(put(routed, 1))  # and writes the snapshot
    with outage(routed.through("dynamodb"), name):
        done = routed.load(put(routed, 2))
    assert "does not answer" in done.stderr and routed.snapshot in done.stderr, done.stderr
    assert "1 route from the next store served" in done.stderr, done.stderr
    assert routed.scan_ids("bronze.orders") == [1, 2]


@pytest.mark.parametrize("name", OUTAGES)
def test_a_function_that_starts_in_an_outage_loads_by_the_snapshot(routed, name):
    assert routed.eider("routes", "snapshot").exit_code == 0
    with outage(routed.through("dynamodb"), name), routed.function() as function:
        for number in (1, 2):
            assert function.invoke(events.sqs(put(routed, number))).response == ALL_DONE
            assert metrics(function)["RoutesServedFromSnapshot"] == 1
            assert metrics(function)["RoutesServedStale"] == 0
        told = [line for line in warnings(function) if "does not answer, snapshot" in line]
        assert len(told) == 1, "once, and not with every file"
    assert routed.scan_ids("bronze.orders") == [1, 2]


def test_a_wrong_name_of_the_table_is_told_and_loads_by_the_snapshot(routed):
    assert routed.eider("routes", "snapshot").exit_code == 0
    done = routed.load(put(routed, 1), EIDER_ROUTING_TABLE="no-such-table")
    assert "no-such-table" in done.stderr and "does not exist" in done.stderr, done.stderr


def test_a_table_of_another_kind_is_told_and_loads_by_the_snapshot(routed):
    """The ledger's table under the name of the routing table."""
    assert routed.eider("routes", "snapshot").exit_code == 0
    done = routed.load(put(routed, 1), EIDER_ROUTING_TABLE=routed.ledger_table)
    assert routed.ledger_table in done.stderr and "PartitionKey" in done.stderr, done.stderr


def test_any_later_store_serves(routed, tmp_path):
    """A file of routes behind DynamoDB; a snapshot behind a file that is gone, or broken."""
    assert routed.eider("routes", "snapshot").exit_code == 0
    file = tmp_path / "routes.yaml"
    exported = routed.eider("routes", "export")
    file.write_text(exported.stdout)
    with routed.through("dynamodb").down():
        routed.load(put(routed, 1), EIDER_ROUTING_STORE="dynamodb,file",
                    EIDER_ROUTING_PATH=str(file))  # fmt: skip
        behind = {"EIDER_ROUTING_STORE": "file,snapshot", "EIDER_ROUTING_PATH": str(file)}
        file.write_text("routes: [")
        assert str(file) in routed.load(put(routed, 2), **behind).stderr
        file.unlink()
        assert str(file) in routed.load(put(routed, 3), **behind).stderr
    assert routed.scan_ids("bronze.orders") == [1, 2, 3]


def test_what_the_snapshot_does_not_have_is_unrouted_and_a_wrong_route_stays_wrong(routed):
    routed.item(PartitionKey=routed.src_b, target_table="bronze.orders", query_sql="SELECT 1")
    assert routed.eider("routes", "snapshot").exit_code == 0
    unrouted = routed.bucket("src-c")
    wrong = routed.put(routed.src_b, "a.parquet", "SELECT 1 AS id")
    nowhere = routed.put(unrouted, "a.parquet", "SELECT 1 AS id")
    with routed.through("dynamodb").down():
        assert "{s3_input_path}" in routed.fails(wrong)
        told = routed.fails(nowhere)
        assert "no route" in told and unrouted in told, told


def test_without_a_snapshot_the_error_names_both_and_the_way_out(routed):
    item = put(routed, 1)
    with routed.through("dynamodb").down():
        told = routed.fails(item)
    assert routed.routing_table in told and routed.snapshot in told, told
    assert "eider routes status" in told and "eider routes snapshot" in told, told
    routed.load(item)


@pytest.mark.parametrize("fault", ["throttled", "500", "reset"])
def test_a_bad_moment_without_a_snapshot_is_waited_for(routed, fault):
    """Longer than the time limit: nothing else is there that could serve."""
    item = put(routed, 1)
    routed.through("dynamodb").on("GetItem", FAULTS[fault], times=3)
    routed.load(item, EIDER_ROUTING_TIMEOUT_MS="1")


@pytest.mark.parametrize("broken", ["cut", "changed", "none", "empty"])
def test_a_broken_snapshot_does_not_serve_and_says_why(routed, broken):
    assert routed.eider("routes", "snapshot").exit_code == 0
    content = snapshot_of(routed)
    content = {"cut": content[:-10], "changed": content.replace(b"bronze", b"silver"),
               "none": b"PAR1", "empty": b""}[broken]  # fmt: skip
    bucket, key = routed.snapshot.removeprefix("s3://").split("/", 1)
    routed.client("s3").put_object(Bucket=bucket, Key=key, Body=content)
    item = put(routed, 1)
    with routed.through("dynamodb").down():
        told = routed.fails(item)
    assert routed.snapshot in told, told
    assert {"cut": "SHA-256", "changed": "SHA-256"}.get(broken, "first line") in told, told
    assert routed.eider("routes", "status").exit_code == 1


# ---- warm: the route was used before -----------------------------------------------------------


@pytest.mark.parametrize("store", ["dynamodb", "dynamodb,snapshot"])
@pytest.mark.parametrize("name", OUTAGES)
def test_a_warm_function_loads_by_the_last_known_route_and_notices_the_end(routed, name, store):
    """With a snapshot, what is newer serves: it, or what the table said last."""
    routed.configure(EIDER_ROUTING_STORE=store)
    dynamodb = routed.through("dynamodb")
    with routed.function() as function:
        def served(number: int) -> int:
            assert function.invoke(events.sqs(put(routed, number))).response == ALL_DONE
            told = metrics(function)
            if store == "dynamodb":
                assert told["RoutesServedFromSnapshot"] == 0
            return told["RoutesServedStale"] + told["RoutesServedFromSnapshot"]

        assert served(1) == 0
        with outage(dynamodb, name):
            routed.route(routed.src_a, "bronze.moved")  # seen when the table is back
            assert served(2) == 1 and served(3) == 1
            assert any("served in place of" in line for line in warnings(function))
        time.sleep(0.2)  # longer than the pause between two tries
        number = 4
        while served(number) > 0 and number < 20:
            number += 1
        begun = [line for line in warnings(function) if "does not answer, " in line]
        ended = [line for line in warnings(function) if "answers again" in line]
    assert len(begun) == 1 and len(ended) == 1, "each is told once"
    assert set(routed.scan_ids("bronze.orders")) >= {1, 2, 3}
    assert number in routed.scan_ids("bronze.moved")


def test_a_known_route_serves_no_longer_than_it_may(routed):
    dynamodb = routed.through("dynamodb")
    settings = {"EIDER_ROUTING_STORE": "dynamodb", "EIDER_ROUTING_STALE_MAX_MS": "1"}
    with routed.function(**settings) as function:
        assert function.invoke(events.sqs(put(routed, 1))).response == ALL_DONE
        with dynamodb.down():
            done = function.invoke(events.sqs(put(routed, 2))).response
            assert done == {"batchItemFailures": [{"itemIdentifier": "message-0"}]}
        assert function.invoke(events.sqs(put(routed, 2))).response == ALL_DONE


def test_the_routing_table_alone_throttles_and_the_ledger_goes_on(routed):
    routed.configure(EIDER_LEDGER_TYPE=None, EIDER_LEDGER_TABLE=routed.ledger_table)
    assert routed.eider("routes", "snapshot").exit_code == 0
    item = put(routed, 1)
    routed.through("dynamodb").on("GetItem", FAULTS["throttled"], times=None)
    routed.load(item)
    assert routed.run(item).summary == {"loaded": 0, "skipped": 1, "failed": 0, "held": 0}


def test_a_warm_function_asks_for_a_route_once(routed):
    """With the times of the defaults: a route is asked for every half a minute."""
    dynamodb = routed.through("dynamodb")
    items = [put(routed, number) for number in range(5)]
    defaults = dict.fromkeys(QUICK)
    with routed.function(**defaults) as function:
        for item in items:
            assert function.invoke(events.sqs(item)).response == ALL_DONE
        assert dynamodb.count()["GetItem"] == 1, dynamodb.count()


# ---- the snapshot ------------------------------------------------------------------------------


def test_a_run_and_a_function_write_the_snapshot_and_leave_a_young_one_alone(routed):
    routed.load(put(routed, 1))
    first = snapshot_of(routed)
    header = json.loads(first.splitlines()[0])
    assert header["routes"] == 1 and routed.routing_table in header["source"]
    routed.load(put(routed, 2))
    assert snapshot_of(routed) == first
    routed.route(routed.src_b, "bronze.other")
    time.sleep(1)  # the time it is taken is told in seconds
    with routed.function(EIDER_ROUTING_SNAPSHOT_REFRESH_MS="1") as function:
        assert function.invoke(events.sqs(put(routed, 3))).response == ALL_DONE
    second = json.loads(snapshot_of(routed).splitlines()[0])
    assert second["routes"] == 2 and second["taken_at"] > header["taken_at"]


def test_a_snapshot_that_cannot_be_written_fails_no_file(routed):
    routed.through("dynamodb").on("Scan", answer(400, "AccessDeniedException"), times=None)
    done = routed.load(put(routed, 1))
    assert "is not renewed" in done.stderr and "dynamodb:Scan" in done.stderr, done.stderr
    routed.configure(EIDER_ROUTING_SNAPSHOT="s3://no-such-bucket-here/routes.snapshot")
    routed.through("dynamodb").clear()
    done = routed.load(put(routed, 2))
    assert "is not renewed" in done.stderr and "no-such-bucket-here" in done.stderr, done.stderr


def test_a_slow_scan_does_not_hold_up_the_function(routed):
    routed.through("dynamodb").on("Scan", delay(1000), times=None)
    with routed.function() as function:
        done = function.invoke(events.sqs(put(routed, 1)), timeout_seconds=6)
        assert done.response == ALL_DONE
        assert any("is not renewed" in line for line in warnings(function))


def test_a_snapshot_serves_alone(routed, tmp_path):
    file = tmp_path / "routes.snapshot"
    done = routed.eider("routes", "snapshot", EIDER_ROUTING_SNAPSHOT=str(file))
    assert done.exit_code == 0 and str(file) in done.stdout, done
    alone = {"EIDER_ROUTING_STORE": "snapshot", "EIDER_ROUTING_SNAPSHOT": str(file)}
    dynamodb = routed.through("dynamodb")
    routed.load(put(routed, 1), **alone)
    assert dynamodb.count().total() == 0
    listed = routed.eider("routes", "list", "--json", **alone)
    assert [line["PartitionKey"] for line in listed.lines] == [routed.src_a]
    refused = routed.eider("routes", "put", "x", "--table", "a.b", "--sql", SELECT_ALL, **alone)
    assert refused.exit_code == 2 and "eider routes snapshot" in refused.stderr, refused
    refused = routed.eider("routes", "snapshot", **alone)
    assert refused.exit_code == 2 and "dynamodb,snapshot" in refused.stderr, refused


def test_commands_that_edit_use_the_table_and_nothing_else(routed):
    assert routed.eider("routes", "snapshot").exit_code == 0
    with routed.through("dynamodb").down():
        for command in (("list",), ("get", routed.src_a), ("remove", routed.src_a)):
            done = routed.eider("routes", *command)
            assert done.exit_code == 2 and routed.routing_table in done.stderr, done


# ---- routes status -----------------------------------------------------------------------------


def test_status_tells_which_store_answers(routed):
    status = routed.eider("routes", "status", "--json")
    assert status.exit_code == 1
    table, snapshot, cache = status.lines
    assert table["store"] == "dynamodb" and table["answers"] and table["error"] is None
    assert not snapshot["answers"] and snapshot["code"] == "not_found", snapshot
    assert cache["cache"]["timeout_ms"] == int(QUICK["EIDER_ROUTING_TIMEOUT_MS"])

    assert routed.eider("routes", "snapshot").exit_code == 0
    status = routed.eider("routes", "status", "--json")
    assert status.exit_code == 0, status
    snapshot = status.lines[1]
    assert snapshot["routes"] == 1 and routed.routing_table in snapshot["source"], snapshot
    assert snapshot["taken_at"].endswith("Z") and 0 <= snapshot["age_seconds"] < 600

    text = routed.eider("routes", "status")
    assert routed.snapshot in text.stdout and "its hash is right" in text.stdout, text


@pytest.mark.parametrize("name", OUTAGES)
def test_status_tells_why_a_table_does_not_answer(routed, name):
    assert routed.eider("routes", "snapshot").exit_code == 0
    with outage(routed.through("dynamodb"), name):
        status = routed.eider("routes", "status", "--json")
    assert status.exit_code == 1
    table, snapshot, _ = status.lines
    assert not table["answers"] and routed.routing_table in table["error"], table
    assert snapshot["answers"]
