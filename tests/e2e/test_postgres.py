"""Catalog, ledger and routing table in one PostgreSQL database, for several programs at once."""

import itertools
import os
import signal
import subprocess
import time

import psycopg
import pyarrow
import pytest
from pyiceberg.catalog.sql import SqlCatalog

from servers import SECRET_ACCESS_KEY, StandIns

_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def server():
    with StandIns(["postgres"]) as stand_ins:
        yield stand_ins.servers["postgres"]


@pytest.fixture
def lake(make_lake, server):
    """A lake whose catalog, ledger and routes are in a database of its own."""
    lake = make_lake()
    lake.database = f"lake{os.getpid()}n{next(_numbers)}"
    with psycopg.connect(server.endpoint, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {lake.database}")
    lake.uri = server.uri(lake.database)
    lake.set(EIDER_CATALOG_URI=lake.uri,
             EIDER_LEDGER_TYPE="postgres", EIDER_LEDGER_URI=lake.uri,
             EIDER_ROUTING_STORE="postgres", EIDER_ROUTING_URI=lake.uri)  # fmt: skip
    lake.pyiceberg = lambda: SqlCatalog(
        lake.name, uri=lake.uri.replace("postgresql://", "postgresql+psycopg://"),
        warehouse=f"file://{lake.warehouse}")  # fmt: skip
    return lake


def import_routes(lake):
    imported = lake.eider("routes", "import", str(lake.routes_path))
    assert imported.exit_code == 0, imported.stderr


def rows_of(lake, sql: str) -> list[tuple]:
    with psycopg.connect(lake.uri) as connection:
        return connection.execute(sql).fetchall()


def test_files_load_once_and_pyiceberg_reads_and_appends(lake):
    lake.route("src-a", "bronze.t")
    import_routes(lake)
    uri = lake.put("src-a", "1.parquet", "SELECT 1::BIGINT AS id")
    lake.load(uri)
    assert lake.run(uri).file("1.parquet")["state"] == "SKIPPED"
    lake.table("bronze.t").append(pyarrow.table({"id": pyarrow.array([2], "int64")}))
    lake.load(lake.put("src-a", "3.parquet", "SELECT 3::BIGINT AS id"))
    assert lake.scan_ids("bronze.t") == [1, 2, 3]
    assert [line["state"] for line in lake.history()] == ["LOADED", "LOADED"]
    assert rows_of(lake, "SELECT count(*) FROM eider_file_loads WHERE state = 'LOADED'") == [(2,)]
    assert rows_of(lake, 'SELECT "PartitionKey" FROM eider_routes') == [("src-a",)]
    assert not lake.catalog_path.exists() and not lake.ledger_path.exists()


def test_a_catalog_of_pyiceberg_is_used_as_it_is(lake):
    lake.pyiceberg().create_namespace("bronze")  # its tables have no column iceberg_type, or have
    lake.route("src-a", "bronze.t")
    import_routes(lake)
    lake.load(lake.put("src-a", "1.parquet", "SELECT 1::BIGINT AS id"))
    assert lake.scan_ids("bronze.t") == [1]
    assert lake.pyiceberg().list_tables("bronze") == [("bronze", "t")]


@pytest.mark.parametrize("form", ["postgresql+psycopg2://", "jdbc:postgresql://"])
def test_the_spellings_of_other_programs(lake, form):
    place = lake.uri.removeprefix("postgresql://")
    if form.startswith("jdbc"):
        user, place = place.split("@")
        user, password = user.split(":")
        lake.set(EIDER_CATALOG__JDBC__USER=user, EIDER_CATALOG__JDBC__PASSWORD=password)
    lake.set(EIDER_CATALOG_URI=form + place)
    lake.route("src-a", "bronze.t")
    import_routes(lake)
    lake.load(lake.put("src-a", "1.parquet", "SELECT 1::BIGINT AS id"))
    assert lake.scan_ids("bronze.t") == [1]


def test_two_processes_load_each_file_once(lake):
    lake.route("src-a", "bronze.t")
    import_routes(lake)
    for number in range(40):
        lake.put("src-a", f"{number:02}.parquet", f"SELECT {number}::BIGINT AS id")
    command = lake.command("run", "--json", "s3://src-a/")
    processes = [
        subprocess.Popen(command, env=lake.environment(), cwd=lake.folder, text=True,
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(2)
    ]  # fmt: skip
    for process in processes:
        process.communicate(timeout=120)
    lake.run("s3://src-a/")
    assert lake.scan_ids("bronze.t") == list(range(40))
    assert {line["state"] for line in lake.history()} == {"LOADED"}


def begin_thirty_commits(lake) -> subprocess.Popen:
    """A run in a session of its own that commits each of its 30 files alone."""
    lake.route("src-a", "bronze.t", commit={"lag_ms": 0}, engine={"group_files": 1})
    import_routes(lake)
    for number in range(30):
        lake.put("src-a", f"{number:02}.parquet", f"SELECT {number}::BIGINT AS id")
    return subprocess.Popen(
        lake.command("run", "--json", "s3://src-a/"), env=lake.environment(), cwd=lake.folder,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip


def all_thirty_are_in_once(lake):
    """Once the same files have been run again."""
    outcome = lake.run("s3://src-a/")
    assert outcome.exit_code == 0, outcome.stderr
    assert lake.scan_ids("bronze.t") == list(range(30))


@pytest.mark.parametrize("after_ms", [150, 400, 700, 1000])
def test_a_kill_in_the_middle_loses_and_doubles_nothing(lake, after_ms):
    process = begin_thirty_commits(lake)
    time.sleep(after_ms / 1000)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    all_thirty_are_in_once(lake)


def test_ended_connections_lose_and_double_nothing(lake, server):
    """pg_terminate_backend again and again, at commits among others."""
    process = begin_thirty_commits(lake)
    ended = 0
    with psycopg.connect(server.endpoint, autocommit=True) as connection:
        while process.poll() is None:
            ended += connection.execute(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                " WHERE datname = %s AND application_name = 'eider'", [lake.database]
            ).fetchone()[0]  # fmt: skip
            time.sleep(0.05)
    assert ended > 0
    all_thirty_are_in_once(lake)


def test_a_server_that_restarts_loses_and_doubles_nothing(lake, server):
    process = begin_thirty_commits(lake)
    time.sleep(0.5)
    server.stop()
    server.start(server.port)
    server.wait_ready()
    process.wait(timeout=120)
    all_thirty_are_in_once(lake)


def test_no_output_has_the_password(lake):
    lake.route("src-a", "bronze.t")
    import_routes(lake)
    uri = lake.put("src-a", "1.parquet", "SELECT 1::BIGINT AS id")
    shown = [lake.load(uri), lake.eider("config"), lake.eider("history"),
             lake.eider("routes", "list"),
             lake.eider("explain", uri), lake.eider("table", "show", "bronze.t"),
             lake.eider("run", "--verbose", uri)]  # fmt: skip
    lake.set(EIDER_CATALOG_URI=lake.uri.replace(lake.database, "nowhere"))
    shown.append(lake.eider("table", "list"))
    assert "nowhere" in shown[-1].stderr and shown[-1].exit_code != 0
    lake.set(EIDER_CATALOG_URI=lake.uri.replace(SECRET_ACCESS_KEY, "wrong-word"))
    shown.append(lake.eider("table", "list"))
    assert "password authentication failed" in shown[-1].stderr
    lake.set(EIDER_LEDGER_URI=lake.uri + "?sslmode=require")
    shown.append(lake.eider("history"))
    assert "SSL" in shown[-1].stderr
    lake.set(EIDER_LEDGER_URI=lake.uri + "?nonsense=1")
    shown.append(lake.eider("history"))
    assert "libpq" in shown[-1].stderr
    for outcome in shown:
        for secret in (SECRET_ACCESS_KEY, "wrong-word"):
            assert secret not in outcome.stdout + outcome.stderr


def test_a_ledger_of_a_newer_eider_is_refused(lake):
    lake.route("src-a", "bronze.t")
    import_routes(lake)
    lake.load(lake.put("src-a", "1.parquet", "SELECT 1::BIGINT AS id"))
    with psycopg.connect(lake.uri) as connection:
        connection.execute("UPDATE eider_schemas SET version = 99 WHERE name = 'ledger'")
    refused = lake.eider("history")
    assert refused.exit_code != 0
    assert "newer Eider" in refused.stderr and "99" in refused.stderr


def test_a_dry_run_makes_no_tables(lake):
    lake.set(EIDER_ROUTING_STORE="file", EIDER_ROUTING_URI="", EIDER_ROUTING_PATH="routes.yaml")
    lake.route("src-a", "bronze.t")
    outcome = lake.run("--dry-run", lake.put("src-a", "1.parquet", "SELECT 1::BIGINT AS id"))
    assert outcome.exit_code == 0, outcome.stderr
    assert rows_of(lake, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == [(0,)]
