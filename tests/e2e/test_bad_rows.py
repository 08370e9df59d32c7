"""Rows that do not read or do not fit, put aside on request: `on_bad_rows: reject`."""

import gzip
import json

import pytest

ALL = "SELECT * FROM '{s3_input_path}'"
TYPES = {"id": "BIGINT", "amount": "DECIMAL(12,2)", "day": "DATE"}
CSV = (b"id,amount,day\n1,1.50,2024-01-01\n2,n/a,2024-01-02\n3,2.25,2024-01-03\n"
       b"4,3.00,2024-01-04,extra\n5,4.00,yesterday\n6,5.00,2024-01-06\n")  # fmt: skip
JSON = (b'{"id":1,"amount":1.50,"day":"2024-01-01"}\n{"id":2,"amount":"n/a","day":"2024-01-02"}\n'
        b'{"id":3,"amount":2.25,"day":"2024-01-03"}\n{"id":4,"amount":3.00,"day":"2024-01-04",}\n'
        b'{"id":5,"amount":4.00,"day":"yesterday"}\n'
        b'{"id":6,"amount":5.00,"day":"2024-01-06"}\n')  # fmt: skip
FILES = {"x.csv": CSV, "x.csv.gz": gzip.compress(CSV), "x.jsonl": JSON}


def reject(lake, table: str = "t.t", sql: str = ALL, **more: object):
    return lake.route("src-a", table, sql, types=TYPES, on_bad_rows="reject", **more)


def rows(lake, name: str) -> list[dict]:
    return sorted(lake.table(name).scan().to_arrow().to_pylist(), key=str)


def ids(lake) -> list[int]:
    return sorted(row["id"] for row in rows(lake, "t.t"))


def rejects(lake, name: str = "t.t__rejects") -> list[tuple]:
    found = lake.table(name).scan().to_arrow().to_pylist()
    return sorted((row["line"], row["column"], row["value"]) for row in found)


@pytest.mark.parametrize("key", FILES)
def test_bad_rows_go_to_the_table_of_rejects_and_the_others_load(lake, key):
    reject(lake)
    (line,) = lake.load(lake.put_bytes("src-a", key, FILES[key])).files
    assert (line["state"], line["table"], line["rows"]) == ("LOADED", "t.t", 3)
    assert (line["rows_read"], line["rows_filtered"], line["rows_rejected"]) == (6, 0, 3)
    assert ids(lake) == [1, 3, 6]
    first = 1 if key == "x.jsonl" else 2
    assert rejects(lake) == [(first + 1, "amount", "n/a"), (first + 3, None, None),
                             (first + 4, "day", "yesterday")]  # fmt: skip


def test_a_reject_tells_where_it_is_from_and_why(lake):
    reject(lake)
    uri = lake.put_bytes("src-a", "x.csv", CSV)
    lake.load(uri)
    bad = sorted(lake.table("t.t__rejects").scan().to_arrow().to_pylist(), key=lambda r: r["line"])
    assert [row["record"] for row in bad] == ["2,n/a,2024-01-02", "4,3.00,2024-01-04,extra",
                                              "5,4.00,yesterday"]  # fmt: skip
    assert [row["reason"] for row in bad] == [
        "is not DECIMAL(12,2)", "has 4 fields, the first one has 3 (delimiter ',')",
        "is not DATE"]  # fmt: skip
    assert {row["file"] for row in bad} == {uri}
    assert all(row["version"] and row["rejected_at"] for row in bad)


def test_without_the_request_a_bad_row_fails_its_file(lake):
    lake.route("src-a", "t.t", ALL, types=TYPES)
    (line,) = lake.run(lake.put_bytes("src-a", "x.csv", CSV)).files
    assert line["state"] == "FAILED"


def test_a_good_file_makes_no_table_of_rejects(lake):
    reject(lake)
    lake.load(lake.put_bytes("src-a", "x.csv", b"id,amount,day\n1,1.50,2024-01-01\n"))
    assert lake.eider("table", "list").stdout.split() == ["t.t"]


def test_the_types_of_the_table_tell_bad_rows_too(lake):
    reject(lake)
    lake.load(lake.put_bytes("src-a", "a.csv", b"id,amount,day\n1,1.50,2024-01-01\n"))
    lake.route("src-a", "t.t", ALL, on_bad_rows="reject")
    (line,) = lake.load(lake.put_bytes("src-a", "x.csv", CSV)).files
    assert line["rows_rejected"] == 3
    assert ids(lake) == [1, 1, 3, 6]
    reasons = {row["reason"] for row in rows(lake, "t.t__rejects")}
    assert {"does not fit decimal(12,2)", "does not fit date"} < reasons


