"""Types that a route says of its columns: every value is one of them, or the file is FAILED with
its line, column, value and the type."""

import datetime
import decimal
import json

import duckdb
import pytest

CSV = "SELECT * FROM read_csv('{s3_input_path}', header = true)"
JSON = "SELECT * FROM read_json('{s3_input_path}')"
TYPES = {"amount": "DECIMAL(12,2)", "day": "DATE '%d/%m/%Y'", "at": "TIMESTAMP '%d.%m.%Y %H:%M'"}
DAY = datetime.date(2024, 2, 1)


def rows(lake, table: str = "t.t", order: str = "id") -> list[dict]:
    return sorted(lake.table(table).scan().to_arrow().to_pylist(), key=lambda row: row[order])


def types_of(lake, table: str = "t.t") -> dict[str, str]:
    return {field.name: str(field.field_type) for field in lake.table(table).schema().fields}


def error_of(lake, key: str, *args: str) -> str:
    outcome = lake.run(f"s3://src-a/{key}", *args)
    line = outcome.file(key)
    assert line["state"] == "FAILED", line
    return line["error"]["message"] if isinstance(line["error"], dict) else line["error"]


def test_types_make_the_table_and_its_values(lake):
    lake.route("src-a", "t.t", CSV, types=TYPES)
    lake.put_bytes("src-a", "a.csv", b"id,amount,day,at\n1,3,01/02/2024,01.02.2024 09:30\n")
    lake.load("s3://src-a/a.csv")
    assert types_of(lake) == {"id": "long", "amount": "decimal(12, 2)", "day": "date",
                              "at": "timestamp"}  # fmt: skip
    assert rows(lake) == [{"id": 1, "amount": decimal.Decimal("3.00"), "day": DAY,
                           "at": datetime.datetime(2024, 2, 1, 9, 30)}]  # fmt: skip


@pytest.mark.parametrize("kind", ["csv", "json"])
def test_a_day_that_the_format_does_not_read_fails_with_its_line(lake, kind):
    sql = CSV if kind == "csv" else JSON
    lake.route("src-a", "t.t", sql, types={"day": TYPES["day"]})
    texts = ["01/02/2024", "13/01/2024", "01/13/2024"]
    if kind == "csv":
        content = "id,day\n" + "".join(f"{i},{text}\n" for i, text in enumerate(texts))
        line = 4
    else:
        content = "".join(json.dumps({"id": i, "day": text}) + "\n"
                          for i, text in enumerate(texts))  # fmt: skip
        line = 3
    lake.put_bytes("src-a", f"a.{kind}", content.encode())
    told = error_of(lake, f"a.{kind}")
    for what in (f"line {line}", "column day", "DATE '%d/%m/%Y'", "01/13/2024"):
        assert what in told, told
    # No table is made of a failure.
    assert lake.eider("table", "list", "--json").lines == []
    good = content.replace("01/13/2024", "31/12/2024")
    lake.put_bytes("src-a", f"b.{kind}", good.encode())
    lake.load(f"s3://src-a/b.{kind}")
    assert types_of(lake)["day"] == "date"
    told = error_of(lake, f"a.{kind}")  # the same into the table that is there
    for what in (f"line {line}", "column day", "table t.t", "DATE '%d/%m/%Y'", "01/13/2024"):
        assert what in told, told


@pytest.mark.parametrize("content", [
    b'id,amount\n1,\n2,\n',
    b'{"id": 1, "amount": null}\n{"id": 2}\n',
    b'{"id": 1}\n{"id": 2}\n',
])  # fmt: skip
def test_a_column_without_a_value_in_the_first_file_has_the_type_that_the_route_says(lake, content):
    kind = "json" if content.startswith(b"{") else "csv"
    lake.route("src-a", "t.t", JSON if kind == "json" else CSV, types={"amount": "DECIMAL(12,2)"})
    lake.put_bytes("src-a", f"a.{kind}", content)
    lake.load(f"s3://src-a/a.{kind}")
    assert types_of(lake) == {"id": "long", "amount": "decimal(12, 2)"}
    more = b'{"id": 3, "amount": 1.5}\n' if kind == "json" else b"id,amount\n3,1.5\n"
    lake.put_bytes("src-a", f"b.{kind}", more)
    lake.load(f"s3://src-a/b.{kind}")
    assert [row["amount"] for row in rows(lake)] == [None, None, decimal.Decimal("1.50")]


