"""Values and columns that do not fit their table, kept as JSON in a column of it: `rescue: COLUMN`.

What is expected is reckoned here from the text of the file, and read back by PyIceberg and
Spark."""

import datetime
import decimal
import gzip
import json

import pytest
from pyiceberg.schema import Schema
from pyiceberg.types import (
    BinaryType,
    DateType,
    DecimalType,
    IntegerType,
    ListType,
    LongType,
    MapType,
    NestedField,
    StringType,
    StructType,
)

ALL = "SELECT * FROM '{s3_input_path}'"
REST = ("rest", StringType())
TABLE = (("id", LongType()), ("n", IntegerType()), ("day", DateType()), REST)


def table_of(lake, *columns: tuple, name: str = "bronze.t"):
    """By PyIceberg, of columns (name, type[, required])."""
    fields = [NestedField(i, title, of, bool(required))
              for i, (title, of, *required) in enumerate(columns, 1)]  # fmt: skip
    lake.pyiceberg().create_namespace_if_not_exists("bronze")
    return lake.pyiceberg().create_table(name, schema=Schema(*fields))


def rescuing(lake, sql: str = ALL, **more):
    return lake.route("src-a", "bronze.t", sql, create=None, rescue="rest", **more)


def exact(text):
    """JSON with each number as the decimal that stands there."""
    return text and json.loads(text, parse_float=decimal.Decimal, parse_int=decimal.Decimal,
                               object_pairs_hook=lambda pairs: pairs)  # fmt: skip


def rows(lake, name: str = "bronze.t") -> list[dict]:
    found = lake.table(name).scan().to_arrow().to_pylist()
    return sorted(found, key=lambda row: (row.get("id") is None, row.get("id")))


def rests(lake) -> list:
    return [exact(row["rest"]) for row in rows(lake)]


def columns(lake) -> dict[str, str]:
    return {field.name: str(field.field_type) for field in lake.table("bronze.t").schema().fields}


CSV = b"id,n,day,note\n1,7,2024-02-29,\n2,seven,2024-02-30,hi\n3,3000000000,,\"a \"\"b\"\",\\c\"\n"
JSON = (b'{"id":1,"n":7,"day":"2024-02-29"}\n{"id":2,"n":"seven","day":"2024-02-30","note":"hi"}\n'
        b'{"id":3,"n":"3000000000","note":"a \\"b\\",\\\\c"}\n')  # fmt: skip
EXPECTED = [None, [("n", "seven"), ("day", "2024-02-30"), ("note", "hi")],
            [("n", "3000000000"), ("note", 'a "b",\\c')]]  # fmt: skip
FILES = {"x.csv": CSV, "x.csv.gz": gzip.compress(CSV), "x.jsonl": JSON}


@pytest.mark.parametrize("key", FILES)
def test_the_good_values_load_and_the_others_are_json(lake, spark, key):
    table_of(lake, *TABLE)
    rescuing(lake)
    (line,) = lake.load(lake.put_bytes("src-a", key, FILES[key])).files
    counts = [line[f"rows{what}"] for what in ("", "_read", "_filtered", "_rejected")]
    assert counts == [3, 3, 0, 0]
    assert line["rescued"] == [{"table": "bronze.t", "column": "rest", "rows": 2,
                                "of_columns": ["n", "day", "note"]}]  # fmt: skip
    day = datetime.date(2024, 2, 29)
    assert [list(row.values())[:3] for row in rows(lake)] == [[1, 7, day], [2, None, None],
                                                              [3, None, None]]  # fmt: skip
    assert rests(lake) == EXPECTED
    spark.attach(lake)
    assert [row[3] and exact(row[3]) for row in spark.rows(lake, "bronze.t")] == rests(lake)
    summary = lake.table("bronze.t").current_snapshot().summary
    assert summary["eider.rows-rescued"] == "2"
    assert (summary["added-records"], summary["eider.rows-read"]) == ("3", "3")
    assert columns(lake) == {"id": "long", "n": "int", "day": "date", "rest": "string"}


