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


def test_a_file_routed_by_a_column_fails_by_its_bad_row(lake):
    lake.set(EIDER_ROUTING_STRATEGIES="column:kind")
    lake.route("a", "t.a", ALL, on_bad_rows="reject", types={"id": "BIGINT"})
    (line,) = lake.run(lake.put_bytes("src-a", "x.csv", b"id,kind\n1,a\nx,a\n")).files
    assert line["state"] == "FAILED"


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