@pytest.mark.parametrize(("hint", "table_type", "text", "value"), [
    ("DECIMAL(12,2)", "DOUBLE", "1.50", 1.5),
    ("DECIMAL(12,2)", "BIGINT", "3.00", 3),
    ("DECIMAL(12,2)", "BIGINT", "3.50", None),
    ("DATE '%d/%m/%Y'", "VARCHAR", "01/02/2024", "2024-02-01"),
    ("DATE '%d/%m/%Y'", "TIMESTAMP", "01/02/2024", datetime.datetime(2024, 2, 1)),
    ("TIMESTAMP '%d.%m.%Y %H:%M'", "DATE", "01.02.2024 10:30", None),
    ("VARCHAR", "BIGINT", "007", 7),
    ("INTEGER", "VARCHAR", "007", "7"),
    ("BIGINT", "INTEGER", "2147483648", None),
    ("BOOLEAN", "VARCHAR", "yes", "true"),
    ("DOUBLE", "DECIMAL(12,2)", "1.505", None),
])  # fmt: skip
def test_a_type_other_than_the_tables_loses_nothing_or_fails(lake, hint, table_type, text, value):
    lake.route("src-a", "t.t", f"SELECT 0 AS id, CAST(NULL AS {table_type}) AS x "
               "FROM read_parquet('{s3_input_path}')")  # fmt: skip
    lake.put("src-a", "0.parquet", "SELECT 0 AS id")
    lake.load("s3://src-a/0.parquet")
    lake.route("src-a", "t.t", CSV, types={"x": hint})
    lake.put_bytes("src-a", "a.csv", f"id,x\n1,{text}\n".encode())
    if value is None:
        told = error_of(lake, "a.csv")
        assert "line 2" in told and "column x" in told and text in told and hint in told, told
    else:
        lake.load("s3://src-a/a.csv")
        assert rows(lake)[1] == {"id": 1, "x": value}


def test_one_spelling_is_one_value_in_every_file(lake):
    lake.route("src-a", "t.t", CSV, types={"zip": "VARCHAR", "n": "DOUBLE"})
    for i, (text, n) in enumerate([("1234", "3"), ("01234", "3.5"), ("x", "1e3")]):
        lake.put_bytes("src-a", f"{i}.csv", f"id,zip,n\n{i},{text},{n}\n".encode())
        lake.load(f"s3://src-a/{i}.csv")
    assert [row["zip"] for row in rows(lake)] == ["1234", "01234", "x"]
    assert [row["n"] for row in rows(lake)] == [3.0, 3.5, 1000.0]


def test_types_hold_for_renamed_and_computed_columns_of_the_result(lake):
    sql = ("SELECT a AS id, b AS day, replace(c, ',', '.') AS amount "
           "FROM read_csv('{s3_input_path}', header = true, delim = ';')")  # fmt: skip
    lake.route("src-a", "t.t", sql, types={"day": TYPES["day"], "amount": "DECIMAL(12,2)"})
    lake.put_bytes("src-a", "a.csv", b"a;b;c\n1;01/02/2024;1,5\n")
    lake.load("s3://src-a/a.csv")
    assert rows(lake) == [{"id": 1, "day": DAY, "amount": decimal.Decimal("1.50")}]
    lake.put_bytes("src-a", "b.csv", b"a;b;c\n2;01/02/2024;1,505\n")
    told = error_of(lake, "b.csv")
    assert "column amount" in told and "1.505" in told and "DECIMAL(12,2)" in told, told