def test_parquet_is_told_by_its_own_types(lake, spark):
    table_of(lake, ("id", LongType()), ("n", IntegerType()), ("d", DecimalType(5, 2)),
             ("t", StringType()), ("b", IntegerType()), REST)  # fmt: skip
    rescuing(lake)
    lake.load(lake.put("src-a", "x.parquet", """
        SELECT * FROM (VALUES
          (1::BIGINT, 7::BIGINT, 1.5::DOUBLE, [1, NULL], '8', 'NaN'::DOUBLE,
           12345678901234567890123456789012345678::DECIMAL(38,0), '\\x00\\xFF'::BLOB),
          (2, 3000000000, 1e300, NULL, 'x', 'Infinity', NULL, NULL),
          (3, NULL, 'NaN', [3], NULL, 0.1, -99999999999999999999999999999999999999, NULL)
        ) v(id, n, d, t, b, f, big, bytes)"""))  # fmt: skip
    found = [[row[name] for name in ("id", "n", "d", "t", "b")] for row in rows(lake)]
    assert found == [[1, 7, decimal.Decimal("1.50"), None, 8], [2, None, None, None, None],
                     [3, None, None, None, None]]  # fmt: skip
    number = decimal.Decimal
    assert rests(lake) == [
        [("t", [1, None]), ("f", "NaN"), ("big", number("12345678901234567890123456789012345678")),
         ("bytes", "\\x00\\xFF")],
        [("n", number(3_000_000_000)), ("d", number("1e300")), ("b", "x"), ("f", "Infinity")],
        [("d", "NaN"), ("t", [3]), ("f", number("0.1")), ("big", number("-" + "9" * 38))],
    ]  # fmt: skip


def test_times_and_binary_values_are_texts(lake):
    table_of(lake, ("id", LongType()), REST)
    rescuing(lake)
    lake.load(lake.put("src-a", "x.parquet", """
        SELECT 1::BIGINT AS id, DATE '0001-01-01' AS a, TIMESTAMP '2024-02-29 12:00:00.000001' AS b,
               TIMESTAMPTZ '2024-02-29 12:00:00+02' AS c, TIME '23:59:59.999999' AS d,
               uuid '6ba7b810-9dad-11d1-80b4-00c04fd430c8' AS e, true AS f, ''::BLOB AS g"""))
    assert rests(lake) == [[
        ("a", "0001-01-01"), ("b", "2024-02-29 12:00:00.000001"), ("c", "2024-02-29 10:00:00+00"),
        ("d", "23:59:59.999999"), ("e", "6ba7b810-9dad-11d1-80b4-00c04fd430c8"), ("f", True),
        ("g", "")]]  # fmt: skip


NAMES = ["it's", 'say "hi"', "a.b", "ñ 漢", "{x}", "$1", "c0", "back\\slash", "new\nline"]


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
def test_hostile_names(lake, kind):
    table_of(lake, ("id", LongType()), REST)
    rescuing(lake)
    values = {name: f"v{i}" for i, name in enumerate(NAMES)}
    if kind == "csv":
        header = ",".join('"' + name.replace('"', '""') + '"' for name in ["id", *NAMES])
        text = header + "\n1," + ",".join(values.values()) + "\n"
        uri = lake.put_bytes("src-a", "x.csv", text.encode())
    elif kind == "jsonl":
        uri = lake.put_bytes("src-a", "x.jsonl", json.dumps({"id": 1} | values).encode())
    else:
        fields = ", ".join(f"'{value}' AS " + '"' + name.replace('"', '""') + '"'
                           for name, value in values.items())  # fmt: skip
        uri = lake.put("src-a", "x.parquet", f"SELECT 1::BIGINT AS id, {fields}")
    lake.load(uri)
    assert rests(lake) == [list(values.items())]


def test_a_name_that_differs_by_case_alone_is_another_column(lake):
    table_of(lake, ("id", LongType()), REST)
    rescuing(lake, "SELECT id, note AS \"ID\", 'x' AS \"iD\" FROM '{s3_input_path}'")
    lake.load(lake.put_bytes("src-a", "x.csv", b"id,note\n1,b\n"))
    assert rests(lake) == [[("ID", "b"), ("iD", "x")]]


