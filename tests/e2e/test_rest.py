"""Tables in Apache's REST catalog: ours and PyIceberg's, shared, raced for, and bad days."""

import json

import pyarrow
import pytest
from pyiceberg.types import LongType

from fault_proxy import Answer, answer, forward_then, lose_answer, meanwhile, page, reset
from lake import SELECT_ALL

SCHEMA = pyarrow.schema([("id", pyarrow.int64())])


def ids(*numbers: int) -> pyarrow.Table:
    return pyarrow.table({"id": list(numbers)}, schema=SCHEMA)


def put(cloud, number: int):
    return cloud.put(cloud.src_a, f"{number}.parquet", f"SELECT {number}::BIGINT AS id")


@pytest.fixture
def orders(rest_cloud):
    """A table with one row that the program made, two levels deep."""
    rest_cloud.orders = f"{rest_cloud.name}.eu.orders"
    rest_cloud.route(rest_cloud.src_a, rest_cloud.orders)
    rest_cloud.load(put(rest_cloud, 1))
    return rest_cloud


def test_pyiceberg_opens_and_writes_what_we_made(orders):
    table = orders.table(orders.orders)
    assert orders.scan_ids(orders.orders) == [1]
    assert table.location() == f"{orders.warehouse}/{orders.name}/eu/orders"
    table.append(ids(2))
    orders.load(put(orders, 3))
    assert orders.scan_ids(orders.orders) == [1, 2, 3]
    assert orders.snapshot_count(orders.orders) == 3


def test_we_open_and_write_what_pyiceberg_made(rest_cloud):
    catalog = rest_cloud.pyiceberg()
    catalog.create_namespace(rest_cloud.name)
    location = f"{rest_cloud.warehouse}/theirs"
    table = catalog.create_table(f"{rest_cloud.name}.theirs", schema=SCHEMA, location=location)
    table.append(ids(1))
    rest_cloud.route(rest_cloud.src_a, f"{rest_cloud.name}.theirs", create=False)
    rest_cloud.load(put(rest_cloud, 2))
    assert rest_cloud.scan_ids(f"{rest_cloud.name}.theirs") == [1, 2]


def test_spark_reads_what_we_made_through_the_catalog(orders, spark):
    orders.load(put(orders, 2))
    assert spark.rows(orders, orders.orders) == [[1], [2]]


def test_a_partitioned_table_of_spark_is_loaded_and_gets_columns(rest_cloud, spark):
    table = f"{rest_cloud.name}.visits"
    spark.sql(rest_cloud, f"CREATE NAMESPACE {{lake}}.{rest_cloud.name}")
    spark.sql(rest_cloud, f"CREATE TABLE {{lake}}.{table} (id BIGINT, at TIMESTAMP) USING iceberg "
              f"PARTITIONED BY (days(at)) LOCATION '{rest_cloud.warehouse}/visits'")  # fmt: skip
    spark.sql(rest_cloud, f"INSERT INTO {{lake}}.{table} VALUES (0, TIMESTAMP '2024-01-01 10:00')")
    rest_cloud.route(rest_cloud.src_a, table, create=False, schema="evolve")
    rest_cloud.load(rest_cloud.put(
        rest_cloud.src_a, "a.parquet", "SELECT i::BIGINT AS id, 'p' || i AS page, "
        "TIMESTAMPTZ '2024-01-01 12:00:00Z' + to_hours(i * 12) AS at FROM range(1, 5) t(i)"))
    pages = spark.rows(rest_cloud, table, "id, page")
    assert pages == [[0, None], *([i, f"p{i}"] for i in range(1, 5))]
    found = spark.sql(rest_cloud, "SELECT partition.at_day, record_count FROM "
                      f"{{lake}}.{table}.files ORDER BY 1, 2")  # fmt: skip
    assert [(str(day), count) for day, count in found] == [
        ("2024-01-01", 1), ("2024-01-02", 2), ("2024-01-03", 2)]
    assert spark.rows(rest_cloud, table, "id", "page = 'p3'") == [[3]]
    spark.sql(rest_cloud, f"INSERT INTO {{lake}}.{table} VALUES (9, NULL, 'spark')")
    assert rest_cloud.scan_ids(table) == [0, 1, 2, 3, 4, 9]


