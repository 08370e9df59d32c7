"""Keys and messages that would deceive a reader or a terminal: in words, in JSON, in the ledger."""

import json
import sqlite3
import urllib.parse

import pyarrow
import pyarrow.parquet
import pytest

# By the way that each is shown: what a terminal must not get raw, and what looks like its escape.
KEYS = {
    "line\nbreak": "line\\nbreak",
    "line\\nbreak": "line\\\\nbreak",
    "csi\u009b31mred": "csi\\u{9b}31mred",
    "esc\x1b[31mred": "esc\\x1b[31mred",
    "para\u2029graph": "para\\u{2029}graph",
    "line\u2028separator": "line\\u{2028}separator",
    "fdp\u202egpj": "fdp\\u{202e}gpj",
    "iso\u2066late": "iso\\u{2066}late",
    "zero\u200bwidth": "zero\\u{200b}width",
    "bom\ufeff": "bom\\u{feff}",
    "no\u00a0break": "no\\u{a0}break",
    "wide\u3000blank": "wide\\u{3000}blank",
    "empty\u2800braille": "empty\\u{2800}braille",
    "filler\u3164": "filler\\u{3164}",
    "plain größe 東京": "plain größe 東京",
}
# Not UTF-8, and all three the same with U+FFFD for what cannot be read.
WRONG_KEYS = {"wrong\udcff": "wrong\\xff", "wrong\udcfe": "wrong\\xfe", "wrong\udcc3": "wrong\\xc3"}
CONTROLS = [*map(chr, range(0x20)), *map(chr, range(0x7F, 0xA0))]
HIDDEN = [*CONTROLS, *"\u2028\u2029\u202e\u2066\u200b\ufeff\u00a0\u3000\u2800\u3164"]


def uris(keys) -> list[str]:
    return [f"s3://src-a/{key}.parquet" for key in keys]


def assert_shows_nothing_hidden(text: str):
    assert not [c for c in HIDDEN if c != "\n" and c in text], text.encode()


@pytest.fixture(scope="module")
def strange(make_lake):
    """Files of all keys, loaded as far as they can be."""
    lake = make_lake()
    lake.route("src-a", "bronze.strange", "SELECT id FROM read_parquet('{s3_input_path}')")
    for number, key in enumerate([*KEYS, *WRONG_KEYS]):
        lake.put("src-a", f"{key}.parquet", f"SELECT {number} AS id")
    lake.outcome = lake.run(*uris(KEYS), *uris(WRONG_KEYS))
    return lake


def test_json_lines_keep_every_key_apart(strange):
    files = strange.outcome.files
    by_key = {(line["file"], line.get("file_encoded")): line for line in files}
    assert len(by_key) == len(KEYS) + len(WRONG_KEYS)
    for uri in uris(KEYS):
        assert by_key[uri, None]["state"] == "LOADED"
    for uri, shown in zip(uris(WRONG_KEYS), uris(WRONG_KEYS.values()), strict=True):
        encoded = urllib.parse.quote(uri.encode(errors="surrogateescape"), safe="/:")
        line = by_key[shown, encoded]
        assert line["state"] == "FAILED" and line["code"] == "unsupported"
        assert "keys that are not UTF-8 cannot be read by DuckDB" in line["error"]
        assert urllib.parse.unquote_to_bytes(encoded) == uri.encode(errors="surrogateescape")
    assert_shows_nothing_hidden(strange.outcome.stdout)
    assert strange.scan_ids("bronze.strange") == list(range(len(KEYS)))


def test_the_history_has_them_as_the_run_did(strange):
    rows = strange.history()
    named = {(row["file"], row.get("file_encoded")) for row in rows}
    assert named == {(line["file"], line.get("file_encoded")) for line in strange.outcome.files}
    words = strange.eider("history")
    assert_shows_nothing_hidden(words.stdout)
    for shown in uris([*KEYS.values(), *WRONG_KEYS.values()]):
        lines = [line for line in words.stdout.splitlines() if line.endswith("  " + shown)]
        assert len(lines) == 1, shown


def test_a_run_in_words_shows_one_line_for_each(strange):
    outcome = strange.eider("run", "--force", *uris(KEYS), *uris(WRONG_KEYS))
    assert_shows_nothing_hidden(outcome.stdout + outcome.stderr)
    for shown in uris(KEYS.values()):
        assert len([x for x in outcome.stdout.splitlines() if f"  {shown}  " in x]) == 1, shown
    for shown in uris(WRONG_KEYS.values()):
        assert f"FAILED   {shown}\n" in outcome.stderr
        assert f"by DuckDB, whose texts are: {shown}\n" in outcome.stderr


def test_explain_in_words_and_in_json(strange):
    for key, shown in (KEYS | WRONG_KEYS).items():
        (uri,), (shown_uri,) = uris([key]), uris([shown])
        words = strange.eider("explain", uri)
        assert words.stdout.startswith(shown_uri + "\n")
        assert_shows_nothing_hidden(words.stdout + words.stderr)
        (line,) = strange.eider("explain", "--json", uri).lines
        assert line["file"] == (uri if key in KEYS else shown_uri)
        assert ("file_encoded" in line) == (key in WRONG_KEYS)


def test_a_key_that_is_no_utf8_is_found_by_listing(strange):
    outcome = strange.run("s3://src-a/")
    assert len({line.get("file_encoded") for line in outcome.files} - {None}) == len(WRONG_KEYS)


