"""Configuration and routes: what is wrong is told with file, line and what was probably meant."""

import json
import os
import stat
import time

import pytest

ROWS = "SELECT 1::BIGINT AS id"


def fails(lake, *args, **environment) -> str:
    """Runs, insists on exit code 2 and returns what people are told."""
    outcome = lake.eider(*(args or ("run", "s3://src-a/")), **environment)
    assert outcome.exit_code == 2, outcome
    return outcome.stderr


@pytest.mark.parametrize(
    ("wrong", "right", "meant"),
    [
        ("warehuse: file:///x", "warehouse:", "warehouse"),
        ("engine: { memory_limt: 1GiB }", "engine:", "memory_limit"),
        ("catalog: { nmae: x, type: sql, uri: 'sqlite:////tmp/x.db' }", "catalog:", "name"),
        ("ledger: { type: sqllite, path: /tmp/l.db }", "ledger:", "sqlite"),
        ("routing: { store: fil, path: routes.yaml }", "routing:", "file"),
        ("routing: { store: file, path: routes.yaml, strategies: [bukcet] }", "routing:", "bucket"),
    ],
)
def test_a_misspelt_key_or_value_names_line_and_nearest(lake, wrong, right, meant):
    lines = lake.config_path.read_text().splitlines()
    number = next(number for number, line in enumerate(lines) if line.startswith(right))
    lines[number] = wrong
    lake.config_path.write_text("\n".join(lines) + "\n")
    message = fails(lake)
    assert f"eider.yaml:{number + 1}" in message, message
    assert meant in message, message


@pytest.mark.parametrize("value", ["many", "-1", "1.5GiBs", "[1]", "''"])
def test_a_bad_value_is_shown(lake, value):
    lake.config_path.write_text(
        lake.config_path.read_text().replace("memory_limit: 1GiB", f"memory_limit: {value}")
    )
    message = fails(lake)
    assert "eider.yaml:6" in message and "memory_limit" in message, message


def test_text_that_is_no_yaml_names_its_line(lake):
    lake.config_path.write_text("warehouse: file:///x\ncatalog: { name: [\n")
    assert "eider.yaml:" in fails(lake)


def test_a_missing_file_is_named(lake):
    lake.config_path.unlink()
    assert str(lake.config_path) in fails(lake)


def test_a_missing_setting_names_every_way_to_set_it(lake):
    text = lake.config_path.read_text()
    lake.config_path.write_text(text.split("\n", 1)[1])
    message = fails(lake)
    assert "warehouse" in message and "EIDER_WAREHOUSE" in message, message


def test_a_bad_environment_variable_is_named(lake):
    assert "EIDER_COMMIT_NUM_RETRIES" in fails(lake, EIDER_COMMIT_NUM_RETRIES="many")
    assert "EIDER_COMMIT_NUM_RETRIES" in fails(lake, EIDER_COMIT_NUM_RETRIES="3")


def test_flags_are_refused_by_name(lake):
    assert "--nosuch" in fails(lake, "run", "--nosuch", "s3://src-a/")
    assert fails(lake, "run")
    assert fails(lake, "nosuchcommand")


def test_environment_wins_over_file(lake):
    other = lake.folder / "other"
    lake.route("src-a", "bronze.t")
    lake.load(lake.put("src-a", "a.parquet", ROWS), EIDER_WAREHOUSE=f"file://{other}")
    assert list(other.rglob("*.parquet")) and not lake.warehouse.exists()


def test_config_shows_values_and_where_they_came_from(lake):
    outcome = lake.eider("config", EIDER_COMMIT_NUM_RETRIES="7")
    assert outcome.exit_code == 0
    lines = {line.split()[0].rstrip(":="): line for line in outcome.stdout.splitlines() if line}
    assert "7" in lines["commit.num_retries"]
    assert "EIDER_COMMIT_NUM_RETRIES" in lines["commit.num_retries"]
    assert "eider.yaml:1" in lines["warehouse"] and str(lake.warehouse) in lines["warehouse"]
    assert "default" in lines["commit.min_wait_ms"]


def test_the_file_may_be_named_by_the_environment(lake):
    lake.route("src-a", "bronze.t")
    uri = lake.put("src-a", "a.parquet", ROWS)
    command = lake.command("run", "--json", uri)
    command.remove("--config")
    command.remove(str(lake.config_path))
    environment = lake.environment(EIDER_CONFIG=str(lake.config_path))
    done = lake.execute(command, environment)
    assert done.returncode == 0, done.stderr
    assert lake.scan_ids("bronze.t") == [1]


# -- routes ----------------------------------------------------------------------------------------


def test_routes_list_shows_every_route(lake):
    lake.route("src-a", "bronze.orders").route("src-b", "silver.customers")
    outcome = lake.eider("routes", "list")
    assert outcome.exit_code == 0
    for word in ("src-a", "bronze.orders", "src-b", "silver.customers"):
        assert word in outcome.stdout


def test_routes_check_is_quiet_about_good_ones(lake):
    lake.route("src-a", "bronze.orders")
    assert lake.eider("routes", "check").exit_code == 0