def test_two_files_that_grow_one_table_at_once_are_both_in(rest_cloud):
    """While the first is committed another adds a column: its field ids are taken."""
    table = f"{rest_cloud.name}.t"
    rest_cloud.route(rest_cloud.src_a, table, schema="evolve")
    rest_cloud.load(put(rest_cloud, 1))

    def another_is_faster():
        with rest_cloud.table(table).update_schema() as update:
            update.add_column("other", LongType())

    proxy = rest_cloud.through("rest")
    proxy.on("updateTable", meanwhile(another_is_faster))
    uri = rest_cloud.put(rest_cloud.src_a, "2.parquet", "SELECT 2::BIGINT AS id, 'x' AS n")
    rest_cloud.load(uri)
    assert rest_cloud.table(table).schema().column_names == ["id", "other", "n"]
    rows = rest_cloud.table(table).scan().to_arrow().to_pylist()
    assert sorted(rows, key=lambda row: row["id"]) == [
        {"id": 1, "other": None, "n": None}, {"id": 2, "other": None, "n": "x"}]


def test_the_server_chooses_a_location_where_no_warehouse_is_set(rest_cloud):
    rest_cloud.make_rest_bucket()
    rest_cloud.configure(EIDER_WAREHOUSE=None).route(rest_cloud.src_a, f"{rest_cloud.name}.t")
    rest_cloud.load(put(rest_cloud, 1))
    assert rest_cloud.table(f"{rest_cloud.name}.t").location() == \
        f"s3://rest-lake/warehouse/{rest_cloud.name}/t"  # fmt: skip
    assert rest_cloud.scan_ids(f"{rest_cloud.name}.t") == [1]


def test_tables_are_listed_shown_and_dropped(orders):
    assert orders.orders in orders.eider("table", "list").stdout.splitlines()
    shown = orders.eider("table", "show", orders.orders)
    assert shown.exit_code == 0 and orders.table(orders.orders).metadata_location in shown.stdout
    assert orders.eider("table", "head", orders.orders).exit_code == 0
    dropped = orders.eider("table", "drop", orders.orders, "--yes", "--purge")
    assert dropped.exit_code == 0, dropped.stderr
    assert orders.orders not in orders.eider("table", "list").stdout.splitlines()
    assert not orders.pyiceberg().table_exists(orders.orders)


def test_a_dry_run_changes_nothing(orders):
    orders.route(orders.src_b, f"{orders.name}.new")
    files = [put(orders, 2), orders.put(orders.src_b, "n.parquet", "SELECT 1::BIGINT AS id")]
    assert orders.run("--dry-run", *files).exit_code == 0
    assert orders.scan_ids(orders.orders) == [1]
    assert not orders.pyiceberg().table_exists(f"{orders.name}.new")


# -- bad days --------------------------------------------------------------------------------------


def test_a_lost_answer_is_looked_up_and_the_rows_are_in_once(orders):
    proxy = orders.through("rest")
    proxy.on("updateTable", lose_answer)
    orders.load(put(orders, 2))
    assert orders.scan_ids(orders.orders) == [1, 2]
    assert proxy.count()["updateTable"] == 1


@pytest.mark.parametrize(
    ("status", "type_"),
    [(400, "BadRequestException"), (500, "CommitStateUnknownException"),
     (502, "CommitStateUnknownException"), (503, "ServiceUnavailableException"),
     (504, "CommitStateUnknownException")],
)  # fmt: skip
def test_an_error_after_the_commit_is_looked_up_and_the_rows_are_in_once(orders, status, type_):
    orders.through("rest").on("updateTable", forward_then(status, type_))
    orders.load(put(orders, 2))
    assert orders.scan_ids(orders.orders) == [1, 2]
    assert orders.snapshot_count(orders.orders) == 2


def test_a_commit_that_did_not_happen_is_made_again(orders):
    proxy = orders.through("rest")
    proxy.on("updateTable", answer(503, "ServiceUnavailableException"))
    proxy.on("updateTable", reset)
    orders.load(put(orders, 2))
    assert orders.scan_ids(orders.orders) == [1, 2]


def test_a_page_of_a_gateway_after_the_commit_is_looked_up(orders):
    def done_and_then_a_page(exchange):
        exchange.forward()
        page(404, "<html>no such page</html>")(exchange)

    orders.through("rest").on("updateTable", done_and_then_a_page)
    orders.load(put(orders, 2))
    assert orders.scan_ids(orders.orders) == [1, 2]


def test_a_creation_whose_answer_is_lost_makes_one_table(rest_cloud):
    rest_cloud.route(rest_cloud.src_a, f"{rest_cloud.name}.t")
    proxy = rest_cloud.through("rest")
    proxy.on("createTable", lose_answer)
    rest_cloud.load(put(rest_cloud, 1))
    assert rest_cloud.scan_ids(f"{rest_cloud.name}.t") == [1]
    assert proxy.count()["createTable"] == 1


