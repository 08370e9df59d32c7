"""Many files, many processes, little memory: shared commits, each row exactly once."""

import subprocess
import sys
from collections import Counter

import duckdb
import pytest

from lake import Outcome, sql_text
from readers import duckdb_rows

FILES_PER_COMMIT = 100


def test_300_files_of_one_call_share_commits(lake):
    lake.route("src-a", "bronze.many")
    for number in range(300):
        lake.put("src-a", f"{number:03}.parquet",
                 f"SELECT {number} * 100 + range AS id FROM range(100)")  # fmt: skip
    outcome = lake.load("s3://src-a/")
    assert outcome.summary == {"loaded": 300, "skipped": 0, "failed": 0, "held": 0}
    assert lake.scan_ids("bronze.many") == list(range(30_000))
    assert lake.snapshot_count("bronze.many") <= 1 + 300 / FILES_PER_COMMIT
    assert duckdb_rows(lake, "bronze.many", "count(*), sum(id)::BIGINT") == [
        [30_000, sum(range(30_000))]
    ]
    snapshots = {s.snapshot_id for s in lake.table("bronze.many").metadata.snapshots}
    assert {line["snapshot_id"] for line in outcome.files} == snapshots
    tokens = [token for s in lake.table("bronze.many").metadata.snapshots
              for token in s.summary["eider.commit-tokens"].split(",")]  # fmt: skip
    assert len(set(tokens)) == 300
    assert lake.run("s3://src-a/").summary == {"loaded": 0, "skipped": 300, "failed": 0, "held": 0}


def test_bad_files_among_many_stay_alone(lake):
    lake.route("src-a", "bronze.many")
    for number in range(40):
        if number % 10 == 3:
            lake.put_bytes("src-a", f"{number:03}.parquet", b"PAR1 no, it is not")
        else:
            lake.put("src-a", f"{number:03}.parquet", f"SELECT {number} AS id")
    outcome = lake.run("s3://src-a/")
    assert outcome.exit_code == 1
    assert outcome.summary == {"loaded": 36, "skipped": 0, "failed": 4, "held": 0}
    assert lake.scan_ids("bronze.many") == [n for n in range(40) if n % 10 != 3]


def test_files_of_one_call_go_to_their_own_tables(lake):
    lake.route("one", "bronze.one").route("two", "silver.two")
    for number in range(20):
        lake.put("src-a", f"{'one' if number % 2 else 'two'}/{number}.parquet",
                 f"SELECT {number} AS id")  # fmt: skip
    lake.load("s3://src-a/")
    assert lake.scan_ids("bronze.one") == list(range(1, 20, 2))
    assert lake.scan_ids("silver.two") == list(range(0, 20, 2))
    assert lake.snapshot_count("bronze.one") == lake.snapshot_count("silver.two") == 1


