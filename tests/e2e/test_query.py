"""`eider query`: what a route's SQL makes of a file, for people and for what reads a pipe."""

import csv
import io
import json
import subprocess

import duckdb
import pyarrow
import pyarrow.ipc
import pyarrow.parquet
import pytest

from every_type import FILES, FLAT, NESTED, TIME, source_sql
from readers import source_rows
from test_poison_files import STRUCTURE, good, poison
from test_types import differences

COLUMNS = (*FLAT, *NESTED, TIME)


def raw(lake, *args: str, **options) -> subprocess.CompletedProcess:
    """Standard output as bytes."""
    return subprocess.run(
        lake.command("query", *args), capture_output=True, timeout=120, check=False,
        env=lake.environment(), cwd=lake.folder, **options,
    )  # fmt: skip


def arrow(lake, *args: str) -> pyarrow.Table:
    done = raw(lake, *args, "--format", "arrow")
    assert done.returncode == 0, done.stderr
    return pyarrow.ipc.open_stream(done.stdout).read_all()


@pytest.fixture(scope="module")
def every(make_lake):
    lake = make_lake()
    lake.route("src-a", "bronze.every")
    lake.put("src-a", "every.parquet", source_sql(COLUMNS, tuple(range(20))))
    return lake


def test_arrow_has_every_type_and_value(every):
    stream = raw(every, "src-a", "s3://src-a/every.parquet", "--format", "arrow").stdout
    rows = pyarrow.ipc.open_stream(stream).read_all()
    pyarrow.parquet.write_table(rows, every.folder / "rows.parquet")
    names = ["id", *(column.name for column in COLUMNS)]
    assert rows.column_names == names
    expected = source_rows([every.path("src-a", "every.parquet")])
    assert differences(names, expected, source_rows([every.folder / "rows.parquet"])) == []


def test_arrow_has_the_types_of_the_table(every):
    every.load("s3://src-a/every.parquet")
    rows = arrow(every, "src-a", "s3://src-a/every.parquet")
    table = every.table("bronze.every").scan().to_arrow()
    for name in ("id", "flag", "i32", "f64", "d38", "day", "moment", "clock"):
        assert rows.schema.field(name).type == table.schema.field(name).type, name
    assert rows.schema.field("moment_zone").type == pyarrow.timestamp("us", "UTC")


def test_duckdb_reads_the_stream(lake):
    lake.put("src-a", "a.parquet", "SELECT range AS id, 'x' || range AS name FROM range(5000)")
    sql = "SELECT * FROM read_parquet('{s3_input_path}')"
    stream = raw(lake, sql, "s3://src-a/a.parquet", "--format", "arrow").stdout
    reader = pyarrow.ipc.open_stream(stream)
    assert duckdb.sql("SELECT sum(id) FROM reader").fetchone() == (sum(range(5000)),)


def test_rows_come_in_the_order_of_the_sql_whatever_their_number(lake):
    lake.put("src-a", "a.parquet", "SELECT range AS id, repeat('y', 100) AS t FROM range(300000)")
    sql = "SELECT * FROM read_parquet('{s3_input_path}') ORDER BY id DESC"
    rows = arrow(lake, sql, "s3://src-a/a.parquet")
    assert rows["id"].to_pylist() == list(range(299_999, -1, -1))
    assert max(len(batch) for batch in rows.to_batches()) <= 131_072
    sql = "SELECT id FROM read_parquet('{s3_input_path}')"
    lines = raw(lake, sql, "s3://src-a/a.parquet", "--format", "csv").stdout.decode().split("\n")
    assert lines == ["id", *map(str, range(300_000)), ""]
    first = raw(lake, sql, "s3://src-a/a.parquet", "--format", "csv", "--limit", "3").stdout
    assert first == b"id\n0\n1\n2\n"


def test_no_rows_are_a_stream_with_their_types(lake):
    lake.put("src-a", "a.parquet", "SELECT 1 AS id, DATE '2024-01-01' AS d WHERE false")
    sql = "SELECT * FROM read_parquet('{s3_input_path}')"
    rows = arrow(lake, sql, "s3://src-a/a.parquet")
    assert len(rows) == 0 and rows.schema.types == [pyarrow.int32(), pyarrow.date32()]
    uri = "s3://src-a/a.parquet"
    assert raw(lake, sql, uri, "--format", "csv").stdout == b"id,d\n"
    assert raw(lake, sql, uri, "--format", "json").stdout == b""
    assert "no rows" in lake.eider("query", sql, uri).stderr
    assert len(arrow(lake, sql, uri, "--limit", "0")) == 0


