"""What became of every record of a file, and where in it an error lies: in the lines for machines,
the ledger and the snapshot's summary.
"""

import pytest

from routing_words import by

FIVE = b"id,kind\n1,a\n2,b\n3,b\n4,c\n5,c\n"
ALL = "SELECT * FROM '{s3_input_path}'"
FIVE_IN_JSON = b"".join(b'{"id": %d}\n' % number for number in range(1, 6))
FIVE_IN_PARQUET = "SELECT range + 1 AS id, 'k' || (range % 2) AS kind FROM range(5)"


def counts(line: dict) -> tuple:
    return (line["rows"], line["rows_read"], line["rows_filtered"], line["rows_rejected"])


def put_five(lake, key: str) -> str:
    if key.endswith("parquet"):
        return lake.put("src-a", key, FIVE_IN_PARQUET)
    return lake.put_bytes("src-a", key, FIVE if key.endswith("csv") else FIVE_IN_JSON)


@pytest.mark.parametrize("key", ["x.csv", "x.json", "x.parquet"])
def test_what_was_read_and_not_written_was_filtered(lake, key):
    lake.route("src-a", "t.t", "SELECT id FROM '{s3_input_path}' WHERE id > 3")
    (line,) = lake.load(put_five(lake, key)).files
    (record,) = lake.history()
    assert counts(line) == counts(record) == (2, 5, 3, 0)
    summary = lake.table("t.t").metadata.snapshots[-1].summary
    assert (summary["added-records"], summary["eider.rows-read"], summary["eider.rows-filtered"],
            summary["eider.rows-rejected"]) == ("2", "5", "3", None)  # fmt: skip


@pytest.mark.parametrize("key", ["x.csv", "x.json", "x.parquet"])
def test_sql_that_does_not_work_row_by_row_tells_what_it_read(lake, key):
    lake.route("src-a", "t.t", "SELECT count(*) AS n FROM '{s3_input_path}' WHERE id > 3")
    (line,) = lake.load(put_five(lake, key)).files
    assert counts(line) == (1, 5, None, 0)


def test_a_reader_that_may_leave_lines_out_is_not_said_to_have_read_all(lake):
    lake.route("src-a", "t.t", "SELECT * FROM read_csv('{s3_input_path}', ignore_errors = true,"
               " columns = {'id': 'INT', 'kind': 'VARCHAR'}, header = true)")  # fmt: skip
    (line,) = lake.load(lake.put_bytes("src-a", "x.csv", FIVE + b"six,d\n")).files
    assert counts(line) == (5, None, None, 0)


def test_files_of_one_commit_are_summed(lake):
    lake.route("src-a", "t.t", "SELECT id FROM '{s3_input_path}' WHERE id <> 2")
    lake.load(put_five(lake, "a.csv"), put_five(lake, "b.json"))
    summary = lake.table("t.t").metadata.snapshots[-1].summary
    assert (summary["eider.rows-read"], summary["eider.rows-filtered"]) == ("10", "2")


@pytest.mark.parametrize("key", ["x.csv", "x.parquet"])
def test_parts_have_counts_of_their_own(lake, key):
    lake.set(**by("column:kind"))
    lake.route("b*", "t.b", "SELECT id FROM '{s3_input_path}' WHERE id < 3")
    for kind in ("a", "c", "k"):
        lake.route(f"{kind}*", f"t.{kind}", ALL)
    (line,) = lake.load(put_five(lake, key)).files
    if key == "x.parquet":
        assert counts(line) == (5, None, None, 0)  # one part, which its footer does not tell
        return
    assert counts(line) == (4, 5, 1, 0)
    assert {part["table"]: counts(part) for part in line["parts"]} == {
        "t.a": (1, 1, 0, 0), "t.b": (1, 2, 1, 0), "t.c": (2, 2, 0, 0)}  # fmt: skip
    (record,) = lake.history()
    assert record["parts"][1]["rows_filtered"] == 1


def test_rows_of_values_without_a_route_count_as_rejected(lake):
    lake.set(**by("column:kind"), EIDER_ROUTING_UNROUTED_VALUES="reject",
             EIDER_ROUTING_REJECTS_TABLE="t.rejects")  # fmt: skip
    lake.route("a", "t.a", ALL).route("b", "t.b", ALL)
    (line,) = lake.load(put_five(lake, "x.csv")).files
    assert (line["rows_read"], line["rows_rejected"]) == (5, 2)


def test_an_error_tells_line_column_and_value(lake):
    lake.route("src-a", "t.t", "SELECT * FROM read_csv('{s3_input_path}')")
    lake.load(lake.put_bytes("src-a", "a.csv", b"id,n\n1,1\n"))
    line = lake.run(lake.put_bytes("src-a", "b.csv", b"id,n\n1,2\n2,many\n")).file("b.csv")
    [record] = lake.history("--state", "FAILED")
    for told in (line, record):
        assert (told["line"], told["column"], told["value"]) == (3, "n", "many"), told


@pytest.mark.parametrize(
    ("key", "content", "line"),
    [("a.csv", b"a,b\n1,2\n3,4,5\n", 3), ("b.json", b'{"a": 1}\n{"a": [1,}\n', 2)],
)
def test_an_error_of_a_line_tells_the_line(lake, key, content, line):
    lake.route("src-a", "t.t", ALL)
    told = lake.run(lake.put_bytes("src-a", key, content)).file(key)
    assert (told["state"], told["line"], told["column"]) == ("FAILED", line, None), told


def test_a_file_that_loads_has_no_place_of_an_error(lake):
    lake.route("src-a", "t.t", ALL)
    lake.run(lake.put_bytes("src-a", "x.csv", b"a,b\n1\n"))
    lake.load(lake.put_bytes("src-a", "x.csv", b"a,b\n1,2\n"))
    newest = lake.history()[0]
    assert (newest["state"], newest["line"], newest["value"]) == ("LOADED", None, None)


@pytest.mark.parametrize(("key", "told"), [
    ("x.csv", ["read_csv(", "delim = ','", "header = true", "columns = {'id': 'VARCHAR'"]),
    ("x.json", ["read_json(", "columns = {'id': "]),
])  # fmt: skip
def test_history_tells_the_options_that_read_a_text(lake, key, told):
    lake.route("src-a", "t.t", ALL)
    lake.load(put_five(lake, key))
    (record,) = lake.history()
    for words in told:
        assert words in record["readers"], record
    assert len(record["readers"].encode()) <= 2048


def test_history_tells_no_options_of_parquet(lake):
    lake.route("src-a", "t.t", ALL)
    lake.load(put_five(lake, "x.parquet"))
    assert lake.history()[0]["readers"] is None


def test_history_shortens_the_options_of_many_columns(lake):
    lake.route("src-a", "t.t", ALL)
    names = ",".join(f"a_column_with_a_long_name_{number}" for number in range(300))
    lake.load(lake.put_bytes("src-a", "x.csv", f"{names}\n{','.join('1' * 300)}\n".encode()))
    readers = lake.history()[0]["readers"]
    assert len(readers.encode()) <= 2048 and "bytes more" in readers
