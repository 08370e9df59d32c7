"""One large file in pieces: prepared by many, in as a whole or not at all."""

import csv
import json
import random
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pyarrow
import pyarrow.parquet
import pytest

ROWS = 10_000


@pytest.fixture
def big(lake):
    """Made by pyarrow, with ten row groups."""
    lake.route("src-a", "bronze.t", "SELECT id, t FROM read_parquet('{s3_input_path}')")
    path = lake.path("src-a", "big.parquet")
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = pyarrow.table({"id": range(ROWS), "t": [f"text {n}" for n in range(ROWS)]})
    pyarrow.parquet.write_table(rows, path, row_group_size=1_000)
    lake.place = f"file://{lake.folder}/prepared/"
    return lake


def prepare(lake, part: str, *args: str):
    return lake.eider("prepare", "--json", "s3://src-a/big.parquet", "--part", part,
                      "--to", lake.place, *args)  # fmt: skip


def commit(lake):
    return lake.eider("commit", "--json", lake.place)


@pytest.mark.parametrize("pieces", [1, 3, 10, 13])
def test_all_pieces_are_the_file(big, pieces):
    numbers = list(range(1, pieces + 1))
    random.Random(pieces).shuffle(numbers)
    for number in numbers:
        done = prepare(big, f"{number}/{pieces}")
        assert done.exit_code == 0, done.stdout + done.stderr
        assert done.files[0]["state"] == "PREPARED"
    assert big.eider("history", "--json").lines == []  # nobody has the file before the commit
    committed = commit(big)
    assert committed.exit_code == 0, committed.stdout
    (line,) = committed.files
    assert (line["state"], line["rows"]) == ("LOADED", ROWS)
    assert pieces > 10 or line["rows_read"] == ROWS
    assert big.scan_ids("bronze.t") == list(range(ROWS))
    assert big.snapshot_count("bronze.t") == 1
    (record,) = big.history()
    assert (record["state"], record["rows"]) == ("LOADED", ROWS)
    assert big.run("s3://src-a/").files[0]["state"] == "SKIPPED"
    assert commit(big).files[0]["state"] == "SKIPPED"
    assert big.scan_ids("bronze.t") == list(range(ROWS))


def test_without_one_piece_nothing_is_in(big):
    for number in (1, 2, 4):
        prepare(big, f"{number}/4")
    committed = commit(big)
    assert committed.exit_code == 1
    assert "of its 4 pieces these are not prepared: 3" in committed.lines[0]["error"]
    assert big.history() == []
    prepare(big, "3/4")
    assert commit(big).exit_code == 0
    assert big.scan_ids("bronze.t") == list(range(ROWS))


def test_pieces_side_by_side_repeated_and_of_two_cuts(big):
    parts = [f"{number}/4" for number in range(1, 5)] * 2 + ["1/3", "2/3"]
    random.Random(1).shuffle(parts)
    with ThreadPoolExecutor(len(parts)) as threads:
        prepared = list(threads.map(lambda part: prepare(big, part, "--again"), parts))
    assert [done.exit_code for done in prepared] == [0] * len(parts), prepared
    done = [subprocess.Popen(big.command("commit", big.place), env=big.environment(),
                             cwd=big.folder, stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL) for _ in range(2)]  # fmt: skip
    for process in done:
        process.wait(60)
    commit(big)
    assert big.scan_ids("bronze.t") == list(range(ROWS))


def test_killed_at_any_time_the_file_is_in_once(big):
    dice = random.Random(3)
    commands = [big.command("prepare", "s3://src-a/big.parquet", "--part", f"{number}/3", "--to",
                            big.place) for number in (1, 2, 3)] + [
                                big.command("commit", big.place)]  # fmt: skip
    for command in commands:
        for _ in range(4):
            process = subprocess.Popen(command, env=big.environment(), cwd=big.folder,
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                       start_new_session=True)  # fmt: skip
            try:
                process.wait(dice.random() * 0.25)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        assert subprocess.run(command, env=big.environment(), cwd=big.folder, check=False,
                              capture_output=True).returncode == 0  # fmt: skip
    assert big.scan_ids("bronze.t") == list(range(ROWS))
    recorded = recorded_files(big)
    assert big.eider("prepare", "--clean", "0s", "--to", big.place).exit_code == 0
    assert big.scan_ids("bronze.t") == list(range(ROWS))
    # A file that was written by a process killed before its record is nobody's (architecture.md).
    files = {path.name for path in big.warehouse.rglob("*.parquet")}
    used = {task.file.file_path.rsplit("/", 1)[1]
            for task in big.table("bronze.t").scan().plan_files()}  # fmt: skip
    assert files & recorded == used
    assert recorded_files(big) == set()


def recorded_files(lake) -> set[str]:
    """The names of the data files that the records below `place` have."""
    found = set()
    for path in (lake.folder / "prepared").rglob("*.json"):
        found |= set(re.findall(r"([-\w]+\.parquet)", path.read_text())) - {"big.parquet"}
    return found


