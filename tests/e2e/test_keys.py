"""Object keys as people and attackers write them: exactly that object, never a glob or SQL."""

import json
import urllib.parse

import duckdb
import pytest

from lake import sql_text
from readers import pyiceberg_rows

KEYS = [
    "plain.parquet",
    "with space.parquet",
    " leading and trailing .parquet",
    "it's.parquet",
    "''.parquet",
    "') ; DROP TABLE x; --.parquet",
    "' || (SELECT 'x') || '.parquet",
    'double "quotes".parquet',
    "star*.parquet",
    "**.parquet",
    "question?.parquet",
    "[ab].parquet",
    "{a,b}.parquet",
    "{s3_input_path}.parquet",
    "back\\slash.parquet",
    "percent%20%27.parquet",
    "plus+plus.parquet",
    "hash#tag&amp;=1.parquet",
    "semi;colon$1.parquet",
    "dollar$$quote$$.parquet",
    "new\nline\tand tab.parquet",
    "größe-ørsted-日本-\U0001f986.parquet",
    "e\u0301 is not \u00e9.parquet",
    "no extension",
    "year=2024/month=02/x.parquet",
    "..hidden/...dots.parquet",
    "a" * 200 + ".parquet",
]
# What a glob, or a key cut at a quote, would take instead or as well.
DECOYS = ["starfish.parquet", "questions.parquet", "a.parquet", "b.parquet", "it", "it's"]
SQL = (
    "SELECT id, filename, '{s3_input_path}' AS source"
    " FROM read_parquet('{s3_input_path}', filename = true)"
)


@pytest.fixture(scope="module")
def keyed(make_lake):
    """All keys loaded in one call; row `id` is the key's place in KEYS."""
    lake = make_lake()
    lake.route("src-a", "bronze.keyed", SQL)
    for number, key in enumerate(KEYS):
        lake.put("src-a", key, f"SELECT {number} AS id")
    for key in DECOYS:
        lake.put("src-a", key, "SELECT -1 AS id")
    lake.outcome = lake.load(*(f"s3://src-a/{key}" for key in KEYS))
    return lake


def test_each_key_gives_exactly_its_own_row(keyed):
    assert keyed.scan_ids("bronze.keyed") == list(range(len(KEYS)))


def test_the_marker_and_filename_are_the_true_uri(keyed):
    for number, filename, source in pyiceberg_rows(keyed, "bronze.keyed"):
        assert source == filename == f"s3://src-a/{KEYS[number]}"


def test_the_lines_and_the_ledger_name_the_keys(keyed):
    uris = {f"s3://src-a/{key}" for key in KEYS}
    assert set(keyed.outcome.states()) == uris
    assert {row["file"] for row in keyed.history()} == uris


def test_a_listing_finds_the_same_keys(keyed):
    outcome = keyed.run("s3://src-a/")
    states = outcome.states()
    assert {states[f"s3://src-a/{key}"] for key in KEYS} == {"SKIPPED"}
    assert outcome.summary == {"loaded": len(DECOYS), "skipped": len(KEYS), "failed": 0, "held": 0}


def test_an_event_brings_every_key(make_lake):
    """S3 events hold encoded keys, with `+` for a space."""
    lake = make_lake()
    lake.route("src-a", "bronze.keyed", SQL)
    records = []
    for number, key in enumerate(KEYS):
        lake.put("src-a", key, f"SELECT {number} AS id")
        encoded = urllib.parse.quote_plus(key, safe="/")
        records.append({
            "eventSource": "aws:s3", "eventName": "ObjectCreated:Put",
            "s3": {"bucket": {"name": "src-a"}, "object": {"key": encoded}},
        })  # fmt: skip
    outcome = lake.load("--event", "-", stdin=json.dumps({"Records": records}))
    assert set(outcome.states()) == {f"s3://src-a/{key}" for key in KEYS}
    assert lake.scan_ids("bronze.keyed") == list(range(len(KEYS)))


def test_hive_style_keys_bring_their_columns_as_in_duckdb(lake):
    """`year=2024/` is a column of what read_parquet gives, unless the route's SQL says not."""
    lake.route("src-a", "bronze.hive")
    uri = lake.put("src-a", "sales/year=2024/region=eu%2Fnorth/x.parquet", "SELECT 7 AS id")
    path = lake.path("src-a", "sales/year=2024/region=eu%2Fnorth/x.parquet")
    with duckdb.connect() as connection:
        own = connection.execute(f"SELECT * FROM read_parquet({sql_text(path)})")
        names, row = [column[0] for column in own.description], own.fetchone()
    assert set(names) == {"id", "region", "year"}
    lake.load(uri)
    arrow = lake.table("bronze.hive").scan().to_arrow()
    assert (arrow.column_names, [tuple(r.values()) for r in arrow.to_pylist()]) == (names, [row])

    # The table has the columns now: a key without them leaves them null.
    lake.load(lake.put("src-a", "sales/y.parquet", "SELECT 8 AS id"))
    assert [list(r) for r in pyiceberg_rows(lake, "bronze.hive")] == [
        list(row), [8, None, None]
    ]  # fmt: skip

    sql = "SELECT * FROM read_parquet('{s3_input_path}', hive_partitioning = false)"
    lake.route("src-a", "bronze.plain", sql)
    lake.load("--force", uri)
    assert lake.table("bronze.plain").scan().to_arrow().to_pylist() == [{"id": 7}]


@pytest.mark.parametrize(
    "key", ["../src-b/x.parquet", "a/../../src-b/x.parquet", "./x.parquet", "a//x.parquet"]
)
def test_no_key_leaves_its_bucket(lake, key):
    lake.route("src-a", "bronze.keyed")
    lake.put("src-b", "x.parquet", "SELECT 1 AS id")
    lake.put("src-a", "x.parquet", "SELECT 1 AS id")
    lake.put("src-a", "a/x.parquet", "SELECT 1 AS id")
    outcome = lake.run(f"s3://src-a/{key}")
    assert outcome.exit_code != 0
    assert not any(line["state"] == "LOADED" for line in outcome.files)
    assert not lake.warehouse.exists() or not list(lake.warehouse.rglob("*.parquet"))


def test_routing_by_folder_takes_the_decoded_segment(lake):
    lake.configure()
    lake.route("größe & 'co'", "bronze.folder")
    lake.load(lake.put("src-a", "größe & 'co'/2024/x.parquet", "SELECT 1 AS id"))
    assert lake.scan_ids("bronze.folder") == [1]


def test_the_first_strategy_with_a_route_wins(lake):
    lake.route("src-a", "bronze.bucket").route("orders", "bronze.folder")
    lake.load(lake.put("src-a", "orders/x.parquet", "SELECT 1 AS id"))
    lake.load(lake.put("src-b", "orders/x.parquet", "SELECT 2 AS id"))
    assert lake.scan_ids("bronze.bucket") == [1] and lake.scan_ids("bronze.folder") == [2]
    lake.load("--force", "s3://src-a/orders/x.parquet", EIDER_ROUTING_STRATEGIES="folder,bucket")
    assert lake.scan_ids("bronze.folder") == [1, 2]


def test_the_second_folder_by_number(lake):
    lake.route("second", "bronze.second")
    uri = lake.put("src-a", "first/second/x.parquet", "SELECT 1 AS id")
    assert lake.run(uri).exit_code == 1
    lake.load(uri, EIDER_ROUTING_STRATEGIES="folder:1")
    assert lake.scan_ids("bronze.second") == [1]