def test_csv_and_json_are_read_back(lake):
    odd = ["", "a,b", 'say "x"', "two\nlines", "\r", " blank ", None, "ü"]
    values = ", ".join("(NULL)" if one is None else f"({sql_text(one)})" for one in odd)
    lake.put("src-a", "a.parquet",
             f"SELECT row_number() OVER () AS n, t, [n, NULL] AS l, {{'k': t}} AS s, "
             f"1.10::DECIMAL(9,2) AS d, 'nan'::DOUBLE AS x "
             f"FROM (SELECT row_number() OVER () AS n, t FROM (VALUES {values}) AS v(t))")
    sql = "SELECT * FROM read_parquet('{s3_input_path}') ORDER BY n"
    text = raw(lake, sql, "s3://src-a/a.parquet", "--format", "csv").stdout.decode()
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert rows[0] == ["n", "t", "l", "s", "d", "x"]
    assert [row[1] for row in rows[1:]] == ["" if one is None else one for one in odd]
    assert '\n1,"","[1,null]"' in text and '\n7,,"[7,null]"' in text  # an empty text is no null
    lines = raw(lake, sql, "s3://src-a/a.parquet", "--format", "json").stdout.decode()
    found = [json.loads(line) for line in lines.splitlines()]
    assert [one["t"] for one in found] == odd
    assert found[0] == {"n": 1, "t": "", "l": [1, None], "s": {"k": ""}, "d": 1.1, "x": "NaN"}
    assert '"d":1.10' in lines


def sql_text(text: str) -> str:
    return "'" + text.replace("'", "''").replace("\n", "' || chr(10) || '").replace(
        "\r", "' || chr(13) || '") + "'"  # fmt: skip


def test_people_see_the_first_rows(lake):
    lake.route("src-a", "bronze.t",
               "SELECT id, id * 2 AS twice FROM read_parquet('{s3_input_path}')")
    lake.put("src-a", "a.parquet", "SELECT range AS id FROM range(100)")
    shown = lake.eider("query", "src-a", "s3://src-a/a.parquet")
    assert shown.exit_code == 0 and shown.stdout.splitlines()[0].split() == ["id", "twice"]
    assert shown.stdout.splitlines()[-1].split() == ["39", "78"]
    assert "the first 40 rows" in shown.stderr and "--limit" in shown.stderr
    few = lake.eider("query", "src-a", str(lake.path("src-a", "a.parquet")), "--limit", "2")
    assert few.stdout.splitlines()[-1].split() == ["1", "2"]
    assert lake.eider("query", "src-a", "s3://src-a/a.parquet", "--json").lines[3] == {
        "id": 3, "twice": 6}  # fmt: skip
    assert lake.history() == [] and not lake.warehouse.exists()  # nothing is claimed or written


def test_a_route_brings_its_types_and_its_bad_rows(lake):
    lake.route("src-a", "bronze.t", "SELECT * FROM read_csv('{s3_input_path}')",
               types={"day": "DATE '%d/%m/%Y'", "amount": "DECIMAL(9,2)"},
               on_bad_rows="reject")  # fmt: skip
    lake.put_bytes("src-a", "a.csv", b"day,amount\n24/12/2026,1.5\nnever,2\n25/12/2026,3\n")
    done = raw(lake, "src-a", "s3://src-a/a.csv", "--format", "json")
    assert [json.loads(line) for line in done.stdout.splitlines()] == [
        {"day": "2026-12-24", "amount": 1.5}, {"day": "2026-12-25", "amount": 3}]  # fmt: skip
    assert b"1 row would be set aside" in done.stderr
    shown = lake.eider("query", "src-a", "s3://src-a/a.csv")
    assert shown.stdout.splitlines()[-1].split() == ["2026-12-25", "3.00"]


@pytest.mark.parametrize("question, says", [
    ("no-such-route", "no route with this PartitionKey"),
    ("SELECT * FROM read_parquet('/etc/passwd') WHERE '{s3_input_path}' = ''", "/etc/passwd"),
    ("COPY (SELECT 1) TO '{s3_input_path}'", "SELECT"),
    ("SELECT nothing FROM read_parquet('{s3_input_path}')", "nothing"),
    ("SELECT * FROM read_parquet('{s3_input_path}'); DROP TABLE x", "one"),
])  # fmt: skip
def test_what_cannot_be_asked_is_told(lake, question, says):
    uri = lake.put("src-a", "a.parquet", "SELECT 1 AS id")
    for form in ("table", "arrow", "csv", "json"):
        done = raw(lake, question, uri, "--format", form)
        assert done.returncode == 1 and done.stdout == b"", done
        assert says in done.stderr.decode(), done.stderr