def test_a_column_that_the_sql_calculates_with_loses_its_bad_rows_first(lake):
    reject(lake)
    lake.load(lake.put_bytes("src-a", "a.csv", b"id,amount,day\n1,1.50,2024-01-01\n"))
    reject(lake, sql="SELECT * FROM '{s3_input_path}' WHERE amount > 2")
    (line,) = lake.load(lake.put_bytes("src-a", "x.csv", CSV)).files
    assert (line["rows"], line["rows_filtered"], line["rows_rejected"]) == (2, 1, 3)
    assert ids(lake) == [1, 3, 6]


@pytest.mark.parametrize(("limit", "state"), [("3", "LOADED"), ("2", "FAILED"), (3, "LOADED"),
                                              ("50%", "LOADED"), ("49.9%", "FAILED"),
                                              ("0", "FAILED")])  # fmt: skip
def test_more_bad_rows_than_reject_max_fail_the_file(lake, limit, state):
    reject(lake, reject_max=limit)
    (line,) = lake.run(lake.put_bytes("src-a", "x.csv", CSV)).files
    assert line["state"] == state, line
    if state == "FAILED":
        told = f"of 6 rows are bad, which is more than the route's reject_max of {limit}; the first"
        assert told in line["error"] and line["line"] and line["code"] == "invalid", line
        assert lake.eider("table", "list").stdout == ""


def test_a_file_without_one_good_row_makes_no_table_and_fails(lake):
    reject(lake)
    (line,) = lake.run(lake.put_bytes("src-a", "x.csv", b"id,amount,day\nx,y,z\n")).files
    assert line["state"] == "FAILED"
    assert "no row is left that a table could be made of" in line["error"]
    assert (line["line"], line["column"], line["value"]) == (2, "id", "x")


def test_a_file_without_one_good_row_is_all_rejects_where_the_table_is_there(lake):
    reject(lake)
    lake.load(lake.put_bytes("src-a", "a.csv", b"id,amount,day\n1,1.50,2024-01-01\n"))
    (line,) = lake.load(lake.put_bytes("src-a", "x.csv", b"id,amount,day\nx,y,z\n")).files
    assert (line["rows"], line["rows_rejected"]) == (0, 1)
    assert rejects(lake) == [(2, "id", "x")]


def test_a_second_run_doubles_neither_rows_nor_rejects(lake):
    reject(lake)
    uri = lake.put_bytes("src-a", "x.csv", CSV)
    lake.load(uri)
    lake.ledger_path.unlink()
    (line,) = lake.run(uri).files
    assert line["state"] == "SKIPPED"
    assert (len(ids(lake)), len(rejects(lake))) == (3, 3)


def test_a_required_column_without_a_value_is_a_bad_row(lake):
    reject(lake)
    lake.load(lake.put_bytes("src-a", "a.csv", b"id,amount,day\n1,1.50,2024-01-01\n"))
    with lake.table("t.t").update_schema(allow_incompatible_changes=True) as update:
        update.update_column("id", required=True)
    (line,) = lake.load(lake.put_bytes("src-a", "x.csv",
                                       b"id,amount,day\n,1.00,2024-01-02\n3,2.00,\n")).files
    assert line["rows_rejected"] == 1
    (bad,) = rows(lake, "t.t__rejects")
    assert (bad["line"], bad["column"], bad["value"]) == (2, "id", None)
    assert bad["reason"] == "has no value, which the table requires"


def test_what_is_no_text_is_escaped_in_a_reject(lake):
    reject(lake)
    lake.load(lake.put_bytes("src-a", "x.csv",
                             b"id,amount,day\n1,1.50,2024-01-01\n2,M\xfc,2024-01-01\n"))
    (bad,) = rows(lake, "t.t__rejects")
    assert (bad["record"], bad["reason"]) == ("2,M\\xfc,2024-01-01", "is not UTF-8")


def test_an_array_of_json_loses_its_bad_values(lake):
    reject(lake)
    text = json.dumps([{"id": 1}, {"id": "two"}, {"id": 3}], indent=1).encode()
    (line,) = lake.load(lake.put_bytes("src-a", "x.json", text)).files
    assert line["rows_rejected"] == 1
    assert ids(lake) == [1, 3]
    assert rejects(lake) == [(5, "id", "two")]


def test_history_tells_the_rejects_as_a_part(lake):
    reject(lake)
    lake.load(lake.put_bytes("src-a", "x.csv", CSV))
    (record,) = lake.history()
    assert (record["rows"], record["rows_rejected"], record["table"]) == (3, 3, "t.t")
    assert [(part["table"], part["rows"]) for part in record["parts"]] == [
        ("t.t", 3), ("t.t__rejects", 3)]  # fmt: skip