def test_a_table_that_another_makes_first_is_taken(rest_cloud):
    name = f"{rest_cloud.name}.t"
    catalog = rest_cloud.pyiceberg()
    catalog.create_namespace(rest_cloud.name)
    location = f"{rest_cloud.warehouse}/theirs"
    rest_cloud.route(rest_cloud.src_a, name)
    rest_cloud.through("rest").on(
        "createTable", meanwhile(lambda: catalog.create_table(name, SCHEMA, location)),
    )  # fmt: skip
    rest_cloud.load(put(rest_cloud, 1))
    assert rest_cloud.table(name).location() == location
    assert rest_cloud.scan_ids(name) == [1]


def test_a_lost_race_is_run_again(orders):
    table = orders.table(orders.orders)
    proxy = orders.through("rest")
    proxy.on("updateTable", meanwhile(lambda: table.append(ids(7))))
    orders.load(put(orders, 2))
    assert orders.scan_ids(orders.orders) == [1, 2, 7]
    assert proxy.count()["updateTable"] == 2


def test_a_table_that_a_gateway_hides_is_not_made_anew(orders):
    proxy = orders.through("rest")
    proxy.on("loadTable", page(404, "<html><body>Not Found</body></html>"), times=None)
    told = orders.fails(put(orders, 2))
    assert "does not exist" not in told and proxy.count()["createTable"] == 0
    for word in ("GET", "/tables/orders", "404", "<html>", "catalog.uri"):
        assert word in told, told
    proxy.clear()
    orders.load(put(orders, 3))
    assert orders.scan_ids(orders.orders)[-1] == 3


def test_a_server_that_is_no_catalog_is_told_with_what_was_asked(rest_cloud):
    rest_cloud.route(rest_cloud.src_a, f"{rest_cloud.name}.t")
    rest_cloud.through("rest").on("getConfig", page(200, "<html>welcome</html>"), times=None)
    told = rest_cloud.fails(put(rest_cloud, 1))
    for word in ("GET", "/v1/config", "<html>welcome</html>", "catalog.uri"):
        assert word in told, told


def test_a_server_that_lies_about_its_prefix_makes_no_table(rest_cloud):
    """Below the prefix that it names there is nothing: that is not a table that is missing."""
    rest_cloud.route(rest_cloud.src_a, f"{rest_cloud.name}.t")
    lie = page(200, '{"defaults": {}, "overrides": {"prefix": "no/such"}}', "application/json")
    proxy = rest_cloud.through("rest")
    proxy.on("getConfig", lie, times=None)
    told = rest_cloud.fails(put(rest_cloud, 1))
    assert "/v1/no/such/namespaces/" in told and "does not exist" not in told, told
    assert proxy.count()["createTable"] == 0


def test_reading_is_repeated_where_a_server_is_busy(orders):
    proxy = orders.through("rest")
    proxy.on("loadTable", answer(503, "ServiceUnavailableException"), times=2)
    proxy.on("getConfig", answer(429, "TooManyRequestsException"), times=1)
    orders.load(put(orders, 2))
    assert orders.scan_ids(orders.orders) == [1, 2]


# -- who asks --------------------------------------------------------------------------------------


def test_a_token_is_taken_for_a_credential_and_renewed_when_it_is_refused(orders):
    proxy = orders.through("rest")
    orders.configure(EIDER_CATALOG__CREDENTIAL="eider:hush-hush", EIDER_CATALOG__SCOPE="lake")
    proxy.on("updateTable", answer(419, "AuthenticationTimeoutException"))
    proxy.on("loadTable", answer(401, "NotAuthorizedException"))
    outcome = orders.load(put(orders, 2))
    assert orders.scan_ids(orders.orders) == [1, 2]
    tokens = [r for r in proxy.requests if r.operation == "getToken"]
    assert b"client_id=eider&client_secret=hush-hush" in tokens[0].body
    assert b"scope=lake" in tokens[0].body and b"grant_type=client_credentials" in tokens[0].body
    asked = [r for r in proxy.requests if r.operation not in ("getToken",)]
    assert {r.headers.get("authorization") for r in asked} == \
        {"Bearer client-credentials-token:sub=eider"}  # fmt: skip
    assert len(tokens) >= 2
    assert "hush-hush" not in outcome.stderr + outcome.stdout


def test_a_refused_credential_is_told_without_the_secret(orders):
    proxy = orders.through("rest")
    refusal = '{"error": "invalid_client", "error_description": "unknown client"}'
    proxy.on("getToken", page(401, refusal, "application/json"), times=None)
    told = orders.fails(put(orders, 2), EIDER_CATALOG__CREDENTIAL="eider:hush-hush")
    assert "invalid_client: unknown client" in told and "catalog.credential" in told, told
    assert "hush-hush" not in told