def test_wrong_files_and_formats_are_told(lake):
    lake.route("src-a", "bronze.t")
    lake.put_bytes("src-a", "broken.parquet", b"PAR1 and no more")
    for name in ("broken.parquet", "none.parquet"):
        done = raw(lake, "src-a", f"s3://src-a/{name}", "--format", "arrow")
        assert done.returncode != 0 and done.stdout == b"" and name in done.stderr.decode(), done
    assert lake.eider("query", "src-a", "s3://src-a/", "--format", "xml").exit_code == 2
    assert lake.eider("query", "src-a").exit_code == 2


def test_a_value_that_fails_midway_ends_the_stream_and_is_told(lake):
    uri = lake.put("src-a", "a.parquet", "SELECT range AS id FROM range(400000)")
    sql = ("SELECT CASE WHEN id = 399999 THEN error('stop here') ELSE id END AS id "
           "FROM '{s3_input_path}'")  # fmt: skip
    done = raw(lake, sql, uri, "--format", "arrow")
    assert done.returncode == 1 and b"stop here" in done.stderr, done.stderr
    with pytest.raises(Exception):  # noqa: B017 - cut off, and not read as if it were whole
        pyarrow.ipc.open_stream(done.stdout).read_all()


def test_a_reader_that_has_seen_enough_ends_it(lake):
    uri = lake.put("src-a", "a.parquet", "SELECT range AS id FROM range(2000000)")
    sql = "SELECT id FROM '{s3_input_path}'"
    command = " ".join(map(sql_text, lake.command("query", sql.replace("'", '"'), uri)))
    done = subprocess.run(["bash", "-c", f"{command} --format csv | head -2"], capture_output=True,
                          timeout=60, check=True, env=lake.environment(),
                          cwd=lake.folder)  # fmt: skip
    assert done.stdout == b"id\n0\n" and b"rror" not in done.stderr, done


def test_a_file_that_kills_its_reader_is_told_and_ends_nothing_else(lake):
    lake.route("src-a", "bronze.t", STRUCTURE)
    lake.put_bytes("src-a", "bad.csv", poison())
    lake.put_bytes("src-a", "good.csv", good(7))
    for form in ("table", "arrow", "csv", "json"):
        done = raw(lake, "src-a", "s3://src-a/bad.csv", "--format", form)
        assert done.returncode == 1 and b"crashed on this file" in done.stderr, done
    done = raw(lake, "src-a", "s3://src-a/good.csv", "--format", "csv")
    assert done.stdout.startswith(b"id,s\n7,"), done


def without_configuration(lake, folder, *args: str) -> subprocess.CompletedProcess:
    mine = {key: value for key, value in lake.environment().items() if not key.startswith("EIDER_")}
    return subprocess.run([lake.program, *args], capture_output=True, text=True, timeout=120,
                          check=False, env=mine, cwd=folder)  # fmt: skip


def test_sql_needs_no_configuration(lake, tmp_path):
    (tmp_path / "a.csv").write_text("id,name\n1,a\n2,b\n")
    sql = "SELECT name, id * 2 AS twice FROM '{s3_input_path}'"
    done = without_configuration(lake, tmp_path, "query", sql, "a.csv", "--format", "json")
    assert (done.returncode, done.stderr) == (0, "")
    assert [json.loads(line) for line in done.stdout.splitlines()] == [
        {"name": "a", "twice": 2}, {"name": "b", "twice": 4},
    ]  # fmt: skip
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]
    route = without_configuration(lake, tmp_path, "query", "src-a", "a.csv")
    assert route.returncode != 0
    assert "routing.path is not set" in route.stderr


def test_a_bad_file_is_told_without_configuration(lake, tmp_path):
    (tmp_path / "a.csv").write_text("id,name\n1,a\n2\n")
    sql = "SELECT * FROM '{s3_input_path}'"
    done = without_configuration(lake, tmp_path, "query", sql, "a.csv")
    assert done.returncode == 1
    assert "line 3 has 1 field, the first one has 2" in done.stderr
