"""From a file to its route: where it lies, what it says of itself, and what else there is."""

import pytest

import events
from lake import SELECT_ALL
from routing_words import by, parquet_that_says

ONE_ROW = "SELECT 1::BIGINT AS id"
FOOTER_TOO_LARGE_BYTES = 100 << 20


def won(lake, uri: str) -> str:
    """Loads the file and tells whose route it took."""
    return lake.load(uri).files[0]["route"]


def fails(lake, uri: str, *args: str) -> str:
    """Runs and insists that the file fails; what people are told about it."""
    outcome = lake.run(uri, *args)
    assert outcome.exit_code == 1, outcome
    (line,) = outcome.files
    assert line["state"] == "FAILED", line
    return line["error"]


def refused(lake, *args: str, **environment: str) -> str:
    """Insists on exit code 2; what people are told."""
    outcome = lake.eider(*(args or ("run", "s3://src-a/")), **environment)
    assert outcome.exit_code == 2, outcome
    return outcome.stderr


# -- where it lies ---------------------------------------------------------------------------------

PLACES = [
    ("bucket", "in/2026/x.parquet", "src-a"),
    ("folder", "orders/2026/x.parquet", "orders"),
    ("folder:1", "orders/2026/x.parquet", "2026"),
    ("folder:0-1", "orders/2026/x.parquet", "orders/2026"),
    ("folder", "größe ☃+%20/x.parquet", "größe ☃+%20"),
    ("bucket/folder", "orders/2026/x.parquet", "src-a/orders"),
    ("bucket/folder:0-1", "orders/2026/x.parquet", "src-a/orders/2026"),
    (r"key-regex:^in/(?P<key>[a-z]{2,10})_\d{8}\.", "in/orders_20261124.parquet", "orders"),
    (r"key-regex:tenant=(?P<key>[^/,]+)/", "a/tenant=acme/b/x.parquet", "acme"),
]


@pytest.mark.parametrize(("strategy", "key", "route"), PLACES)
def test_the_place_of_a_file_is_its_key(lake, strategy, key, route):
    lake.set(**by(strategy)).route(route, "bronze.t").route("another", "bronze.other")
    assert won(lake, lake.put("src-a", key, ONE_ROW)) == route
    assert lake.scan_ids("bronze.t") == [1]


@pytest.mark.parametrize("strategy", [
    "folder", "folder:1", "folder:0-1", "bucket/folder", r"key-regex:^in/(?P<key>[a-z]+)_",
    "parquet-metadata:route", "object-metadata:route", "object-tag:route",
])  # fmt: skip
def test_a_strategy_without_a_key_leaves_the_file_to_the_next(lake, strategy):
    lake.set(**by(strategy, "bucket")).route("src-a", "bronze.t")
    assert won(lake, lake.put("src-a", "x.parquet", ONE_ROW)) == "src-a"


# -- what it says of itself ------------------------------------------------------------------------


def test_the_metadata_in_a_parquet_footer_is_its_key(lake):
    lake.set(**by("parquet-metadata:source", "bucket"))
    lake.route("shop", "bronze.shop").route("src-a", "bronze.rest")
    says = lake.put_bytes("src-a", "1.parquet", parquet_that_says({"source": "shop"}))
    other = lake.put_bytes("src-a", "2.parquet", parquet_that_says({"source": "nobody"}))
    silent = lake.put_bytes("src-a", "3.parquet", parquet_that_says({"Source": "shop"}))
    text = lake.put_bytes("src-a", "4.csv", b"id\n7\n")
    lake.route("src-a", "bronze.rest", "SELECT id::BIGINT AS id FROM '{s3_input_path}'")
    lines = lake.load(says, other, silent, text).files
    assert {line["file"]: line["route"] for line in lines} == {
        says: "shop", other: "src-a", silent: "src-a", text: "src-a"}  # fmt: skip
    assert lake.scan_ids("bronze.shop") == [0, 1, 2]
    assert lake.scan_ids("bronze.rest") == [0, 0, 1, 1, 2, 2, 7]


