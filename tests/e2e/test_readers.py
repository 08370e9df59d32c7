"""Text files whose reader might guess: all rows are in with their own values, or the file is FAILED
with line, column and value. docs/readers.md has the rules.
"""

import datetime
import decimal
import gzip
import json
import math

import pyarrow
import pytest
from pyarrow import parquet

CSV = "SELECT * FROM read_csv('{s3_input_path}')"
JSON = "SELECT * FROM read_json('{s3_input_path}')"
INTEGERS = "".join(f"{i},{i},10001,2024-01-01,n\n" for i in range(30_000))


@pytest.fixture
def csv(lake):
    return lake.route("src-a", "t.t", CSV)


def load_one(lake, content: str | bytes, key: str = "f.csv"):
    """The outcome of one file of the bucket."""
    data = content if isinstance(content, bytes) else content.encode()
    done = lake.run(lake.put_bytes("src-a", key, data))
    return done.file(key)


def rows(lake, table: str = "t.t") -> list[dict]:
    found = lake.table(table).scan().to_arrow().to_pylist()
    return sorted(found, key=lambda row: [(cell is not None, str(cell)) for cell in row.values()])


def assert_failed(line: dict, *parts: str):
    assert line["state"] == "FAILED", line
    for part in parts:
        assert part in line["error"], line["error"]


# -- the shape of a CSV ----------------------------------------


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("a,b\n1,2\n3,4,5\n", "line 3 has 3 fields, the first one has 2"),
        ("1,2\n3,4\n5,6,7\n8,9,0\n", "line 3 has 3 fields"),
        ("a,b,c\n1,2,3\n4,5\n6,7,8\n", "line 3 has 2 fields, the first one has 3"),
        ("a;b\n# x\n1;2\n3;4#5;6\n", "line 2 has 1 field"),
        ('a,b\n1,2\n3,"4\n5,6\n', 'line 3: a quote (") is not closed'),
        ('a,b\n1,"2"x\n3,4\n', 'line 2: text stands behind a closing quote (")'),
        ("a,b\n1,2\r\n3,4\n", "line 2 ends otherwise than the lines before"),
        ("id,ID\n1,2\n", "columns id and ID differ only in case"),
    ],
)
def test_no_row_is_dropped_merged_or_cut(csv, text, error):
    assert_failed(load_one(csv, text), error)


def test_rows_of_another_width_are_not_a_preamble_of_an_existing_table(csv):
    assert load_one(csv, "a,b\n1,2\n", "first.csv")["state"] == "LOADED"
    assert_failed(load_one(csv, "3,4\n5,6\n7,8,9\n0,1,2\n"), "line 3 has 3 fields")
    assert rows(csv) == [{"a": 1, "b": 2}]


def test_one_column_may_hold_semicolons(csv):
    assert load_one(csv, "c0\nv0\na;b\n")["state"] == "LOADED"
    assert rows(csv) == [{"c0": "a;b"}, {"c0": "v0"}]


def test_a_cell_with_a_blank_before_its_quote_takes_no_rows_along(csv):
    text = '"1","x","5"\n' * 5 + '"6", "the \'best\', one","2"\n'
    assert load_one(csv, text)["state"] == "LOADED"
    assert sorted(row["column0"] for row in rows(csv)) == [1, 1, 1, 1, 1, 6]
    assert "the 'best', one" in {row["column1"] for row in rows(csv)}


def test_what_the_sql_skips_is_skipped(lake):
    lake.route("src-a", "t.t", "SELECT * FROM read_csv('{s3_input_path}', skip = 2)")
    assert load_one(lake, "made by hand\nof 2024\nid,x\n1,2\n")["state"] == "LOADED"
    assert rows(lake) == [{"id": 1, "x": 2}]


def test_empty_lines_before_the_header_are_no_header(csv):
    assert load_one(csv, "\n\nid,x\n\n7,y\n\n")["state"] == "LOADED"
    assert rows(csv) == [{"id": 7, "x": "y"}]


def test_a_line_of_three_megabytes_loads_where_the_sql_allows_it(lake):
    sql = "SELECT id, length(x) AS n FROM read_csv('{s3_input_path}', max_line_size = 4000000)"
    lake.route("src-a", "t.t", sql)
    assert load_one(lake, "id,x\n1," + "y" * 3_000_000 + "\n2,z\n")["state"] == "LOADED"
    assert rows(lake) == [{"id": 1, "n": 3_000_000}, {"id": 2, "n": 1}]
    lake.route("src-a", "t.t", "SELECT id, length(x) AS n FROM read_csv('{s3_input_path}')")
    text = "id,x\n1," + "y" * 3_000_000 + "\n2,z\n"
    assert_failed(load_one(lake, text, "g.csv"), "line 2 is longer than 2000000 bytes")


