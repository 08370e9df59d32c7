"""`eider serve` over SQS: what S3's events in a queue tell is loaded once, whatever repeats it."""

import contextlib
import itertools
import json
import math
import os
import random
import re
import threading
import time

import events
import psycopg
import pytest
from fault_proxy import Exchange, meanwhile
from pyiceberg.exceptions import NoSuchTableError
from test_serve import KILLS
from worker import Worker, wait_until

_numbers = itertools.count(1)


class Queue:
    """A queue of that name, for one test."""

    def __init__(self, cloud, name: str = "events", **attributes: object):
        self.sqs = cloud.client("sqs")
        self.name = f"{cloud.name}-{name}"
        self.attributes = {key: value if isinstance(value, str) else json.dumps(value)
                           for key, value in attributes.items()}  # fmt: skip
        self.make()

    def make(self):
        self.url = self.sqs.create_queue(
            QueueName=self.name, Attributes=self.attributes)["QueueUrl"]  # fmt: skip

    def remove(self):
        self.sqs.delete_queue(QueueUrl=self.url)

    @property
    def arn(self) -> str:
        return self._attributes("QueueArn")[0]

    def send(self, body: object, group: str = ""):
        more = {"MessageGroupId": group, "MessageDeduplicationId": str(next(_numbers))}
        self.sqs.send_message(
            QueueUrl=self.url, MessageBody=body if isinstance(body, str) else json.dumps(body),
            **(more if group else {}))  # fmt: skip

    def count(self) -> int:
        """Messages that are not deleted, in flight or not; asked for at once, since one that
        changes from one kind to the other between two questions would be in neither."""
        kinds = [f"ApproximateNumberOfMessages{what}" for what in ("", "NotVisible", "Delayed")]
        return sum(map(int, self._attributes(*kinds)))

    def _attributes(self, *names: str) -> list[str]:
        found = self.sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=names)
        return [found["Attributes"][name] for name in names]


def ids(cloud) -> list[int]:
    with contextlib.suppress(NoSuchTableError):
        return cloud.scan_ids("bronze.t")
    return []


@pytest.fixture
def cloud(cloud):
    cloud.route(cloud.src_a, "bronze.t", "SELECT id FROM read_csv('{s3_input_path}')",
                types={"id": "int"})  # fmt: skip
    return cloud.configure(EIDER_SERVE_COMMIT_LAG_MS="100")


def put(cloud, number: int) -> events.Object:
    return cloud.put_bytes(cloud.src_a, f"{number:03}.csv", b"id\n%d\n" % number)


def await_loaded(cloud, queue: Queue, numbers, seconds: float = 120):
    """Until no message is left; then each row is in once."""
    wait_until(lambda: queue.count() == 0, f"{queue.name}: {queue.count()} left", seconds)
    assert ids(cloud) == sorted(numbers)


def test_loads_what_events_of_every_form_tell(cloud):
    queue = Queue(cloud)
    items = [put(cloud, number) for number in range(5)]
    queue.send(events.s3_event(items[0], items[1]))
    queue.send(json.loads(events.sns_in_sqs(items[2])["Records"][0]["body"]))
    queue.send(events.eventbridge(items[3]))
    queue.send(events.s3_test_event(cloud.src_a))
    queue.send(events.s3_removal(items[4]))
    with Worker(cloud, "--sqs", queue.name) as worker:
        await_loaded(cloud, queue, range(4))
        assert worker.stop() == 0
    assert worker.lines[0]["serving"][0] == f"sqs {queue.name}"
    assert worker.lines[-1]["summary"]["loaded"] == 4
    assert worker.lines[-1]["summary"]["failed"] == 0


def test_a_message_is_deleted_only_when_its_files_are_in(cloud):
    queue = Queue(cloud)
    seen = []
    cloud.through("sqs").on("DeleteMessageBatch", meanwhile(lambda: seen.append(ids(cloud))))
    queue.send(events.s3_event(*[put(cloud, number) for number in range(20)]))
    with Worker(cloud, "--sqs", queue.name) as worker:
        await_loaded(cloud, queue, range(20))
        worker.stop()
    assert seen == [list(range(20))]


def test_poison_messages_go_to_the_dead_letter_queue(cloud):
    """Those alone: what came with them is loaded, and the file is known as FAILED."""
    dead = Queue(cloud, "dead")
    queue = Queue(cloud, RedrivePolicy={"deadLetterTargetArn": dead.arn, "maxReceiveCount": "1"})
    bad = cloud.put_bytes(cloud.src_a, "bad.csv", b"id\nno number\n")
    queue.send(events.s3_event(put(cloud, 1)))
    queue.send(events.s3_event(bad))
    queue.send('{"Records": 7}')
    queue.send(events.s3_event(put(cloud, 2)))
    with Worker(cloud, "--sqs", queue.name) as worker:
        wait_until(lambda: dead.count() == 2, "two dead messages", 120)  # 30 s hidden after each
        await_loaded(cloud, queue, [1, 2])
        worker.stop()
    assert worker.states("bad.csv") == ["FAILED"]
    assert worker.states("001.csv") == worker.states("002.csv") == ["LOADED"]
    assert worker.stderr.count("a delivery is not usable") == 1
    bodies = [message["Body"] for message in dead.sqs.receive_message(
        QueueUrl=dead.url, MaxNumberOfMessages=10)["Messages"]]  # fmt: skip
    assert sorted(json.loads(body)["Records"] == 7 for body in bodies) == [False, True]
    assert any("bad.csv" in body for body in bodies)