def test_a_dry_run_makes_neither_table(lake):
    reject(lake)
    (line,) = lake.run(lake.put_bytes("src-a", "x.csv", CSV), "--dry-run").files
    assert (line["rows"], line["rows_rejected"]) == (3, 3)
    assert lake.eider("table", "list").stdout == ""


def test_rejects_list_names_the_tables_and_show_their_rows(lake):
    reject(lake)
    lake.load(lake.put_bytes("src-a", "x.csv", CSV), lake.put_bytes("src-a", "y.jsonl", JSON))
    assert lake.eider("rejects", "list").stdout.split() == ["rows", "table", "6", "t.t__rejects"]
    (listed,) = lake.eider("rejects", "list", "--json").lines
    assert listed == {"table": "t.t__rejects", "rows": 6, "error": None}
    assert len(lake.eider("rejects", "show", "t.t", "--json").lines) == 6
    assert len(lake.eider("rejects", "show", "t.t__rejects", "--rows", "2", "--json").lines) == 2
    shown = lake.eider("rejects", "show", "t.t", "--file", "s3://src-a/x.csv", "--json").lines
    assert [(line["line"], line["value"]) for line in shown] == [
        ("3", "n/a"), ("5", "NULL"), ("6", "yesterday")]  # fmt: skip


def test_rejects_of_a_table_that_has_none_are_told(lake):
    assert "no tables of rejects" in lake.eider("rejects", "list").stderr
    outcome = lake.eider("rejects", "show", "t.t")
    assert outcome.exit_code == 1 and "t.t__rejects" in outcome.stderr


def test_a_table_of_rejects_with_fewer_columns_gets_those_it_has(lake):
    import pyarrow

    columns = ["file", "reason", "value", "record"]
    lake.pyiceberg().create_namespace_if_not_exists("t")
    lake.pyiceberg().create_table("t.t__rejects", pyarrow.schema(
        [pyarrow.field(name, pyarrow.string()) for name in columns]
        + [pyarrow.field("rejected_at", pyarrow.timestamp("us", "UTC"))]))  # fmt: skip
    reject(lake)
    lake.load(lake.put_bytes("src-a", "x.csv", CSV))
    found = rows(lake, "t.t__rejects")
    assert sorted(row["value"] or "" for row in found) == ["", "n/a", "yesterday"]


def test_values_without_a_route_go_to_a_table_of_the_same_shape(lake):
    lake.set(EIDER_ROUTING_STRATEGIES="column:kind", EIDER_ROUTING_UNROUTED_VALUES="reject",
             EIDER_ROUTING_REJECTS_TABLE="q.rejects")  # fmt: skip
    lake.route("a", "t.a", ALL)
    lake.load(lake.put_bytes("src-a", "x.csv", b"id,kind\n1,a\n2,b\n"))
    (row,) = rows(lake, "q.rejects")
    assert list(row) == ["file", "version", "line", "column", "value", "reason", "record",
                         "rejected_at"]  # fmt: skip
    assert (row["column"], row["value"], row["line"]) == ("kind", "b", None)
    assert row["version"]


@pytest.mark.parametrize(("attributes", "told"), [
    ({"on_bad_rows": "skip"}, "on_bad_rows is fail or reject, not 'skip'"),
    ({"reject_max": "1%"}, "reject_max says how many bad rows may be put aside: it needs"),
    ({"on_bad_rows": "reject", "reject_max": "many"}, "reject_max is a number of rows"),
    ({"on_bad_rows": "reject", "reject_max": 1.5}, "such as 1% or 0.5%, not '1.5'"),
])
def test_a_route_that_says_it_wrong_is_told(lake, attributes, told):
    lake.route("src-a", "t.t", ALL, **attributes)
    checked = lake.eider("routes", "check")
    assert checked.exit_code == 1 and told in checked.stdout + checked.stderr


def test_explain_deep_tells_how_many_rows_are_put_aside(lake):
    reject(lake)
    uri = lake.put_bytes("src-a", "x.csv", CSV)
    (explained,) = lake.eider("explain", "--deep", "--json", uri).lines
    (part,) = explained["parts"]
    assert (part["run"]["rows"], part["run"]["rows_rejected"]) == (3, 3)
    told = lake.eider("explain", "--deep", uri).stdout
    assert "3" in told and "rejected" in told, told
    assert lake.eider("table", "list").stdout == ""