def test_a_column_name_of_a_megabyte_is_a_short_error(lake):
    name = "n" * 1_000_000
    lake.route("src-a", "bronze.short")
    lake.load(lake.put("src-a", "good.parquet", "SELECT 1 AS id"))
    uri = lake.put("src-a", "long.csv", "SELECT 1 AS id", "FORMAT csv")
    lake.path("src-a", "long.csv").write_text(f"id,{name}\n1,2\n")
    lake.route("src-a", "bronze.short", "SELECT * FROM read_csv('{s3_input_path}', "
               "max_line_size = 4000000, buffer_size = 16000000)")  # fmt: skip
    line = lake.run(uri).file("long.csv")
    assert line["state"] == "FAILED"
    assert len(line["error"].encode()) <= 2048 and "bytes more" in line["error"]
    assert "bronze.short" in line["error"]
    words = lake.eider("run", uri)
    assert len(words.stderr.encode()) < 3000
    with sqlite3.connect(lake.ledger_path) as ledger:
        (error,) = ledger.execute("SELECT error FROM file_loads WHERE uri = ?", [uri]).fetchone()
    assert len(error.encode()) <= 2048


NULS = {
    "a.csv": ("read_csv", b"id,a\0b\n1,x\n", "a\\x00b"),
    "a.json": ("read_json", b'{"id":1,"a\\u0000b":2}\n', "a\\x00b"),
    "nested.json": ("read_json", b'{"id":1,"s":{"a\\u0000b":2}}\n', "s.a\\x00b"),
    "a.parquet": ("read_parquet", {"id": [1], "a\0b": [2]}, "a\\x00b"),
    "nested.parquet": ("read_parquet", {"id": [1], "s": [{"a\0b": 2}]}, "s.a\\x00b"),
}


@pytest.mark.parametrize("key", NULS)
@pytest.mark.parametrize("has_table", [False, True])
def test_a_nul_in_a_column_name_is_not_the_routes_mistake(lake, key, has_table):
    reader, content, column = NULS[key]
    lake.route("src-a", "bronze.nul", f"SELECT * FROM {reader}('{{s3_input_path}}')")
    if has_table:
        lake.route("src-b", "bronze.nul", "SELECT 1 AS id, {'a': 1} AS s, '{s3_input_path}' AS a")
        lake.load(lake.put("src-b", "first.parquet", "SELECT 1 AS id"))
    if isinstance(content, dict):
        pyarrow.parquet.write_table(pyarrow.table(content), lake.path("src-a", key))
    else:
        lake.put_bytes("src-a", key, content)
    outcome = lake.eider("run", f"s3://src-a/{key}")
    assert outcome.exit_code == 1
    shown = outcome.stdout + outcome.stderr
    assert f"column {column} has a NUL character in its name: rename it in the file" in shown
    assert key in shown
    assert "route SQL" not in shown


def test_explain_shortens_a_column_name_of_a_megabyte(lake):
    name = "n" * 1_000_000
    lake.route("src-a", "bronze.t", "SELECT * FROM read_parquet('{s3_input_path}')")
    file = lake.path("src-a", "a.parquet")
    pyarrow.parquet.write_table(pyarrow.table({"id": [1], name: [2], "s": [{name: 3}]}), file)
    explained = lake.eider("explain", "--sample", "2", "s3://src-a/a.parquet")
    assert "more) …nnn" in explained.stdout, explained.stdout[:2000]
    assert len(explained.stdout) < 20_000, len(explained.stdout)


def test_a_value_of_a_megabyte_is_a_short_error(lake):
    lake.route("src-a", "bronze.value")
    lake.load(lake.put("src-a", "good.parquet", "SELECT 1 AS id"))
    uri = lake.put("src-a", "long.parquet", "SELECT repeat('word ', 200000) AS id")
    lake.route("src-a", "bronze.value", "SELECT CAST(id AS INTEGER) AS id FROM '{s3_input_path}'")
    line = lake.run(uri).file("long.parquet")
    assert line["state"] == "FAILED" and len(line["error"].encode()) <= 2048
    assert "long.parquet" in line["error"]
    assert len(json.dumps(lake.history("--state", "FAILED")).encode()) < 4000


def test_what_was_typed_wrong_is_shown_safely(lake):
    outcome = lake.eider("run", "--no-such-\x1b[31m-\u202eoption")
    assert outcome.exit_code == 2 and "\\x1b" in outcome.stderr
    assert_shows_nothing_hidden(outcome.stderr)
    outcome = lake.eider("history", "--state", "\u009b31m")
    assert outcome.exit_code == 2 and "\\u{9b}" in outcome.stderr
    assert_shows_nothing_hidden(outcome.stderr)


def test_a_route_of_hidden_characters_comes_back_as_it_was(lake):
    sql = "SELECT '\u202e\u200b\u2028\U000e0041\\d' AS x FROM '{s3_input_path}'"
    # YAML has no surrogates, JSON no eight digits.
    lake.route("src-a", "bronze.hidden", sql)
    text = lake.routes_path.read_text()
    lake.routes_path.write_text(text.replace("\\udb40\\udc41", "\\U000e0041"))
    shown = lake.eider("routes", "get", "src-a").stdout
    assert_shows_nothing_hidden(shown)
    assert "\U000e0041" not in shown
    (line,) = lake.eider("routes", "get", "--json", "src-a").lines
    assert line["query_sql"] == sql
    lake.routes_path.write_text(lake.eider("routes", "export").stdout)
    (line,) = lake.eider("routes", "get", "--json", "src-a").lines
    assert line["query_sql"] == sql