# -- types ----------------------------------------


def test_the_row_behind_the_sample_decides_the_types_of_a_new_table(csv):
    late = '30000,1.5,01234,2024-01-01 12:34:56,"hello"\n'
    assert load_one(csv, "i,x,code,t,s\n" + INTEGERS + late)["state"] == "LOADED"
    types = {field.name: str(field.field_type) for field in csv.table("t.t").schema().fields}
    assert types == {"i": "long", "x": "double", "code": "string", "t": "timestamp", "s": "string"}
    last = [row for row in rows(csv) if row["i"] == 30_000]
    assert [(row["x"], row["code"], row["s"]) for row in last] == [(1.5, "01234", "hello")]
    assert str(last[0]["t"]) == "2024-01-01 12:34:56"


def test_late_objects_of_json_decide_as_well(lake):
    lake.route("src-a", "t.t", JSON)
    lines = [{"i": i, "x": i} for i in range(30_000)] + [{"i": 30_000, "x": 1.5, "late": "y"}]
    text = "".join(json.dumps(line) + "\n" for line in lines)
    assert load_one(lake, text, "f.json")["state"] == "LOADED"
    last = [row for row in rows(lake) if row["i"] == 30_000]
    assert last == [{"i": 30_000, "x": 1.5, "late": "y"}]
    assert len(rows(lake)) == 30_001


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('{"i":1}\n\n{"i":2}\n{"x":null,"i":"a\\u0062c"}\n{"i":3}\n', 4),
        ('[{"i":1},\n {"i":2},\n\n {"i":"abc"}]', 4),
        ('{"i":1}\n{"i":2.5}\n', 2),
    ],
)
def test_a_json_value_that_does_not_fit_the_table_fails_with_its_line(lake, text, line):
    lake.route("src-a", "t.t", JSON)
    assert load_one(lake, '{"i":7}\n', "a.json")["state"] == "LOADED"
    assert_failed(load_one(lake, text, "b.json"), f"line {line}: column i of table t.t is long")


def test_a_value_that_does_not_fit_the_table_fails_with_line_column_and_value(csv):
    assert load_one(csv, "i,x\n1,2\n", "first.csv")["state"] == "LOADED"
    text = "i,x\n" + "".join(f"{i},{i}\n" for i in range(30_000)) + "30000,1.5\n"
    assert_failed(load_one(csv, text), "line 30002: column x of table t.t is long", ": 1.5;")
    assert len(rows(csv)) == 1


def test_spellings_of_one_value_are_one_value(csv):
    csv.route("src-a", "t.t", CSV)
    assert load_one(csv, "i,s\n1,x\n", "first.csv")["state"] == "LOADED"
    assert load_one(csv, "i,s\n3,01234\n3.0,3.0\n,\n0004,5\n 5 , 6\n")["state"] == "LOADED"
    got = sorted(((row["i"], row["s"]) for row in rows(csv)), key=str)
    assert got == sorted(
        [(1, "x"), (3, "01234"), (3, "3.0"), (None, None), (4, "5"), (5, " 6")], key=str
    )


def test_numbers_beyond_doubles_are_exact(csv):
    text = "a,b,c\n12345678901234567891,9007199254740993,1\n1,1.5,2\n"
    assert load_one(csv, text)["state"] == "LOADED"
    assert [str(row["a"]) for row in rows(csv)] == ["1", "12345678901234567891"]
    assert [str(row["b"]) for row in rows(csv)] == ["1.5", "9007199254740993.0"]


def test_integers_of_json_are_exact(lake):
    lake.route("src-a", "t.t", JSON)
    text = '{"a":12345678901234567891,"b":9007199254740993,"c":%s}\n{"b":1.5}\n' % ("9" * 39)
    assert load_one(lake, text, "f.json")["state"] == "LOADED"
    assert [(str(row["a"]), row["b"], row["c"]) for row in rows(lake)] == [
        ("None", "1.5", None), ("12345678901234567891", "9007199254740993", "9" * 39)]  # fmt: skip