def start(lake, *args) -> subprocess.Popen:
    return subprocess.Popen(
        lake.command("run", "--json", *args), env=lake.environment(), text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


@pytest.mark.parametrize("exists", [False, True], ids=["new table", "table is there"])
def test_8_processes_on_one_table_lose_and_double_nothing(lake, exists):
    """Each loads its own 15 files; with a new table they also race to create it."""
    lake.route("src-a", "bronze.shared")
    for number in range(8 * 15):
        lake.put("src-a", f"p{number % 8}/{number}.parquet",
                 f"SELECT {number} * 10 + range AS id FROM range(10)")  # fmt: skip
    if exists:
        lake.load(lake.put("src-a", "first.parquet", "SELECT 1200::BIGINT AS id"))
    processes = [start(lake, f"s3://src-a/p{number}/") for number in range(8)]
    for process in processes:
        stdout, stderr = process.communicate(timeout=120)
        assert process.returncode == 0, stdout + stderr
    assert lake.scan_ids("bronze.shared") == list(range(1200 + exists))
    assert Counter(row["state"] for row in lake.history()) == {"LOADED": 120 + exists}


def test_8_processes_on_the_same_files_load_each_once(lake):
    """The ledger decides who loads; the others skip, or report that another holds the file."""
    lake.route("src-a", "bronze.shared")
    for number in range(15):
        lake.put("src-a", f"{number}.parquet", f"SELECT {number} AS id")
    processes = [start(lake, "s3://src-a/") for _ in range(8)]
    for process in processes:
        process.communicate(timeout=120)
    assert lake.scan_ids("bronze.shared") == list(range(15))
    assert lake.run("s3://src-a/").summary == {"loaded": 0, "skipped": 15, "failed": 0, "held": 0}


def test_a_big_sort_spills_and_succeeds(lake):
    """3,000,000 rows of 100 bytes in no order, sorted within 128 MiB: more than twice the limit."""
    lake.configure(engine="memory_limit: 128MiB, threads: 2")
    lake.route("src-a", "bronze.sorted",
               "SELECT * FROM read_parquet('{s3_input_path}') ORDER BY pad, id DESC")  # fmt: skip
    uri = lake.put("src-a", "big.parquet", "SELECT range AS id, md5(range::VARCHAR) ||"
                   " md5((range + 1)::VARCHAR) || md5((range + 2)::VARCHAR) AS pad"
                   " FROM range(3000000)")  # fmt: skip
    lake.load(uri)
    assert list((lake.folder / "spill").iterdir()) == []
    with duckdb.connect() as connection:
        files = sql_text(lake.warehouse / "**" / "*.parquet")
        found = connection.execute(
            f"SELECT count(*), sum(id)::BIGINT, bool_and(ordered) FROM (SELECT id, pad >= lag(pad,"
            f" 1, '') OVER (ORDER BY filename, file_row_number) AS ordered FROM"
            f" read_parquet({files}, filename = true, file_row_number = true))"
        ).fetchone()
    assert found == (3_000_000, sum(range(3_000_000)), True)


# Runs what follows on its command line and writes that child's peak memory. Linux counts the memory
# of whoever starts a process into its peak, so it is started by this and not by a big pytest.
PEAK_MEMORY = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def peak_memory_kib(lake, uri: str) -> int:
    command = [sys.executable, "-I", "-S", "-c", PEAK_MEMORY, *lake.command("run", uri)]
    done = lake.execute(command, lake.environment())
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


def test_memory_is_bounded_by_the_limit_not_by_the_input(lake):
    """An input of 500 MB unpacked goes through a limit of 64 MiB."""
    lake.configure(engine="memory_limit: 64MiB, threads: 2")
    lake.route("src-a", "bronze.big")
    uri = lake.put("src-a", "big.parquet", "SELECT range AS id, repeat(md5(range::VARCHAR), 4) AS"
                   " pad FROM range(4000000)", "FORMAT parquet, CODEC zstd")  # fmt: skip
    peak_kib = peak_memory_kib(lake, uri)
    assert sum(file.record_count for file in lake.data_files("bronze.big")) == 4_000_000
    assert peak_kib < 1 << 20


def test_target_file_size_splits_a_big_result(lake):
    """Files near write.target-file-size-bytes, and none lost."""
    catalog = lake.pyiceberg()
    catalog.create_namespace("bronze")
    lake.route("src-a", "bronze.split")
    lake.load(lake.put("src-a", "first.parquet", "SELECT 0::BIGINT AS id, 'x' AS pad"))
    with lake.table("bronze.split").transaction() as change:
        change.set_properties({"write.target-file-size-bytes": str(8 << 20)})
    lake.load(lake.put("src-a", "big.parquet", "SELECT range + 1 AS id, md5(range::VARCHAR) AS pad"
                       " FROM range(2000000)"))  # fmt: skip
    sizes = [file.file_size_in_bytes for file in lake.data_files("bronze.split")]
    assert len(sizes) > 4, sizes
    assert max(sizes) < 24 << 20, sizes
    assert lake.scan_ids("bronze.split") == list(range(2_000_001))


def test_one_line_per_file_and_one_summary(lake):
    """Lines come as files finish; the summary is the last."""
    lake.route("src-a", "bronze.many")
    uris = [lake.put("src-a", f"{n}.parquet", f"SELECT {n} AS id") for n in range(25)]
    outcome: Outcome = lake.load(*uris)
    assert Counter(line["file"] for line in outcome.files) == Counter(uris)
    assert ["summary" in line for line in outcome.lines] == [False] * 25 + [True]
