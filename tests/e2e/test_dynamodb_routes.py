"""The routing table in DynamoDB: an existing one as it is, bad items, and the routes commands."""

import json

import pyarrow
import pytest

from lake import SELECT_ALL

JOBS_OWN_SQL = "SELECT id, name FROM read_parquet('{s3_input_path}') WHERE id > 1"


def test_an_existing_table_works_unchanged(cloud):
    """Three attributes and no more; the Iceberg table was made by others."""
    cloud.item(PartitionKey=cloud.src_a, target_table="sales.orders", query_sql=JOBS_OWN_SQL)
    catalog = cloud.pyiceberg()
    catalog.create_namespace("sales")
    schema = pyarrow.schema([("id", pyarrow.int64()), ("name", pyarrow.string())])
    catalog.create_table("sales.orders", schema=schema)
    cloud.load(cloud.put(cloud.src_a, "a.parquet",
                         "SELECT range AS id, 'n' || range AS name FROM range(4)"))  # fmt: skip
    assert cloud.scan_ids("sales.orders") == [2, 3]


def test_the_variable_of_the_table_is_enough(cloud):
    cloud.configure(EIDER_ROUTING_STORE=None).route(cloud.src_a, "bronze.orders")
    cloud.load(cloud.put(cloud.src_a, "a.parquet", "SELECT 1 AS id"))
    assert cloud.scan_ids("bronze.orders") == [1]


def test_unknown_attributes_of_others_do_not_matter(cloud):
    cloud.item(PartitionKey=cloud.src_a, target_table="bronze.orders", query_sql=SELECT_ALL,
               create_table=True, owner="team-a", version=7)  # fmt: skip
    cloud.load(cloud.put(cloud.src_a, "a.parquet", "SELECT 1 AS id"))
    assert cloud.scan_ids("bronze.orders") == [1]


