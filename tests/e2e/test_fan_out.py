"""One file into several tables by the values of a column: each row once, whatever happens."""

import pytest

import events
from lake import sql_text
from readers import arrow_rows
from routing_words import ORDERS_AND_MORE, by, parts_of

KINDS = ("orders", "customers", "visits")
BY_KIND = by("column:kind")
WITHOUT_KIND = "SELECT id, name FROM '{s3_input_path}'"
ALL_DONE = {"batchItemFailures": []}


def fails(lake, uri: str) -> str:
    outcome = lake.run(uri)
    assert outcome.exit_code == 1, outcome
    (line,) = outcome.files
    assert line["state"] == "FAILED", line
    return line["error"]


def kinds(values: dict[int, str | None]) -> str:
    """A query of rows with these ids and kinds."""
    rows = ", ".join(f"({number}, {'NULL' if kind is None else sql_text(kind)})"
                     for number, kind in values.items())  # fmt: skip
    return f"SELECT id::BIGINT AS id, kind::VARCHAR AS kind FROM (VALUES {rows}) v(id, kind)"


@pytest.mark.spark
def test_three_tables_through_lambda_and_every_reader_agrees(cloud, spark):
    """A million rows would say no more: what matters is each row, once, in its own table."""
    cloud.configure(**BY_KIND)
    for kind in KINDS:
        cloud.route(kind, f"bronze.{kind}", f"SELECT id, name, '{kind}' AS of, count(*) OVER ()"
                    " AS rows_seen FROM read_parquet('{s3_input_path}')")  # fmt: skip
    item = cloud.put(cloud.src_a, "day/all.parquet", ORDERS_AND_MORE.format(3_000))
    with cloud.function() as function:
        assert function.invoke(events.sqs(item)).response == ALL_DONE
        [line] = [line for line in function.log_lines() if line.get("file") == item.uri]
        assert (line["state"], line["rows"]) == ("LOADED", 3_000)
        assert parts_of(line) == {kind: ([kind], f"bronze.{kind}", 1_000) for kind in KINDS}
        for envelope in (events.sqs, events.eventbridge, events.s3_event):
            function.invoke(envelope(item))
    for remainder, kind in enumerate(KINDS):
        expected = [[n, f"text {n}", kind, 1_000] for n in range(remainder, 3_000, 3)]
        assert arrow_rows(cloud.table(f"bronze.{kind}").scan().to_arrow()) == expected
        assert spark.rows(cloud, f"bronze.{kind}") == expected
        assert cloud.snapshot_count(f"bronze.{kind}") == 1
    with cloud.function() as another:
        assert another.invoke(events.sqs(item)).response == ALL_DONE
    assert [cloud.snapshot_count(f"bronze.{kind}") for kind in KINDS] == [1, 1, 1]


def test_each_file_of_a_call_goes_its_ways_and_tables_share_commits(cloud):
    cloud.configure(**BY_KIND)
    for kind in KINDS:
        cloud.route(kind, f"bronze.{kind}", WITHOUT_KIND)
    items = [cloud.put(cloud.src_a, f"{number}.parquet", ORDERS_AND_MORE.format(30).replace(
        "range AS id", f"range + {100 * number} AS id")) for number in range(4)]  # fmt: skip
    with cloud.function() as function:
        assert function.invoke(events.sqs(*items)).response == ALL_DONE
    for remainder, kind in enumerate(KINDS):
        expected = [100 * number + n for number in range(4) for n in range(remainder, 30, 3)]
        assert cloud.scan_ids(f"bronze.{kind}") == expected
        assert cloud.snapshot_count(f"bronze.{kind}") == 1, "four files of one call, one commit"