def test_a_file_in_another_encoding_is_made_utf8_once_though_it_is_read_again(lake):
    """Seen in a reading of the code: what was put aside had the others transcoded twice."""
    lake.route("src-a", "t.t", ALL, types={"amount": "DECIMAL(12,2)"}, on_bad_rows="reject",
               encoding="windows-1252")  # fmt: skip
    text = "id,amount,who\n1,1.50,Müller\n2,n/a,Jürgen\n3,2.00\n"
    (line,) = lake.load(lake.put_bytes("src-a", "x.csv", text.encode("cp1252"))).files
    assert (line["rows"], line["rows_rejected"]) == (1, 2)
    assert [row["who"] for row in rows(lake, "t.t")] == ["Müller"]
    assert sorted(row["record"] for row in rows(lake, "t.t__rejects")) == ["2,n/a,Jürgen", "3,2.00"]


PARQUET = ("SELECT * FROM (VALUES (1, '1.50', '2024-01-01'), (2, 'n/a', '2024-01-02'), "
           "(3, '2.25', '2024-01-03'), (4, '4.00', 'yesterday'), (5, NULL, NULL)) "
           "AS v(id, amount, day)")  # fmt: skip


def test_bad_rows_of_parquet_go_to_the_table_of_rejects_too(lake):
    reject(lake)
    uri = lake.put("src-a", "x.parquet", PARQUET)
    (line,) = lake.load(uri).files
    assert (line["state"], line["table"], line["rows"]) == ("LOADED", "t.t", 3)
    assert (line["rows_read"], line["rows_filtered"], line["rows_rejected"]) == (5, 0, 2)
    assert ids(lake) == [1, 3, 5]
    bad = sorted(lake.table("t.t__rejects").scan().to_arrow().to_pylist(), key=lambda r: r["line"])
    assert [(row["line"], row["column"], row["value"]) for row in bad] == [
        (2, "amount", "n/a"), (4, "day", "yesterday")]  # fmt: skip
    assert [json.loads(row["record"]) for row in bad] == [
        {"id": 2, "amount": "n/a", "day": "2024-01-02"},
        {"id": 4, "amount": "4.00", "day": "yesterday"}]  # fmt: skip
    assert {row["file"] for row in bad} == {uri}
    assert all(row["version"] and row["rejected_at"] and row["reason"] for row in bad)


def test_numbers_of_parquet_that_do_not_fit_the_table_are_bad_rows(lake):
    lake.route("src-a", "t.t", ALL)
    lake.load(lake.put("src-a", "a.parquet", "SELECT 1::INTEGER AS id, 1::BIGINT AS n"))
    wider = "SELECT * FROM (VALUES (2::BIGINT, 2.0), (5000000000, 3.0), (4, 4.5)) AS v(id, n)"
    (line,) = lake.run(lake.put("src-a", "b.parquet", wider)).files
    assert line["state"] == "FAILED"
    lake.route("src-a", "t.t", ALL, on_bad_rows="reject")
    (line,) = lake.load("s3://src-a/b.parquet").files
    assert (line["rows"], line["rows_rejected"]) == (1, 2)
    assert rows(lake, "t.t") == [{"id": 1, "n": 1}, {"id": 2, "n": 2}]
    assert rejects(lake) == [(2, "id", "5000000000"), (3, "n", "4.5")]


def test_a_parquet_file_is_sifted_once_and_a_second_run_doubles_nothing(lake):
    reject(lake)
    uri = lake.put("src-a", "x.parquet", PARQUET)
    lake.load(uri)
    (line,) = lake.run(uri).files
    assert line["state"] == "SKIPPED"
    assert (ids(lake), len(rejects(lake))) == ([1, 3, 5], 2)


@pytest.mark.parametrize("limit, state", [(1, "FAILED"), (2, "LOADED"), ("39%", "FAILED"),
                                          ("40%", "LOADED")])  # fmt: skip
def test_more_bad_rows_of_parquet_than_reject_max_fail_the_file(lake, limit, state):
    reject(lake, reject_max=limit)
    (line,) = lake.run(lake.put("src-a", "x.parquet", PARQUET)).files
    assert line["state"] == state
    if state == "FAILED":
        assert "2 of 5 rows are bad" in line["error"] and "line 2" in line["error"]


def test_a_required_column_of_parquet_without_a_value_is_a_bad_row(lake):
    lake.route("src-a", "t.t", ALL, on_bad_rows="reject")
    lake.load(lake.put("src-a", "a.parquet", "SELECT -1::BIGINT AS id, 0::BIGINT AS x"))
    with lake.table("t.t").update_schema(allow_incompatible_changes=True) as update:
        update.update_column("id", required=True)
    many = "SELECT CASE WHEN i % 50000 <> 7 THEN i END AS id, i AS x FROM range(200000) r(i)"
    (line,) = lake.load(lake.put("src-a", "x.parquet", many)).files
    assert (line["rows"], line["rows_rejected"]) == (199996, 4)
    assert rejects(lake) == [(50000 * k + 8, "id", None) for k in range(4)]


