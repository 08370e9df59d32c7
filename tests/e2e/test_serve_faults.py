"""`eider serve` on bad days: a ledger that is away, a full disk, a route that is gone, a poison."""

import itertools
import os
import shutil
import subprocess
import time

import psycopg
import pytest
from servers import StandIns
from test_poison_files import STRUCTURE, good, poison
from test_serve import loaded, put
from worker import Worker, wait_until

_numbers = itertools.count(1)


@pytest.fixture
def lake(make_lake):
    lake = make_lake().route("src-a", "bronze.a").route("src-b", "bronze.b")
    return lake.set(EIDER_SERVE_COMMIT_LAG_MS="100")


@pytest.fixture
def server():
    """One of its own: it is stopped."""
    with StandIns(["postgres"]) as stand_ins:
        yield stand_ins.servers["postgres"]


def test_while_the_ledger_is_away_work_waits_and_is_told_of_once(lake, server):
    database = f"faults{os.getpid()}n{next(_numbers)}"
    with psycopg.connect(server.endpoint, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {database}")
    lake.set(EIDER_LEDGER_TYPE="postgres", EIDER_LEDGER_URI=server.uri(database))
    with Worker(lake, "--watch", lake.buckets["src-a"]) as worker:
        put(lake, "0.parquet", 0)
        worker.await_states("0.parquet", "LOADED")
        port = server.port
        server.stop()
        for number in range(1, 20):
            put(lake, f"{number}.parquet", number)
        wait_until(lambda: "nothing is loaded until the ledger answers" in worker.stderr,
                   worker.stderr)
        time.sleep(10)
        assert loaded(lake) == {0: 10}
        server.start(port)
        server.wait_ready()
        wait_until(lambda: len(loaded(lake)) == 20, lambda: worker.stderr, 120)
        assert worker.stop() == 0
    assert loaded(lake) == dict.fromkeys(range(20), 10)
    assert worker.stderr.count("nothing is loaded until the ledger answers") == 1, worker.stderr
    assert worker.stderr.count("the ledger answers again") == 1, worker.stderr
    assert worker.lines[-1]["summary"]["failed"] == 0
    assert {row["state"] for row in lake.history()} == {"LOADED"}


def test_a_stop_while_the_ledger_is_away_leaves_the_files_to_the_next(lake, server):
    lake.set(EIDER_LEDGER_TYPE="postgres", EIDER_LEDGER_URI=server.endpoint)
    with Worker(lake, "--watch", lake.buckets["src-a"]) as worker:
        put(lake, "0.parquet", 0)
        worker.await_states("0.parquet", "LOADED")
        port = server.port
        server.stop()
        for number in range(1, 5):
            put(lake, f"{number}.parquet", number)
        wait_until(lambda: "nothing is loaded until" in worker.stderr, "a word about it")
        assert worker.stop() == 0
    server.start(port)
    server.wait_ready()
    with Worker(lake, "--watch", lake.buckets["src-a"]) as worker:
        wait_until(lambda: len(loaded(lake)) == 5, lambda: worker.stderr)
        worker.stop()
    assert loaded(lake) == dict.fromkeys(range(5), 10)


@pytest.fixture
def small_disk(lake):
    """The warehouse on a disk of 2 MB."""
    lake.warehouse.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "eider", lake.warehouse],
                             capture_output=True, text=True)  # fmt: skip
    if mounted.returncode != 0:
        pytest.skip(f"no disk can be mounted here: {mounted.stderr.strip()}")
    yield lake.warehouse
    subprocess.run(["umount", "--lazy", lake.warehouse], check=True)


def test_files_wait_for_a_full_disk_to_have_room(lake, small_disk):
    with Worker(lake, "--watch", lake.buckets["src-a"]) as worker:
        put(lake, "0.parquet", 0)
        worker.await_states("0.parquet", "LOADED")
        ballast = small_disk / "ballast"
        ballast.write_bytes(bytes(shutil.disk_usage(small_disk).free))
        for number in range(1, 6):
            put(lake, f"{number}.parquet", number)
        wait_until(lambda: worker.files("5.parquet"), lambda: worker.stderr)
        line = worker.files("5.parquet")[0]
        assert line["state"] == "FAILED" and "No space left" in line["error"], line
        assert loaded(lake) == {0: 10}
        ballast.unlink()
        wait_until(lambda: len(loaded(lake)) == 6, lambda: worker.stderr)
        assert worker.stop() == 0
    assert loaded(lake) == dict.fromkeys(range(6), 10)
    assert {row["state"] for row in lake.history()} == {"LOADED"}


def test_a_reader_that_crashes_takes_no_other_file_along(lake):
    lake.route("src-a", "bronze.docs", STRUCTURE)
    for number in range(12):
        lake.put_bytes("src-a", f"{number:02}.csv", poison(7) if number == 7 else good(number))
    expected = [number for number in range(12) if number != 7]
    with Worker(lake, "--watch", lake.buckets["src-a"]) as worker:
        wait_until(lambda: worker.states("07.csv") == ["FAILED"]
                   and lake.pyiceberg().table_exists("bronze.docs")
                   and lake.scan_ids("bronze.docs") == expected, worker.stderr, 120)  # fmt: skip
        assert worker.files("07.csv")[0]["code"] == "READER_CRASHED"
        lake.put_bytes("src-a", "12.csv", good(12))
        worker.await_states("12.csv", "LOADED")
        assert worker.states("07.csv") == ["FAILED"]
        assert worker.stop() == 0
    assert lake.scan_ids("bronze.docs") == [*expected, 12]


def test_files_whose_route_is_deleted_fail_by_that_and_load_when_it_is_back(lake):
    lake.set(EIDER_ROUTING_STORE="sqlite", EIDER_ROUTING_PATH=str(lake.folder / "routes.db"),
             EIDER_ROUTING_CACHE_TTL_MS="100",
             EIDER_ROUTING_CACHE_NEGATIVE_TTL_MS="100")  # fmt: skip

    def import_routes():
        assert lake.eider("routes", "import", str(lake.routes_path)).exit_code == 0

    import_routes()
    with Worker(lake, "--watch", lake.buckets["src-a"], "--watch", lake.buckets["src-b"]) as worker:
        put(lake, "0.parquet", 0)
        worker.await_states("0.parquet", "LOADED")
        assert lake.eider("routes", "remove", "src-a").exit_code == 0
        time.sleep(0.5)
        for number in (1, 2):
            put(lake, f"{number}.parquet", number)
        put(lake, "b.parquet", 3, bucket="src-b")
        worker.await_states("b.parquet", "LOADED")
        worker.await_states("1.parquet", "FAILED")
        worker.await_states("2.parquet", "FAILED")
        assert "no route" in worker.files("1.parquet")[0]["error"]
        import_routes()
        time.sleep(0.5)
        put(lake, "4.parquet", 4)
        worker.await_states("4.parquet", "LOADED")
        worker.stop()
    assert loaded(lake) == {0: 10, 4: 10}
    with Worker(lake, "--watch", lake.buckets["src-a"]) as worker:
        wait_until(lambda: len(loaded(lake)) == 4, lambda: worker.stderr)
        worker.stop()
    assert loaded(lake) == {0: 10, 1: 10, 2: 10, 4: 10}