def test_routes_check_reports_all_that_is_wrong_at_once(lake):
    lake.routes_path.write_text(
        "routes:\n"
        "  - PartitionKey: good\n"
        "    target_table: bronze.good\n"
        "    query_sql: SELECT * FROM read_parquet('{s3_input_path}')\n"
        "  - PartitionKey: no-namespace\n"
        "    target_table: orders\n"
        "    query_sql: SELECT * FROM read_parquet('{s3_input_path}')\n"
        "  - PartitionKey: bad-sql\n"
        "    target_table: bronze.orders\n"
        "    query_sql: SELEC * FROM read_parquet('{s3_input_path}')\n"
        "  - PartitionKey: two-statements\n"
        "    target_table: bronze.orders\n"
        "    query_sql: SELECT '{s3_input_path}'; DROP TABLE x\n"
        "  - PartitionKey: no-marker\n"
        "    target_table: bronze.orders\n"
        "    query_sql: SELECT 1\n"
        "  - target_table: bronze.orders\n"
        "    query_sql: SELECT '{s3_input_path}'\n"
        "  - PartitionKey: misspelt\n"
        "    target_tabel: bronze.orders\n"
        "    query_sql: SELECT '{s3_input_path}'\n"
        "  - PartitionKey: good\n"
        "    target_table: bronze.twice\n"
        "    query_sql: SELECT '{s3_input_path}'\n"
    )
    outcome = lake.eider("routes", "check")
    assert outcome.exit_code != 0
    told = outcome.stdout + outcome.stderr
    for word in ("no-namespace", "bad-sql", "two-statements", "no-marker", "routes.yaml:17",
                 "target_tabel", "target_table", "good"):  # fmt: skip
        assert word in told, f"'{word}' is not in: {told}"


def test_a_wrong_route_stops_its_own_files_only(lake):
    lake.route("src-a", "bronze.t").route("src-b", "bronze.t", "DROP TABLE x -- {s3_input_path}")
    good, bad = (lake.put(bucket, "x.parquet", ROWS) for bucket in ("src-a", "src-b"))
    outcome = lake.run(good, bad)
    assert outcome.exit_code == 1
    assert outcome.states() == {good: "LOADED", bad: "FAILED"}
    line = outcome.file("src-b/x.parquet")
    assert line["route"] == "src-b" and "SELECT" in line["error"], line


ESCAPES = {
    "another file": "SELECT * FROM read_parquet('s3://src-b/secret.parquet') -- {s3_input_path}",
    "a local file": "SELECT * FROM read_csv('/etc/passwd'), (SELECT '{s3_input_path}')",
    "text of a file": "SELECT content FROM read_text('/etc/passwd'), (SELECT '{s3_input_path}')",
    "a glob": "SELECT file, '{s3_input_path}' FROM glob('/etc/*')",
    "environment": "SELECT getenv('HOME') AS home, '{s3_input_path}' AS f",
    "attach": "ATTACH '{s3_input_path}' AS x",
    "copy": "COPY (SELECT '{s3_input_path}') TO 's3://src-b/out.csv'",
    "load": "LOAD httpfs; SELECT '{s3_input_path}'",
    "set": "SET threads = 1; SELECT '{s3_input_path}'",
    "pragma": "PRAGMA database_list; SELECT '{s3_input_path}'",
    "secrets": "CREATE SECRET (TYPE s3); SELECT '{s3_input_path}'",
    "call": "CALL pragma_version() -- {s3_input_path}",
}


@pytest.mark.parametrize("sql", ESCAPES.values(), ids=ESCAPES)
def test_route_sql_reaches_its_own_file_only(lake, sql):
    lake.put("src-b", "secret.parquet", "SELECT 'secret' AS id")
    lake.route("src-a", "bronze.t", sql)
    outcome = lake.run(lake.put("src-a", "x.parquet", ROWS))
    assert outcome.exit_code == 1, outcome.lines
    assert outcome.file("x.parquet")["error"]
    assert not lake.path("src-b", "out.csv").exists()


def test_json_errors_are_for_machines_too(lake):
    """Even a call that cannot start writes nothing but JSON to standard output."""
    lake.config_path.write_text("nonsense: 1\n")
    outcome = lake.eider("run", "s3://src-a/")
    assert outcome.exit_code == 2 and outcome.stdout == ""
    done = lake.execute(lake.command("run", "--json", "s3://src-a/"), lake.environment())
    assert done.returncode == 2
    assert all(json.loads(line) for line in done.stdout.splitlines())


@pytest.mark.parametrize("what", ["catalog", "ledger", "routes"])
def test_a_fifo_for_a_database_is_refused_by_name_and_nobody_waits(lake, what):
    pipe = lake.folder / "pipe.db"
    os.mkfifo(pipe)
    lake.route("src-a", "bronze.orders")
    uri = lake.put("src-a", "a.parquet", "SELECT 1 AS id")
    lake.set(**{"catalog": {"EIDER_CATALOG_URI": f"sqlite:///{pipe}"},
                "ledger": {"EIDER_LEDGER_PATH": str(pipe)},
                "routes": {"EIDER_ROUTING_STORE": "sqlite", "EIDER_ROUTING_PATH": str(pipe)},
                }[what])  # fmt: skip
    begun = time.monotonic()
    for command in (["run", uri], ["explain", uri], ["run", "--dry-run", uri]):
        if what == "ledger" and command != ["run", uri]:
            continue  # it is not opened
        done = lake.eider(*command)
        assert done.exit_code in (1, 2), done
        assert "is a FIFO, not a file" in done.stdout + done.stderr, done
        assert str(pipe) in done.stdout + done.stderr, done
    assert time.monotonic() - begun < 20
    assert stat.S_ISFIFO(pipe.stat().st_mode), "it is left as it is"