def test_metadata_that_is_no_text_is_told(lake):
    lake.set(**by("parquet-metadata:source", "bucket")).route("src-a", "bronze.t")
    content = parquet_that_says({"source": b"caf\xe9"})
    told = fails(lake, lake.put_bytes("src-a", "x.parquet", content))
    assert "parquet-metadata:source" in told and "UTF-8" in told, told
    assert r"caf\xE9" in told and "x.parquet" in told, told


def test_a_footer_without_end_is_told(lake):
    """It is a sparse file: nobody reads, or holds, what it says that there is."""
    lake.set(**by("parquet-metadata:source", "bucket")).route("src-a", "bronze.t")
    uri = lake.put_bytes("src-a", "x.parquet", b"PAR1")
    with open(lake.path("src-a", "x.parquet"), "r+b") as file:
        file.truncate(4 + FOOTER_TOO_LARGE_BYTES)
        file.seek(0, 2)
        file.write(FOOTER_TOO_LARGE_BYTES.to_bytes(4, "little") + b"PAR1")
    told = fails(lake, uri)
    assert "x.parquet" in told and "footer" in told and "parquet-metadata:source" in told, told
    assert str(FOOTER_TOO_LARGE_BYTES) in told, told


OBJECTS_SAY = {
    "object-metadata:route": {"metadata": {"route": "orders"}},
    "object-metadata:Route": {"metadata": {"route": "orders"}},  # HTTP's names have no case
    "object-tag:route": {"tags": {"route": "orders", "team": "sales + more"}},
    "object-tag:team name": {"tags": {"team name": "orders"}},
}


@pytest.mark.parametrize("strategy", OBJECTS_SAY)
def test_what_is_said_of_an_object_is_its_key(cloud, strategy):
    cloud.configure(**by(strategy, "bucket"))
    cloud.route("orders", "bronze.orders").route(cloud.src_a, "bronze.rest")
    says = cloud.put(cloud.src_a, "1.parquet", ONE_ROW, **OBJECTS_SAY[strategy])
    silent = cloud.put(cloud.src_a, "2.parquet", "SELECT 2::BIGINT AS id")
    routes = [line["route"] for line in cloud.load(says, silent).files]
    assert sorted(routes) == sorted(["orders", cloud.src_a])
    assert cloud.scan_ids("bronze.orders") == [1] and cloud.scan_ids("bronze.rest") == [2]


def test_parquet_metadata_costs_no_more_than_the_footer(cloud):
    """One ranged GET at most, beside those of the rows."""
    cloud.route(cloud.src_a, "bronze.t").route("shop", "bronze.t")
    s3 = cloud.through("s3")
    gets = []
    for strategy in ("bucket", "parquet-metadata:source"):
        cloud.configure(**by(strategy))
        content = parquet_that_says({"source": "shop"}, rows=len(gets) + 1)
        item = cloud.put_bytes(cloud.src_a, f"{len(gets)}.parquet", content)
        s3.clear()
        cloud.load(item)
        gets.append([request for request in s3.requests if request.path.endswith(item.key)
                     and request.operation in ("GetObject", "HeadObject")])  # fmt: skip
    assert len(gets[1]) <= len(gets[0]) + 1, gets
    assert all("range" in get.headers for get in gets[1] if get.operation == "GetObject"), gets


THROUGH_LAMBDA = {  # the object's key, the key of the route ({} is the bucket), what is said
    "bucket": ("in/x.parquet", "{}", {}),
    "folder": ("orders/x.parquet", "orders", {}),
    "folder:1": ("in/orders/x.parquet", "orders", {}),
    "folder:0-1": ("größe +%/ü/x.parquet", "größe +%/ü", {}),
    "bucket/folder": ("orders/x.parquet", "{}/orders", {}),
    "key-regex:/(?P<key>[a-z]{2,9})-[0-9]+": ("in/orders-1.parquet", "orders", {}),
    "object-metadata:route": ("x.parquet", "orders", {"metadata": {"route": "orders"}}),
    "object-tag:route": ("x.parquet", "orders", {"tags": {"route": "orders"}}),
    "parquet-metadata:source": ("x.parquet", "orders", {}),
    "column:kind": ("x.parquet", "orders", {}),
}


