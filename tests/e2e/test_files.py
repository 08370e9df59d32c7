"""The life of a file: loaded once, skipped, loaded again on purpose, failed without harm."""

import os
import shutil
import socket

import duckdb
import pytest

TEN_ROWS = "SELECT range::BIGINT AS id, 'name ' || range AS name FROM range(10)"


@pytest.fixture
def orders(lake):
    return lake.route("src-a", "bronze.orders")


def test_a_file_is_loaded_and_the_line_says_what_happened(orders):
    uri = orders.put("src-a", "in/a.parquet", TEN_ROWS)
    outcome = orders.load(uri)
    (line,) = outcome.files
    assert (line["file"], line["route"], line["table"]) == (uri, "src-a", "bronze.orders")
    assert line["rows"] == 10 and line["milliseconds"] >= 0 and not line.get("error")
    assert outcome.summary == {"loaded": 1, "skipped": 0, "failed": 0, "held": 0}
    snapshot = orders.table("bronze.orders").current_snapshot()
    assert line["snapshot_id"] == snapshot.snapshot_id
    assert orders.scan_ids("bronze.orders") == list(range(10))


def test_the_snapshot_summary_has_token_and_totals(orders):
    orders.load(orders.put("src-a", "a.parquet", TEN_ROWS))
    orders.load(orders.put("src-a", "b.parquet", TEN_ROWS))
    first, second = orders.table("bronze.orders").metadata.snapshots
    tokens = {snapshot.summary["eider.commit-tokens"] for snapshot in (first, second)}
    assert len(tokens) == 2 and all(tokens)
    assert second.summary.operation.value == "append"
    assert second.summary["added-records"] == "10" and second.summary["total-records"] == "20"
    assert second.summary["added-data-files"] == "1" and second.summary["total-data-files"] == "2"
    assert second.summary["total-delete-files"] == "0"
    assert int(second.summary["total-files-size"]) > int(first.summary["total-files-size"]) > 0


def test_the_same_file_again_is_skipped(orders):
    uri = orders.put("src-a", "a.parquet", TEN_ROWS)
    orders.load(uri)
    again = orders.run(uri)
    assert again.exit_code == 0
    assert again.summary == {"loaded": 0, "skipped": 1, "failed": 0, "held": 0}
    assert again.file("a.parquet")["state"] == "SKIPPED"
    assert orders.scan_ids("bronze.orders") == list(range(10))


def test_named_twice_in_one_call_is_loaded_once(orders):
    uri = orders.put("src-a", "a.parquet", TEN_ROWS)
    orders.run(uri, "s3://src-a/", uri, str(orders.path("src-a", "a.parquet")))
    assert orders.scan_ids("bronze.orders") == list(range(10))


def test_new_content_under_the_same_key_is_a_new_load(orders):
    uri = orders.put("src-a", "a.parquet", TEN_ROWS)
    orders.load(uri)
    orders.put("src-a", "a.parquet", "SELECT 77::BIGINT AS id, 'new' AS name")
    orders.load(uri)
    assert orders.scan_ids("bronze.orders") == [*range(10), 77]


def test_force_loads_again_and_only_on_purpose(orders):
    uri = orders.put("src-a", "a.parquet", TEN_ROWS)
    for _ in range(2):
        orders.run(uri)
    for _ in range(2):
        orders.load("--force", uri)
    assert orders.run(uri).file("a.parquet")["state"] == "SKIPPED"
    assert orders.scan_ids("bronze.orders") == sorted([*range(10)] * 3)


@pytest.mark.parametrize("query", ["SELECT * FROM ({}) LIMIT 0", "SELECT * FROM ({}) WHERE id < 0"])
def test_no_rows_are_a_success_without_a_commit(orders, query):
    uri = orders.put("src-a", "none.parquet", query.format(TEN_ROWS))
    outcome = orders.load(uri)
    assert outcome.file("none.parquet")["rows"] == 0
    assert outcome.file("none.parquet")["snapshot_id"] is None
    assert not list(orders.warehouse.rglob("*.parquet"))
    assert orders.run(uri).file("none.parquet")["state"] == "SKIPPED"
    orders.load(orders.put("src-a", "some.parquet", TEN_ROWS))
    assert orders.snapshot_count("bronze.orders") == 1


