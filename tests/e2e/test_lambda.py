"""The job through the Lambda path: events in every envelope, repeated, broken, late, killed."""

import signal
import time

import pytest

import events
from readers import arrow_rows

ORDERS = "SELECT range AS id, 'order ' || range AS name FROM range({})"
SLOW = ("SELECT count(*) AS id FROM range(100000000) a, range(100000) b, "
        "(SELECT count(*) FROM read_parquet('{s3_input_path}')) c")  # fmt: skip
ENVELOPES = [events.s3_event, events.sqs, events.sns, events.sns_in_sqs, events.eventbridge,
             events.eventbridge_in_sqs]  # fmt: skip
ALL_DONE = {"batchItemFailures": []}


def failed_messages(done) -> list[str]:
    assert done.error is None, done.error
    return sorted(item["itemIdentifier"] for item in done.response["batchItemFailures"])


def is_success(done) -> bool:
    return done.error is None and (done.response or {}).get("batchItemFailures", []) == []


@pytest.mark.parametrize("envelope", ENVELOPES, ids=lambda envelope: envelope.__name__)
def test_two_sources_two_tables_one_function(cloud, envelope):
    """The job's shown result."""
    cloud.route(cloud.src_a, "bronze.orders")
    cloud.route(cloud.src_b, "silver.customers",
                "SELECT id * 10 AS id, upper(name) AS name FROM '{s3_input_path}'"
                " WHERE id < 5")  # fmt: skip
    with cloud.function() as function:
        first = function.invoke(envelope(cloud.put(cloud.src_a, "a.parquet", ORDERS.format(10))))
        second = function.invoke(envelope(cloud.put(cloud.src_b, "b.parquet", ORDERS.format(9))))
    assert is_success(first) and is_success(second), (first, second)
    assert cloud.scan_ids("bronze.orders") == list(range(10))
    rows = arrow_rows(cloud.table("silver.customers").scan().to_arrow())
    assert rows == [[n * 10, f"ORDER {n}"] for n in range(5)]


def test_folders_of_one_bucket_go_to_their_tables(cloud):
    cloud.route("orders", "bronze.orders").route("customers", "bronze.customers")
    items = [cloud.put(cloud.src_a, f"{folder}/2026/11/{n}.parquet", f"SELECT {n} AS id")
             for folder in ("orders", "customers") for n in range(3)]  # fmt: skip
    with cloud.function() as function:
        assert is_success(function.invoke(events.s3_event(*items)))
    for table in ("bronze.orders", "bronze.customers"):
        assert cloud.scan_ids(table) == [0, 1, 2]
        assert cloud.snapshot_count(table) == 1, "records of one table share a commit"


@pytest.mark.parametrize("key", [
    "it's here.parquet", "a+b %20.parquet", "glob[0-9]*?{a,b}.parquet", "größe/ünïcode ☃.parquet",
    'quote"back\\slash.parquet', "x'; DROP TABLE y; --.parquet",
])  # fmt: skip
@pytest.mark.parametrize("envelope", [events.sqs, events.eventbridge],
                         ids=lambda envelope: envelope.__name__)  # fmt: skip
def test_object_keys_mean_themselves(cloud, envelope, key):
    cloud.route(cloud.src_a, "bronze.keys",
                "SELECT id, '{s3_input_path}' AS source FROM '{s3_input_path}'")
    item = cloud.put(cloud.src_a, key, "SELECT 1 AS id")
    with cloud.function() as function:
        assert is_success(function.invoke(envelope(item)))
    assert arrow_rows(cloud.table("bronze.keys").scan().to_arrow()) == [[1, item.uri]]