BAD_ITEMS = {
    "no target_table": ({"query_sql": SELECT_ALL}, "target_table"),
    "empty target_table": ({"target_table": "", "query_sql": SELECT_ALL}, "target_table"),
    "a table name that is none": ({"target_table": "orders", "query_sql": SELECT_ALL}, "orders"),
    "a name with SQL in it": ({"target_table": "a.b; DROP TABLE c", "query_sql": SELECT_ALL},
                              "target_table"),
    "no query_sql": ({"target_table": "bronze.orders"}, "query_sql"),
    "SQL that does not parse": ({"target_table": "bronze.orders",
                                 "query_sql": "SELEC * FROM '{s3_input_path}'"}, "SELEC"),
    "two statements": ({"target_table": "bronze.orders",
                        "query_sql": "SELECT 1; SELECT * FROM '{s3_input_path}'"},
                       "one SELECT"),
    "no marker": ({"target_table": "bronze.orders", "query_sql": "SELECT 1 AS id"},
                  "{s3_input_path}"),
    "no SELECT": ({"target_table": "bronze.orders",
                   "query_sql": "COPY (FROM '{s3_input_path}') TO '/tmp/x'"}, "SELECT"),
    "another type": ({"target_table": 7, "query_sql": SELECT_ALL}, "target_table"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD_ITEMS)
def test_a_bad_item_is_a_clear_error_and_stops_no_other(cloud, name):
    attributes, word = BAD_ITEMS[name]
    cloud.item(PartitionKey=cloud.src_a, create_table=True, **attributes)
    cloud.route(cloud.src_b, "bronze.good")
    bad = cloud.put(cloud.src_a, "a.parquet", "SELECT 1 AS id")
    good = cloud.put(cloud.src_b, "b.parquet", "SELECT 2 AS id")
    outcome = cloud.run(bad, good)
    assert outcome.exit_code == 1
    assert cloud.scan_ids("bronze.good") == [2]
    told = outcome.file("a.parquet")
    assert word in told["error"] and cloud.src_a in (told["route"] or told["error"]), told
    checked = cloud.eider("routes", "check")
    assert checked.exit_code == 1 and cloud.src_a in checked.stdout and word in checked.stdout


def test_a_key_without_a_route_is_said_so(cloud):
    told = cloud.fails(cloud.put(cloud.src_a, "folder/a.parquet", "SELECT 1 AS id"))
    assert "route" in told and cloud.src_a in told and "folder" in told, told


def test_the_commands_work_on_the_table(cloud):
    put = cloud.eider("routes", "put", cloud.src_a, "--table", "bronze.orders",
                      "--sql", SELECT_ALL, "--create-table")  # fmt: skip
    assert put.exit_code == 0, put
    got = cloud.eider("routes", "get", cloud.src_a, "--json")
    assert got.exit_code == 0, got
    assert got.lines[0]["target_table"] == "bronze.orders"
    assert got.lines[0]["query_sql"] == SELECT_ALL
    listed = cloud.eider("routes", "list", "--json")
    assert [line["PartitionKey"] for line in listed.lines] == [cloud.src_a]
    cloud.load(cloud.put(cloud.src_a, "a.parquet", "SELECT 1 AS id"))
    removed = cloud.eider("routes", "remove", cloud.src_a)
    assert removed.exit_code == 0, removed
    assert cloud.eider("routes", "get", cloud.src_a).exit_code != 0
    assert cloud.eider("routes", "list", "--json").lines == []


def test_put_checks_first(cloud):
    for table, sql in (("orders", SELECT_ALL), ("bronze.orders", "SELECT 1"),
                       ("bronze.orders", "SELEC * FROM '{s3_input_path}'")):  # fmt: skip
        put = cloud.eider("routes", "put", cloud.src_a, "--table", table, "--sql", sql)
        assert put.exit_code != 0 and put.stderr, put
    assert cloud.eider("routes", "list", "--json").lines == []


def test_export_and_import_are_each_others_way_back(cloud):
    for number in range(30):
        cloud.route(f"folder {number} ☃", f"bronze.t{number}", create=number % 2 == 0)
    before = cloud.eider("routes", "list", "--json").lines
    assert len(before) == 30
    file = cloud.folder / "routes.yaml"
    exported = cloud.eider("routes", "export")
    assert exported.exit_code == 0, exported
    file.write_text(exported.stdout)
    cloud.configure(EIDER_ROUTING_TABLE=cloud.create_table("copy", "PartitionKey"))
    imported = cloud.eider("routes", "import", str(file))
    assert imported.exit_code == 0, imported
    after = cloud.eider("routes", "list", "--json").lines
    assert all(line.pop("version") == 1 and line.pop("updated_at") for line in after)
    by_key = lambda lines: sorted(json.dumps(line) for line in lines)  # noqa: E731
    assert by_key(after) == by_key(before)


def test_writes_are_held_to_what_was_seen(cloud):
    """Attributes of others stay, versions count, and apply writes what diff shows."""
    cloud.item(PartitionKey=cloud.src_a, target_table="bronze.orders", query_sql=SELECT_ALL,
               team="ours")  # fmt: skip
    for command in ("disable", "enable"):
        assert cloud.eider("routes", command, cloud.src_a).exit_code == 0
    file = cloud.folder / "routes.jsonl"
    file.write_text(json.dumps({"PartitionKey": cloud.src_a, "target_table": "bronze.orders",
                                "query_sql": SELECT_ALL, "owner": "ada",
                                "inputs": ["s3://reference/rates/"],
                                "engine": {"threads": 2}}) + "\n")  # fmt: skip
    assert cloud.eider("routes", "diff", str(file)).exit_code == 1
    applied = cloud.eider("routes", "apply", str(file), "--yes")
    assert applied.exit_code == 0, applied
    assert cloud.eider("routes", "diff", str(file), "--prune").exit_code == 0
    got = cloud.eider("routes", "get", cloud.src_a, "--json").lines[0]
    assert got["version"] == 3 and got["engine"] == {"threads": 2} and "enabled" not in got
    checked = cloud.eider("routes", "check")
    assert checked.exit_code == 0 and "unknown attribute 'team'" in checked.stdout, checked


def test_import_of_a_bad_file_changes_nothing(cloud):
    file = cloud.folder / "routes.yaml"
    file.write_text(json.dumps({"routes": [
        {"PartitionKey": "good", "target_table": "bronze.good", "query_sql": SELECT_ALL},
        {"PartitionKey": "bad", "target_table": "bronze.bad", "query_sql": "SELECT 1"},
    ]}))  # fmt: skip
    imported = cloud.eider("routes", "import", str(file))
    assert imported.exit_code != 0 and "'bad'" in imported.stderr, imported
    assert cloud.eider("routes", "list", "--json").lines == []


def test_a_missing_routing_table_is_named(cloud):
    cloud.configure(EIDER_ROUTING_TABLE="no-such-table")
    told = cloud.fails(cloud.put(cloud.src_a, "a.parquet", "SELECT 1 AS id"))
    assert "no-such-table" in told, told
