"""Other programs beside Eider in one SQLite catalog: nobody stalls anybody."""

import os
import sqlite3
import subprocess
import sys
import time

import pyarrow

from readers import pyiceberg_rows

# How long others wait for a lock: sqlite-jdbc 3 s, Python 5 s.
NEIGHBOUR_SECONDS = 3
SECONDS_MAX = 60

# Has a read open until its standard input ends. A process of its own: SQLite lets readers of one
# process in beside each other, whoever waits.
STAYING_READER = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN")
connection.execute("SELECT count(*) FROM iceberg_tables").fetchone()
print("reading", flush=True)
sys.stdin.read()
"""


def journal_mode(lake) -> str:
    with sqlite3.connect(lake.catalog_path) as connection:
        return connection.execute("PRAGMA journal_mode").fetchone()[0]


def wait_until(condition):
    end = time.monotonic() + SECONDS_MAX
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.001)


def test_pyiceberg_shares_the_write_ahead_log_of_a_new_catalog(lake):
    lake.route("src-a", "bronze.t")
    lake.load(lake.put("src-a", "0.parquet", "SELECT 0::BIGINT AS id"))
    assert journal_mode(lake) == "wal"
    for number in range(1, 7, 2):
        lake.table("bronze.t").append(pyarrow.table({"id": pyarrow.array([number], "int64")}))
        lake.load(lake.put("src-a", f"{number}.parquet", f"SELECT {number + 1}::BIGINT AS id"))
    assert pyiceberg_rows(lake, "bronze.t") == [[number] for number in range(7)]
    assert lake.snapshot_count("bronze.t") == 7
    assert journal_mode(lake) == "wal"


def test_reader_that_stays_keeps_no_other_reader_out(lake):
    """Seen: a COMMIT waited 30 s for Spark's open read, and no other reader got in meanwhile."""
    lake.pyiceberg().create_namespace("bronze")  # the catalog is PyIceberg's
    lake.route("src-a", "bronze.t")
    lake.load(lake.put("src-a", "0.parquet", "SELECT 0::BIGINT AS id"))
    uri = lake.put("src-a", "1.parquet", "SELECT 1::BIGINT AS id")
    reader = subprocess.Popen([sys.executable, "-c", STAYING_READER, lake.catalog_path], text=True,
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # fmt: skip
    assert reader.stdout.readline() == "reading\n"
    run = subprocess.Popen(lake.command("run", "--json", uri), env=lake.environment(), text=True,
                           stdout=subprocess.PIPE, stderr=subprocess.PIPE)  # fmt: skip
    journal = f"{lake.catalog_path}-journal"  # is there while a transaction is open
    for _ in range(3):
        wait_until(lambda: os.path.exists(journal) or run.poll() is not None)
        with sqlite3.connect(lake.catalog_path, timeout=NEIGHBOUR_SECONDS) as other:
            assert other.execute("SELECT count(*) FROM iceberg_tables").fetchone() == (1,)
        assert run.poll() is None
        wait_until(lambda: not os.path.exists(journal))
    reader.communicate(timeout=SECONDS_MAX)
    stdout, stderr = run.communicate(timeout=SECONDS_MAX)
    assert run.returncode == 0, stdout + stderr
    assert pyiceberg_rows(lake, "bronze.t") == [[0], [1]]
    assert lake.snapshot_count("bronze.t") == 2
    assert journal_mode(lake) == "delete"
