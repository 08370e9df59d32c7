"""`schema: hold`: a file that its table would have to change for waits, and `eider schema` shows
the change, makes it, and loads the file."""

import subprocess

import pytest
from pyiceberg.types import DateType, IntegerType, LongType, StringType

from readers import duckdb_rows, pyiceberg_rows
from test_schema_contracts import columns, table_of

HELD = ["--state", "HELD"]


def holding(lake, **more):
    return lake.route("src-a", "bronze.t", "SELECT * FROM '{s3_input_path}'", create=None,
                      schema="hold", **more)  # fmt: skip


def schema(lake, *arguments):
    return lake.eider("schema", *arguments, "--json")


def diff(lake) -> list[tuple]:
    return [(line["column"], line["before"], line["after"])
            for line in schema(lake, "diff", "bronze.t").lines if "after" in line]  # fmt: skip


def data_files(lake) -> int:
    return len(list(lake.warehouse.rglob("*.parquet")))


@pytest.fixture
def table(lake):
    """bronze.t with one row, and a route that holds."""
    table_of(lake, ("id", LongType()), ("n", IntegerType()))
    holding(lake)
    lake.load(lake.put("src-a", "fits.parquet", "SELECT 1::BIGINT AS id, 1 AS n"))
    return lake


def test_held_seen_changed_loaded(table):
    lake = table
    before, files = lake.table("bronze.t").metadata_location, data_files(lake)
    uri = lake.put("src-a", "a.parquet",
                   "SELECT 2::BIGINT AS id, 3000000000::BIGINT AS n, 'x' AS c")  # fmt: skip
    outcome = lake.run(uri)
    assert (outcome.exit_code, outcome.states()) == (0, {uri: "HELD"}), outcome
    note = outcome.file("a.parquet")["note"]
    assert "add column c: string" in note and "column n: int becomes long" in note, note
    assert "`eider schema diff bronze.t`" in note and "`eider schema apply bronze.t`" in note
    (entry,) = lake.history(*HELD)
    assert entry["file"] == uri and entry["error"] == note and entry["table"] == "bronze.t"
    assert lake.table("bronze.t").metadata_location == before, "nothing is written"
    assert data_files(lake) == files

    (listed,) = schema(lake, "list").lines
    assert (listed["table"], listed["route"], listed["files"]) == ("bronze.t", "src-a", 1)
    assert set(listed["changes"]) == {"add column c: string", "column n: int becomes long"}
    shown = lake.eider("schema", "list").stdout
    assert "bronze.t" in shown and "add column c: string" in shown
    assert diff(lake) == [("n", "int", "long"), ("c", None, "string")]
    assert schema(lake, "diff", "bronze.t").exit_code == 1
    assert lake.table("bronze.t").metadata_location == before, "looking changes nothing"

    applied = schema(lake, "apply", "bronze.t", "--yes")
    assert applied.exit_code == 0 and applied.states() == {uri: "LOADED"}, applied
    assert columns(lake) == {"id": "long", "n": "long", "c": "string"}
    rows = [[1, 1, None], [2, 3_000_000_000, "x"]]
    assert pyiceberg_rows(lake, "bronze.t") == rows == duckdb_rows(lake, "bronze.t")
    assert len(lake.table("bronze.t").metadata.schemas) == 2
    assert lake.history(*HELD) == [] and schema(lake, "list").lines == []
    assert schema(lake, "diff", "bronze.t").exit_code == 0
    assert schema(lake, "apply", "bronze.t", "--yes").files == []
    assert lake.run(uri).states() == {uri: "SKIPPED"}


def test_what_no_change_makes_fit_fails(table):
    uri = table.put("src-a", "a.parquet", "SELECT 2::BIGINT AS id, 'many' AS n, 'x' AS c")
    line = table.run(uri).file("a.parquet")
    assert line["state"] == "FAILED" and "n" in line["error"], line
    assert schema(table, "list").lines == []