def truncate(path):
    os.truncate(path, path.stat().st_size // 2)


def damage_pages(path):
    content = bytearray(path.read_bytes())
    content[4 : len(content) // 2] = os.urandom(len(content) // 2 - 4)
    path.write_bytes(content)


def damage_footer(path):
    content = bytearray(path.read_bytes())
    footer = int.from_bytes(content[-8:-4], "little")
    content[-8 - footer : -8 - footer // 2] = b"\xff" * (footer - footer // 2)
    path.write_bytes(content)


BAD_FILES = {
    "truncated": truncate,
    "damaged pages": damage_pages,
    "damaged footer": damage_footer,
    "of zero bytes": lambda path: path.write_bytes(b""),
    "of four bytes": lambda path: path.write_bytes(b"PAR1"),
    "text": lambda path: path.write_text("id,name\n1,this is no parquet\n" * 99),
    "missing": lambda path: path.unlink(),
    "a folder": lambda path: (path.unlink(), path.mkdir()),
}


@pytest.mark.parametrize("damage", BAD_FILES.values(), ids=BAD_FILES)
def test_a_bad_file_fails_alone(orders, damage):
    good = [orders.put("src-a", f"good{n}.parquet", TEN_ROWS) for n in range(2)]
    bad = orders.put("src-a", "bad.parquet", TEN_ROWS.replace("range(10)", "range(20000)"))
    damage(orders.path("src-a", "bad.parquet"))
    outcome = orders.run(good[0], bad, good[1])
    assert outcome.exit_code == 1, outcome
    assert outcome.summary == {"loaded": 2, "skipped": 0, "failed": 1, "held": 0}
    line = outcome.file("bad.parquet")
    assert line["state"] == "FAILED" and line["code"]
    assert "bad.parquet" in line["error"]
    assert orders.scan_ids("bronze.orders") == sorted([*range(10)] * 2)
    assert list((orders.folder / "spill").iterdir()) == []


def test_no_data_file_of_a_failed_load_stays_behind(orders):
    """The input breaks off after many good row groups."""
    orders.put("src-a", "bad.parquet", TEN_ROWS.replace("range(10)", "range(900000)"),
               "FORMAT parquet, ROW_GROUP_SIZE 20000")  # fmt: skip
    path = orders.path("src-a", "bad.parquet")
    content = bytearray(path.read_bytes())
    middle = len(content) * 3 // 4
    content[middle : middle + 5000] = b"\xff" * 5000
    path.write_bytes(content)
    assert orders.run("s3://src-a/bad.parquet").exit_code == 1
    assert [path for path in orders.warehouse.glob("*/*/data/**/*") if path.is_file()] == []


def test_a_failed_file_is_tried_again(orders):
    uri = orders.put_bytes("src-a", "a.parquet", b"not yet")
    assert orders.run(uri).exit_code == 1
    assert orders.run(uri).file("a.parquet")["state"] == "FAILED"  # again, not skipped
    orders.put("src-a", "a.parquet", TEN_ROWS)
    orders.load(uri)
    assert orders.scan_ids("bronze.orders") == list(range(10))


def test_a_repaired_route_lets_the_same_file_in(orders):
    uri = orders.put("src-a", "a.parquet", TEN_ROWS)
    orders.route("src-a", "bronze.orders", "SELECT nosuch FROM read_parquet('{s3_input_path}')")
    line = orders.run(uri).file("a.parquet")
    assert line["state"] == "FAILED" and "nosuch" in line["error"]
    orders.route("src-a", "bronze.orders")
    orders.load(uri)
    assert orders.scan_ids("bronze.orders") == list(range(10))


def test_unrouted_is_failed_with_the_keys_that_were_tried(lake):
    lake.route("elsewhere", "bronze.orders")
    uri = lake.put("src-b", "folder/x.parquet", TEN_ROWS)
    outcome = lake.run(uri)
    assert outcome.exit_code == 1
    line = outcome.file("x.parquet")
    assert line["state"] == "FAILED"
    assert "src-b" in line["error"] and "folder" in line["error"], line["error"]
    (row,) = lake.history()
    assert row["state"] == "FAILED" and "src-b" in row["error"] and row["file"] == uri


def test_history_tells_every_file(orders):
    orders.load(orders.put("src-a", "good.parquet", TEN_ROWS))
    orders.run(orders.put_bytes("src-a", "bad.parquet", b"bad"))
    rows = {row["file"].rsplit("/", 1)[1]: row for row in orders.history()}
    good, bad = rows["good.parquet"], rows["bad.parquet"]
    assert (good["state"], bad["state"]) == ("LOADED", "FAILED")
    assert good["rows"] == 10 and good["table"] == "bronze.orders" and good["route"] == "src-a"
    assert good["snapshot_id"] == orders.table("bronze.orders").current_snapshot().snapshot_id
    assert "bad.parquet" in bad["error"]


def test_a_missing_table_is_an_error_unless_create_table(lake):
    uri = lake.put("src-a", "a.parquet", TEN_ROWS)
    for create in (None, False):
        lake.route("src-a", "bronze.orders", create=create)
        line = lake.run(uri).file("a.parquet")
        assert line["state"] == "FAILED"
        assert "bronze.orders" in line["error"] and "create_table" in line["error"], line["error"]
    lake.route("src-a", "bronze.orders", create=True)
    lake.load(uri)
    assert lake.scan_ids("bronze.orders") == list(range(10))


def test_local_paths_and_folders_are_objects_of_their_bucket(orders):
    for key in ("a.parquet", "deep/er/b.parquet", "deep/c.parquet"):
        orders.put("src-a", key, TEN_ROWS)
    first = orders.load(str(orders.path("src-a", "a.parquet")))
    assert first.files[0]["file"] == "s3://src-a/a.parquet"
    orders.load(str(orders.path("src-a", "deep")))
    assert orders.run("s3://src-a/").summary == {"loaded": 0, "skipped": 3, "failed": 0, "held": 0}


@pytest.mark.parametrize("packed", ["", ".gz", ".zst"])
@pytest.mark.parametrize("kind", ["csv", "json"])
def test_csv_and_json_load_through_the_reader_the_sql_names(lake, kind, packed):
    lake.route("src-a", "bronze.rows", f"SELECT * FROM read_{kind}('{{s3_input_path}}')")
    codec = {"": "none", ".gz": "gzip", ".zst": "zstd"}[packed]
    uri = lake.put("src-a", f"x.{kind}{packed}", TEN_ROWS, f"FORMAT {kind}, COMPRESSION {codec}")
    lake.load(uri)
    assert lake.scan_ids("bronze.rows") == list(range(10))


def test_the_reader_may_be_left_out(lake):
    lake.route("src-a", "bronze.rows", "SELECT * FROM '{s3_input_path}'")
    lake.load(lake.put("src-a", "x.parquet", TEN_ROWS), lake.put("src-a", "y.csv", TEN_ROWS,
                                                                 "FORMAT csv"))  # fmt: skip
    assert lake.scan_ids("bronze.rows") == sorted([*range(10)] * 2)


def test_the_ledger_is_of_the_uri_not_of_the_bytes(orders):
    """The same bytes under another key are another file."""
    orders.load(orders.put("src-a", "a.parquet", TEN_ROWS))
    shutil.copy(orders.path("src-a", "a.parquet"), orders.path("src-a", "b.parquet"))
    orders.load("s3://src-a/b.parquet")
    assert orders.scan_ids("bronze.orders") == sorted([*range(10)] * 2)


def test_a_failed_commit_line_never_claims_rows(orders):
    """Data files of our tables are exactly those that the snapshots name."""
    orders.load(orders.put("src-a", "a.parquet", TEN_ROWS))
    orders.run(orders.put_bytes("src-a", "bad.parquet", b"PAR1"))
    files = orders.data_files("bronze.orders")
    found = {f"file://{path}" for path in orders.warehouse.rglob("*.parquet")}
    assert found == {file.file_path for file in files}
    for file in files:
        assert os.path.getsize(file.file_path.removeprefix("file://")) == file.file_size_in_bytes
        assert duckdb.sql(f"SELECT count(*) FROM '{file.file_path}'").fetchone() == (10,)


def test_fifos_and_sockets_in_a_folder_are_passed_over_by_name(orders):
    """Seen: a FIFO was passed over without a word."""
    orders.put("src-a", "odd name {}/sub/a.parquet", "SELECT 1 AS id")
    for number in range(11):
        os.mkfifo(orders.path("src-a", f"pipe{number:02}"))
    here = os.getcwd()
    os.chdir(orders.path("src-a", "odd name {}"))  # a socket's path is short
    try:
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind("listener")
    finally:
        os.chdir(here)
    outcome = orders.load("s3://src-a/")
    assert [line["file"] for line in outcome.files] == ["s3://src-a/odd name {}/sub/a.parquet"]
    (line,) = [line for line in outcome.stderr.splitlines() if "passed over" in line]
    assert "s3://src-a/odd name {}/listener (socket)" in line, line
    assert "s3://src-a/pipe08 (FIFO) and 2 more" in line and "pipe09" not in line, line
    assert "passed over" not in orders.run("s3://src-a/odd name {}/sub/").stderr