def test_several_values_of_one_route_are_one_part(lake):
    """By a pattern, and the SQL sees the rows of all of them at once."""
    lake.set(**BY_KIND).route("order*", "bronze.orders", "SELECT sum(id)::BIGINT AS id,"
                              " string_agg(kind, ',' ORDER BY kind) AS kinds"
                              " FROM '{s3_input_path}'")  # fmt: skip
    lake.route("visits", "bronze.visits")
    values = {1: "orders-eu", 2: "visits", 4: "orders-us", 8: "orders-eu"}
    (line,) = lake.load(lake.put("src-a", "x.parquet", kinds(values))).files
    assert parts_of(line) == {"order*": (["orders-eu", "orders-us"], "bronze.orders", 1),
                              "visits": (["visits"], "bronze.visits", 1)}  # fmt: skip
    assert arrow_rows(lake.table("bronze.orders").scan().to_arrow()) == [
        [13, "orders-eu,orders-eu,orders-us"]]  # fmt: skip


def test_a_column_without_values_hinders_no_part(lake):
    """It was left out of the tables that were made, and then did not fit them."""
    for key in ("x", "y"):
        lake.route(key, f"bronze.{key}", "SELECT * FROM read_csv('{s3_input_path}')")
    lake.set(EIDER_ROUTING_STRATEGIES="column:kind")
    lake.load(lake.put_bytes("src-a", "a.csv", b"kind,id,none\nx,1,\ny,2,\n"))
    for key, number in (("x", 1), ("y", 2)):
        (row,) = lake.pyiceberg().load_table(f"bronze.{key}").scan().to_arrow().to_pylist()
        assert row == {"kind": key, "id": number}
    late = lake.put_bytes("src-a", "b.csv", b"kind,id,none\nx,3,\ny,4,value\n")
    assert "column none of the result is not in table" in fails(lake, late)


def test_two_routes_may_have_one_table(lake):
    lake.set(**BY_KIND)
    for kind in KINDS:
        lake.route(kind, "bronze.all", f"SELECT id, '{kind}' AS k FROM '{{s3_input_path}}'")
    lake.load(lake.put("src-a", "x.parquet", ORDERS_AND_MORE.format(9)))
    assert arrow_rows(lake.table("bronze.all").scan().to_arrow()) == [
        [n, KINDS[n % 3]] for n in range(9)]  # fmt: skip


@pytest.mark.parametrize(("column", "rows", "options", "suffix"), [
    ("at.kind", "SELECT range AS id, {'kind': ['a', 'b'][1 + range % 2]} AS at FROM range(4)",
     "FORMAT parquet", "parquet"),
    ("kind", "SELECT range AS id, ['a', 'b'][1 + range % 2] AS kind FROM range(4)",
     "FORMAT csv, HEADER", "csv"),
    ("kind", "SELECT range AS id, ['a', 'b'][1 + range % 2] AS kind FROM range(4)",
     "FORMAT json", "json"),
    ("we.ird \"col", "SELECT range AS id, {'ird \"col': ['a', 'b'][1 + range % 2]} AS we"
     " FROM range(4)", "FORMAT parquet", "parquet"),
], ids=["a leaf of a struct", "csv", "json", "a name with a quote"])  # fmt: skip
def test_any_column_of_any_format(lake, column, rows, options, suffix):
    lake.set(**by(f"column:{column}"))
    for key in "ab":
        lake.route(key, f"bronze.{key}", "SELECT id::BIGINT AS id FROM '{s3_input_path}'")
    lake.load(lake.put("src-a", f"x.{suffix}", rows, options))
    assert [lake.scan_ids(f"bronze.{key}") for key in "ab"] == [[0, 2], [1, 3]]


@pytest.mark.parametrize(("value", "key"), [("7::INTEGER", "7"), ("1.50::DECIMAL(9, 2)", "1.50"),
                                            ("DATE '2026-11-24'", "2026-11-24"), ("true", "true")])
def test_a_value_of_another_type_is_its_text(lake, value, key):
    lake.set(**BY_KIND).route(key, "bronze.t")
    (line,) = lake.load(lake.put("src-a", "x.parquet", f"SELECT 1 AS id, {value} AS kind")).files
    assert parts_of(line) == {key: ([key], "bronze.t", 1)}