def test_json_keeps_the_kinds_of_its_values(lake):
    """Numbers and booleans of a column that has only such stay; what is mixed is text."""
    table_of(lake, ("id", LongType()), ("n", IntegerType()), REST)
    rescuing(lake)
    lines = ['{"id":1,"n":5,"big":12345678901234567890,"yes":true,"s":"5",'
             + '"o":{"a":[{"b":1}]},"m":1}',
             '{"id":2,"n":3000000000,"f":0.5,"s":"007","o":{"a":[]},"m":"x","none":null}']
    lake.load(lake.put_bytes("src-a", "x.jsonl", "\n".join(lines).encode()))
    number = decimal.Decimal
    first, second = rests(lake)
    assert dict(first)["big"] == number("12345678901234567890")
    assert dict(first)["yes"] is True and dict(first)["s"] == "5" and dict(first)["m"] == "1"
    assert dict(first)["o"] == [("a", [[("b", number(1))]])]
    assert dict(second)["n"] == number(3_000_000_000) and dict(second)["f"] == number("0.5")
    assert dict(second)["s"] == "007" and dict(second)["m"] == "x" and "none" not in dict(second)
    assert [row["n"] for row in rows(lake)] == [5, None]


def test_a_struct_is_rescued_field_by_field_and_a_list_whole(lake):
    deep = StructType(NestedField(13, "y", LongType(), False))
    inner = StructType(NestedField(11, "x", IntegerType(), False),
                       NestedField(12, "deep", deep, False),
                       NestedField(14, "must", LongType(), True))  # fmt: skip
    table_of(lake, ("id", LongType()), ("s", inner), ("l", ListType(20, IntegerType(), False)),
             ("m", MapType(30, StringType(), 31, IntegerType(), False)), REST)  # fmt: skip
    rescuing(lake)
    lake.load(lake.put("src-a", "x.parquet", """
        SELECT 1::BIGINT AS id, {'x': 5::BIGINT, 'deep': {'y': 6::BIGINT, 'z': NULL::VARCHAR},
               'must': 1::BIGINT, 'more': NULL::INT} AS s, [1, 2]::BIGINT[] AS l,
               MAP {'a': 1::BIGINT} AS m
        UNION ALL SELECT 2, {'x': 3000000000, 'deep': {'y': 7, 'z': 'new'}, 'must': 2, 'more': 9},
               [1, 3000000000], MAP {'a': 3000000000}
        UNION ALL SELECT 3, {'x': 1, 'deep': NULL, 'must': NULL, 'more': NULL}, NULL, NULL
        UNION ALL SELECT 4, NULL, [], MAP {}"""))  # fmt: skip
    one, two, three, four = rows(lake)
    assert one == {"id": 1, "s": {"x": 5, "deep": {"y": 6}, "must": 1}, "l": [1, 2],
                   "m": [("a", 1)], "rest": None}  # fmt: skip
    assert {k: v for k, v in two.items() if k != "rest"} == {
        "id": 2, "s": {"x": None, "deep": {"y": 7}, "must": 2}, "l": None, "m": None}
    assert json.loads(two["rest"]) == {"s": {"x": 3_000_000_000, "deep": {"z": "new"}, "more": 9},
                                       "l": [1, 3_000_000_000], "m": {"a": 3_000_000_000}}
    assert three["s"] is None and json.loads(three["rest"]) == {
        "s": {"x": 1, "deep": None, "must": None, "more": None}}
    assert four == {"id": 4, "s": None, "l": [], "m": [], "rest": None}


def test_a_value_for_a_required_column_fails_the_file(lake):
    table_of(lake, ("id", LongType()), ("n", IntegerType(), True), REST)
    rescuing(lake)
    uri = lake.put_bytes("src-a", "x.csv", b"id,n,o\n1,2,\nx,5,\n3,seven,\n")
    line = lake.run(uri).file("x.csv")
    assert line["state"] == "FAILED"
    assert (line["line"], line["column"], line["value"]) == (4, "n", "seven")
    rescuing(lake, on_bad_rows="reject")
    (line,) = lake.load("s3://src-a/x.csv").files
    assert (line["rows"], line["rows_read"], line["rows_rejected"]) == (2, 3, 1)
    assert rests(lake) == [None, [("id", "x")]]
    assert [row["n"] for row in rows(lake)] == [2, 5]


def test_rows_that_do_not_read_are_rejected_and_values_rescued(lake):
    table_of(lake, *TABLE)
    rescuing(lake, on_bad_rows="reject")
    (line,) = lake.load(lake.put_bytes("src-a", "x.csv", CSV + b"4,1,2,3,4,5,6\n")).files
    assert (line["rows"], line["rows_read"], line["rows_rejected"]) == (3, 4, 1)
    assert line["rescued"][0]["rows"] == 2
    assert len(rows(lake, "bronze.t__rejects")) == 1