@pytest.mark.parametrize("ledger", ["ledger", "tokens of the table alone"])
def test_repeated_news_loads_once(cloud, ledger):
    if ledger != "ledger":
        cloud.without_ledger()
    cloud.route(cloud.src_a, "bronze.orders")
    item = cloud.put(cloud.src_a, "a.parquet", ORDERS.format(10))
    with cloud.function() as function:
        for envelope in (events.s3_event, events.sqs, events.eventbridge):
            assert is_success(function.invoke(envelope(item)))
        assert is_success(function.invoke(events.s3_event(item, item)))
    with cloud.function() as another:
        assert is_success(another.invoke(events.sqs(item)))
    assert cloud.scan_ids("bronze.orders") == list(range(10))
    assert cloud.snapshot_count("bronze.orders") == 1


def test_of_a_batch_only_the_failed_messages_come_back(cloud):
    cloud.route(cloud.src_a, "bronze.orders")
    items = [cloud.put(cloud.src_a, f"{n}.parquet", f"SELECT {n} AS id") for n in range(4)]
    items[1] = cloud.put_bytes(cloud.src_a, "1.parquet", b"PAR1 no, it is not")
    items[3] = cloud.put(cloud.src_b, "unrouted.parquet", "SELECT 3 AS id")
    with cloud.function() as function:
        assert failed_messages(function.invoke(events.sqs(*items))) == ["message-1", "message-3"]
        log = [line for line in function.log_lines() if line.get("state") == "FAILED"]
    assert cloud.scan_ids("bronze.orders") == [0, 2]
    assert {line["file"] for line in log} == {items[1].uri, items[3].uri}
    assert any("route" in line["error"] and cloud.src_b in line["error"] for line in log), log


@pytest.mark.parametrize("envelope", [events.s3_event, events.sns, events.eventbridge],
                         ids=lambda envelope: envelope.__name__)  # fmt: skip
def test_without_a_queue_a_failure_is_the_invocations(cloud, envelope):
    """Lambda tries asynchronous events again only when the function says that it failed."""
    cloud.route(cloud.src_a, "bronze.orders")
    bad = cloud.put_bytes(cloud.src_a, "bad.parquet", b"PAR1 no, it is not")
    good = cloud.put(cloud.src_a, "good.parquet", ORDERS.format(3))
    with cloud.function() as function:
        failed = function.invoke(envelope(bad))
        assert failed.error is not None and "bad.parquet" in failed.error["errorMessage"]
        assert failed.error["errorType"]
        assert is_success(function.invoke(envelope(good)))
    assert cloud.scan_ids("bronze.orders") == [0, 1, 2]


def test_what_is_no_work_is_a_success(cloud):
    item = cloud.put(cloud.src_a, "a.parquet", ORDERS.format(3))
    with cloud.function() as function:
        assert is_success(function.invoke(events.s3_test_event(cloud.src_a)))
        assert is_success(function.invoke(events.s3_removal(item)))
        queued = events.sqs_bodies(events.s3_test_event(cloud.src_a), events.s3_removal(item))
        assert function.invoke(queued).response == ALL_DONE
    assert cloud.pyiceberg().list_namespaces() == [] if cloud.catalog_path.exists() else True


@pytest.mark.parametrize("event", [b"{", b"[]", b'"text"', {"Records": 7}, {"hello": "world"}],
                         ids=str)  # fmt: skip
def test_an_event_that_is_none_is_an_error_and_no_end(cloud, event):
    cloud.route(cloud.src_a, "bronze.orders")
    with cloud.function() as function:
        assert function.invoke(event).error is not None
        item = cloud.put(cloud.src_a, "a.parquet", ORDERS.format(3))
        assert is_success(function.invoke(events.s3_event(item)))


def test_a_message_that_is_no_news_fails_alone(cloud):
    cloud.route(cloud.src_a, "bronze.orders")
    item = cloud.put(cloud.src_a, "a.parquet", ORDERS.format(3))
    with cloud.function() as function:
        done = function.invoke(events.sqs_bodies("not JSON", events.s3_event(item)))
    assert failed_messages(done) == ["message-0"]
    assert cloud.scan_ids("bronze.orders") == [0, 1, 2]