@pytest.mark.parametrize("strategy", THROUGH_LAMBDA)
def test_every_strategy_through_lambda(cloud, strategy):
    """The routes in DynamoDB, the file on S3; once, however often it is told."""
    key, route, said = THROUGH_LAMBDA[strategy]
    cloud.configure(**by(strategy)).route(route.format(cloud.src_a), "bronze.t")
    item = cloud.put(cloud.src_a, key, "SELECT range AS id, 'orders' AS kind FROM range(3)",
                     "FORMAT parquet, KV_METADATA {source: 'orders'}", **said)  # fmt: skip
    with cloud.function() as function:
        for envelope in (events.sqs, events.eventbridge_in_sqs):
            assert function.invoke(envelope(item)).response == {"batchItemFailures": []}
    assert cloud.scan_ids("bronze.t") == [0, 1, 2]
    assert cloud.snapshot_count("bronze.t") == 1


# -- which of them -----------------------------------------------------------------------------

ALL_WAYS = by("folder", "bucket", "folder:1")
PRECEDENCE = [
    # a strategy further back with a route of its own wins over an earlier one's pattern
    ("exact before pattern", {"o*": 9, "2026": 0}, "2026"),
    ("the order of strategies", {"orders": 0, "src-a": 9, "2026": 9}, "orders"),
    ("the highest priority", {"*": 0, "o*": 1, "ord*": 3, "*rs": 2}, "ord*"),
    ("the order of strategies among patterns", {"*a": 9, "o*s": 0, "20*": 9}, "o*s"),
    ("a negative priority is one", {"o*": -2, "or*": -1}, "or*"),
    ("the default is the last", {"*": 9, "x*": 9}, "*"),
    ("a star for nothing at all", {"orders*": 0, "*": 0}, "orders*"),
    ("stars in the middle and at both ends", {"*r*e*s": 0, "*": 0}, "*r*e*s"),
]


@pytest.mark.parametrize(("routes", "winner"), [case[1:] for case in PRECEDENCE],
                         ids=[case[0] for case in PRECEDENCE])  # fmt: skip
@pytest.mark.parametrize("order", ["as written", "turned round"])
def test_precedence(lake, routes, winner, order):
    lake.set(**ALL_WAYS)
    for key in routes if order == "as written" else reversed(routes):
        lake.route(key, "bronze.t", priority=routes[key])
    assert won(lake, lake.put("src-a", "orders/2026/x.parquet", ONE_ROW)) == winner


def test_patterns_and_the_default_in_dynamodb_through_lambda(cloud):
    cloud.configure(**by("folder"))
    cloud.route("orders-*", "bronze.orders", priority=1)
    cloud.route("orders-test*", "bronze.tests", priority=2).route("*", "bronze.rest")
    items = [cloud.put(cloud.src_a, f"{folder}/x.parquet", f"SELECT {number} AS id")
             for number, folder in enumerate(("orders-eu", "orders-test-eu", "else"))]  # fmt: skip
    with cloud.function() as function:
        assert function.invoke(events.sqs(*items)).response == {"batchItemFailures": []}
    tables = ("bronze.orders", "bronze.tests", "bronze.rest")
    assert [cloud.scan_ids(table) for table in tables] == [[0], [1], [2]]


def test_two_patterns_of_one_priority_are_told_apart_by_nobody(lake):
    lake.set(**by("folder")).route("o*", "bronze.a").route("*s", "bronze.b")
    told = fails(lake, lake.put("src-a", "orders/x.parquet", ONE_ROW))
    assert all(word in told for word in ("'orders'", "'*s'", "'o*'", "priority")), told


def test_a_route_may_be_the_same_as_another(lake):
    """Its own key, and its own state; the other's table and SQL."""
    lake.route("orders", "bronze.orders", "SELECT id + 1 AS id FROM '{s3_input_path}'")
    lake.item(PartitionKey="shop", same_as="orders").item(PartitionKey="old", same_as="shop")
    lines = lake.load(lake.put("src-a", "shop/1.parquet", ONE_ROW),
                      lake.put("src-a", "old/2.parquet", "SELECT 2::BIGINT AS id")).files
    assert sorted(line["route"] for line in lines) == ["old", "shop"]
    assert lake.scan_ids("bronze.orders") == [2, 3]


@pytest.mark.parametrize("ring", [("*", "*"), ("*", "a", "*"), ("src-a", "b", "c", "src-a")],
                         ids="->".join)  # fmt: skip