def test_a_good_parquet_file_makes_no_table_of_rejects(lake):
    reject(lake)
    good = "SELECT 1 AS id, '1.50' AS amount, '2024-01-01' AS day"
    lake.load(lake.put("src-a", "x.parquet", good))
    assert not lake.pyiceberg().table_exists("t.t__rejects")


def test_a_parquet_file_of_which_a_page_is_broken_fails_though_bad_rows_are_put_aside(lake):
    reject(lake)
    uri = lake.put("src-a", "x.parquet", "SELECT i AS id, '1.50' AS amount, '2024-01-01' AS day "
                   "FROM range(5000) r(i)", "FORMAT parquet, COMPRESSION zstd")  # fmt: skip
    path = lake.path("src-a", "x.parquet")
    whole = bytearray(path.read_bytes())
    whole[60:120] = bytes(60)
    path.write_bytes(whole)
    (line,) = lake.run(uri).files
    assert line["state"] == "FAILED" and not lake.pyiceberg().table_exists("t.t__rejects")


def test_the_summary_of_a_run_tells_how_many_rows_were_put_aside(lake):
    reject(lake)
    uri = lake.put_bytes("src-a", "x.csv", CSV)
    text = lake.eider("run", uri).stdout
    assert "3 rows, 3 rejected in" in text
    lake.put_bytes("src-a", "y.csv", CSV)
    assert lake.run("s3://src-a/y.csv").summary["rows_rejected"] == 3
    good = lake.put_bytes("src-a", "z.csv", b"id,amount,day\n9,1.00,2024-01-01\n")
    assert "rows_rejected" not in lake.run(good).summary


# -- Parquet, and files that are routed by a column ------------------------------------------------


def put_table(lake, key: str, **columns) -> str:
    import pyarrow
    from pyarrow import parquet

    path = lake.path("src-a", key)
    path.parent.mkdir(parents=True, exist_ok=True)
    parquet.write_table(pyarrow.table(columns), path)
    return f"s3://src-a/{key}"


def amounts(lake, **more: object):
    lake.route("src-a", "t.t", ALL, types={"amount": "DECIMAL(12,2)"}, on_bad_rows="reject", **more)


def records(lake, name: str = "t.t__rejects") -> list[str]:
    found = lake.table(name).scan().to_arrow().to_pylist()
    return [row["record"] for row in sorted(found, key=lambda row: row["line"])]


def strict(text: str):
    def refuse(word):
        raise AssertionError(f"{word} is no JSON")

    return json.loads(text, parse_constant=refuse)


def test_the_row_of_a_reject_is_json_whatever_its_values_are(lake):
    """NaN and infinities were written as DuckDB writes them, which no reader of JSON takes, and
    decimals of many digits as doubles."""
    import duckdb

    amounts(lake)
    lake.load(lake.put("src-a", "x.parquet", """
        SELECT * FROM (VALUES
          (1, 'bad', 'NaN'::DOUBLE, 'inf'::FLOAT, [1.5, 'nan'::DOUBLE], {'q': '-inf'::DOUBLE}),
          (2, 'bad', 0.1, 1e20::FLOAT, [], {'q': 1}),
          (3, '1.00', 0.1, 1e20::FLOAT, [], {'q': 1})) AS v(id, amount, d, f, l, s),
        (VALUES (12345678901234567890.12::DECIMAL(38,2), 0.05::DECIMAL(2,2), '\\xAA'::BLOB,
                 DATE '2024-01-02', TRUE, NULL, 'a"b\\ü', MAP {'k': 1})) AS w(big, small, b, day, t,
                 n, text, m)"""))
    first, second = records(lake)
    rest = {"big": 12345678901234567890.12, "small": 0.05, "b": "\\xAA", "day": "2024-01-02",
            "t": True, "n": None, "text": 'a"b\\ü', "m": {"k": 1}}  # fmt: skip
    assert strict(first) == {"id": 1, "amount": "bad", "d": "NaN", "f": "Infinity",
                             "l": [1.5, "NaN"], "s": {"q": "-Infinity"}, **rest}  # fmt: skip
    assert strict(second) == {"id": 2, "amount": "bad", "d": 0.1, "f": 1e20, "l": [],
                              "s": {"q": 1}, **rest}  # fmt: skip
    assert '"big":12345678901234567890.12' in first
    lines = lake.folder / "records.jsonl"
    lines.write_text(first + "\n" + second + "\n")
    read = duckdb.sql(f"SELECT id, l FROM read_json('{lines}', columns = {{id: 'INT', l: 'JSON'}})")
    assert read.fetchall() == [(1, '[1.5,"NaN"]'), (2, "[]")]