def test_types_are_checked_against_the_columns_of_parquet(lake):
    lake.route("src-a", "t.t", types={"n": "INTEGER", "x": "DECIMAL(12,2)", "day": TYPES["day"]})
    lake.put("src-a", "a.parquet", "SELECT 1 AS id, 5::BIGINT AS n, 1.25::DOUBLE AS x, "
             "'01/02/2024' AS day")  # fmt: skip
    lake.load("s3://src-a/a.parquet")
    assert types_of(lake) == {"id": "int", "n": "int", "x": "decimal(12, 2)", "day": "date"}
    assert rows(lake) == [{"id": 1, "n": 5, "x": decimal.Decimal("1.25"), "day": DAY}]
    for column, value, told_value in (("n", "3000000000", "3000000000"), ("x", "1.005", "1.005"),
                                      ("day", "'2024-02-01'", "2024-02-01")):  # fmt: skip
        good = {"n": "5::BIGINT", "x": "1.25::DOUBLE", "day": "'01/02/2024'"} | {column: value}
        if column != "day":
            good[column] += "::BIGINT" if column == "n" else "::DOUBLE"
        columns = ", ".join(f"{text} AS {name}" for name, text in good.items())
        lake.put("src-a", f"{column}.parquet", f"SELECT 2 AS id, {columns}")
        told = error_of(lake, f"{column}.parquet")
        assert f"column {column}" in told and told_value in told, told
    lake.put("src-a", "date.parquet", "SELECT 3 AS id, DATE '2024-02-01' AS day")
    told = error_of(lake, "date.parquet")
    assert "only texts have a format" in told and "DATE" in told, told


@pytest.mark.parametrize("table_is_there", [False, True])
def test_a_column_that_is_nowhere_is_a_slip_of_the_pen(lake, table_is_there):
    lake.put_bytes("src-a", "a.csv", b"id,amount\n1,2\n")
    lake.put_bytes("src-a", "b.csv", b"id,amount\n1,2\n")
    if table_is_there:
        lake.route("src-a", "t.t", CSV)
        lake.load("s3://src-a/a.csv")
    lake.route("src-a", "t.t", CSV, types={"amuont": "DECIMAL(12,2)"})
    told = error_of(lake, "b.csv")
    assert "amuont" in told and "did you mean 'amount'" in told, told


def test_types_hold_for_the_parts_of_a_file(lake):
    lake.set(EIDER_ROUTING_STRATEGIES="column:kind")
    for kind in ("a", "b"):
        lake.route(kind, f"t.{kind}", CSV, types={"amount": "DECIMAL(12,2)", "day": TYPES["day"]})
    lake.put_bytes("src-a", "x.csv", b"id,kind,amount,day\n1,a,1,01/02/2024\n2,b,2.5,01/02/2024\n")
    lake.load("s3://src-a/x.csv")
    for kind, id_, amount in (("a", 1, "1.00"), ("b", 2, "2.50")):
        assert rows(lake, f"t.{kind}") == [
            {"id": id_, "kind": kind, "amount": decimal.Decimal(amount), "day": DAY}
        ]
    lake.put_bytes("src-a", "y.csv", b"id,kind,amount,day\n1,a,1,01/02/2024\n2,b,2,02/13/2024\n")
    told = error_of(lake, "y.csv")
    assert "line 3" in told and "column day" in told and "02/13/2024" in told, told


def test_a_format_is_for_texts_not_for_what_a_loose_reader_made_of_them(lake):
    sql = CSV[:-1] + ", ignore_errors = true)"
    lake.route("src-a", "t.t", sql, types={"day": TYPES["day"]})
    lake.put_bytes("src-a", "a.csv", b"id,day\n1,01/02/2024\n")
    told = error_of(lake, "a.csv")
    assert "only texts have a format" in told and "column day" in told, told
    lake.route("src-a", "t.t", sql[:-1] + ", types = {'day': 'VARCHAR'})",
               types={"day": TYPES["day"]})  # fmt: skip
    lake.load("s3://src-a/a.csv")
    assert rows(lake) == [{"id": 1, "day": DAY}]