# -- values without a route --------------------------------------------------------------------

SOME_UNROUTED = {1: "orders", 2: None, 3: "", 4: "nobody's", 5: "orders"}


def test_null_and_values_without_a_route_go_to_the_default(lake):
    lake.set(**BY_KIND).route("orders", "bronze.orders").route("*", "bronze.rest")
    (line,) = lake.load(lake.put("src-a", "x.parquet", kinds(SOME_UNROUTED))).files
    assert parts_of(line) == {"orders": (["orders"], "bronze.orders", 2),
                              "*": (["", "nobody's", None], "bronze.rest", 3)}  # fmt: skip
    assert lake.scan_ids("bronze.orders") == [1, 5]
    assert arrow_rows(lake.table("bronze.rest").scan().to_arrow()) == [
        [2, None], [3, ""], [4, "nobody's"]]  # fmt: skip


@pytest.mark.parametrize("how", ["fail", "default"])
def test_values_without_a_route_fail_the_whole_file(lake, how):
    """`default` as well, where there is no default route. Not one row is anywhere."""
    lake.set(**BY_KIND, EIDER_ROUTING_UNROUTED_VALUES=how).route("orders", "bronze.orders")
    if how == "fail":
        lake.route("*", "bronze.rest")
    told = fails(lake, lake.put("src-a", "x.parquet", kinds(SOME_UNROUTED)))
    for word in ("nobody's", "null", "kind", "x.parquet", "unrouted_values"):
        assert word in told, told
    assert not lake.warehouse.exists() or not list(lake.warehouse.rglob("*.parquet"))


def test_values_without_a_route_become_rejected_records(lake):
    lake.set(**BY_KIND, EIDER_ROUTING_UNROUTED_VALUES="reject",
             EIDER_ROUTING_REJECTS_TABLE="quality.rejects")  # fmt: skip
    lake.route("orders", "bronze.orders").route("*", "bronze.rest")
    uri = lake.put("src-a", "x.parquet", kinds(SOME_UNROUTED))
    lake.load(uri)
    assert lake.scan_ids("bronze.orders") == [1, 5]
    rejects = lake.table("quality.rejects").scan().to_arrow().to_pylist()
    assert {reject["file"] for reject in rejects} == {uri}
    assert all("kind" in reject["reason"] for reject in rejects)
    by_value = {reject["value"]: reject["record"] for reject in rejects}
    assert by_value == {None: '{"id":2,"kind":null}', "": '{"id":3,"kind":""}',
                        "nobody's": '{"id":4,"kind":"nobody\'s"}'}  # fmt: skip
    assert lake.run(uri).states() == {uri: "SKIPPED"}
    assert lake.snapshot_count("quality.rejects") == 1


def test_a_column_that_has_no_routed_value_leaves_the_file_to_the_next_strategy(lake):
    lake.set(**by("column:kind", "bucket")).route("src-a", "bronze.whole")
    (line,) = lake.load(lake.put("src-a", "x.parquet", kinds(SOME_UNROUTED))).files
    assert line["route"] == "src-a" and not line.get("parts")
    assert lake.scan_ids("bronze.whole") == [1, 2, 3, 4, 5]


# -- what is wrong -----------------------------------------------------------------------------


def test_a_column_that_is_not_there_is_told_with_the_nearest(lake):
    lake.set(**by("column:knid")).route("orders", "bronze.orders")
    told = fails(lake, lake.put("src-a", "x.parquet", kinds({1: "orders"})))
    assert "column:knid" in told and "kind" in told and "x.parquet" in told, told


@pytest.mark.parametrize("value", ["[1, 2]", "{'a': 1}", "MAP {'a': 1}"])
def test_a_nested_column_is_told(lake, value):
    lake.set(**BY_KIND).route("orders", "bronze.orders")
    told = fails(lake, lake.put("src-a", "x.parquet", f"SELECT 1 AS id, {value} AS kind"))
    assert "column:kind" in told and "x.parquet" in told, told