def test_a_parquet_file_may_have_a_column_named_file_row_number(lake):
    """DuckDB refuses its option of that name for such a file."""
    amounts(lake)
    uri = put_table(lake, "x.parquet", id=[1, 2], amount=["1.50", "n/a"], file_row_number=[7, 8])
    (line,) = lake.load(uri).files
    assert (line["rows"], line["rows_rejected"]) == (1, 1)
    assert [row["file_row_number"] for row in rows(lake, "t.t")] == [7]
    assert rejects(lake) == [(2, "amount", "n/a")]


def test_the_limit_is_asked_before_millions_of_bad_rows_are_fetched(lake):
    """All of them were held in memory, as rows of a result, before anybody counted."""
    lake.configure(engine="memory_limit: 256MiB, threads: 2")
    uri = lake.put("src-a", "x.parquet", "SELECT i AS id, CASE WHEN i % 10 = 0 THEN '1.00' ELSE "
                   "'bad' || i END AS amount FROM range(2000000) r(i)")  # fmt: skip
    amounts(lake, reject_max="1%")
    (line,) = lake.run(uri).files
    assert line["state"] == "FAILED"
    assert "1800000 of 2000000 rows are bad" in line["error"] and "line 2:" in line["error"]
    assert line["line"] == 2
    amounts(lake)
    (line,) = lake.load(uri).files
    assert (line["rows"], line["rows_rejected"]) == (200_000, 1_800_000)
    assert lake.table("t.t__rejects").scan().count() == 1_800_000


def test_a_long_record_is_cut_between_characters_and_says_so(lake):
    amounts(lake)
    for shift in range(3):
        wide = "€" * 40_000
        put_table(lake, f"{shift}.parquet", id=[shift], amount=["x"], wide=["." * shift + wide])
        lake.put_bytes("src-a", f"{shift}.csv",
                       f"id,amount,wide\n{shift},x,{'.' * shift}{wide}\n".encode())  # fmt: skip
    lake.load(put_table(lake, "good.parquet", id=[9], amount=["1.00"], wide=["w"]))
    lake.run("s3://src-a/")
    found = lake.table("t.t__rejects").scan().to_arrow().to_pylist()
    assert len(found) == 6
    for row in found:
        assert 60_000 < len(row["record"].encode()) <= 1 << 16
        assert " bytes more) …" in row["record"] and "\\x" not in row["record"]


SEVERAL = {
    "a list of one": ("SELECT * FROM read_parquet(['{s3_input_path}'])", 3),
    "FROM": ("SELECT * FROM '{s3_input_path}'", 3),
    "a filter": ("SELECT * FROM '{s3_input_path}' WHERE id > 1", 2),
    "other names": ("SELECT x.id, x.amount AS amount, x.day AS day FROM (SELECT * FROM "
                    "read_parquet('{s3_input_path}')) AS x", 3),
    "a join": ("SELECT x.* FROM '{s3_input_path}' AS x JOIN (VALUES (1), (2), (3)) AS k(id) "
               "USING (id)", 2),
    "an order": ("SELECT * FROM '{s3_input_path}' ORDER BY id DESC", 3),
}  # fmt: skip


@pytest.mark.parametrize("how", SEVERAL)
def test_sql_that_hands_the_columns_on_loses_the_bad_rows_of_parquet(lake, how):
    sql, good = SEVERAL[how]
    reject(lake, sql=sql)
    (line,) = lake.load(lake.put("src-a", "x.parquet", PARQUET)).files
    assert (line["rows"], line["rows_rejected"]) == (good, 2)
    assert rejects(lake) == [(2, "amount", "n/a"), (4, "day", "yesterday")]


@pytest.mark.parametrize(("sql", "told"), [
    ("SELECT a.* FROM '{s3_input_path}' a JOIN '{s3_input_path}' b USING (id)", "reads it 2 times"),
    ("SELECT id, max(amount) AS amount, max(day) AS day FROM '{s3_input_path}' GROUP BY id",
     "hands on as they are"),
    ("SELECT * FROM read_parquet(['{s3_input_path}', 's3://src-b/y.parquet'])", "with other files"),
])  # fmt: skip
def test_where_no_row_can_be_put_aside_the_file_fails_and_says_why(lake, sql, told):
    lake.put("src-b", "y.parquet", PARQUET)
    reject(lake, sql=sql, inputs=["s3://src-b/"])
    (line,) = lake.run(lake.put("src-a", "x.parquet", PARQUET)).files
    assert line["state"] == "FAILED"
    assert "on_bad_rows puts no such row of the file aside" in line["error"]
    assert told in line["error"]
    assert lake.eider("table", "list").stdout == ""


