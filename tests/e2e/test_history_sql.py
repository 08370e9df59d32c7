"""Questions in SQL over the ledger: `eider history --sql`."""

import os

import pytest

CSV = "SELECT * FROM read_csv('{s3_input_path}')"


@pytest.fixture
def lake(lake):
    lake.route("src-a", "bronze.a", CSV, types={"id": "int"}).route("src-b", "bronze.b", CSV)
    for bucket, key, text in (("src-a", "1.csv", "id\n1\n2\n"), ("src-a", "2.csv", "id\n3\n"),
                              ("src-a", "wrong.csv", "id\nx\n"), ("src-b", "it's.csv", "id\n4\n")):
        lake.put_bytes(bucket, key, text.encode())
    lake.run("s3://src-a/", "s3://src-b/")
    return lake


def ask(lake, sql: str, *more: str):
    return lake.eider("history", "--sql", sql, *more)


def answer(lake, sql: str, *more: str) -> list[dict]:
    outcome = ask(lake, sql, "--json", *more)
    assert outcome.exit_code == 0, outcome.stderr
    return outcome.lines


def test_the_columns_are_those_of_json(lake):
    every = {line["file"]: line for line in lake.history()}
    rows = {row["file"]: row for row in answer(lake, "SELECT * FROM history")}
    assert rows.keys() == every.keys() and len(rows) == 4
    for file, row in rows.items():
        line = every[file]
        assert list(row) == list(line)
        times = ("first_seen", "claimed_at", "finished_at")
        assert {k: v for k, v in row.items() if k not in times} == {
            k: v for k, v in line.items() if k not in times}  # fmt: skip
        for time in times:
            assert row[time].replace(" ", "T")[:19] == line[time][:19]


def test_it_is_sql(lake):
    assert answer(lake, 'SELECT "table", count(*) AS files, sum(rows) AS rows FROM history'
                        " WHERE state = 'LOADED' GROUP BY 1 ORDER BY 1") == [
        {"table": "bronze.a", "files": 2, "rows": 3}, {"table": "bronze.b", "files": 1, "rows": 1}]
    assert answer(lake, "WITH bad AS (FROM history WHERE state = 'FAILED')"
                        " SELECT file, line FROM bad") == [
        {"file": "s3://src-a/wrong.csv", "line": 2}]
    assert answer(lake, "SELECT finished_at - claimed_at < INTERVAL 1 HOUR AS soon, 1 AS a, 2 AS a"
                        " FROM history LIMIT 1") == [{"soon": True, "a": 1, "a_1": 2}]
    text = ask(lake, "SELECT state, NULL AS x FROM history ORDER BY file DESC LIMIT 2").stdout
    assert [line.split() for line in text.splitlines()] == [
        ["state", "x"], ["LOADED", "NULL"], ["FAILED", "NULL"]]


def test_filters_narrow_what_is_asked(lake):
    count = "SELECT count(*) AS n FROM history"
    assert answer(lake, count, "--route", "src-a") == [{"n": 3}]
    assert answer(lake, count, "--state", "failed") == [{"n": 1}]
    assert answer(lake, count, "--uri-prefix", "s3://src-b/") == [{"n": 1}]
    assert answer(lake, count, "--until", "1h") == [{"n": 0}]
    assert ask(lake, count, "--limit", "1").exit_code == 2


@pytest.mark.parametrize("sql, told", [
    ("SELECT nothing FROM history", '"nothing" not found'),
    ("SELEC 1", "--sql does not parse"),
    ("SELECT 1 FROM histroy", "there is no table histroy; the one that there is is history"),
    ("SELECT 1; SELECT 2", "found 2 statements"),
    ("DELETE FROM history", "found DELETE"),
    ("COPY history TO '/tmp/eider-stolen.csv'", "found COPY"),
    ("ATTACH '/etc/passwd' AS x", "found ATTACH"),
    ("SET memory_limit = '1TB'", "found SET"),
    ("SELECT error::INTEGER FROM history WHERE state = 'FAILED'", "Could not convert"),
    ("WITH history AS (SELECT 1) SELECT * FROM history", "has that name, too"),
])  # fmt: skip
def test_bad_sql_is_a_usage_error_with_duckdbs_words(lake, sql, told):
    for flags in ((), ("--json",)):
        outcome = ask(lake, sql, *flags)
        assert outcome.exit_code == 2
        assert told in outcome.stderr, outcome.stderr


@pytest.mark.parametrize("sql", [
    "SELECT * FROM '/etc/passwd'",
    "SELECT * FROM read_text('{secret}')",
    "SELECT * FROM read_csv('{secret}', header = false)",
    "SELECT * FROM read_csv('file://{secret}')",
    "SELECT * FROM read_blob('{secret}')",
    "SELECT * FROM glob('/*')",
    "SELECT * FROM 's3://src-a/1.csv'",
    "SELECT * FROM read_csv('http://127.0.0.1:1/x.csv')",
    "SELECT (SELECT max(content) FROM read_text('{secret}')) FROM history",
    "WITH x AS (SELECT * FROM read_csv('{secret}')) SELECT * FROM x, history",
    "SELECT * FROM duckdb_settings()", "SELECT * FROM pg_settings", "SELECT getenv('HOME')",
    "SELECT * FROM query('SELECT 1')", "FROM history SELECT current_setting('temp_directory')",
    "SELECT * FROM main.history", "SUMMARIZE history", "INSTALL httpfs", "EXPORT DATABASE 'x'",
])  # fmt: skip
def test_hostile_sql_reaches_nothing(lake, tmp_path, sql):
    secret = tmp_path / "secret.csv"
    secret.write_text("top-secret,x\n")
    outcome = ask(lake, sql.replace("{secret}", str(secret)), "--json")
    assert outcome.exit_code == 2
    assert "top-secret" not in outcome.stdout + outcome.stderr
    assert not outcome.stdout
    assert secret.read_text() == "top-secret,x\n"


def test_an_endless_query_ends_with_its_time_and_leaves_nothing(lake):
    lake.set(EIDER_ENGINE_TIMEOUT_MS="1500")
    outcome = ask(lake, "SELECT count(*) FROM range(10000000000) a, range(1000000) b, history")
    assert outcome.exit_code == 2
    assert "--sql: the query took longer than it may: 1500 ms" in outcome.stderr
    assert os.listdir(lake.folder / "spill") == []


def test_the_marker_of_routes_is_a_text_like_another(lake):
    assert answer(lake, "SELECT '{s3_input_path}' AS x FROM history LIMIT 1") == [
        {"x": "{s3_input_path}"}]


def test_an_empty_ledger_has_no_rows(make_lake):
    assert answer(make_lake(), "SELECT count(*) AS n FROM history") == [{"n": 0}]


def test_a_ledger_of_many_pages_is_read_whole(lake):
    """Rows of the ledger's own table, by another writer: more than a page of them."""
    import sqlite3
    with sqlite3.connect(lake.ledger_path) as database:
        names = [row[1] for row in database.execute("PRAGMA table_info(file_loads)")]
        columns = ", ".join("uri || '-' || n.value" if name == "uri" else name for name in names)
        database.execute(
            f"INSERT INTO file_loads ({', '.join(names)}) WITH RECURSIVE n(value) AS (SELECT 1"
            " UNION ALL SELECT value + 1 FROM n WHERE value < 12000)"
            f" SELECT {columns} FROM file_loads, n WHERE uri LIKE '%/1.csv'")
    assert answer(lake, "SELECT count(*) AS n, sum(rows) AS rows FROM history"
                        " WHERE file LIKE '%1.csv%'") == [{"n": 12001, "rows": 24002}]