def test_a_bearer_token_and_headers_are_sent_and_never_shown(orders):
    proxy = orders.through("rest")
    secrets = {"EIDER_CATALOG__TOKEN": "hush-token", "EIDER_CATALOG__HEADER__X_KEY": "hush-key"}
    orders.load(put(orders, 2), **secrets)
    for request in proxy.requests:
        assert request.headers["authorization"] == "Bearer hush-token"
        assert request.headers["x-key"] == "hush-key"
    shown = orders.eider("config", **secrets)
    assert shown.exit_code == 0 and "hush" not in shown.stdout
    assert "catalog.header.x-key" in shown.stdout and "EIDER_CATALOG__TOKEN" in shown.stdout
    proxy.on("loadTable", answer(403, "ForbiddenException", "not yours"), times=None)
    told = orders.fails(put(orders, 3), **secrets)
    assert "not yours" in told and "hush" not in told


def test_requests_are_signed_where_sigv4_is_enabled(orders):
    proxy = orders.through("rest")
    orders.load(put(orders, 2), **{"EIDER_CATALOG__REST__SIGV4_ENABLED": "true",
                                   "EIDER_CATALOG__REST__SIGNING_NAME": "glue",
                                   "EIDER_CATALOG__REST__SIGNING_REGION": "eu-west-1"})  # fmt: skip
    for request in proxy.requests:
        assert "/eu-west-1/glue/aws4_request" in request.headers["authorization"]
        assert request.headers["x-amz-date"]


def test_remote_signing_is_refused_clearly(orders):
    delegation = {"EIDER_CATALOG__HEADER__X_ICEBERG_ACCESS_DELEGATION": "remote-signing"}
    told = orders.fails(put(orders, 2), **delegation)
    assert "remote signing" in told and "vended-credentials" in told, told


# -- access to the files ---------------------------------------------------------------------------


def test_a_table_is_written_with_what_the_catalog_hands_out(orders):
    """The process's own keys open nothing, so that input, route and ledger are local ones."""
    own = {"AWS_ACCESS_KEY_ID": "nobody", "AWS_SECRET_ACCESS_KEY": "no-secret"}
    local = orders.folder / "local.parquet"
    made = put(orders, 2)
    content = orders.client("s3").get_object(Bucket=made.bucket, Key=made.key)["Body"]
    local.write_bytes(content.read())
    routes = orders.folder / "routes.yaml"
    route = {"PartitionKey": "local", "target_table": orders.orders, "query_sql": SELECT_ALL}
    routes.write_text(json.dumps({"routes": [route]}))
    settings = own | {"EIDER_BUCKETS": f"local={orders.folder}", "EIDER_LEDGER_TYPE": "none",
                      "EIDER_LEDGER_TABLE": None, "EIDER_ROUTING_STORE": "file",
                      "EIDER_ROUTING_TABLE": None, "EIDER_ROUTING_PATH": str(routes)}  # fmt: skip
    outcome = orders.run("s3://local/local.parquet", **settings)
    assert outcome.exit_code == 0, outcome.stderr + outcome.stdout
    assert orders.scan_ids(orders.orders) == [1, 2]
    head = orders.eider("table", "head", orders.orders, **settings)
    assert head.exit_code == 0, head.stderr


def test_access_that_has_ended_is_asked_for_again(orders):
    """The first keys that the catalog gives end in the past: it is asked for others at once."""

    def with_an_end(exchange):
        whole = exchange.forward()
        table = json.loads(whole.body)
        table["config"] |= {"s3.access-key-id": "ended", "s3.session-token-expires-at-ms": "1"}
        exchange.send(Answer(whole.status, whole.headers, json.dumps(table).encode()))

    proxy = orders.through("rest")
    proxy.on("loadTable", with_an_end, times=1)
    orders.load(put(orders, 2))
    assert orders.scan_ids(orders.orders) == [1, 2]
    assert proxy.count()["loadTable"] >= 2


def test_a_catalog_that_wants_to_sign_itself_is_refused_clearly(orders):
    def with_remote_signing(exchange):
        whole = exchange.forward()
        table = json.loads(whole.body)
        table["config"] = {"s3.remote-signing-enabled": "true"}
        exchange.send(Answer(whole.status, whole.headers, json.dumps(table).encode()))

    orders.through("rest").on("loadTable", with_remote_signing, times=None)
    told = orders.fails(put(orders, 2))
    assert "s3.remote-signing-enabled" in told and "vend" in told, told