@pytest.mark.parametrize("is_there", [False, True])
def test_a_nanosecond_that_does_not_fit_is_a_bad_row(lake, is_there):
    """Without types in the route it failed the file that was to make the table."""
    import pyarrow

    lake.route("src-a", "t.t", ALL, on_bad_rows="reject")
    times = pyarrow.array([1_000, 1_001], pyarrow.timestamp("ns"))
    if is_there:
        lake.load(put_table(lake, "a.parquet", id=[0], at=times[:1]))
    (line,) = lake.load(put_table(lake, "x.parquet", id=[1, 2], at=times)).files
    assert (line["rows"], line["rows_rejected"]) == (1, 1)
    assert [found[:2] for found in rejects(lake)] == [(2, "at")]


def test_explain_says_of_parquet_what_a_run_puts_aside(lake):
    """It called the table's types the route's."""
    reject(lake)
    lake.load(lake.put("src-a", "a.parquet", "SELECT 0 AS id, '1.00' AS amount, "
                       "'2024-01-01' AS day"))  # fmt: skip
    lake.route("src-a", "t.t", ALL, on_bad_rows="reject")
    uri = lake.put("src-a", "x.parquet", PARQUET)
    outcome = lake.eider("explain", "--json", uri)
    (part,) = outcome.lines[0]["parts"]
    how = {column["column"]: column["how"] for column in part["query"]["columns"]}
    assert how["amount"] == "DECIMAL(12,2), value by value, or a bad row"
    assert "by the route's types" not in lake.eider("explain", uri).stdout
    (part,) = lake.eider("explain", "--deep", "--json", uri).lines[0]["parts"]
    assert (part["run"]["rows"], part["run"]["rows_rejected"]) == (3, 2)


@pytest.mark.parametrize(("sql", "rows", "is_exact"), [
    (ALL, 90, True),
    (ALL + " WHERE id >= 0", 90, True),  # the footer says that all are
    (ALL + " WHERE id > 5", 18, False),  # DuckDB supposes a fifth
])
def test_explain_counts_the_good_rows_of_parquet(lake, sql, rows, is_exact):
    """Its estimate was a fifth of the rows, whatever was bad of them."""
    amounts(lake)
    lake.route("src-a", "t.t", sql, types={"amount": "DECIMAL(12,2)"}, on_bad_rows="reject")
    uri = lake.put("src-a", "x.parquet", "SELECT i AS id, CASE WHEN i % 10 = 7 THEN 'n/a' ELSE "
                   "'1' END AS amount FROM range(100) r(i)")  # fmt: skip

    def told():
        (part,) = lake.eider("explain", "--json", uri).lines[0]["parts"]
        return part["query"]["rows"], part["query"]["rows_are_exact"]

    assert not told()[1], "without a table nobody knows what is bad"
    lake.load(uri)
    assert told() == (rows, is_exact)


def test_a_value_that_is_in_the_dictionary_of_good_rows_spoils_none_of_them(lake):
    """A conversion was asked about each entry of a Parquet dictionary, so that one bad one made
    every row of its chunk a bad one, and failed files whose SQL leaves its rows out."""
    amounts(lake)
    uri = lake.put("src-a", "x.parquet", "SELECT i AS id, CASE WHEN i % 1000 = 7 THEN 'n/a' ELSE "
                   "'1' END AS amount FROM range(50000) r(i)")  # fmt: skip
    (line,) = lake.load(uri).files
    assert (line["rows"], line["rows_rejected"]) == (49_950, 50)
    assert rejects(lake) == [(1000 * k + 8, "amount", "n/a") for k in range(50)]
    lake.route("src-b", "t.b", ALL + " WHERE amount <> 'n/a'", types={"amount": "DECIMAL(12,2)"})
    lake.put_bytes("src-b", "x.parquet", lake.path("src-a", "x.parquet").read_bytes())
    (line,) = lake.load("s3://src-b/x.parquet").files
    assert (line["rows"], line["rows_filtered"]) == (49_950, 50)


def test_parts_of_a_parquet_file_that_is_routed_by_a_field_of_a_struct_lose_their_bad_rows(lake):
    lake.set(EIDER_ROUTING_STRATEGIES="column:k.kind")
    for kind, condition in (("a", " WHERE id < 100"), ("b", "")):
        lake.route(kind, "t." + kind, "SELECT id, amount FROM '{s3_input_path}'" + condition,
                   types={"amount": "DECIMAL(12,2)"}, on_bad_rows="reject")  # fmt: skip
    (line,) = lake.load(lake.put("src-a", "x.parquet", """
        SELECT i AS id, {'kind': CASE WHEN i % 2 = 0 THEN 'a' ELSE 'b' END} AS k,
               CASE WHEN i % 1000 = 5 OR i = 8 THEN 'n' ELSE '1' END AS amount
        FROM range(50000) r(i)""")).files
    assert numbers(lake, "t.a") == [i for i in range(0, 100, 2) if i != 8]
    assert numbers(lake, "t.b") == [i for i in range(1, 50_000, 2) if i % 1000 != 5]
    assert rejects(lake, "t.a__rejects") == [(9, "amount", "n")]
    assert len(rejects(lake, "t.b__rejects")) == 50
    assert line["rows_read"] == line["rows"] + line["rows_filtered"] + line["rows_rejected"]


