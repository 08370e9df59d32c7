"""`eider serve` over folders: what is loaded when, and what a stop or a kill leaves."""

import itertools
import math
import os
import random
import signal
import threading
import time

import pytest
from worker import Worker, wait_until

# Three of four of them here, the others in test_serve_queues.py.
KILLS = int(os.environ.get("EIDER_KILLS", "50"))
ROWS = "SELECT i AS id, {0} AS file FROM range({1}) t(i)"


@pytest.fixture
def lake(make_lake):
    lake = make_lake()
    return lake.route("src-a", "bronze.a").route("src-b", "bronze.b")


def put(lake, name: str, number: int, rows: int = 10, bucket: str = "src-a"):
    """A file that is put into place in one step."""
    return lake.put(bucket, name, ROWS.format(number, rows))


def loaded(lake, table: str = "bronze.a") -> dict[int, int]:
    """The rows of each file in the table."""
    if not lake.pyiceberg().table_exists(table):
        return {}
    files = lake.pyiceberg().load_table(table).scan().to_arrow()["file"].to_pylist()
    return {number: files.count(number) for number in set(files)}


def test_loads_what_was_there_and_what_comes(lake):
    put(lake, "old.parquet", 1)
    with Worker(lake, "--watch", lake.buckets["src-a"], "--watch", lake.buckets["src-b"]) as worker:
        worker.await_states("old.parquet", "LOADED")
        put(lake, "deep/new.parquet", 2)
        put(lake, "b.parquet", 3, bucket="src-b")
        worker.await_states("new.parquet", "LOADED")
        worker.await_states("b.parquet", "LOADED")
        assert worker.stop() == 0
    assert loaded(lake) == {1: 10, 2: 10}
    assert loaded(lake, "bronze.b") == {3: 10}
    assert worker.lines[0]["serving"] == [f"folder {lake.buckets['src-a']}",
                                          f"folder {lake.buckets['src-b']}", "announced files"]
    assert worker.lines[-1]["summary"]["loaded"] == 3


def test_a_second_start_loads_nothing_again(lake):
    for number in range(5):
        put(lake, f"{number}.parquet", number)
    with Worker(lake, "--watch", lake.buckets["src-a"]) as worker:
        wait_until(lambda: loaded(lake) == dict.fromkeys(range(5), 10), "all rows")
        worker.stop()
    with Worker(lake, "--watch", lake.buckets["src-a"]) as worker:
        put(lake, "new.parquet", 9)
        worker.await_states("new.parquet", "LOADED")
        worker.stop()
    assert worker.lines[-1]["summary"] == {"loaded": 1, "skipped": 5, "failed": 0, "held": 0,
                                           "superseded": 0, "handed_back": 0}  # fmt: skip
    assert loaded(lake) == {**dict.fromkeys(range(5), 10), 9: 10}


def test_a_wrong_file_fails_once_and_loads_when_it_is_mended(lake):
    lake.route("src-a", "bronze.a", "SELECT * FROM read_csv('{s3_input_path}')",
               types={"id": "int", "file": "int"})  # fmt: skip
    with Worker(lake, "--watch", lake.buckets["src-a"]) as worker:
        lake.put_bytes("src-a", "good.csv", b"id,file\n1,1\n")
        worker.await_states("good.csv", "LOADED")
        lake.put_bytes("src-a", "wrong.csv", b"id,file\n1,x\n")
        worker.await_states("wrong.csv", "FAILED")
        time.sleep(3)
        assert worker.states("wrong.csv") == ["FAILED"]
        lake.put_bytes("src-a", "wrong.csv", b"id,file\n1,2\n")
        worker.await_states("wrong.csv", "FAILED", "LOADED")
        worker.stop()
    assert loaded(lake) == {1: 1, 2: 1}


def test_a_file_that_is_being_written_waits_for_its_end(lake):
    lake.route("src-a", "bronze.a", "SELECT * FROM read_csv('{s3_input_path}')")
    with Worker(lake, "--watch", lake.buckets["src-a"]) as worker:
        worker.await_begin()
        with lake.path("src-a", "slow.csv").open("w") as file:
            file.write("id,file\n")
            for number in range(20):
                file.write(f"{number},7\n")
                file.flush()
                time.sleep(0.1)
            assert worker.files() == []
        worker.await_states("slow.csv", "LOADED")
        worker.stop()
    assert loaded(lake) == {7: 20}


def test_small_files_share_commits(lake):
    with Worker(lake, "--watch", lake.buckets["src-a"]) as worker:
        worker.await_begin()
        for number in range(100):
            put(lake, f"{number}.parquet", number, rows=1)
        wait_until(lambda: len(loaded(lake)) == 100, "100 files")
        worker.stop()
    snapshots = lake.pyiceberg().load_table("bronze.a").history()
    seconds = (snapshots[-1].timestamp_ms - snapshots[0].timestamp_ms) / 1000
    assert len(snapshots) <= seconds + 2  # one a second, and the first and the last


