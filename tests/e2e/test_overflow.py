"""From function to machine: what is too much for a function is handed on before it is read."""

import gzip
import json
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import events
import pytest
from test_lambda import ALL_DONE, ORDERS, failed_messages, is_success
from test_serve_queues import Queue
from worker import Worker, wait_until

SECONDS = 20  # of an invocation: a stream of 40 MB of gzip may take longer


def large(cloud, key: str = "large.csv.gz") -> events.Object:
    """A gzip of 40 MB that is read in a second: what it holds nobody knows before."""
    text = b"id,text\n" + b"".join(b"%d,%s\n" % (number, b"x" * 1_000_000) for number in range(40))
    return cloud.put_bytes(cloud.src_a, key, gzip.compress(text, compresslevel=0))


@pytest.fixture
def overflow(cloud):
    cloud.route(cloud.src_a, "bronze.orders", "SELECT id FROM '{s3_input_path}'")
    queue = Queue(cloud, "overflow")
    cloud.configure(EIDER_OVERFLOW=queue.url, EIDER_SERVE_COMMIT_LAG_MS="100")
    return queue


def states(cloud) -> dict[str, str]:
    lines = cloud.eider("history", "--json").lines
    return {line["file"].split("/")[-1]: line["state"] for line in lines}


@pytest.mark.parametrize("envelope", [events.s3_event, events.sqs])
def test_a_large_file_is_handed_to_a_worker_and_the_others_are_loaded(cloud, overflow, envelope):
    small = cloud.put(cloud.src_a, "small.parquet", ORDERS.format(7))
    item = large(cloud, "größe +%41 large.csv.gz")
    with cloud.function() as function:
        done = function.invoke(envelope(small, item), SECONDS)
        assert is_success(done), done
        [line] = [line for line in function.log_lines() if line.get("file") == item.uri]
        [metrics] = [line for line in function.log_lines() if "_aws" in line]
    assert line["state"] == "HELD" and f"handed on to queue {overflow.name}" in line["note"]
    assert "40 MB may take 30 s" in line["note"] and "s left" in line["note"], line
    assert metrics["FilesHandedOn"] == 1 and metrics["FilesLoaded"] == 1
    assert states(cloud) == {"small.parquet": "LOADED", "größe +%41 large.csv.gz": "HELD"}
    [held] = cloud.eider("history", "--json", "--state", "HELD").lines
    assert held["error"] == line["note"]
    assert cloud.scan_ids("bronze.orders") == list(range(7)) and overflow.count() == 1
    with Worker(cloud, "--sqs", overflow.name):
        wait_until(lambda: overflow.count() == 0, "the queue", 60)
    assert cloud.scan_ids("bronze.orders") == sorted([*range(7), *range(40)])
    assert set(states(cloud).values()) == {"LOADED"}
    with cloud.function() as function:  # the event comes once more
        assert is_success(function.invoke(envelope(item), SECONDS))
    assert overflow.count() == 0 and len(cloud.scan_ids("bronze.orders")) == 47


def test_with_more_time_or_without_a_queue_it_is_loaded_by_the_function(cloud, overflow):
    item = large(cloud)
    with cloud.function() as function:
        assert is_success(function.invoke(events.sqs(item), 60))
    assert cloud.scan_ids("bronze.orders") == list(range(40)) and overflow.count() == 0
    other = large(cloud, "other.csv.gz")
    with cloud.function(EIDER_OVERFLOW=None) as function:
        assert is_success(function.invoke(events.sqs(other), SECONDS))
    assert len(cloud.scan_ids("bronze.orders")) == 80


def test_while_the_queue_is_away_the_message_comes_again(cloud, overflow):
    item = large(cloud)
    overflow.remove()
    with cloud.function() as function:
        assert failed_messages(function.invoke(events.sqs(item), SECONDS)) == ["message-0"]
        [line] = [line for line in function.log_lines() if line.get("file") == item.uri]
        assert "cannot be handed on" in line["error"] and "40 MB" in line["error"], line
        overflow.make()
        assert function.invoke(events.sqs(item), SECONDS).response == ALL_DONE
    assert overflow.count() == 1 and states(cloud) == {"large.csv.gz": "HELD"}