BY_COLUMN = ("SELECT * FROM (VALUES (1, 'a', '1.50'), (2, 'a', 'n/a'), (3, 'b', '2.25'), "
             "(4, 'b', '?'), (5, 'b', ''), (6, 'c', '3.00')) AS v(id, kind, amount)")  # fmt: skip
BY_COLUMN_FORMATS = {
    "x.parquet": "FORMAT parquet",
    "x.csv": "FORMAT csv, HEADER",
    "x.jsonl": "FORMAT json",
}


def by_column(lake, **more: object):
    lake.set(EIDER_ROUTING_STRATEGIES="column:kind")
    for kind in "abc":
        lake.route(kind, f"t.{kind}", ALL, types={"amount": "DECIMAL(12,2)"},
                   **({"on_bad_rows": "reject", **more} if kind != "c" else {}))  # fmt: skip


def values(lake, name: str) -> list[tuple]:
    found = lake.table(name).scan().to_arrow().to_pylist()
    return sorted((row["column"], row["value"], strict(row["record"])["id"]) for row in found)


def numbers(lake, name: str) -> list[int]:
    return sorted(row["id"] for row in rows(lake, name))


@pytest.mark.parametrize("key", BY_COLUMN_FORMATS)
def test_bad_rows_of_a_file_that_is_routed_by_a_column_go_aside_by_their_routes(lake, key):
    by_column(lake)
    uri = lake.put("src-a", key, BY_COLUMN, BY_COLUMN_FORMATS[key])
    (line,) = lake.load(uri).files
    empty_is_bad = key != "x.csv"
    assert numbers(lake, "t.a") == [1]
    assert numbers(lake, "t.b") == ([3] if empty_is_bad else [3, 5])
    assert numbers(lake, "t.c") == [6]
    assert values(lake, "t.a__rejects") == [("amount", "n/a", 2)]
    assert values(lake, "t.b__rejects") == ([("amount", "", 5)] if empty_is_bad else []) + [
        ("amount", "?", 4)]  # fmt: skip
    assert line["rows_rejected"] == (3 if empty_is_bad else 2)
    lines = [row["line"] for row in rows(lake, "t.a__rejects")]
    assert lines == ([2] if key == "x.parquet" else [None])
    lake.ledger_path.unlink()
    assert lake.run(uri).states() == {uri: "SKIPPED"}
    assert (numbers(lake, "t.a"), len(values(lake, "t.a__rejects"))) == ([1], 1)


@pytest.mark.parametrize("key", BY_COLUMN_FORMATS)
@pytest.mark.parametrize(("limit", "state"), [("1", "FAILED"), ("2", "LOADED"), ("49%", "FAILED"),
                                              ("67%", "LOADED")])  # fmt: skip
def test_the_limit_holds_for_each_part_of_a_file(lake, key, limit, state):
    by_column(lake, reject_max=limit)
    uri = lake.put("src-a", key, BY_COLUMN.replace("(5, 'b', '')", "(5, 'b', '!')"),
                   BY_COLUMN_FORMATS[key])  # fmt: skip
    (line,) = lake.run(uri).files
    assert line["state"] == state, line
    if state == "FAILED":
        assert "rows are bad" in line["error"]
        assert not lake.pyiceberg().table_exists("t.a__rejects")


@pytest.mark.parametrize("key", BY_COLUMN_FORMATS)
def test_a_bad_row_of_a_part_whose_route_rejects_none_fails_the_file(lake, key):
    by_column(lake)
    uri = lake.put("src-a", key, BY_COLUMN.replace("3.00", "three"), BY_COLUMN_FORMATS[key])
    (line,) = lake.run(uri).files
    assert line["state"] == "FAILED" and "three" in line["error"]
    assert not lake.pyiceberg().table_exists("t.a__rejects")


def test_a_line_that_does_not_read_has_no_route_by_a_column_and_fails_the_file(lake):
    by_column(lake)
    (line,) = lake.run(lake.put_bytes("src-a", "x.csv", b"id,kind,amount\n1,a,1.0\n2,a\n")).files
    assert line["state"] == "FAILED" and "line 3" in line["error"]