def test_a_replaced_object_is_left_to_its_own_event(cloud):
    cloud.route(cloud.src_a, "bronze.orders")
    old = cloud.put(cloud.src_a, "a.parquet", "SELECT 1 AS id")
    new = cloud.put(cloud.src_a, "a.parquet", "SELECT 2 AS id")
    with cloud.function() as function:
        assert is_success(function.invoke(events.sqs(old)))
        assert any("superseded" in str(line) for line in function.log_lines()), function.log()
        assert is_success(function.invoke(events.sqs(new)))
    assert cloud.scan_ids("bronze.orders") == [2]


def test_a_vanished_object_does_not_come_back_for_ever(cloud):
    cloud.route(cloud.src_a, "bronze.orders")
    item = cloud.put(cloud.src_a, "a.parquet", "SELECT 1 AS id")
    cloud.remove(item)
    with cloud.function() as function:
        assert function.invoke(events.sqs(item)).response == ALL_DONE
        assert any(item.uri in str(line) for line in function.log_lines())


def test_the_deadline_stops_the_query_in_time(cloud):
    cloud.route("slow", "bronze.slow", SLOW).route("fast", "bronze.fast")
    slow = cloud.put(cloud.src_a, "slow/a.parquet", "SELECT 1 AS id")
    fast = cloud.put(cloud.src_a, "fast/b.parquet", "SELECT 2 AS id")
    with cloud.function() as function:
        started = time.perf_counter()
        done = function.invoke(events.sqs(slow, fast), timeout_seconds=4)
        assert time.perf_counter() - started < 4, "answered before Lambda would have killed it"
        assert failed_messages(done) == ["message-0"]
        assert cloud.scan_ids("bronze.fast") == [2]
        cloud.route("slow", "bronze.slow")
        again = function.invoke(events.sqs(slow))
    if not is_success(again):  # the route that was known may be kept for a short while
        with cloud.function() as fresh:
            assert is_success(fresh.invoke(events.sqs(slow)))
    assert cloud.scan_ids("bronze.slow") == [1]


@pytest.mark.slow
def test_a_killed_function_leaves_the_file_to_the_next(cloud):
    """Killed in its query, it holds the file until its lease ends; then it is loaded once."""
    cloud.route(cloud.src_a, "bronze.orders", SLOW)
    item = cloud.put(cloud.src_a, "a.parquet", "SELECT 1 AS id")
    with cloud.function() as function:
        function.api.send(events.sqs(item), timeout_seconds=2)
        time.sleep(1)
        function.end(signal.SIGKILL)
    cloud.route(cloud.src_a, "bronze.orders")
    give_up_at = time.monotonic() + 30
    with cloud.function() as function:
        while not is_success(function.invoke(events.sqs(item))):
            assert time.monotonic() < give_up_at, function.log()
            time.sleep(0.5)
    assert cloud.scan_ids("bronze.orders") == [1]


@pytest.mark.parametrize("at", ["before", "after"])
def test_a_function_killed_around_its_commit_loads_once(cloud, at):
    """Killed when the object of the new metadata is on its way, before or after S3 has it."""
    cloud.without_ledger()
    cloud.route(cloud.src_a, "bronze.orders")
    cloud.load(cloud.put(cloud.src_a, "first.parquet", "SELECT 0 AS id"))
    item = cloud.put(cloud.src_a, "a.parquet", "SELECT 1 AS id")
    s3 = cloud.through("s3")
    with cloud.function() as function:
        def kill(exchange):
            if at == "after":
                exchange.forward()
            function.process.kill()
            exchange.abort()

        s3.on("PutObject", kill, path=".metadata.json")
        function.api.send(events.sqs(item))
        function.wait()
    s3.clear()
    with cloud.function() as function:
        assert is_success(function.invoke(events.sqs(item)))
    assert cloud.scan_ids("bronze.orders") == [0, 1]