def test_the_union_of_what_several_files_lack(table):
    lake = table
    for i in range(12):
        lake.put("src-a", f"{i:02}.parquet", f"SELECT {i}::BIGINT AS id, 'x{i}' AS c{i % 2}")
    assert set(lake.run("s3://src-a/").states().values()) == {"HELD", "SKIPPED"}
    assert diff(lake) == [("c0", None, "string"), ("c1", None, "string")]
    applied = schema(lake, "apply", "bronze.t", "--yes")
    assert applied.summary["loaded"] == 12, applied
    assert len(lake.table("bronze.t").metadata.schemas) == 2, "one change"
    rows = lake.table("bronze.t").scan().to_arrow().to_pylist()
    assert sorted(row["id"] for row in rows) == sorted([1, *range(12)])


def test_files_that_contradict_each_other(table):
    lake = table
    texts = lake.put("src-a", "a.parquet", "SELECT 2::BIGINT AS id, 'x' AS c")
    dates = lake.put("src-a", "b.parquet", "SELECT 3::BIGINT AS id, DATE '2024-02-29' AS c")
    assert set(lake.run(texts, dates).states().values()) == {"HELD"}
    done = schema(lake, "diff", "bronze.t")
    (line,) = [line for line in done.lines if "contradiction" in line]
    assert {side["file"]: side["type"] for side in line["contradiction"]} == {
        texts: "string", dates: "date"}  # fmt: skip
    refused = lake.eider("schema", "apply", "bronze.t", "--yes")
    assert refused.exit_code == 1 and texts in refused.stderr and dates in refused.stderr
    assert "SELECT cast" in refused.stderr, refused
    assert columns(lake) == {"id": "long", "n": "int"} and len(lake.history(*HELD)) == 2
    # The way out that it says.
    lake.route("src-a", "bronze.t", "SELECT * REPLACE (c::VARCHAR AS c) FROM '{s3_input_path}'",
               create=None, schema="hold")  # fmt: skip
    assert lake.run(dates).states() == {dates: "HELD"}
    assert schema(lake, "apply", "bronze.t", "--yes").summary["loaded"] == 2
    assert [row[2] for row in pyiceberg_rows(lake, "bronze.t")] == [None, "x", "2024-02-29"]


def test_what_is_in_meanwhile_is_no_difference(table):
    lake = table
    uri = lake.put("src-a", "a.parquet", "SELECT 2::BIGINT AS id, 'x' AS c, 'y' AS d")
    lake.run(uri)
    with lake.table("bronze.t").update_schema() as update:
        update.add_column("c", StringType())
    assert diff(lake) == [("d", None, "string")]
    with lake.table("bronze.t").update_schema() as update:
        update.add_column("d", StringType())
    assert diff(lake) == [] and schema(lake, "diff", "bronze.t").exit_code == 0
    assert schema(lake, "list").lines[0]["changes"] == []
    assert lake.run("--held").states() == {uri: "LOADED"}
    assert columns(lake) == {"id": "long", "n": "int", "c": "string", "d": "string"}


def test_the_table_became_another_meanwhile(table):
    lake = table
    lake.run(lake.put("src-a", "a.parquet", "SELECT 2::BIGINT AS id, 'x' AS c"))
    with lake.table("bronze.t").update_schema() as update:
        update.add_column("c", DateType())
    refused = lake.eider("schema", "apply", "bronze.t", "--yes")
    assert refused.exit_code == 1 and "the table has date" in refused.stderr, refused


def test_required_columns_that_files_lack(lake):
    table_of(lake, ("id", LongType(), True), ("a", StringType(), True))
    holding(lake)
    uri = lake.put("src-a", "a.parquet", "SELECT 1::BIGINT AS id")
    assert lake.run(uri).states() == {uri: "HELD"}
    assert diff(lake) == [("a", "string required", "string")]
    assert schema(lake, "apply", "bronze.t", "--yes").states() == {uri: "LOADED"}
    assert columns(lake) == {"id": "long required", "a": "string"}


def test_a_missing_table_is_made(lake):
    lake.route("src-a", "bronze.t", schema="hold")
    lake.load(lake.put("src-a", "a.parquet", "SELECT 1::BIGINT AS id"))
    assert columns(lake) == {"id": "long"}