def test_the_groups_of_a_fifo_queue_are_loaded_in_their_order(cloud):
    queue = Queue(cloud, "events.fifo", FifoQueue="true")
    for number in range(8):
        for group in (0, 1):
            queue.send(events.s3_event(put(cloud, 100 * group + number)), group=f"g{group}")
    with Worker(cloud, "--sqs", queue.name) as worker:
        await_loaded(cloud, queue, [*range(8), *range(100, 108)])
        worker.stop()
    loaded = [int(line["file"][-7:-4]) for line in worker.files()]
    for group in (0, 1):
        of_group = [number for number in loaded if number // 100 == group]
        assert of_group == sorted(of_group) and len(of_group) == 8
    snapshots = {line["file"][-7:-4]: line["snapshot_id"] for line in worker.files()}
    assert len({snapshots[f"{number:03}"] for number in range(8)}) == 8  # each when the last was in


def test_a_queue_that_is_removed_and_made_again_is_waited_for(cloud):
    queue = Queue(cloud)
    other = Queue(cloud, "other")
    with Worker(cloud, "--sqs", f"{queue.name},{other.name}") as worker:
        queue.send(events.s3_event(put(cloud, 1)))
        worker.await_states("001.csv", "LOADED")
        queue.remove()
        wait_until(lambda: "asking again until it is there" in worker.stderr, "a word about it")
        other.send(events.s3_event(put(cloud, 2)))
        worker.await_states("002.csv", "LOADED")
        time.sleep(5)
        queue.make()
        queue.send(events.s3_event(put(cloud, 3)))
        await_loaded(cloud, queue, [1, 2, 3])
        worker.stop()
    told = [line for line in worker.stderr.splitlines() if queue.name in line]
    assert len(told) == 2 and "is there again" in told[1], worker.stderr


def test_a_worker_begins_where_a_queue_is_not_there_yet_or_says_so(cloud):
    done = cloud.eider("serve", "--sqs", f"{cloud.name}-nowhere")
    assert done.exit_code != 0
    assert f"{cloud.name}-nowhere" in done.stderr


@pytest.fixture
def in_postgres(cloud, stand_ins):
    """The cloud with its ledger in a database of its own."""
    server = stand_ins.servers["postgres"]
    database = f"queues{os.getpid()}n{next(_numbers)}"
    with psycopg.connect(server.endpoint, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {database}")
    return cloud.configure(EIDER_LEDGER_TABLE=None, EIDER_LEDGER_TYPE="postgres",
                           EIDER_LEDGER_URI=server.uri(database))  # fmt: skip


def test_every_event_three_times_out_of_order_to_four_workers(in_postgres):
    cloud = in_postgres
    queue = Queue(cloud)
    items = [put(cloud, number) for number in range(60)] * 3
    random.Random(7).shuffle(items)
    with contextlib.ExitStack() as stack:
        workers = [stack.enter_context(Worker(cloud, "--sqs", queue.name)) for _ in range(4)]
        for item in items:
            queue.send(events.s3_event(item))
        await_loaded(cloud, queue, range(60))
        codes = [worker.stop() for worker in workers]
        assert codes == [0, 0, 0, 0], [worker.stderr[-1500:] for worker in workers]
    summaries = [worker.lines[-1]["summary"] for worker in workers]
    assert sum(summary["loaded"] for summary in summaries) == 60, summaries
    assert sum(summary["failed"] for summary in summaries) == 0, summaries


def seen_again_after(seconds: int):
    """What is received is hidden from others so long only, whatever the program asks for."""

    def act(exchange: Exchange) -> None:
        exchange.request.body, count = re.subn(
            rb'"VisibilityTimeout":\d+', b'"VisibilityTimeout":%d' % seconds,
            exchange.request.body)  # fmt: skip
        assert count == 1, exchange.request.body
        exchange.send(exchange.forward())

    return act


@pytest.mark.parametrize("seed", range(math.ceil(KILLS / 4 / 6)))
def test_killed_with_messages_in_flight_it_loses_and_doubles_nothing(cloud, seed):
    dice = random.Random(seed)
    queue = Queue(cloud)
    proxy = cloud.through("sqs")
    proxy.on("ReceiveMessage", seen_again_after(3), times=None)
    sent = []

    def send():
        while not done.wait(dice.random() / 10):
            queue.send(events.s3_event(put(cloud, len(sent))))
            sent.append(len(sent))

    done = threading.Event()
    sender = threading.Thread(target=send)
    sender.start()
    for _ in range(6):
        with Worker(cloud, "--sqs", queue.name) as worker:
            worker.await_begin()
            time.sleep(dice.random() * 2)
            worker.kill()
    wait_until(lambda: len(sent) > 20, "enough messages")
    done.set()
    sender.join()
    with Worker(cloud, "--sqs", queue.name) as worker:
        await_loaded(cloud, queue, range(len(sent)))
        assert worker.stop() == 0
