"""The function's process itself: what it survives, how it ends, and that its log is JSON."""

import json
import signal

import events

# One list of everything: more than the limit, and nothing of it can go to the disk.
TOO_MUCH = ("SELECT list(range) AS id FROM range(100000000),"
            " (SELECT count(*) FROM read_parquet('{s3_input_path}'))")  # fmt: skip


def failed_messages(done) -> list[str]:
    assert done.error is None, done.error
    return [item["itemIdentifier"] for item in done.response["batchItemFailures"]]


def test_a_query_beyond_the_memory_leaves_the_function_usable(cloud):
    cloud.route("large", "bronze.large", TOO_MUCH).route("small", "bronze.small")
    large = cloud.put(cloud.src_a, "large/a.parquet", "SELECT 1 AS id")
    with cloud.function(EIDER_ENGINE_MEMORY_LIMIT="300MB") as function:
        for n in range(2):
            assert failed_messages(function.invoke(events.sqs(large))) == ["message-0"]
            small = cloud.put(cloud.src_a, f"small/{n}.parquet", f"SELECT {n} AS id")
            assert failed_messages(function.invoke(events.sqs(small))) == []
        lines = [line for line in function.log_lines() if line.get("file") == large.uri]
    assert "memory" in lines[0]["error"].lower()
    assert cloud.scan_ids("bronze.small") == [0, 1]


def test_it_ends_well_when_it_is_asked_to(cloud):
    with cloud.function() as function:
        assert failed_messages(function.invoke(events.sqs_bodies(
            events.s3_test_event(cloud.src_a)))) == []  # fmt: skip
        function.process.send_signal(signal.SIGTERM)
        assert function.wait() == 0


def test_every_line_of_its_log_is_json(cloud):
    cloud.route(cloud.src_a, "bronze.orders")
    bad = cloud.put_bytes(cloud.src_a, "bad\n.parquet", b"PAR1 no, it is not")
    good = cloud.put(cloud.src_a, "good.parquet", "SELECT 1 AS id")
    with cloud.function(command=(cloud.program, "lambda", "--log-level", "debug")) as function:
        function.invoke(events.sqs(good, bad))
        function.invoke(b"no event")
        text = function.log()
    lines = [json.loads(line) for line in text.splitlines()]
    assert all(isinstance(line, dict) for line in lines)
    assert {line["state"] for line in lines if "file" in line} == {"LOADED", "FAILED"}