def test_routes_that_are_each_others_same_are_told(lake, ring):
    for key, other in zip(ring, ring[1:], strict=False):
        lake.item(PartitionKey=key, same_as=other)
    told = fails(lake, lake.put("src-a", "x.parquet", ONE_ROW))
    assert all(f"'{key}'" in told for key in ring) and "same_as" in told, told
    checked = lake.eider("routes", "check")
    assert checked.exit_code == 1 and "same_as" in checked.stdout, checked


def test_the_same_as_nobody_is_told(lake):
    lake.item(PartitionKey="src-a", same_as="nobody")
    told = fails(lake, lake.put("src-a", "x.parquet", ONE_ROW))
    assert "'src-a'" in told and "'nobody'" in told, told


# -- without a route -------------------------------------------------------------------------------


def test_unrouted_is_a_failure_that_tells_every_key(lake):
    lake.set(**by("bucket", "folder", "folder:5", "parquet-metadata:source"))
    told = fails(lake, lake.put("src-a", "orders/x.parquet", ONE_ROW))
    for word in ("'src-a'", "'orders'", "folder:5", "parquet-metadata:source", "'*'", "x.parquet"):
        assert word in told, told


def test_the_default_route_takes_the_rest(lake):
    lake.route("orders", "bronze.orders").route("*", "bronze.rest")
    lines = lake.load(lake.put("src-a", "orders/1.parquet", ONE_ROW),
                      lake.put("src-a", "what/2.parquet", ONE_ROW)).files  # fmt: skip
    assert sorted(line["route"] for line in lines) == ["*", "orders"]


def test_unrouted_fail_does_not_ask_the_default(lake):
    lake.set(EIDER_ROUTING_UNROUTED="fail").route("*", "bronze.rest")
    told = fails(lake, lake.put("src-a", "x.parquet", ONE_ROW))
    assert "src-a" in told and "x.parquet" in told, told
    (entry,) = lake.history()
    assert entry["state"] == "FAILED" and entry["error"] == told


def test_unrouted_skip_leaves_a_trace_and_is_taken_up_later(lake):
    lake.set(EIDER_ROUTING_UNROUTED="skip").route("*", "bronze.rest")
    uri = lake.put("src-a", "x.parquet", ONE_ROW)
    outcome = lake.run(uri)
    assert (outcome.exit_code, outcome.states()) == (0, {uri: "SKIPPED"}), outcome
    (entry,) = lake.history("--state", "SKIPPED")
    assert entry["file"] == uri and "unrouted" in entry["error"]
    lake.route("src-a", "bronze.t")
    assert won(lake, uri) == "src-a"


# -- what is wrong ---------------------------------------------------------------------------------

BAD_STRATEGIES = [
    ("bukcet", ["'bukcet'", "'bucket'"]),
    ("row:country", ["'row:country'", "column:NAME"]),
    ("folder:2-1", ["folder", "'2-1'", "folder:0-1"]),
    ("folder:-1", ["folder", "'-1'"]),
    ("bucket:x", ["bucket", "no parameter"]),
    ("column:", ["column", "column:country"]),
    ("column:a..b", ["column", "'a..b'"]),
    ("parquet-metadata", ["parquet-metadata", "parquet-metadata:source"]),
    ("key-regex:^(?P<key>[a-z", ["key-regex", "(?P<key>[a-z"]),
    ("key-regex:^([a-z]+)/", ["key-regex", "`key`"]),
    ("key-regex:^(?P<name>[a-z]+)/", ["key-regex", "'name'", "`key`"]),
    (r"key-regex:^(?P<key>[a-z]+)/\1/", ["key-regex", "RE2", r"\1"]),
]


@pytest.mark.parametrize(("strategy", "words"), BAD_STRATEGIES,
                         ids=[case[0] for case in BAD_STRATEGIES])  # fmt: skip
def test_a_bad_strategy_stops_the_start_and_is_told(lake, strategy, words):
    text = lake.config_path.read_text()
    lake.config_path.write_text(text.replace("[bucket, folder]", f"['{strategy}']"))
    told = refused(lake)
    assert "eider.yaml:3" in told or "routing.strategies" in told, told
    assert all(word in told for word in words), told