def test_a_frozen_table_without_the_column_fails_with_the_way_out(lake):
    table_of(lake, ("id", LongType()))
    rescuing(lake)
    uri = lake.put_bytes("src-a", "x.csv", b"id\n1\n")
    error = lake.run(uri).file("x.csv")["error"]
    assert "table bronze.t has no column rest" in error and "schema: evolve" in error
    rescuing(lake, schema="evolve")
    lake.load(uri)
    assert columns(lake) == {"id": "long", "rest": "string"}


@pytest.mark.parametrize("of, required, said", [(LongType(), False, "is long"),
                                                (StringType(), True, "is string and required")])
def test_a_column_that_cannot_take_json_is_refused(lake, of, required, said):
    table_of(lake, ("id", LongType()), ("rest", of, required))
    rescuing(lake)
    error = lake.run(lake.put_bytes("src-a", "x.csv", b"id\n1\n")).file("x.csv")["error"]
    assert "column rest of table bronze.t" in error and said in error


def test_a_column_of_the_result_with_that_name_is_refused(lake):
    table_of(lake, *TABLE)
    rescuing(lake)
    error = lake.run(lake.put_bytes("src-a", "x.csv", b"id,Rest\n1,x\n")).file("x.csv")["error"]
    assert "the result has a column rest" in error and "AS" in error


def test_a_new_table_has_the_column_at_its_end(lake):
    lake.route("src-a", "bronze.t", ALL, rescue="_rescued_data", types={"n": "INTEGER"})
    lake.load(lake.put_bytes("src-a", "a.csv", b"id,n\n1,2\n2,x\n"))
    assert columns(lake) == {"id": "long", "n": "int", "_rescued_data": "string"}
    assert [row["_rescued_data"] for row in rows(lake)] == [None, '{"n":"x"}']
    lake.load(lake.put_bytes("src-a", "b.csv", b"id,n,z\n3,4,5\n"))
    assert rows(lake)[2]["_rescued_data"] == '{"z":"5"}'


def test_an_evolving_table_takes_what_it_can_and_the_rest_is_rescued(lake):
    table_of(lake, *TABLE)
    rescuing(lake, schema="evolve_with_widening")
    text = b"id,n,day,new\n1,3000000000,soon,x\n2,5,2024-02-29,\n"
    lake.load(lake.put_bytes("src-a", "a.csv", text))
    assert columns(lake) == {"id": "long", "n": "long", "day": "date", "rest": "string",
                             "new": "string"}  # fmt: skip
    assert [(row["n"], row["new"], row["rest"]) for row in rows(lake)] == [
        (3_000_000_000, "x", '{"day":"soon"}'), (5, None, None)]
    assert lake.snapshot_count("bronze.t") == 1
    rescuing(lake, schema="evolve")
    lake.load(lake.put_bytes("src-a", "b.csv", b"id,n\n3,12345678901234567890\n"))
    assert rows(lake)[2]["rest"] == '{"n":"12345678901234567890"}'


def test_a_held_file_waits_for_what_the_table_can_become_only(lake):
    table_of(lake, *TABLE)
    rescuing(lake, schema="hold")
    lake.load(lake.put_bytes("src-a", "a.csv", b"id,n,day\n1,5,soon\n"))
    assert rests(lake) == [[("day", "soon")]]
    held = lake.run(lake.put_bytes("src-a", "b.csv", b"id,n,day,new\n2,5,later,x\n")).file("b.csv")
    assert held["state"] == "HELD"
    assert lake.eider("schema", "apply", "bronze.t", "--yes").exit_code == 0
    assert [(row["id"], row["rest"], row["new"]) for row in rows(lake)] == [
        (1, '{"day":"soon"}', None), (2, '{"day":"later"}', "x")]


def test_what_does_not_fit_is_in_the_partition_of_null(lake):
    table = table_of(lake, *TABLE)
    with table.update_spec() as spec:
        spec.add_identity("n")
    rescuing(lake)
    (line,) = lake.load(lake.put_bytes("src-a", "x.csv", CSV)).files
    assert line["rescued"][0]["rows"] == 2
    assert rests(lake) == EXPECTED
    files = lake.table("bronze.t").inspect.files().to_pylist()
    assert sorted((str(file["partition"]["n"]), file["record_count"]) for file in files) == [
        ("7", 1), ("None", 2)]  # fmt: skip