def test_values_of_json_are_the_same_whether_the_file_has_others_or_not(lake):
    """Where all values of a column are of the table's type, the reader makes them; else texts."""
    lake.route("src-a", "t.t", JSON)
    lake.route("src-b", "t.u", JSON)
    values = [
        ("0", "0.5", "true"), ("-0", "-0", "false"), ("-0", "-0.0", "null"),
        ("null", "1e2", "true"),
        ("9223372036854775807", "1.7976931348623157e299", "false"),
        ("999999999999999", "7", "true"),
        ("-9223372036854775808", "0.30000000000000004", "true"), ("17", "12345.678901", "false"),
        ("12345678901234567", "100000000000000000000000.0", "true"), ("1", "0.1e-5", "false"),
    ]  # fmt: skip
    lines = ["{\"i\":%s,\"d\":%s,\"b\":%s}\n" % row for row in values]
    first = '{"i":1,"d":1.5,"b":true}\n'
    other = '{"i":"3","d":"3","b":"yes"}\n'
    for bucket in ("src-a", "src-b"):
        uri = lake.put_bytes(bucket, "a.json", first.encode())
        assert lake.run(uri).file("a.json")["state"] == "LOADED"
    assert load_one(lake, "".join(lines), "b.json")["state"] == "LOADED"
    uri = lake.put_bytes("src-b", "b.json", "".join([*lines, other]).encode())
    assert lake.run(uri).file("b.json")["state"] == "LOADED"

    def texts(table):
        return sorted(repr(row) for row in rows(lake, table))

    assert texts("t.u") == sorted([*texts("t.t"), repr({"i": 3, "d": 3.0, "b": True})])
    expected = [{"i": 1, "d": 1.5, "b": True}, *(json.loads(line) for line in lines)]
    for row in expected:
        row["d"] = 0.0 if str(row["d"]) == "0" else float(row["d"])
    assert texts("t.t") == sorted(map(repr, expected))


def test_objects_of_many_keys_are_no_maps(lake):
    lake.route("src-a", "t.t", JSON)
    keys = {f"k{i}": i for i in range(199)} | {"fraction": 0.5}
    assert load_one(lake, json.dumps({"o": keys}) + "\n", "f.json")["state"] == "LOADED"
    assert rows(lake) == [{"o": keys}]


def test_days_are_iso_or_text(csv):
    assert load_one(csv, "day\n01/02/2024\n", "a.csv")["state"] == "LOADED"
    assert load_one(csv, "day\n01/13/2024\n", "b.csv")["state"] == "LOADED"
    assert [row["day"] for row in rows(csv)] == ["01/02/2024", "01/13/2024"]


def test_a_day_of_another_form_fails_where_the_table_has_a_date(csv):
    assert load_one(csv, "day\n2024-02-01\n", "a.csv")["state"] == "LOADED"
    assert_failed(load_one(csv, "day\n01/13/2024\n"), "line 2: column day", "01/13/2024")


def test_a_header_alone_and_an_empty_column_fit_the_table_that_is_there(csv):
    assert load_one(csv, "id,x\n1,2\n", "first.csv")["state"] == "LOADED"
    assert load_one(csv, "id,x\n", "header.csv")["state"] == "LOADED"
    assert load_one(csv, "id,x\n3,\n", "null.csv")["state"] == "LOADED"
    assert load_one(csv, "", "empty.csv")["state"] == "LOADED"
    assert [row["id"] for row in rows(csv)] == [1, 3]


def test_expressions_see_the_types_of_the_whole_file(lake):
    lake.route("src-a", "t.t", "SELECT i, x * 2 AS twice, sum(i) OVER () AS total"
               " FROM read_csv('{s3_input_path}') WHERE i > 0")  # fmt: skip
    assert load_one(lake, "i,x\n1,2\n", "a.csv")["state"] == "LOADED"
    assert load_one(lake, "i,x\n0,1\n5,7\n", "b.csv")["state"] == "LOADED"
    assert rows(lake)[1] == {"i": 5, "twice": 14, "total": 5}


def test_a_key_that_no_object_has_is_null(lake):
    lake.route("src-a", "t.t", "SELECT a, b FROM read_json('{s3_input_path}')")
    assert load_one(lake, '{"a":1,"b":"x"}\n', "a.json")["state"] == "LOADED"
    assert load_one(lake, '{"a":2}\n', "b.json")["state"] == "LOADED"
    assert load_one(lake, "[]", "c.json")["state"] == "LOADED"
    assert [(row["a"], row["b"]) for row in rows(lake)] == [(1, "x"), (2, None)]