def test_of_a_file_in_parts_nothing_is_loaded(lake):
    lake.set(EIDER_ROUTING_STRATEGIES="column:kind")
    for name in ("a", "b"):
        lake.route(name, f"bronze.{name}", schema="hold" if name == "b" else "evolve")
    rows = ("SELECT i::BIGINT AS id, CASE WHEN i % 2 = 0 THEN 'a' ELSE 'b' END AS kind{} "
            "FROM range(10) t(i)")  # fmt: skip
    lake.load(lake.put("src-a", "first.parquet", rows.format("")))
    uri = lake.put("src-a", "x.parquet", rows.format(", i * 2 AS n"))
    assert lake.run(uri).states() == {uri: "HELD"}
    assert [line["table"] for line in schema(lake, "list").lines] == ["bronze.b"]
    for name in ("a", "b"):
        assert lake.table(f"bronze.{name}").scan().to_arrow().num_rows == 5
    assert schema(lake, "apply", "bronze.b", "--yes").states() == {uri: "LOADED"}
    for name in ("a", "b"):
        assert lake.table(f"bronze.{name}").scan().to_arrow().num_rows == 10
        assert [f.name for f in lake.table(f"bronze.{name}").schema().fields] == ["id", "kind", "n"]


@pytest.mark.parametrize("depth", [[], ["--deep"]], ids=["plan", "deep"])
def test_explain_says_so(table, depth):
    uri = table.put("src-a", "a.parquet", "SELECT 2::BIGINT AS id, 'x' AS c")
    done = table.eider("explain", uri, *depth)
    assert done.exit_code == 0, done
    told = "the file would be held: table bronze.t would change: add column c: string"
    assert told in done.stdout
    (line,) = table.eider("explain", uri, *depth, "--json").lines
    assert "add column c: string" in line["held"]
    fits = table.put("src-a", "b.parquet", "SELECT 2::BIGINT AS id")
    assert table.eider("explain", fits, *depth, "--json").lines[0]["held"] is None


def test_without_a_ledger_nothing_can_be_held(table):
    uri = table.put("src-a", "a.parquet", "SELECT 2::BIGINT AS id, 'x' AS c")
    line = table.run("--ledger-type", "none", uri).file("a.parquet")
    assert line["state"] == "FAILED" and "ledger" in line["error"], line
    assert "add column c" in line["error"]


def test_whoever_is_asked_and_does_not_say_yes_changes_nothing(table):
    table.run(table.put("src-a", "a.parquet", "SELECT 2::BIGINT AS id, 'x' AS c"))
    assert table.eider("schema", "apply", "bronze.t").exit_code != 0
    assert columns(table) == {"id": "long", "n": "int"} and len(table.history(*HELD)) == 1


def test_a_table_that_nothing_waits_for(table):
    assert "no files wait" in table.eider("schema", "diff", "bronze.t").stdout
    assert table.eider("schema", "apply", "bronze.t").exit_code == 0


@pytest.mark.parametrize("seconds", [0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5])
def test_apply_killed_at_any_moment_and_given_again(table, seconds):
    """tests/fault/ has the arrows one by one; this is the real command."""
    lake = table
    for i in range(8):
        lake.put("src-a", f"{i}.parquet", f"SELECT {10 + i}::BIGINT AS id, 'x{i}' AS c")
    lake.run("s3://src-a/")
    assert len(lake.history(*HELD)) == 8
    with subprocess.Popen(lake.command("schema", "apply", "bronze.t", "--yes"), cwd=lake.folder,
                          stdout=subprocess.DEVNULL, env=lake.environment()) as apply:  # fmt: skip
        try:
            apply.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            apply.kill()
    again = schema(lake, "apply", "bronze.t", "--yes")
    assert again.exit_code == 0, again
    assert lake.scan_ids("bronze.t") == [1, *range(10, 18)]
    assert len(lake.table("bronze.t").metadata.schemas) == 2
    assert {entry["state"] for entry in lake.history()} == {"LOADED"}
