"""Routes kept in a file of a repository: plan, apply, two people at once, and what lint says."""

import json

import pytest

from fault_proxy import meanwhile
from lake import SELECT_ALL


def routes_file(cloud, name: str, **tables: str):
    """A routes file: keys and their tables."""
    file = cloud.folder / name
    file.write_text(json.dumps({"routes": [
        {"PartitionKey": key, "target_table": table, "query_sql": SELECT_ALL}
        for key, table in tables.items()]}))  # fmt: skip
    return str(file)


def tables(cloud) -> dict[str, str]:
    lines = cloud.eider("routes", "list", "--json").lines
    return {line["PartitionKey"]: line["target_table"] for line in lines}


def test_diff_tells_and_apply_does(cloud):
    cloud.route("stays", "bronze.stays", create=False).route("changes", "bronze.old", create=False)
    file = routes_file(cloud, "routes.yaml", stays="bronze.stays", changes="bronze.new",
                       comes="bronze.comes")  # fmt: skip
    told = cloud.eider("routes", "diff", file)
    for word in ("changes", "bronze.old", "bronze.new", "comes", "bronze.comes"):
        assert word in told.stdout, told
    assert tables(cloud)["changes"] == "bronze.old", "diff writes nothing"
    applied = cloud.eider("routes", "apply", file, "--yes")
    assert applied.exit_code == 0, applied
    assert tables(cloud) == {"stays": "bronze.stays", "changes": "bronze.new",
                             "comes": "bronze.comes"}  # fmt: skip
    again = cloud.eider("routes", "diff", file)
    assert again.exit_code == 0, again


def test_apply_asks_and_takes_no_for_an_answer(cloud):
    file = routes_file(cloud, "routes.yaml", comes="bronze.comes")
    refused = cloud.eider("routes", "apply", file, stdin="no\n")
    assert refused.exit_code != 0 and tables(cloud) == {}, refused


def test_of_two_operators_the_second_is_told(cloud):
    """The other one writes between this one's plan and its write."""
    cloud.route("orders", "bronze.old", create=False)
    file = routes_file(cloud, "routes.yaml", orders="bronze.mine")
    others = lambda: cloud.route("orders", "bronze.theirs", create=False)  # noqa: E731
    dynamodb = cloud.through("dynamodb")
    for operation in ("PutItem", "UpdateItem", "TransactWriteItems"):
        dynamodb.on(operation, meanwhile(others))
    applied = cloud.eider("routes", "apply", file, "--yes")
    assert applied.exit_code != 0, applied
    told = applied.stdout + applied.stderr
    assert "'orders'" in told and "target_table" in told and "routes diff" in told, told
    assert tables(cloud) == {"orders": "bronze.theirs"}
    dynamodb.clear()
    assert cloud.eider("routes", "apply", file, "--yes").exit_code == 0
    assert tables(cloud) == {"orders": "bronze.mine"}


def test_a_file_that_is_wrong_is_not_applied(cloud):
    file = routes_file(cloud, "routes.yaml", good="bronze.good", bad="no table")
    applied = cloud.eider("routes", "apply", file, "--yes")
    assert applied.exit_code != 0 and "bad" in applied.stderr, applied
    assert tables(cloud) == {}


def test_versions_count_the_writes(cloud):
    for table in ("bronze.a", "bronze.b", "bronze.c"):
        file = routes_file(cloud, "routes.yaml", orders=table)
        assert cloud.eider("routes", "apply", file, "--yes").exit_code == 0
    (line,) = cloud.eider("routes", "get", "orders", "--json").lines
    assert line["version"] == 3 and line["updated_at"].endswith("Z")


RISKY = {
    "random": ("SELECT *, random() AS r FROM '{s3_input_path}'", "non-deterministic"),
    "now": ("SELECT *, now() AS loaded_at FROM '{s3_input_path}'", "non-deterministic"),
    "cross": ("SELECT a.id FROM '{s3_input_path}' a, '{s3_input_path}' b", "cross-join"),
    "star": ("SELECT * FROM '{s3_input_path}'", "no-column-list"),
}


@pytest.mark.parametrize("name", RISKY)
def test_lint_warns_of_risky_sql(lake, name):
    sql, word = RISKY[name]
    lake.route("src-a", "bronze.t", sql)
    linted = lake.eider("routes", "lint")
    assert "src-a" in linted.stdout and word in linted.stdout.lower(), linted


VIEWS = [
    "main.pg_settings",
    "system.main.duckdb_logs",
    "information_schema.tables",
    "pg_catalog.pg_settings",
    "temp.information_schema.columns",
    "bronze.undeclared",
]


@pytest.mark.parametrize("view", VIEWS)
def test_check_and_lint_name_the_table_that_a_run_refuses(lake, view):
    lake.route("src-a", "bronze.t", f"SELECT x.* FROM '{{s3_input_path}}', {view} x")
    lake.route("src-b", "bronze.t", "SELECT id FROM '{s3_input_path}', Other.Dim",
               inputs=["other.dim"])  # fmt: skip
    said = f"route SQL reads table {view}, which its route does not declare"
    file = lake.put("src-a", "a.parquet", "SELECT 1 AS id")
    assert said in lake.run(file).file("a.parquet")["error"]
    for command in ("check", "lint"):
        told = lake.eider("routes", command)
        assert told.exit_code == 1 and said in told.stdout, told
        assert "Other.Dim" not in told.stdout, told


def test_lint_is_silent_where_nothing_is_risky(lake):
    lake.route("src-a", "bronze.t", "SELECT id, name FROM '{s3_input_path}' WHERE id > 3")
    linted = lake.eider("routes", "lint", "--json")
    assert linted.exit_code == 0 and linted.lines == [], linted


def test_check_runs_the_sql_against_a_sample(lake):
    lake.route("src-a", "bronze.t", "SELECT id, name FROM '{s3_input_path}'")
    lake.route("src-b", "bronze.u", "SELECT id, nmae FROM '{s3_input_path}'")
    sample = lake.put("src-a", "a.parquet", "SELECT 1 AS id, 'x' AS name")
    assert lake.eider("routes", "check").exit_code == 0, "without a sample nobody can know"
    checked = lake.eider("routes", "check", "--sample", sample)
    assert checked.exit_code == 1, checked
    assert "src-b" in checked.stdout and "nmae" in checked.stdout, checked


def test_the_schema_is_json_and_knows_every_attribute(lake):
    schema = json.loads(lake.eider("routes", "schema").stdout)
    assert {"PartitionKey", "target_table", "query_sql", "create_table", "enabled", "same_as",
            "inputs", "engine", "commit", "priority", "description", "owner", "updated_at",
            "version"} <= set(schema["properties"])  # fmt: skip