def test_bad_choices_name_what_there_is(lake):
    for name, value, words in (
        ("EIDER_ROUTING_UNROUTED", "ignore", ("'ignore'", "skip", "fail", "default")),
        ("EIDER_ROUTING_UNROUTED_VALUES", "rejects", ("'rejects'", "default, fail, reject")),
        ("EIDER_ROUTING_UNROUTED_VALUES", "reject", ("rejects_table",)),
        ("EIDER_ROUTING_COLUMN_VALUES_MAX", "0", ("column_values_max", "EIDER_ROUTING")),
    ):
        told = refused(lake, **{name: value})
        assert all(word in told for word in words), told


BAD_ATTRIBUTES = {
    "enabled": (7, "true or false"),
    "create_table": ("maybe", "true or false"),
    "priority": ("high", "whole number"),
    "inputs": ("s3://ref/x.csv", "list"),
    "engine": ({"memory_limit": "512 cows"}, "memory_limit"),
    "commit": ({"lag_ms": -1}, "lag_ms"),
    "version": (1.5, "whole number"),
    "updated_at": ("yesterday", "2026-11-24T12:00:00Z"),
    "owner": (["a", "b"], "text"),
}


@pytest.mark.parametrize("name", BAD_ATTRIBUTES)
def test_a_mistyped_attribute_fails_its_files_alone(lake, name):
    value, word = BAD_ATTRIBUTES[name]
    entry = {"PartitionKey": "src-a", "target_table": "bronze.t", "query_sql": SELECT_ALL}
    lake.item(**(entry | {name: value})).route("src-b", "bronze.good")
    bad, good = lake.put("src-a", "a.parquet", ONE_ROW), lake.put("src-b", "b.parquet", ONE_ROW)
    outcome = lake.run(bad, good)
    assert outcome.states() == {bad: "FAILED", good: "LOADED"}, outcome
    told = outcome.file("a.parquet")["error"]
    checked = lake.eider("routes", "check")
    assert checked.exit_code == 1
    for text in (told, checked.stdout):
        assert "src-a" in text and name in text and word in text, text
    assert "routes.yaml:" in told, told


def test_an_unknown_attribute_of_a_file_is_a_mistake_with_the_nearest_name(lake):
    lake.route("src-a", "bronze.t", enabeld=False)
    told = fails(lake, lake.put("src-a", "a.parquet", ONE_ROW))
    assert "enabeld" in told and "enabled" in told and "routes.yaml:" in told, told


def test_both_a_table_and_same_as_is_a_mistake(lake):
    lake.route("src-a", "bronze.t", same_as="src-b").route("src-b", "bronze.t")
    told = fails(lake, lake.put("src-a", "a.parquet", ONE_ROW))
    assert "'src-a'" in told and "same_as" in told and "target_table" in told, told


def test_a_wrong_pattern_is_never_passed_over(lake):
    lake.set(**by("folder")).route("o*", "bronze.t", priority="high").route("*", "bronze.rest")
    told = fails(lake, lake.put("src-a", "orders/a.parquet", ONE_ROW))
    assert "'o*'" in told and "priority" in told and "orders" in told, told


def test_the_optional_attributes_in_dynamodb(cloud):
    """As DynamoDB has them: numbers, booleans, lists and maps."""
    cloud.route(cloud.src_a, "bronze.t", enabled=True, priority=7, owner="team-a",
                engine={"threads": 1, "memory_limit": "512MiB", "timeout_ms": 60_000},
                commit={"lag_ms": 0}, inputs=["s3://ref/x.csv"], description="orders ☃",
                version=3)  # fmt: skip
    cloud.load(cloud.put(cloud.src_a, "a.parquet", ONE_ROW))
    assert cloud.scan_ids("bronze.t") == [1]
    assert cloud.eider("routes", "check").exit_code == 0
    (line,) = cloud.eider("routes", "get", cloud.src_a, "--json").lines
    assert (line["owner"], line["version"], line["engine"]["threads"]) == ("team-a", 3, 1)
    (entry,) = cloud.eider("history", "--json").lines
    assert entry["route_version"] == 3 and len(entry["sql_hash"]) == 64
