"""Small files of one route are read in groups; what each of them is, a group does not change."""

import json

import pytest

SQL = "SELECT id, '{s3_input_path}' AS source, name FROM read_parquet('{s3_input_path}')"
FILES = 30


@pytest.fixture(params=[1, 128], ids=["alone", "grouped"])
def loaded(request, make_lake):
    """The same files, one by one and in groups."""
    lake = make_lake()
    lake.set(EIDER_ENGINE_GROUP_FILES=str(request.param))
    lake.route("src-a", "bronze.t", SQL)
    for i in range(FILES):
        lake.put("src-a", f"{i:02}.parquet", f"SELECT range AS id, 'n{i}' AS name FROM range({i})")
    lake.put_bytes("src-a", "90.parquet", b"PAR1 no Parquet PAR1")
    lake.put("src-a", "91.parquet", "SELECT 1 AS id, 2 AS name")
    lake.put("src-a", "92.parquet", "SELECT 'one' AS id, 'n' AS name")
    lake.outcome = lake.run("s3://src-a/")
    return lake


def test_each_row_knows_its_own_file(loaded):
    table = loaded.pyiceberg().load_table("bronze.t").scan().to_arrow().to_pylist()
    rows = [row for row in table if row["name"].startswith("n")]
    assert len(rows) == sum(range(FILES))
    for row in rows:
        assert row["source"] == f"s3://src-a/{int(row['name'][1:]):02}.parquet", row


def test_each_file_has_its_own_rows_and_fate(loaded):
    for i in range(FILES):
        line = loaded.outcome.file(f"{i:02}.parquet")
        # The first has no rows, so that no table was made of it, and was not read to its end.
        assert (line["state"], line["rows"], line["rows_read"]) == ("LOADED", i, i or None), line
    for key in ("90.parquet", "92.parquet"):
        line = loaded.outcome.file(key)
        assert line["state"] == "FAILED", line
        assert key in json.dumps(line)
    history = {row["file"]: row for row in loaded.history()}
    assert len(history) == FILES + 3
    assert history["s3://src-a/07.parquet"]["rows"] == 7


def test_a_group_may_have_more_files_open_than_a_shell_allows(make_lake):
    lake = make_lake()
    lake.route("src-a", "bronze.t", SQL)
    for i in range(120):
        lake.put("src-a", f"{i:03}.parquet", f"SELECT {i} AS id, 'n' AS name")
    limited = ["sh", "-c", 'ulimit -Sn 64; exec "$@"', "sh"]
    done = lake.execute([*limited, *lake.command("run", "s3://src-a/")], lake.environment())
    assert "120 loaded, 0 skipped, 0 failed" in done.stdout, done.stderr
    assert lake.pyiceberg().load_table("bronze.t").inspect.files().num_rows <= 6


def test_a_second_run_loads_nothing(loaded):
    again = loaded.run("s3://src-a/")
    assert [line["state"] for line in again.files].count("LOADED") == 0
    assert len(loaded.scan_ids("bronze.t")) == sum(range(FILES)) + 1


def test_a_group_is_few_data_files(loaded, request):
    files = loaded.pyiceberg().load_table("bronze.t").inspect.files().num_rows
    if "grouped" in request.node.name:
        assert files <= 6
    else:
        assert files >= FILES - 1
