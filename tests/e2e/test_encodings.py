"""CSV files that are not UTF-8: read where the SQL or the route names their encoding, else FAILED
with the line and the way out."""

import gzip
import os

import pytest

CSV = "SELECT * FROM read_csv('{s3_input_path}', header = true)"
NAMES = ["Müller", "Zoë €", "naïve; \"quoted\"", "Straße\nmit Umbruch"]
GREEK = ["Αθήνα", "Πάτρα"]


def csv_of(names: list[str], header: str = "id,naam") -> str:
    cells = ["\"" + name.replace("\"", "\"\"") + "\"" for name in names]
    return header + "\n" + "".join(f"{i},{cell}\n" for i, cell in enumerate(cells))


def names_in(lake, column: str = "naam") -> list[str]:
    found = lake.table("t.t").scan().to_arrow().to_pylist()
    return [row[column] for row in sorted(found, key=lambda row: row["id"])]


def error_of(lake, key: str) -> str:
    line = lake.run(f"s3://src-a/{key}").file(key)
    assert line["state"] == "FAILED", line
    return line["error"]


@pytest.mark.parametrize("where", ["route", "sql", "both"])
@pytest.mark.parametrize(("encoding", "python", "names"), [
    ("windows-1252", "cp1252", NAMES),
    ("latin-1", "latin-1", [name.replace("€", "¤") for name in NAMES]),
    ("iso-8859-15", "iso8859-15", NAMES),
    ("windows-1253", "cp1253", GREEK),
    ("Shift_JIS", "shift_jis", ["日本語", "ソ表"]),  # the second byte of these is a backslash
    ("gb18030", "gb18030", ["中文", "𠀀"]),
    ("utf-16", "utf-16", NAMES),
    ("utf-16le", "utf-16-le", NAMES),
    ("utf-8", "utf-8", NAMES),
])  # fmt: skip
def test_a_named_encoding_is_read(lake, where, encoding, python, names):
    sql = CSV if where == "route" else CSV[:-1] + f", encoding = '{encoding}')"
    attributes = {} if where == "sql" else {"encoding": encoding}
    lake.route("src-a", "t.t", sql, **attributes)
    lake.put_bytes("src-a", "a.csv", csv_of(names).encode(python))
    lake.load("s3://src-a/a.csv")
    assert names_in(lake) == names
    lake.put_bytes("src-a", "b.csv.gz", gzip.compress(csv_of(names).encode(python)))
    lake.load("s3://src-a/b.csv.gz")  # into the table that is there, and packed
    assert sorted(names_in(lake)) == sorted(names * 2)


def test_a_header_in_another_encoding_names_the_columns(lake):
    lake.route("src-a", "t.t", CSV, encoding="windows-1252")
    lake.put_bytes("src-a", "a.csv", csv_of(["x"], "id,größe").encode("cp1252"))
    lake.load("s3://src-a/a.csv")
    assert names_in(lake, "größe") == ["x"]


@pytest.mark.parametrize("table_is_there", [False, True])
@pytest.mark.parametrize(("header", "where"), [("id,naam", "line 3"), ("id,größe", "column 2")])
def test_what_is_not_utf_8_fails_with_its_line_and_the_way_out(lake, table_is_there, header, where):
    lake.route("src-a", "t.t", CSV)
    if table_is_there:
        lake.put_bytes("src-a", "0.csv", b"id,naam\n9,x\n")
        lake.load("s3://src-a/0.csv")
    lake.put_bytes("src-a", "a.csv", csv_of(["plain", "Müller"], header).encode("cp1252"))
    told = error_of(lake, "a.csv")
    assert where in told and "not UTF-8" in told and "encoding: windows-1252" in told, told
    for advice in ("ignore_errors", "INSTALL", "encodings extension"):
        assert advice not in told, told


def test_a_byte_that_the_encoding_does_not_have_fails_with_its_line(lake):
    lake.route("src-a", "t.t", CSV, encoding="windows-1252")
    lake.put_bytes("src-a", "a.csv", b"id,naam\n1,x\n2,\x81\n")
    told = error_of(lake, "a.csv")
    assert "line 3" in told and "0x81" in told and "windows-1252" in told, told
    lake.route("src-a", "t.t", CSV, encoding="shift_jis")
    lake.put_bytes("src-a", "b.csv", b"id,naam\n1,\x93")
    told = error_of(lake, "b.csv")
    assert "line 2" in told and "half a letter" in told, told


def test_an_encoding_that_is_none_is_told(lake):
    lake.route("src-a", "t.t", CSV[:-1] + ", encoding = 'klingon')")
    lake.put_bytes("src-a", "a.csv", b"id,naam\n1,x\n")
    told = error_of(lake, "a.csv")
    assert "klingon" in told and "windows-1252" in told and "INSTALL" not in told, told
    lake.route("src-a", "t.t", CSV, encoding="klingon")
    checked = lake.eider("routes", "check")
    assert checked.exit_code == 1
    assert "routes.yaml:5" in checked.stdout and "klingon" in checked.stdout, checked.stdout


def test_two_encodings_of_one_file_are_refused(lake):
    sql = ("SELECT a.id, b.naam FROM read_csv('{s3_input_path}', encoding = 'latin-1') a "
           "JOIN read_csv('{s3_input_path}', encoding = 'windows-1252') b USING (id)")  # fmt: skip
    lake.route("src-a", "t.t", sql)
    lake.put_bytes("src-a", "a.csv", b"id,naam\n1,x\n")
    told = error_of(lake, "a.csv")
    assert "two encodings" in told and "latin-1" in told, told


def test_a_route_s_encoding_is_not_that_of_its_inputs(lake):
    lake.put_bytes("src-b", "ref/names.csv", csv_of(["Zoë"]).encode())
    lake.route("src-a", "t.t", "SELECT a.id, a.naam || ' ' || b.naam AS naam "
               "FROM read_csv('{s3_input_path}', header = true) a "
               "JOIN read_csv('s3://src-b/ref/names.csv', header = true) b USING (id)",
               inputs=["s3://src-b/ref/"], encoding="windows-1252")  # fmt: skip
    lake.put_bytes("src-a", "a.csv", csv_of(["Müller"]).encode("cp1252"))
    lake.load("s3://src-a/a.csv")
    assert names_in(lake) == ["Müller Zoë"]


def test_the_text_leaves_nothing_in_the_temporary_directory(lake):
    lake.route("src-a", "t.t", CSV, encoding="windows-1252")
    lake.put_bytes("src-a", "a.csv", csv_of(["Müller"] * 1000).encode("cp1252"))
    lake.load("s3://src-a/a.csv")
    assert os.listdir(lake.folder / "spill") == []