def test_what_cannot_start_says_so(cloud):
    with cloud.function(EIDER_CATALOG_TYPE="carrier-pigeon") as function:
        assert function.wait() != 0
        told = function.api.init_error
    assert told is not None and "carrier-pigeon" in told["errorMessage"], told
    assert told["errorType"]


def test_under_the_name_bootstrap_it_is_the_function(cloud):
    bootstrap = cloud.folder / "bootstrap"
    bootstrap.symlink_to(cloud.program)
    cloud.route(cloud.src_a, "bronze.orders")
    item = cloud.put(cloud.src_a, "a.parquet", ORDERS.format(3))
    with cloud.function(command=(str(bootstrap),)) as function:
        assert is_success(function.invoke(events.s3_event(item)))
    assert cloud.scan_ids("bronze.orders") == [0, 1, 2]


def test_the_log_tells_what_happened_to_each_file(cloud):
    cloud.route(cloud.src_a, "bronze.orders")
    item = cloud.put(cloud.src_a, "a.parquet", ORDERS.format(7))
    with cloud.function() as function:
        done = function.invoke(events.sqs(item))
        lines = function.log_lines()
    [line] = [line for line in lines if line.get("file") == item.uri]
    snapshot = cloud.table("bronze.orders").current_snapshot().snapshot_id
    assert line["request_id"] == done.request_id and line["trace_id"] == done.trace_id
    assert (line["state"], line["rows"], line["snapshot_id"]) == ("LOADED", 7, snapshot)
    assert (line["route"], line["table"]) == (cloud.src_a, "bronze.orders")
    assert {"query", "commit"} <= set(line["steps"])
    [metrics] = [line for line in lines if "_aws" in line]
    assert metrics["FilesLoaded"] == 1 and metrics["RowsLoaded"] == 7
    described = metrics["_aws"]["CloudWatchMetrics"][0]
    assert {"FilesLoaded", "FilesFailed"} <= {metric["Name"] for metric in described["Metrics"]}
    for dimensions in described["Dimensions"]:
        assert set(dimensions) <= set(metrics)


def test_the_invocation_does_no_work_of_the_start(cloud):
    """A known route, a known table: what a warm function asks of S3 and DynamoDB for a file."""
    cloud.route(cloud.src_a, "bronze.orders")
    s3, dynamodb = cloud.through("s3"), cloud.through("dynamodb")
    items = [cloud.put(cloud.src_a, f"{n}.parquet", f"SELECT {n} AS id") for n in range(3)]
    with cloud.function() as function:
        for item in items:
            s3.clear()
            dynamodb.clear()
            assert is_success(function.invoke(events.s3_event(item)))
    assert s3.count()["GetObject"] + s3.count()["HeadObject"] <= 5, s3.count()
    assert dynamodb.count().total() <= 3, dynamodb.count()
    assert cloud.scan_ids("bronze.orders") == [0, 1, 2]


@pytest.mark.spark
def test_the_reference_readers_agree_on_s3(cloud, spark):
    cloud.route(cloud.src_a, "bronze.orders")
    items = [cloud.put(cloud.src_a, f"{n}.parquet", ORDERS.format(n + 2)) for n in range(3)]
    with cloud.function() as function:
        for item in items:
            assert is_success(function.invoke(events.sqs(item)))
    expected = sorted([n, f"order {n}"] for count in (2, 3, 4) for n in range(count))
    assert arrow_rows(cloud.table("bronze.orders").scan().to_arrow()) == expected
    assert spark.rows(cloud, "bronze.orders") == expected
    spark.sql(cloud, "INSERT INTO {lake}.bronze.orders VALUES (100, 'of Spark')")
    with cloud.function() as function:
        late = cloud.put(cloud.src_a, "late.parquet", "SELECT 200::BIGINT AS id, 'late' AS name")
        assert is_success(function.invoke(events.sqs(late)))
    assert spark.rows(cloud, "bronze.orders")[-2:] == [[100, "of Spark"], [200, "late"]]
