"""`eider table create`: by a statement, of a sample, of a route; and what `table show` tells of
changes since."""

import json

import pytest
from pyiceberg.types import IntegerType, LongType

from readers import pyiceberg_rows

STATEMENT = """-- orders of the shop
CREATE TABLE bronze.orders (
  id BIGINT NOT NULL, ts TIMESTAMPTZ NOT NULL, day DATE, amount DECIMAL(12, 2), tags VARCHAR[],
  who STRUCT(name VARCHAR, age INTEGER), "two words" DOUBLE
) PARTITIONED BY (day(ts), bucket(16, id)) WITH ('write.parquet.compression-codec' = 'snappy');
"""


def create(lake, *arguments: str):
    return lake.eider("table", "create", *arguments)


def statement(lake, text: str = STATEMENT) -> str:
    path = lake.folder / "orders.sql"
    path.write_text(text)
    return str(path)


def columns(lake, name: str) -> dict[str, str]:
    return {field.name: f"{field.field_type}{'' if field.optional else ' required'}"
            for field in lake.table(name).schema().fields}  # fmt: skip


def partitions(lake, name: str) -> dict[str, str]:
    return {field.name: str(field.transform) for field in lake.table(name).spec().fields}


def test_a_statement_makes_the_table_that_it_says(lake):
    made = create(lake, "bronze.orders", "--sql-file", statement(lake))
    assert made.exit_code == 0, made.stderr
    assert columns(lake, "bronze.orders") == {
        "id": "long required", "ts": "timestamptz required", "day": "date",
        "amount": "decimal(12, 2)", "tags": "list<string>",
        "who": "struct<9: name: optional string, 10: age: optional int>",
        "two words": "double"}  # fmt: skip
    assert partitions(lake, "bronze.orders") == {"ts_day": "day", "id_bucket": "bucket[16]"}
    assert lake.table("bronze.orders").properties["write.parquet.compression-codec"] == "snappy"
    lake.route("src-a", "bronze.orders", "SELECT 1::BIGINT AS id, now() AS ts FROM "
               "'{s3_input_path}'", create=False)  # fmt: skip
    lake.load(lake.put("src-a", "a.parquet", "SELECT 1 AS x"))
    assert lake.scan_ids("bronze.orders") == [1]


def test_options_go_before_the_statement(lake):
    made = create(lake, "bronze.orders", "--sql-file", statement(lake),
                  "--partition-by", "day", "--sort-by", "ts desc",
                  "--table-property", "format-version=3")  # fmt: skip
    assert made.exit_code == 0, made.stderr
    assert partitions(lake, "bronze.orders") == {"day": "identity"}
    shown = json.loads(lake.eider("table", "show", "bronze.orders", "--json").stdout)
    assert shown["format_version"] == 3 and len(shown["sort_order"]["fields"]) == 1
    assert shown["properties"]["write.parquet.compression-codec"] == "snappy"


@pytest.mark.parametrize(("text", "told"), [
    ("CREATE TABLE bronze.other (id INT)", "orders.sql creates table bronze.other, and not"),
    ("CREATE TABLE bronze.orders (id INT) PARTITIONED BY (day(nosuch))", "nosuch"),
    ("CREATE TABLE bronze.orders (id INT PRIMARY KEY)", "only NOT NULL is kept"),
    ("CREATE TABLE bronze.orders (a TEXT) USING iceberg", "it does not parse"),
    ("CREATE TABLE bronze.orders AS FROM read_csv('/etc/passwd')", "AS SELECT is not for this"),
    ("CREATE TABLE bronze.orders (i INTERVAL)", "INTERVAL has no Iceberg type"),
])  # fmt: skip
def test_a_statement_that_says_something_else_makes_nothing(lake, text, told):
    made = create(lake, "bronze.orders", "--sql-file", statement(lake, text))
    assert made.exit_code == 1 and told in made.stderr, made.stderr
    assert lake.eider("table", "list").stdout == ""


def test_a_sample_says_what_columns_there_are_and_is_not_loaded(lake):
    uri = lake.put_bytes("src-a", "a.csv", b"id,ts,none\n1,2024-01-31 10:00:00,\n")
    dry = create(lake, "bronze.orders", "--from", uri, "--partition-by", "day(ts)", "--dry-run")
    assert dry.exit_code == 0 and dry.stdout.startswith("would create bronze.orders"), dry.stderr
    assert lake.eider("table", "list").stdout == ""
    made = create(lake, "bronze.orders", "--from", uri, "--partition-by", "day(ts)")
    assert made.stdout.splitlines()[0] == (
        "created bronze.orders, without columns that have no value in the file: none")
    assert columns(lake, "bronze.orders") == {"id": "long", "ts": "timestamp"}
    assert partitions(lake, "bronze.orders") == {"ts_day": "day"}
    assert pyiceberg_rows(lake, "bronze.orders") == []
    lake.route("src-a", "bronze.orders", "SELECT id, ts FROM '{s3_input_path}'", create=False)
    lake.load(uri)
    assert lake.scan_ids("bronze.orders") == [1]