def test_too_many_values_are_told_with_the_limit(lake):
    lake.set(**by("column:id"), EIDER_ROUTING_COLUMN_VALUES_MAX="100").route("7", "bronze.t")
    told = fails(lake, lake.put("src-a", "x.parquet", "SELECT range AS id FROM range(101)"))
    for word in ("100", "id", "x.parquet", "column_values_max"):
        assert word in told, told
    lake.route("*", "bronze.rest")
    lake.load(lake.put("src-a", "y.parquet", "SELECT range AS id FROM range(100)"))
    assert len(lake.scan_ids("bronze.rest")) == 99


# -- part by part --------------------------------------------------------------------------------


def test_a_part_that_fails_is_all_that_is_loaded_later(lake):
    lake.set(**BY_KIND)
    for kind in KINDS:
        lake.route(kind, f"bronze.{kind}", WITHOUT_KIND)
    lake.route("visits", "bronze.visits", "SELECT id, nmae AS name FROM '{s3_input_path}'")
    uri = lake.put("src-a", "x.parquet", ORDERS_AND_MORE.format(30))
    told = fails(lake, uri)
    assert "'visits'" in told and "nmae" in told, told
    assert not list(lake.warehouse.rglob("*.parquet")), "not one part was written"
    loaded = {part["route"]: part["loaded"] for part in lake.history()[0]["parts"]}
    lake.route("visits", "bronze.visits", WITHOUT_KIND)
    lake.load(uri)
    for remainder, kind in enumerate(KINDS):
        assert lake.scan_ids(f"bronze.{kind}") == list(range(remainder, 30, 3))
        assert lake.snapshot_count(f"bronze.{kind}") == 1
    assert not any(loaded.values()), "nothing was said to be in"
    (entry,) = lake.history()
    assert entry["state"] == "LOADED" and entry["rows"] == 30
    assert {part["route"] for part in entry["parts"] if part["loaded"]} == set(KINDS)


def test_forced_it_is_loaded_again_in_all_its_parts(lake):
    lake.set(**BY_KIND)
    for kind in KINDS:
        lake.route(kind, f"bronze.{kind}", WITHOUT_KIND)
    uri = lake.put("src-a", "x.parquet", ORDERS_AND_MORE.format(6))
    lake.load(uri)
    lake.load("--force", uri)
    assert lake.scan_ids("bronze.orders") == [0, 0, 3, 3]


def test_without_a_ledger_the_tables_tell_of_each_part(cloud):
    cloud.without_ledger().configure(**BY_KIND)
    for kind in KINDS:
        cloud.route(kind, f"bronze.{kind}", WITHOUT_KIND)
    item = cloud.put(cloud.src_a, "x.parquet", ORDERS_AND_MORE.format(30))
    with cloud.function() as function:
        for _ in range(3):
            assert function.invoke(events.sqs(item)).response == ALL_DONE
    for remainder, kind in enumerate(KINDS):
        assert cloud.scan_ids(f"bronze.{kind}") == list(range(remainder, 30, 3))


def test_the_history_tells_of_the_parts(lake):
    lake.set(**BY_KIND)
    for kind in KINDS:
        lake.route(kind, f"bronze.{kind}", WITHOUT_KIND)
    lake.load(lake.put("src-a", "x.parquet", ORDERS_AND_MORE.format(30)))
    told = lake.eider("history").stdout
    assert all(f"bronze.{kind}" in told for kind in KINDS) and "LOADED" in told, told
    (entry,) = lake.history()
    for part in entry["parts"]:
        snapshot = lake.table(part["table"]).current_snapshot()
        assert part["snapshot_id"] == snapshot.snapshot_id
        assert part["commit_token"] in snapshot.summary["eider.commit-tokens"].split(",")
        assert len(part["sql_hash"]) == 64