def test_files_of_a_group_keep_their_own_counts(lake):
    table_of(lake, *TABLE)
    rescuing(lake)
    for i in range(8):
        n = "x" if i % 4 == 3 else i
        lake.put_bytes("src-a", f"{i}.csv", f"id,n,day\n{i},{n},2024-01-01\n".encode())
    lines = lake.load("s3://src-a/").files
    rescued = {line["file"].rsplit("/", 1)[1]: line.get("rescued") for line in lines}
    assert {key for key, of in rescued.items() if of} == {"3.csv", "7.csv"}
    assert rests(lake) == [[("n", "x")] if i % 4 == 3 else None for i in range(8)]


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_parts_of_a_file_rescue_into_their_own_tables(lake, kind):
    lake.set(EIDER_ROUTING_STRATEGIES="column:kind")
    for name in ("a", "b"):
        table_of(lake, ("id", LongType()), ("kind", StringType()), ("n", IntegerType()), REST,
                 name=f"bronze.{name}")  # fmt: skip
        lake.route(name, f"bronze.{name}", ALL, create=None, rescue="rest")
    rest = {"n": "x0", "extra": "007"}
    lake.load(lake.put("src-a", f"x.{kind}", """
        SELECT i::BIGINT AS id, CASE WHEN i % 2 = 0 THEN 'a' ELSE 'b' END AS kind,
               CASE WHEN i = 3 THEN 'x0' ELSE i::VARCHAR END AS n,
               CASE WHEN i = 3 THEN '007' END AS extra
        FROM range(6) t(i)""", f"FORMAT {kind}"))  # fmt: skip
    assert [(row["id"], row["n"], row["rest"]) for row in rows(lake, "bronze.a")] == [
        (0, 0, None), (2, 2, None), (4, 4, None)]
    assert [(row["id"], row["n"], row["rest"] and json.loads(row["rest"]))
            for row in rows(lake, "bronze.b")] == [(1, 1, None), (3, None, rest), (5, 5, None)]


@pytest.mark.parametrize("key", ["x.csv", "x.jsonl", "x.parquet"])
def test_an_empty_file_rescues_nothing(lake, key):
    table_of(lake, *TABLE)
    rescuing(lake)
    if key == "x.parquet":
        uri = lake.put("src-a", key, "SELECT 1 AS id, 'x' AS other WHERE false")
    else:
        uri = lake.put_bytes("src-a", key, b"id,other\n" if key == "x.csv" else b"")
    (line,) = lake.load(uri).files
    assert line["rows"] == 0 and "rescued" not in line
    assert lake.table("bronze.t").current_snapshot() is None


def test_explain_tells_it(lake):
    table_of(lake, *TABLE)
    rescuing(lake)
    uri = lake.put_bytes("src-a", "x.csv", CSV)
    plain = lake.eider("explain", uri).stdout
    assert "INTEGER, value by value, or rescued" in plain
    assert "rescued: no such column in the table" in plain
    assert "what does not fit, as JSON" in plain
    assert "2 rows with values rescued into rest: of columns n, day, note" in lake.eider(
        "explain", "--deep", uri).stdout
    assert rows(lake) == []


def test_routes_know_the_attribute(lake):
    table_of(lake, *TABLE)
    rescuing(lake)
    lake.set(EIDER_ROUTING_STORE="sqlite", EIDER_ROUTING_PATH=str(lake.folder / "routes.db"))
    assert lake.eider("routes", "import", str(lake.routes_path)).exit_code == 0
    assert 'rescue: "rest"' in lake.eider("routes", "export").stdout
    put = lake.eider("routes", "put", "src-b", "--table", "bronze.t", "--sql", ALL,
                     "--rescue", "rest")  # fmt: skip
    assert put.exit_code == 0, put.stderr
    assert lake.eider("routes", "get", "src-b", "--json").lines[0]["rescue"] == "rest"


def test_a_bad_value_in_the_middle_of_many_rows(lake):
    """Every value comes back, from the table or from the JSON."""
    table_of(lake, ("id", LongType()), ("n", IntegerType()), REST)
    rescuing(lake)
    values = [str(i) if i % 997 else f"bad {i}" for i in range(1, 50_001)]
    text = "id,n\n" + "".join(f"{i},{value}\n" for i, value in enumerate(values, 1))
    (line,) = lake.load(lake.put_bytes("src-a", "x.csv", text.encode())).files
    assert line["rescued"][0]["rows"] == sum(value.startswith("bad") for value in values)
    back = [str(row["n"]) if row["rest"] is None else json.loads(row["rest"])["n"]
            for row in rows(lake)]  # fmt: skip
    assert back == values