def test_a_route_shapes_the_rows_of_the_sample(lake):
    lake.route("src-a", "bronze.orders", "SELECT id * 2 AS twice, 'x' AS s FROM "
               "'{s3_input_path}'", create=False, partition_by=["bucket(4, twice)"])  # fmt: skip
    uri = lake.put("src-a", "a.parquet", "SELECT 7::BIGINT AS id")
    made = create(lake, "silver.twin", "--from", uri, "--route", "src-a")
    assert made.exit_code == 0, made.stderr
    assert columns(lake, "silver.twin") == {"twice": "long", "s": "string"}
    assert partitions(lake, "silver.twin") == {"twice_bucket": "bucket[4]"}


def test_what_cannot_be_is_told_and_makes_nothing(lake):
    empty = lake.put("src-a", "empty.parquet", "SELECT 1 AS id WHERE false")
    cut = lake.put_bytes("src-a", "cut.json", b'{"id": 1')
    for arguments, code, told in [
        ([], 2, "--sql-file FILE or --from FILE"),
        (["--sql-file", "x.sql", "--from", empty], 2, "either"),
        (["--route", "src-a"], 2, "--from FILE"),
        (["--sql-file", "no-such.sql"], 1, "no-such.sql"),
        (["--from", empty], 1, "gives no rows"),
        (["--from", cut], 1, "cut.json"),
        (["--from", empty, "--route", "nobody"], 1, "there is no route 'nobody'"),
        (["--from", "s3://src-a/"], 1, "--from names one file"),
    ]:
        made = create(lake, "bronze.t", *arguments)
        assert made.exit_code == code and told in made.stderr, (arguments, made.stderr)
    assert lake.eider("table", "list").stdout == ""


def test_a_table_that_is_there_stays(lake):
    assert create(lake, "bronze.orders", "--sql-file", statement(lake)).exit_code == 0
    before = lake.table("bronze.orders").metadata_location
    again = create(lake, "bronze.orders", "--sql-file", statement(lake))
    assert again.exit_code == 1 and "table bronze.orders is there already" in again.stderr
    assert lake.table("bronze.orders").metadata_location == before


def test_a_table_that_was_dropped_is_made_anew_with_a_word_of_its_files(lake):
    lake.route("src-a", "bronze.orders")
    uri = lake.put("src-a", "a.parquet", "SELECT 1::BIGINT AS id")
    lake.load(uri)
    lake.eider("table", "drop", "bronze.orders", "--yes")
    made = create(lake, "bronze.orders", "--from", uri)
    assert made.exit_code == 0
    assert "the ledger knows 1 file loaded into an earlier table of that name" in made.stderr
    assert lake.run("--force", uri).file("a.parquet")["state"] == "LOADED"
    assert lake.scan_ids("bronze.orders") == [1]


def test_show_tells_what_others_changed(lake):
    create(lake, "bronze.orders", "--sql-file",
           statement(lake, "CREATE TABLE orders (id INT, old DATE, name TEXT)"))  # fmt: skip
    table = lake.table("bronze.orders")
    with table.update_schema() as update:
        update.add_column("n", IntegerType())
    with table.update_schema() as update:
        update.delete_column("old")
        update.rename_column("name", "title")
        update.update_column("id", LongType())
    with table.update_spec() as update:
        update.add_identity("title")
    shown = lake.eider("table", "show", "bronze.orders").stdout
    blocks = shown.split("\n\n")
    assert [line.split(maxsplit=1) for line in blocks[2].splitlines()[1:]] == [
        ["0", "3 columns"],
        ["1", "add column n: int"],
        ["2", "column id: int becomes long"],
        ["column", "title is renamed from name"],
        ["drop", "column old (current)"]]  # fmt: skip
    assert [line.split(maxsplit=1) for line in blocks[3].splitlines()[1:]] == [
        ["0", "unpartitioned"], ["1", "title (current)"]]  # fmt: skip
    told = json.loads(lake.eider("table", "show", "bronze.orders", "--json").stdout)
    assert [schema["schema-id"] for schema in told["schemas"]] == [0, 1, 2]
    assert [spec["spec-id"] for spec in told["partition_specs"]] == [0, 1]
