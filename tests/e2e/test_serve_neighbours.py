"""A fleet of workers on tables that Spark compacts and expires and PyIceberg writes to meanwhile.

EIDER_NEIGHBOUR_SECONDS says for how long files come: 40 s, two hours by `./dev test --long`.
"""

import contextlib
import itertools
import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable

import psycopg
import pyarrow
import pytest
from pyiceberg.exceptions import CommitFailedException
from servers import StandIns
from worker import Worker, wait_until

SECONDS = float(os.environ.get("EIDER_NEIGHBOUR_SECONDS", "40"))
WORKERS = 8
TABLES = 20
ROWS = 20
OTHERS = 1_000_000_000  # ids from here on are PyIceberg's
FOREVER = "TIMESTAMP '9999-01-01 00:00:00'"


@pytest.fixture
def server():
    with StandIns(["postgres"]) as stand_ins:
        yield stand_ins.servers["postgres"]


@pytest.fixture
def lake(make_lake, server):
    """Its ledger is one that many machines share."""
    lake = make_lake()
    for number in range(TABLES):
        lake.item(PartitionKey=f"src-a/{number}", target_table=f"bronze.t{number}",
                  query_sql="SELECT * FROM read_parquet('{s3_input_path}')",
                  create_table=True)  # fmt: skip
    with psycopg.connect(server.endpoint, autocommit=True) as connection:
        connection.execute("CREATE DATABASE neighbours")
    return lake.set(EIDER_LEDGER_TYPE="postgres", EIDER_LEDGER_URI=server.uri("neighbours"),
                    EIDER_ROUTING_STRATEGIES="bucket/folder", EIDER_SERVE_COMMIT_LAG_MS="200",
                    EIDER_ENGINE_MEMORY_LIMIT="256MiB", EIDER_ENGINE_THREADS="1")  # fmt: skip


class Neighbour:
    """Does its work on table after table in a thread, until it is stopped."""

    def __init__(self, work: Callable[[str], None]):
        self.work = work
        self.done = 0
        self.errors: list[Exception] = []
        self.is_over = threading.Event()
        self.thread = threading.Thread(target=self.go_round)
        self.thread.start()

    def go_round(self):
        for number in itertools.count():
            if self.is_over.is_set():
                return
            try:
                self.work(f"bronze.t{number % TABLES}")
                self.done += 1
            except Exception as error:  # judged at the end
                self.errors.append(error)
            time.sleep(0.05)

    def stop(self):
        self.is_over.set()
        self.thread.join()


def compacting(spark, lake):
    def work(table: str):
        name = f"table => '{table}'"
        spark.sql(lake, f"CALL {{lake}}.system.rewrite_data_files({name}, options => "
                        "map('rewrite-all', 'true', 'min-input-files', '2'))")  # fmt: skip
        spark.sql(lake, f"CALL {{lake}}.system.expire_snapshots({name}, older_than => {FOREVER}, "
                        "retain_last => 20)")  # fmt: skip

    return work


def appending(lake, ids: dict[str, list[int]]):
    """A writer that knows nothing of Eider, and tries again when another was faster."""
    numbers = itertools.count(OTHERS)

    def work(table: str):
        number = next(numbers)
        rows = pyarrow.table({"id": pyarrow.array([number], "int64")})
        while True:
            with contextlib.suppress(CommitFailedException):
                lake.table(table).append(rows)
                ids[table].append(number)
                return

    return work


def put_steadily(lake, workers: list[Worker], dice: random.Random) -> int:
    """Files for all tables, and now and then one worker is killed and another takes its place."""
    end = time.monotonic() + SECONDS
    next_kill = time.monotonic() + SECONDS / 4
    for number in itertools.count():
        if time.monotonic() > end:
            return number
        lake.put("src-a", f"{number % TABLES}/{number}.parquet",
                 f"SELECT {number * ROWS} + i AS id FROM range({ROWS}) t(i)")  # fmt: skip
        if time.monotonic() > next_kill:
            next_kill += SECONDS / 4
            victim = dice.randrange(WORKERS)
            workers[victim].kill()
            workers[victim] = serve(lake)
        time.sleep(0.1)


def serve(lake) -> Worker:
    return Worker(lake, "--watch", lake.buckets["src-a"])


def states(lake) -> Counter:
    return Counter(row["state"] for row in lake.history())


def test_workers_spark_and_pyiceberg_lose_and_double_no_row(lake, spark):
    for number in range(TABLES):  # tables, so that all begin at once
        lake.put("src-a", f"{number}/first.parquet", f"SELECT {-1 - number}::BIGINT AS id")
    lake.load("s3://src-a/")
    theirs: dict[str, list[int]] = {f"bronze.t{number}": [] for number in range(TABLES)}
    with contextlib.ExitStack() as closing:
        workers = [serve(lake) for _ in range(WORKERS)]
        closing.callback(lambda: [worker.__exit__() for worker in workers])
        neighbours = {"spark": Neighbour(compacting(spark, lake)),
                      "pyiceberg": Neighbour(appending(lake, theirs))}  # fmt: skip
        closing.callback(lambda: [each.stop() for each in neighbours.values()])
        files = put_steadily(lake, workers, random.Random(7))
        wait_until(lambda: states(lake) == {"LOADED": files + TABLES},
                   lambda: (states(lake), [worker.stderr for worker in workers]), 300)  # fmt: skip
        for each in neighbours.values():
            each.stop()
        for worker in workers:
            worker.process.send_signal(signal.SIGTERM)
        assert [worker.process.wait(60) for worker in workers] == [0] * WORKERS
    failed = [line for worker in workers for line in worker.lines if line.get("state") == "FAILED"]
    assert failed == []
    for number in range(TABLES):
        table = f"bronze.t{number}"
        ours = [id for file in range(number, files, TABLES)
                for id in range(file * ROWS, (file + 1) * ROWS)]  # fmt: skip
        assert lake.scan_ids(table) == sorted([-1 - number, *ours, *theirs[table]]), table
    print({name: (each.done, [str(error)[:200] for error in each.errors[:3]], len(each.errors))
           for name, each in neighbours.items()}, files)  # fmt: skip
    assert all(each.done > 0 for each in neighbours.values())
    assert neighbours["pyiceberg"].errors == []