# -- JSON that is none ----------------------------------------


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ('["a",4,1,', "cut off"),
        ("[1,", "cut off"),
        ('{"id":0,}\n', "line 1: this is not JSON"),
        ('{"id":0}\n{"id":1', "begins in line 2"),
        ('{"id":NaN}\n', "this is not JSON"),
        ('{"id":1,"ID":2}\n', "in another case"),
        ('{"id":1,"id":2}\n', "duplicate key"),
    ],
)
def test_cut_off_and_loose_json_fails(lake, text, error):
    lake.route("src-a", "t.t", JSON)
    assert_failed(load_one(lake, text, "f.json"), error)


# -- compression ----------------------------------------

LINES = "".join(f"{i},{i * 7}\n" for i in range(50_000))


@pytest.mark.parametrize(("key", "name"), [("f.csv.gz", "gzip"), ("f.csv", "gzip")])
def test_half_a_gzip_fails(csv, key, name):
    packed = gzip.compress(("i,x\n" + LINES).encode())
    assert_failed(load_one(csv, packed[: len(packed) // 2], key), f"{name} data is cut off")


def test_a_changed_checksum_fails(csv):
    packed = bytearray(gzip.compress(("i,x\n" + LINES).encode()))
    packed[-6] ^= 1
    assert_failed(load_one(csv, bytes(packed), "f.csv.gz"), "gzip data is damaged")


def test_what_is_compressed_is_read_whatever_its_name_says(csv):
    packed = gzip.compress(b"i,x\n1,2\n")
    assert load_one(csv, packed, "f.csv")["state"] == "LOADED"
    assert load_one(csv, b"i,x\n3,4\n", "g.csv.gz")["state"] == "LOADED"
    assert load_one(csv, packed + b"\0" * 512, "h.csv.gz")["state"] == "LOADED"
    assert sorted(row["i"] for row in rows(csv)) == [1, 1, 3]


# -- names and folders ----------------------------------------


def test_a_path_alone_of_an_unknown_ending_names_the_readers(lake):
    lake.route("src-a", "t.t", "SELECT * FROM '{s3_input_path}'")
    assert_failed(load_one(lake, "a\n1\n", "a.txt"), "read_csv('{s3_input_path}')", "read_parquet")


def test_folders_have_one_type_for_all_files(lake):
    lake.route("src-a", "t.t", CSV)
    assert load_one(lake, "i\n1\n", "month=01/a.csv")["state"] == "LOADED"
    assert load_one(lake, "i\n2\n", "month=12/a.csv")["state"] == "LOADED"
    assert [(row["i"], row["month"]) for row in rows(lake)] == [(1, 1), (2, 12)]


def test_a_folder_never_replaces_a_column_of_the_file(lake):
    lake.route("src-a", "t.t", "SELECT * FROM '{s3_input_path}'")
    assert load_one(lake, "i,year\n1,1999\n", "year=2024/a.csv")["state"] == "LOADED"
    lake.put("src-a", "year=2024/a.parquet", "SELECT 2 AS i, 1999 AS year")
    assert lake.run("s3://src-a/year=2024/a.parquet").file("a.parquet")["state"] == "LOADED"
    assert [row["year"] for row in rows(lake)] == [1999, 1999]


# -- zones ----------------------------------------


@pytest.mark.parametrize("zone", ["Asia/Kolkata", "UTC", "America/New_York"])
def test_the_zone_of_the_process_changes_nothing(lake, zone):
    lake.route("src-a", "t.t", "SELECT t::VARCHAR AS t, date_trunc('day', t)::VARCHAR AS day"
               " FROM read_parquet('{s3_input_path}')")  # fmt: skip
    uri = lake.put("src-a", "a.parquet", "SELECT TIMESTAMPTZ '2024-01-01 20:00:00+00' AS t")
    lake.load(uri, TZ=zone)
    assert rows(lake) == [{"t": "2024-01-01 20:00:00+00", "day": "2024-01-01 00:00:00+00"}]


# -- Parquet ----------------------------------------


def put_arrow(lake, key: str, **columns) -> str:
    made = lake.folder / "made.parquet"
    parquet.write_table(pyarrow.table(columns), made)
    return lake.put_bytes("src-a", key, made.read_bytes())


@pytest.mark.parametrize("condition", ["b <> 1.0", "NOT (b = 1.0)", "b > 1.0", "isnan(b)"])
def test_statistics_that_a_nan_makes_untrue_never_prune(lake, condition):
    lake.route("src-a", "t.t", "SELECT * FROM read_parquet('{s3_input_path}') WHERE " + condition)
    lake.load(put_arrow(lake, "a.parquet", b=pyarrow.array([1.0, math.nan, None])))
    assert [math.isnan(row["b"]) for row in rows(lake)] == [True]


def test_the_maximum_of_a_column_with_nan_is_not_its_statistics(lake):
    lake.route("src-a", "t.t", "SELECT max(b) AS b FROM read_parquet('{s3_input_path}')")
    lake.load(put_arrow(lake, "a.parquet", b=pyarrow.array([1.0, math.nan, None])))
    assert math.isnan(rows(lake)[0]["b"])  # NaN is DuckDB's greatest


FINE = 1_700_000_000_123_456_789  # nanoseconds since 1970
WHOLE = FINE // 1000 * 1000


def time_columns(nanos: int) -> dict[str, pyarrow.Array]:
    """The same time as each type of Parquet that DuckDB's reader would cut to microseconds."""
    zoned = pyarrow.timestamp("ns", "UTC")
    return {
        "zoned": pyarrow.array([None, nanos], zoned),
        "time": pyarrow.array([None, nanos % (86_400 * 10**9)], pyarrow.time64("ns")),
        "nested": pyarrow.array(
            [None, {"n": 1, "l": [None, nanos]}],
            pyarrow.struct([("n", pyarrow.int64()), ("l", pyarrow.list_(zoned))]),
        ),
        "plain": pyarrow.array([None, nanos], pyarrow.timestamp("ns")),
    }


@pytest.mark.parametrize("name", ["zoned", "time", "nested", "plain"])
def test_nanoseconds_load_where_microseconds_hold_them(lake, name):
    column = time_columns(WHOLE)[name]
    lake.route("src-a", "t.t")
    lake.load(put_arrow(lake, "a.parquet", id=pyarrow.array([1, 2]), c=column))
    as_micros = {
        "zoned": pyarrow.timestamp("us", "UTC"),
        "time": pyarrow.time64("us"),
        "plain": pyarrow.timestamp("us"),
    }
    expected = column.cast(as_micros[name]) if name in as_micros else column
    assert [row["c"] for row in rows(lake)] == expected.to_pylist()


@pytest.mark.parametrize("name", ["zoned", "time", "nested", "plain"])
def test_nanoseconds_fail_where_microseconds_do_not_hold_them(lake, name):
    column = time_columns(FINE)[name]
    lake.route("src-a", "t.t")
    uri = put_arrow(lake, "a.parquet", id=pyarrow.array([1, 2]), c=column)
    assert_failed(lake.run(uri).files[0], "column c", "123456789")


def test_nanoseconds_of_a_column_that_nobody_reads_do_not_matter(lake):
    uri = put_arrow(lake, "a.parquet", id=pyarrow.array([1, 2]), c=time_columns(FINE)["zoned"])
    lake.route("src-a", "t.t", "SELECT id FROM (SELECT * FROM read_parquet('{s3_input_path}'))")
    lake.load(uri)
    assert [row["id"] for row in rows(lake)] == [1, 2]


def put_int96(lake, *times: datetime.datetime | int | None, unit: str = "us") -> str:
    table = pyarrow.table({"c": pyarrow.array(times, pyarrow.timestamp(unit))})
    made = lake.folder / "int96.parquet"
    parquet.write_table(table, made, use_deprecated_int96_timestamps=True)
    lake.route("src-a", "t.t")
    return lake.put_bytes("src-a", "int96.parquet", made.read_bytes())


def test_int96_loads_in_microseconds(lake):
    moment = datetime.datetime(2023, 11, 14, 22, 13, 20, 123456)
    lake.load(put_int96(lake, moment, None))
    assert [row["c"] for row in rows(lake)] == [None, moment]


@pytest.mark.parametrize(
    ("moment", "unit", "error"),
    [
        (FINE, "ns", "has 80000123456789 nanoseconds in its day"),
        (9_089_000_000_000, "s", "years 1 to 9999"),  # the year 290000
    ],
)
def test_int96_that_no_table_holds_fails(lake, moment, unit, error):
    uri = put_int96(lake, moment, unit=unit)
    assert_failed(lake.run(uri).files[0], "column c", error)


def test_a_decimal_of_more_than_38_digits_fails_by_its_name(lake):
    lake.route("src-a", "t.t")
    wide = pyarrow.array([decimal.Decimal("1.50")], pyarrow.decimal256(39, 2))
    uri = put_arrow(lake, "a.parquet", id=pyarrow.array([1]), amount=wide)
    assert_failed(lake.run(uri).file("a.parquet"), "column amount is a decimal of 39 digits")


# -- tables are made of rows ----------------------------------------


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("a.csv", ""),
        ("a.csv", "id,x\n"),
        ("a.csv", "1,2\n3,4,5\n"),
        ("a.json", "[]"),
        ("a.json", '{"id":1'),
    ],
)
def test_no_table_is_made_of_no_rows_or_of_a_failure(lake, key, text):
    lake.route("src-a", "t.t", "SELECT * FROM '{s3_input_path}'")
    first = load_one(lake, text, key)
    assert first["rows"] == 0
    assert lake.eider("table", "list", "--json").lines == []
    assert load_one(lake, "id,x\n1,2.5\n", "b.csv")["state"] == "LOADED"
    assert rows(lake) == [{"id": 1, "x": 2.5}]


def test_a_value_that_fails_makes_no_table(lake):
    sql = "SELECT CAST(id AS INT) AS id FROM read_csv('{s3_input_path}')"
    lake.route("src-a", "t.t", sql)
    assert_failed(load_one(lake, "id\n1\nabc\n", "a.csv"), "abc")
    assert lake.eider("table", "list", "--json").lines == []


def test_a_nanosecond_that_fails_makes_no_table(lake):
    """The rows of a Parquet file were counted without a look at its values, and an empty table
    stayed."""
    lake.route("src-a", "t.t")
    assert_failed(lake.run(put_arrow(lake, "a.parquet", c=time_columns(FINE)["plain"])).files[0],
                  "does not fit")  # fmt: skip
    assert lake.eider("table", "list", "--json").lines == []


def test_a_column_without_any_value_is_left_out_of_a_new_table(csv):
    assert load_one(csv, "id,x\n1,\n2,\n", "a.csv")["state"] == "LOADED"
    assert rows(csv) == [{"id": 1}, {"id": 2}]
    assert load_one(csv, "id,x\n3,\n", "b.csv")["state"] == "LOADED"
    assert_failed(load_one(csv, "id,x\n4,5\n", "c.csv"), "column x of the result is not in table")
    assert [row["id"] for row in rows(csv)] == [1, 2, 3]


def test_no_table_is_made_of_a_file_without_any_value(csv):
    """Seen: a table of two text columns, in which a later 1 was text."""
    assert_failed(load_one(csv, "id,x\n,\n", "a.csv"), "no column has a value in this file")
    assert load_one(csv, "id,x\n1,2.5\n", "b.csv")["state"] == "LOADED"
    assert csv.run("s3://src-a/a.csv").file("a.csv")["state"] == "LOADED"
    assert rows(csv) == [{"id": None, "x": None}, {"id": 1, "x": 2.5}]


def test_a_run_says_which_columns_a_new_table_was_made_without(csv):
    """In the file's line, with --json and in the log; later files say nothing."""
    names = [f"empty{n:02}" for n in range(12)]
    text = ",".join(["id", *names]) + "\n1" + "," * 12 + "\n"
    uri = csv.put_bytes("src-a", "a.csv", text.encode())
    told = csv.eider("run", "--dry-run", uri)
    assert "columns empty00, empty01" in told.stdout, told
    assert "empty09 and 2 more left out of the new table t.t" in told.stdout, told
    done = csv.run("--log-level", "info", uri)
    (line,) = done.files
    assert line["left_out"] == [{"table": "t.t", "columns": names}], line
    assert "created table t.t without columns empty00" in done.stderr, done.stderr
    assert f"and 2 more: no value in {uri}" in done.stderr, done.stderr
    assert [field.name for field in csv.table("t.t").schema().fields] == ["id"]
    assert "left_out" not in load_one(csv, text + "2" + "," * 12 + "\n", "b.csv")


def test_the_first_file_of_the_list_makes_the_table(csv):
    """Not the one that is ready first: the first is the longest to read."""
    slow = "id,x\n" + "1,2.5\n" * 200_000
    uris = [csv.put_bytes("src-a", "a.csv", b"id,x\n")]
    uris.append(csv.put_bytes("src-a", "b.csv", slow.encode()))
    uris += [csv.put_bytes("src-a", f"c{i}.csv", b"id,y\n1,x\n") for i in range(3)]
    done = csv.run(*uris)
    assert [line["state"] for line in map(done.file, ("a.csv", "b.csv"))] == ["LOADED", "LOADED"]
    assert [field.name for field in csv.table("t.t").schema().fields] == ["id", "x"]
    for i in range(3):
        assert_failed(done.file(f"c{i}.csv"), "column y of the result is not in table t.t")


def test_a_table_that_went_away_is_not_made_anew_without_a_word(csv):
    assert load_one(csv, "id\n1\n", "a.csv")["state"] == "LOADED"
    csv.pyiceberg().drop_table("t.t")
    line = load_one(csv, "id\n2\n", "b.csv")
    assert_failed(line, "table t.t does not exist", "s3://src-a/a.csv", "--remake-tables")
    assert not csv.pyiceberg().table_exists("t.t")
    done = csv.run("s3://src-a/b.csv", "--remake-tables")
    assert done.file("b.csv")["state"] == "LOADED", done.files
    assert rows(csv) == [{"id": 2}]
    assert load_one(csv, "id\n3\n", "c.csv")["state"] == "LOADED"


# -- what the first line is, and what makes a column text ---------------------------------------

REGIONS = "country,region\nchad,africa\ncountry,none\n"


def test_a_header_among_texts_that_is_a_value_too_is_never_loaded_as_a_row(csv):
    """Seen: the regions of gapminder made a table of column0 and column1."""
    line = load_one(csv, REGIONS)
    assert_failed(line, "whether the first line is a header cannot be told", "`country`",
                  "header = true", "header = false")  # fmt: skip
    assert csv.eider("table", "list", "--json").lines == []
    csv.route("src-a", "t.t", CSV.replace("')", "', header = true)"))
    assert load_one(csv, REGIONS)["rows"] == 2
    assert rows(csv) == [{"country": "chad", "region": "africa"},
                         {"country": "country", "region": "none"}]  # fmt: skip


def test_the_names_of_the_table_tell_a_header_among_texts(csv):
    assert load_one(csv, "country,region\nchad,africa\n", "a.csv")["state"] == "LOADED"
    line = load_one(csv, REGIONS, "b.csv")
    assert (line["state"], line["rows"]) == ("LOADED", 2), line


@pytest.mark.parametrize("column", ["sum(amount)", "amount + 1"])
@pytest.mark.parametrize("kind", ["csv", "json"])
@pytest.mark.parametrize("is_new", [True, False])
def test_the_value_that_makes_a_column_text_is_named(lake, column, kind, is_new):
    """Seen: "No function matches sum(VARCHAR)", and no word of the line among 5,000."""
    values = ["7"] * 4_709 + ["n/a"] + ["8"] * 300
    if kind == "csv":
        text = "\n".join(["amount", *values]) + "\n"
    else:
        text = "".join(f'{{"amount": {v if v != "n/a" else json.dumps(v)}}}\n' for v in values)
    if not is_new:
        lake.pyiceberg().create_namespace("t")
        schema = pyarrow.schema([("a", pyarrow.int64())])
        lake.pyiceberg().create_table("t.t", schema=schema)
    reader = f"read_{kind}('{{s3_input_path}}')"
    lake.route("src-a", "t.t", f"SELECT {column} AS a FROM {reader}")
    line = load_one(lake, text, f"f.{kind}")
    number = 4_711 if kind == "csv" else 4_710
    assert_failed(line, f"column amount is text because of line {number}: 'n/a'", "TRY_CAST")
    assert (line["line"], line["column"], line["value"]) == (number, "amount", "n/a"), line
    way_out = column.replace("amount", "TRY_CAST(amount AS BIGINT)")
    lake.route("src-a", "t.t", f"SELECT {way_out} AS a FROM {reader}")
    assert load_one(lake, text, f"f.{kind}")["state"] == "LOADED"


def test_a_column_of_texts_has_no_line_to_blame(lake):
    lake.route("src-a", "t.t", "SELECT sum(name) AS a FROM read_csv('{s3_input_path}')")
    line = load_one(lake, "name,id\nada,1\ngrace,2\n")
    assert_failed(line, "sum(VARCHAR)")
    assert "because of line" not in line["error"], line