def test_a_stop_ends_what_is_in_work_and_hands_back_the_rest(lake):
    lake.set(EIDER_ENGINE_THREADS="1", EIDER_ENGINE_GROUP_FILES="1")
    for number in range(300):
        put(lake, f"{number:03}.parquet", number, rows=1)
    with Worker(lake, "--watch", lake.buckets["src-a"]) as worker:
        wait_until(lambda: len(worker.files()) > 5, "some files")
        assert worker.stop() == 0
    summary = worker.lines[-1]["summary"]
    assert summary["failed"] == 0
    assert summary["loaded"] + summary["handed_back"] + summary["skipped"] <= 300
    assert loaded(lake) == {number: 1 for number in loaded(lake)}
    assert len(loaded(lake)) == summary["loaded"]
    with Worker(lake, "--watch", lake.buckets["src-a"]) as worker:
        wait_until(lambda: len(loaded(lake)) == 300, "the rest")
        worker.stop(signal.SIGINT)
    assert loaded(lake) == dict.fromkeys(range(300), 1)


@pytest.mark.parametrize("seed", range(math.ceil(KILLS * 3 / 4 / 8)))
def test_killed_anywhere_it_loses_and_doubles_nothing(lake, seed):
    dice = random.Random(seed)
    numbers = itertools.count()
    written = []

    def write():
        while not done.wait(dice.random() / 20):
            number = next(numbers)
            put(lake, f"{number:03}.parquet", number, rows=3)
            written.append(number)

    done = threading.Event()
    writer = threading.Thread(target=write)
    writer.start()
    for _ in range(8):
        with Worker(lake, "--watch", lake.buckets["src-a"]) as worker:
            worker.await_begin()
            time.sleep(dice.random() * 1.5)
            worker.kill()
    done.set()
    writer.join()
    with Worker(lake, "--watch", lake.buckets["src-a"]) as worker:
        wait_until(lambda: len(loaded(lake)) == len(written), "all files")
        assert worker.stop() == 0
    assert loaded(lake) == dict.fromkeys(written, 3)


def test_a_folder_that_is_gone_is_waited_for(lake):
    folder = lake.buckets["src-a"]
    put(lake, "a.parquet", 1)
    with Worker(lake, "--watch", folder) as worker:
        worker.await_states("a.parquet", "LOADED")
        moved = folder.with_name("moved")
        folder.rename(moved)
        wait_until(lambda: "is gone" in worker.stderr, "a word about it")
        moved.rename(folder)
        put(lake, "b.parquet", 2)
        worker.await_states("b.parquet", "LOADED")
        worker.stop()
    assert worker.stderr.count("is gone") == 1
    assert "is there again" in worker.stderr


def test_what_no_event_told_of_is_found_by_listing(lake):
    lake.configure(f"serve: {{ reconcile: ['s3://src-a/', {lake.buckets['src-b']}], "
                   "reconcile_every_ms: 1000 }\n")
    put(lake, "deep/old.parquet", 1)
    with Worker(lake) as worker:
        worker.await_states("old.parquet", "LOADED")
        put(lake, "new.parquet", 2)
        put(lake, "b.parquet", 3, bucket="src-b")
        worker.await_states("new.parquet", "LOADED")
        worker.await_states("b.parquet", "LOADED")
        worker.stop()
    assert loaded(lake) == {1: 10, 2: 10}
    assert "no event told of 1 files below s3://src-a/" in worker.stderr


@pytest.mark.parametrize(("arguments", "words"), [
    ([], "nothing to serve"),
    (["--watch", "in", "--ledger-type", "none"], "a worker needs a ledger"),
    (["--watch", "in,in"], "names one twice"),
    (["--reconcile", "ftp://in/"], "serve.reconcile"),
    (["--sqs", "orders", "--visibility-ms", "5000"], "must be whole seconds from 10000"),
])  # fmt: skip
def test_what_cannot_be_served_is_told(lake, arguments, words):
    outcome = lake.eider("serve", *arguments)
    assert outcome.exit_code == 2
    assert words in outcome.stderr


def test_a_hang_up_has_it_read_its_configuration_again(lake):
    lake.configure(f"serve: {{watch: [{lake.buckets['src-a']}]}}\n")
    with Worker(lake) as worker:
        worker.await_begin()
        both = ", ".join(str(lake.buckets[name]) for name in ("src-a", "src-b"))
        lake.configure(f"serve: {{watch: [{both}]}}\n")
        worker.process.send_signal(signal.SIGHUP)
        put(lake, "b.parquet", 1, bucket="src-b")
        worker.await_states("b.parquet", "LOADED")
        assert len([line for line in worker.lines if "serving" in line]) == 2

        lake.configure("serve: {watsh: [/]}\n")
        worker.process.send_signal(signal.SIGHUP)
        wait_until(lambda: "goes on as it was" in worker.stderr, "the mistake is told")
        assert "serve.watsh" in worker.stderr
        put(lake, "b2.parquet", 2, bucket="src-b")
        worker.await_states("b2.parquet", "LOADED")
        assert worker.stop() == 0
    assert loaded(lake, "bronze.b") == {1: 10, 2: 10}