def test_a_run_that_was_first_leaves_nothing_to_commit(big):
    for number in (1, 2):
        prepare(big, f"{number}/2")
    big.load("s3://src-a/big.parquet")
    assert commit(big).files[0]["state"] == "SKIPPED"
    assert big.scan_ids("bronze.t") == list(range(ROWS))


@pytest.mark.parametrize(("change", "told"), [
    ({"query_sql": "SELECT count(*) AS id, 'x' AS t FROM read_parquet('{s3_input_path}')"},
     "a file is cut into pieces where the SQL makes rows of rows: it has"),
    ({"on_bad_rows": "reject"}, "its route puts bad rows aside; prepare it whole"),
    ({"transform": "it"}, "its rows go through a plug-in; prepare it whole"),
])  # fmt: skip
def test_what_cannot_be_cut_says_why(big, change, told):
    big.configure("plugins: {it: {command: [cat]}}\n")
    item = big.routes[0] | change
    big.item(**item)
    done = prepare(big, "1/2")
    assert done.exit_code == 1
    assert told in done.files[0]["error"]


# What Python's csv module writes, with everything that makes a cut hard.
WORDS = ("a", "two\nlines", "crlf\r\nwithin", 'said "so"', 'ends with "', ", and more", "ä€𝄞\n𝄞",
         "", "1,x\n2,y\n", "\n\n", '"\n"', "'", "z" * 300)  # fmt: skip


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_pieces_of_a_csv_are_the_file(lake, seed, line_end):
    dice = random.Random(seed)
    rows = [(n, "".join(dice.choices(WORDS, k=2))) for n in range(dice.randrange(1, 400))]
    path = lake.path("src-a", "big.csv")
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator=line_end)
        writer.writerow(("id", "t"))
        writer.writerows(rows)
    lake.place = f"file://{lake.folder}/prepared/"
    create_ids_and_texts(lake)
    lake.route("src-a", "bronze.t", "SELECT * FROM '{s3_input_path}'")
    pieces = dice.randrange(2, 9)
    for number in range(1, pieces + 1):
        done = lake.eider("prepare", "--json", "s3://src-a/big.csv", "--part",
                          f"{number}/{pieces}", "--to", lake.place)  # fmt: skip
        assert done.exit_code == 0, done.stdout + done.stderr
    committed = commit(lake)
    assert committed.exit_code == 0, committed.stdout
    assert committed.files[0]["rows_read"] == len(rows)
    found = lake.table("bronze.t").scan().to_arrow().to_pylist()
    assert sorted((row["id"], row["t"] or "") for row in found) == rows


def create_ids_and_texts(lake):
    statement = lake.folder / "t.sql"
    statement.write_text("CREATE TABLE bronze.t (id BIGINT, t VARCHAR)")
    made = lake.eider("table", "create", "bronze.t", "--sql-file", str(statement))
    assert made.exit_code == 0, made.stderr


def test_a_bad_line_fails_its_piece_and_the_file_stays_out(lake):
    lines = [f"{n},text" for n in range(1_000)] + ["1000,text,more"]
    uri = lake.put_bytes("src-a", "big.csv", "\n".join(["id,t", *lines]).encode())
    create_ids_and_texts(lake)
    lake.route("src-a", "bronze.t", "SELECT * FROM '{s3_input_path}'")
    lake.place = f"file://{lake.folder}/prepared/"
    done = [lake.eider("prepare", "--json", uri, "--part", f"{number}/3", "--to", lake.place)
            for number in (1, 2, 3)]  # fmt: skip
    assert [one.exit_code for one in done] == [0, 0, 1]
    assert "has 3 fields, the first one has 2" in done[2].files[0]["error"]
    assert commit(lake).exit_code == 1
    assert lake.scan_ids("bronze.t") == []


def test_pieces_of_other_routes_do_not_go_together(big):
    prepare(big, "1/2")
    big.route("src-a", "bronze.t", "SELECT id, upper(t) AS t FROM '{s3_input_path}'")
    prepare(big, "2/2")
    committed = commit(big)
    assert committed.exit_code == 1
    assert "its pieces have other routes" in committed.lines[0]["error"]
    assert prepare(big, "1/2", "--again").exit_code == 0


@pytest.mark.parametrize("part", ["0/2", "3/2", "1", "1/0", "a/b", "1/2/3", "-1/2", "1/1000000"])
def test_a_part_that_is_none(big, part):
    done = prepare(big, part)
    assert done.exit_code == 2
    assert "--part is K/N" in done.stderr


def test_a_part_is_of_one_file(big):
    big.put("src-a", "more.parquet", "SELECT 1 AS id")
    done = big.eider("prepare", "s3://src-a/", "--part", "1/2", "--to", big.place)
    assert done.exit_code == 2
    assert "--part is of one file: 2 are named" in done.stderr


def test_a_record_of_a_piece_that_was_changed_is_none(big):
    prepare(big, "1/2")
    prepare(big, "2/2")
    path = next((big.folder / "prepared").iterdir())
    record = json.loads(path.read_text())
    record["prepared"]["piece"] = [5, 2]
    path.write_text(json.dumps(record))
    committed = commit(big)
    assert committed.exit_code == 1
    assert big.history() == []