@pytest.mark.parametrize("settings, says", [
    ({"EIDER_OVERFLOW": "no such/queue"}, "overflow"),
    ({"EIDER_OVERFLOW": "batch://queue"}, "say batch://JOB_QUEUE/JOB_DEFINITION"),
    ({"EIDER_OVERFLOW": "batch:///load"}, "say batch://JOB_QUEUE/JOB_DEFINITION"),
    ({"EIDER_LEDGER_TABLE": None, "EIDER_LEDGER_TYPE": "none"}, "ledger"),
])  # fmt: skip
def test_a_queue_that_is_none_is_told_at_the_start(cloud, overflow, settings, says):
    with cloud.function(**settings) as function:
        function.wait()
        assert says in function.log() and function.exit_code != 0


def test_a_fifo_queue_is_refused(cloud, overflow):
    fifo = Queue(cloud, "overflow.fifo", FifoQueue="true")
    with cloud.function(EIDER_OVERFLOW=fifo.url) as function:
        function.wait()
        assert "FIFO" in function.log()


ROLE = "arn:aws:iam::123456789012:role/eider"


@pytest.fixture
def machine(cloud):
    """A state machine that a function hands files to."""
    cloud.route(cloud.src_a, "bronze.orders", "SELECT id FROM '{s3_input_path}'")
    states = {"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}}
    arn = cloud.client("stepfunctions").create_state_machine(
        name=f"{cloud.name}-overflow", definition=json.dumps(states), roleArn=ROLE
    )["stateMachineArn"]  # fmt: skip
    cloud.configure(EIDER_OVERFLOW=arn)
    return arn


def inputs(cloud, machine: str) -> list[dict]:
    states = cloud.client("stepfunctions")
    started = states.list_executions(stateMachineArn=machine)["executions"]
    return [json.loads(states.describe_execution(executionArn=each["executionArn"])["input"])
            for each in started]  # fmt: skip


def test_a_state_machine_gets_a_file_whole_or_in_pieces(cloud, machine):
    packed = large(cloud)
    rows = b"".join(b"%d,%s\n" % (number, b"x" * 200_000) for number in range(1_000))
    text = cloud.put_bytes(cloud.src_a, "large.csv", b"id,text\n" + rows)
    small = cloud.put(cloud.src_a, "small.parquet", ORDERS.format(3))
    with cloud.function() as function:
        assert is_success(function.invoke(events.sqs(small), SECONDS))
        assert is_success(function.invoke(events.sqs(packed, text), 8))
        lines = {line["file"]: line for line in function.log_lines() if "file" in line}
    assert lines[packed.uri]["note"].startswith(
        f"handed on to state machine {cloud.name}-overflow: its 40 MB may take")  # fmt: skip
    assert f"{cloud.name}-overflow in 2 pieces: its 200 MB" in lines[text.uri]["note"]
    started = {each["uri"]: each.get("pieces") for each in inputs(cloud, machine)}
    assert started == {packed.uri: None, text.uri: ["1/2", "2/2"]}
    assert states(cloud)["large.csv"] == "HELD" and cloud.scan_ids("bronze.orders") == [0, 1, 2]
    # What the machine's jobs do.
    place = f"s3://{cloud.bucket('work')}/prepared/"
    for part in started[text.uri]:
        done = cloud.eider("prepare", text.uri, "--part", part, "--to", place)
        assert done.exit_code == 0, done
    assert cloud.eider("commit", place).exit_code == 0
    assert cloud.eider("run", packed.uri).exit_code == 0
    assert set(states(cloud).values()) == {"LOADED"}
    assert len(cloud.scan_ids("bronze.orders")) == 3 + 1_000 + 40


def test_a_state_machine_that_is_not_there_is_told(cloud, machine):
    cloud.client("stepfunctions").delete_state_machine(stateMachineArn=machine)
    item = large(cloud)
    with cloud.function() as function:
        assert failed_messages(function.invoke(events.sqs(item), SECONDS)) == ["message-0"]
        [line] = [line for line in function.log_lines() if line.get("file") == item.uri]
    assert "cannot be handed on" in line["error"] and "StateMachineDoesNotExist" in line["error"]


def test_a_job_queue_gets_a_job_for_the_file(cloud):
    cloud.route(cloud.src_a, "bronze.orders", "SELECT id FROM '{s3_input_path}'")
    definition = make_job_queue(cloud)
    cloud.configure(EIDER_OVERFLOW=f"batch://{cloud.name}-jobs/{definition}")
    item = large(cloud)
    with cloud.function() as function:
        assert is_success(function.invoke(events.sqs(item), SECONDS))
        [line] = [line for line in function.log_lines() if line.get("file") == item.uri]
    assert f"handed on to job queue {cloud.name}-jobs: its 40 MB" in line["note"]
    batch = cloud.client("batch")
    [job] = [job for state in ("SUBMITTED", "PENDING", "RUNNABLE", "STARTING", "RUNNING",
                               "SUCCEEDED", "FAILED")
             for job in batch.list_jobs(jobQueue=f"{cloud.name}-jobs",
                                        jobStatus=state)["jobSummaryList"]]  # fmt: skip
    [told] = batch.describe_jobs(jobs=[job["jobId"]])["jobs"]
    assert told["parameters"] == {"uri": item.uri}


def make_job_queue(cloud) -> str:
    request = urllib.request.Request(
        f"{cloud.endpoint('batch')}/moto-api/config", method="POST",
        data=b'{"batch": {"use_docker": false}}', headers={"content-type": "application/json"},
    )  # fmt: skip
    urllib.request.urlopen(request).close()
    batch = cloud.client("batch")
    iam = cloud.client("iam")
    role = iam.create_role(RoleName=f"{cloud.name}-batch",
                           AssumeRolePolicyDocument="{}")["Role"]["Arn"]  # fmt: skip
    made = batch.create_compute_environment(
        computeEnvironmentName=f"{cloud.name}-machines", type="UNMANAGED", serviceRole=role)
    batch.create_job_queue(
        jobQueueName=f"{cloud.name}-jobs", state="ENABLED", priority=1, computeEnvironmentOrder=[
            {"order": 1, "computeEnvironment": made["computeEnvironmentArn"]}])  # fmt: skip
    return batch.register_job_definition(
        jobDefinitionName=f"{cloud.name}-load", type="container",
        containerProperties={"image": "eider", "vcpus": 1, "memory": 128,
                             "command": ["run", "Ref::uri"]},
    )["jobDefinitionName"]  # fmt: skip


# -- overflow: lambda ------------------------------------------------------------------------------


@pytest.fixture
def fleet(cloud):
    """A function that has its own files in pieces, by the queue that calls it."""
    cloud.route(cloud.src_a, "bronze.orders", "SELECT id FROM '{s3_input_path}'")
    cloud.configure(EIDER_OVERFLOW="lambda")
    return Queue(cloud, "files")


def text_of(cloud, rows: int = 1_000, bad: bytes = b""):
    """A CSV of 200 MB for a thousand rows: more than 8 seconds have room for."""
    lines = b"".join(b"%d,%s\n" % (number, b"x" * 200_000) for number in range(rows))
    cloud.load(cloud.put(cloud.src_a, "first.parquet", "SELECT 10000 AS id"))
    return cloud.put_bytes(cloud.src_a, "large.csv", b"id,text\n" + lines + bad)


def of_queue(queue, event: dict) -> dict:
    """The event as the queue's trigger gives it to the function."""
    for record in event["Records"]:
        record["eventSourceARN"] = queue.arn
    return event


def bodies(queue) -> list[str]:
    """Takes all messages out of the queue."""
    found = []
    while got := queue.sqs.receive_message(QueueUrl=queue.url, MaxNumberOfMessages=10).get(
        "Messages"
    ):
        for message in got:
            found.append(message["Body"])
            queue.sqs.delete_message(QueueUrl=queue.url, ReceiptHandle=message["ReceiptHandle"])
    return found


def send_pieces(function, queue, messages: list[str], seconds: int = 60):
    return [function.invoke(of_queue(queue, events.sqs_bodies(json.loads(message))), seconds)
            for message in messages]  # fmt: skip


def test_a_function_loads_a_large_file_in_pieces_of_its_own(cloud, fleet):
    text = text_of(cloud)
    with cloud.function() as function:
        done = function.invoke(of_queue(fleet, events.sqs(text)), 8)
        assert is_success(done), done
        [line] = [line for line in function.log_lines() if line.get("file") == text.uri]
        assert "handed on to this function in 3 pieces: its 200 MB may take" in line["note"]
        assert states(cloud)["large.csv"] == "HELD"
        messages = bodies(fleet)
        assert sorted(json.loads(each)["eiderPiece"]["number"] for each in messages) == [1, 2, 3]
        assert all(map(is_success, send_pieces(function, fleet, messages[:2])))
        assert cloud.scan_ids("bronze.orders") == [10_000]  # nothing before all of it
        assert all(map(is_success, send_pieces(function, fleet, messages[2:])))
        assert cloud.scan_ids("bronze.orders") == [*range(1_000), 10_000]
        assert states(cloud)["large.csv"] == "LOADED"
        counted = [line for line in function.log_lines() if "_aws" in line]
        assert [line["FilesLoaded"] for line in counted] == [0, 0, 0, 1]
        assert [line["RowsLoaded"] for line in counted] == [0, 0, 0, 1_000]
        # Queues give messages twice, and the first event may come again.
        assert all(map(is_success, send_pieces(function, fleet, messages)))
        assert is_success(function.invoke(of_queue(fleet, events.sqs(text)), 8))
    assert cloud.scan_ids("bronze.orders") == [*range(1_000), 10_000]
    assert fleet.count() == 0
    [record] = [line for line in cloud.eider("history", "--json").lines
                if line["file"].endswith("large.csv")]  # fmt: skip
    assert (record["rows"], record["rows_read"]) == (1_000, 1_000)


def test_pieces_for_which_there_is_no_time_come_again(cloud, fleet):
    text = text_of(cloud)
    with cloud.function() as function:
        assert is_success(function.invoke(of_queue(fleet, events.sqs(text)), 8))
        messages = bodies(fleet)
        batch = of_queue(fleet, events.sqs_bodies(*map(json.loads, messages)))
        failed = failed_messages(function.invoke(batch, 0.05))
        assert failed and set(failed) <= {"message-0", "message-1", "message-2"}
    # A function whose work does not end in time answers and ends: Lambda begins another.
    with cloud.function() as function:
        assert function.invoke(batch, 60).response == ALL_DONE
    assert cloud.scan_ids("bronze.orders") == [*range(1_000), 10_000]


def test_pieces_that_two_functions_end_at_once_come_in_once(cloud, fleet):
    text = text_of(cloud)
    with cloud.function() as one, cloud.function() as other:
        assert is_success(one.invoke(of_queue(fleet, events.sqs(text)), 8))
        batch = of_queue(fleet, events.sqs_bodies(*map(json.loads, bodies(fleet))))
        with ThreadPoolExecutor(2) as threads:
            done = list(threads.map(lambda function: function.invoke(batch, 60), (one, other)))
        assert ALL_DONE in [each.response for each in done]
        assert one.invoke(batch, 60).response == ALL_DONE
    assert cloud.scan_ids("bronze.orders") == [*range(1_000), 10_000]


def test_a_piece_that_does_not_read_fails_the_file(cloud, fleet):
    text = text_of(cloud, bad=b"1000,x,more\n")
    with cloud.function() as function:
        assert is_success(function.invoke(of_queue(fleet, events.sqs(text)), 8))
        answers = send_pieces(function, fleet, sorted(bodies(fleet)))
        assert [is_success(answer) for answer in answers].count(False) == 1
    [record] = [line for line in cloud.eider("history", "--json").lines
                if line["file"].endswith("large.csv")]  # fmt: skip
    assert record["state"] == "FAILED" and "has 3 fields" in record["error"], record
    assert cloud.scan_ids("bronze.orders") == [10_000]


def test_pieces_of_two_routes_fail_and_the_next_event_cuts_anew(cloud, fleet):
    text = text_of(cloud)
    with cloud.function() as function:
        assert is_success(function.invoke(of_queue(fleet, events.sqs(text)), 8))
        first, *others = bodies(fleet)
        assert is_success(send_pieces(function, fleet, [first])[0])
    cloud.route(cloud.src_a, "bronze.orders", "SELECT id FROM read_csv('{s3_input_path}')")
    with cloud.function() as function:
        answers = send_pieces(function, fleet, others)
        assert [is_success(answer) for answer in answers] == [True, False]
        assert states(cloud)["large.csv"] == "FAILED"
        assert is_success(function.invoke(of_queue(fleet, events.sqs(text)), 8))
        assert all(map(is_success, send_pieces(function, fleet, bodies(fleet))))
    assert states(cloud)["large.csv"] == "LOADED"
    assert cloud.scan_ids("bronze.orders") == [*range(1_000), 10_000]


def test_a_file_that_cannot_be_cut_fails_with_why(cloud, fleet):
    packed = large(cloud)
    with cloud.function() as function:
        assert failed_messages(
            function.invoke(of_queue(fleet, events.sqs(packed)), SECONDS)) == ["message-0"]
        [line] = [line for line in function.log_lines() if line.get("file") == packed.uri]
    assert "cannot be cut into pieces for it" in line["error"], line
    assert "it is packed by gzip" in line["error"] and fleet.count() == 0
    assert states(cloud)["large.csv.gz"] == "FAILED"


def test_a_file_that_came_by_no_queue_is_not_cut(cloud, fleet):
    text = text_of(cloud)
    with cloud.function() as function:
        done = function.invoke(events.s3_event(text), 8)
    assert "have S3 notify a queue that calls the function" in done.error["errorMessage"]


def test_a_file_that_came_by_a_fifo_queue_is_not_cut(cloud, fleet):
    text = text_of(cloud)
    fifo = Queue(cloud, "files.fifo", FifoQueue="true")
    with cloud.function() as function:
        done = function.invoke(of_queue(fifo, events.sqs(text)), 8)
        assert failed_messages(done) == ["message-0"]
        [line] = [line for line in function.log_lines() if line.get("file") == text.uri]
    assert "is a FIFO queue" in line["error"] and fifo.count() == 0


@pytest.mark.parametrize("piece", [
    {"number": 0, "of": 2, "cut": "a"}, {"number": 3, "of": 2, "cut": "a"}, {"number": 1},
    {"number": 1, "of": 1_000_000_000, "cut": "a"}, {"number": 1, "of": 2, "cut": "../../x"},
    "1/2", []])  # fmt: skip
def test_a_piece_that_is_none_is_a_bad_message(cloud, fleet, piece):
    item = cloud.put(cloud.src_a, "a.parquet", ORDERS.format(3))
    body = events.s3_event(item) | {"eiderPiece": piece}
    with cloud.function() as function:
        done = function.invoke(of_queue(fleet, events.sqs_bodies(body)), 60)
    assert failed_messages(done) == ["message-0"]


def test_a_piece_for_a_function_without_overflow_is_the_file(cloud, fleet):
    item = cloud.put(cloud.src_a, "a.parquet", ORDERS.format(3))
    body = events.s3_event(item) | {"eiderPiece": {"number": 1, "of": 2, "cut": "a"}}
    with cloud.function(EIDER_OVERFLOW=None) as function:
        assert is_success(function.invoke(of_queue(fleet, events.sqs_bodies(body)), 60))
    assert cloud.scan_ids("bronze.orders") == [0, 1, 2]