def test_explain_shows_the_types_that_the_route_says(lake):
    lake.route("src-a", "t.t", CSV, types=TYPES)
    lake.put_bytes("src-a", "a.csv", b"id,amount,day,at\n1,3,01/02/2024,01.02.2024 09:30\n")
    columns = lake.eider("explain", "--json", "s3://src-a/a.csv").lines[0]["parts"][0]["query"][
        "columns"
    ]
    how = {column["column"]: (column["type"], column["how"]) for column in columns}
    assert how["day"] == ("date", "DATE '%d/%m/%Y' by the route's types, value by value")
    assert how["id"][0] == "long"


@pytest.mark.parametrize(("types", "line", "what"), [
    ("      day: DATE '%d/%m'\n", 6, "types.day: the format '%d/%m' says no whole date"),
    ("      a: int\n      day: MONEY\n", 7, "types.day: 'MONEY' is no type"),
    ("      day: DATE\n      day: TIMESTAMP\n", 7, "types.day is named twice"),
    ("      day: DATE\n      Day: TIMESTAMP\n", 6, "names the column of"),
])  # fmt: skip
def test_check_tells_wrong_types_with_their_line(lake, types, line, what):
    lake.routes_path.write_text(
        "routes:\n  - PartitionKey: src-a\n    target_table: t.t\n"
        "    query_sql: SELECT * FROM read_csv('{s3_input_path}')\n    types:\n" + types
    )
    checked = lake.eider("routes", "check")
    assert checked.exit_code == 1
    assert f"routes.yaml:{line}" in checked.stdout and what in checked.stdout, checked.stdout


def test_types_go_through_import_and_export(lake):
    lake.route("src-a", "t.t", CSV, types=TYPES | {"odd: name": "int"})
    lake.set(EIDER_ROUTING_STORE="sqlite", EIDER_ROUTING_PATH=str(lake.folder / "routes.db"))
    assert lake.eider("routes", "import", str(lake.routes_path)).exit_code == 0
    exported = lake.eider("routes", "export").stdout
    (lake.folder / "again.yaml").write_text(exported)
    assert lake.eider("routes", "diff", "again.yaml").exit_code == 0
    got = lake.eider("routes", "get", "src-a", "--json").lines[0]
    assert got["types"] == TYPES | {"odd: name": "int"}
    lake.route("src-a", "t.t", CSV, types=TYPES)
    diff = lake.eider("routes", "diff", str(lake.routes_path))
    assert diff.exit_code == 1 and "types" in diff.stdout, diff


def test_a_format_reads_the_times_that_duckdb_wrote_by_it_as_python_reads_them(lake):
    lake.route("src-a", "t.t", CSV, types={"day": "TIMESTAMP '%d.%m.%Y %H:%M:%S'"})
    with duckdb.connect() as connection:
        texts = connection.execute(
            "SELECT strftime(TIMESTAMP '1950-01-31 00:00:00' + INTERVAL (i * 7919) HOUR "
            "+ INTERVAL (i * 61) SECOND, '%d.%m.%Y %H:%M:%S') FROM range(300) t(i)"
        ).fetchall()
    content = "id,day\n" + "".join(f"{i},{text}\n" for i, (text,) in enumerate(texts))
    lake.put_bytes("src-a", "a.csv", content.encode())
    lake.load("s3://src-a/a.csv")
    expected = [datetime.datetime.strptime(text, "%d.%m.%Y %H:%M:%S") for (text,) in texts]
    assert [row["day"] for row in rows(lake)] == expected
