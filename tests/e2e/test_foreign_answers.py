"""Answers that are not the service's own: what they do not say is not taken for said.

Seen: any 404 on the way to an object settled its event, and a wrong endpoint emptied a queue.
"""

import pytest

import events
from fault_proxy import page

HTML = "<html><head><title>404 Not Found</title></head><body>nginx</body></html>"
MD5_ETAG = '"9e107d9d372bb6826bd81d3542a419d6"'
QUOTING = "<html><body>it said <Code>NoSuchKey</Code></body></html>"
PAGES = {
    "html": page(404, HTML),
    "empty": page(404),
    "json": page(404, '{"message":"Not Found"}', "application/json"),
    "quoting": page(404, QUOTING, "application/xml"),
    "code": page(404, "<page><Code>NoSuchKey</Code></page>", "application/xml"),
}
each_page = pytest.mark.parametrize("foreign", PAGES.values(), ids=PAGES)


def failed_messages(done) -> list[str]:
    assert done.error is None, done.error
    return [item["itemIdentifier"] for item in done.response["batchItemFailures"]]


def lines_about(function, item) -> list[dict]:
    return [line for line in function.log_lines() if line.get("file") == item.uri]


def without_size(item):
    """Such an event has the program look at the object before anything else, by HEAD."""
    return events.Object(item.bucket, item.key, 0, "")


@each_page
@pytest.mark.parametrize("told", [lambda item: item, without_size], ids=["whole", "bare"])
def test_a_404_of_a_proxy_settles_no_message(cloud, foreign, told):
    cloud.route(cloud.src_a, "bronze.orders")
    good = cloud.put(cloud.src_a, "good.parquet", "SELECT 1 AS id")
    hidden = cloud.put(cloud.src_a, "hidden.parquet", "SELECT 2 AS id")
    gone = cloud.put(cloud.src_a, "gone.parquet", "SELECT 3 AS id")
    cloud.remove(gone)
    proxy = cloud.through("s3")
    proxy.on("*", foreign, path="hidden.parquet", times=None)
    with cloud.function() as function:
        batch = events.sqs(told(good), told(hidden), told(gone))
        assert failed_messages(function.invoke(batch)) == ["message-1"]
        assert cloud.scan_ids("bronze.orders") == [1]
        told_of = lines_about(function, hidden)[-1]
        assert told_of["done"] is False and "is the endpoint right" in told_of["error"], told_of
        assert lines_about(function, gone)[-1]["done"] is True
        proxy.clear()
        assert failed_messages(function.invoke(batch)) == []
    assert cloud.scan_ids("bronze.orders") == [1, 2]


def test_a_wrong_endpoint_empties_no_queue(cloud):
    cloud.route(cloud.src_a, "bronze.orders")
    items = [cloud.put(cloud.src_a, f"{n}.parquet", f"SELECT {n} AS id") for n in range(3)]
    batch = events.sqs(*items, *(without_size(item) for item in items))
    cloud.through("s3").on("*", page(404, HTML), times=None)
    with cloud.function() as function:
        assert failed_messages(function.invoke(batch)) == [f"message-{n}" for n in range(6)]
        cloud.through("s3").clear()
        assert failed_messages(function.invoke(batch)) == []
    assert cloud.scan_ids("bronze.orders") == [0, 1, 2]


@pytest.mark.parametrize("to_get", [200, 412])
def test_a_web_server_in_the_stores_place_supersedes_nothing(cloud, to_get):
    """One that has the same page for every path, with an ETag, and may know If-Match."""
    cloud.route(cloud.src_a, "bronze.orders")
    item = cloud.put(cloud.src_a, "a.parquet", "SELECT 1 AS id")
    no_size = events.Object(item.bucket, item.key, 0, item.etag)
    proxy = cloud.through("s3")
    proxy.on("HeadObject", page(200, HTML, ETag=MD5_ETAG), times=None)
    proxy.on("GetObject", page(to_get, HTML, ETag=MD5_ETAG), times=None)
    with cloud.function() as function:
        batch = events.sqs(item, no_size)
        assert failed_messages(function.invoke(batch)) == ["message-0", "message-1"]
        proxy.clear()
        assert failed_messages(function.invoke(batch)) == []
    assert cloud.scan_ids("bronze.orders") == [1]


def test_an_event_of_a_bucket_that_is_not_there_comes_back(cloud):
    cloud.route("a", "bronze.orders")
    item = events.Object(f"{cloud.name}-nowhere", "a/b.parquet", 100, "0" * 32)
    with cloud.function() as function:
        batch = events.sqs(item, without_size(item))
        assert failed_messages(function.invoke(batch)) == ["message-0", "message-1"]
        assert all(f"no bucket '{item.bucket}'" in line["error"]
                   for line in lines_about(function, item))  # fmt: skip


def test_an_event_comes_back_where_no_region_is_known(cloud, lake):
    item = events.Object("somewhere", "a/b.parquet", 100, "0" * 32)
    command = (cloud.program, "--config", str(lake.folder / "eider.yaml"), "lambda")
    cloud.settings.clear()
    with cloud.function(command, AWS_REGION=None, AWS_DEFAULT_REGION=None) as function:
        batch = events.sqs(item, without_size(item))
        assert failed_messages(function.invoke(batch)) == ["message-0", "message-1"]
        told = [line["error"] for line in lines_about(function, item)]
        assert any("cannot reach" in error and "region" in error for error in told), told


@pytest.mark.parametrize("etag", ["v1", "5-77", "f" * 64, 'W/"abc"'])
def test_an_etag_that_no_folder_makes_settles_no_event(cloud, etag):
    """Whoever sends the events of a folder has ETags of his own: they say nothing of the file."""
    folder = cloud.folder / "inbox"
    folder.mkdir()
    (folder / "a.csv").write_text("id\n1\n")
    cloud.configure(EIDER_BUCKETS=f"inbox={folder}")
    cloud.route("inbox", "bronze.orders", "SELECT id FROM read_csv('{s3_input_path}')")
    item, other = (events.Object("inbox", "a.csv", 5, tag) for tag in (etag, "another"))
    with cloud.function() as function:
        for told in (item, without_size(other), other):
            assert failed_messages(function.invoke(events.sqs(told))) == []
        lines = lines_about(function, item)
        assert [line["state"] for line in lines] == ["LOADED", "SKIPPED", "SKIPPED"], lines
    assert cloud.scan_ids("bronze.orders") == [1]


def test_run_says_which_of_them_it_is(cloud):
    cloud.route(cloud.src_a, "bronze.orders")
    here = cloud.put(cloud.src_a, "here.parquet", "SELECT 1 AS id")
    assert "no such object" in cloud.fails(f"s3://{cloud.src_a}/never.parquet")
    nowhere = f"{cloud.name}-nowhere"
    assert f"no bucket '{nowhere}'" in cloud.fails(f"s3://{nowhere}/a.parquet")
    assert f"no bucket '{nowhere}'" in cloud.fails(f"s3://{nowhere}/")
    cloud.through("s3").on("*", page(404, HTML), times=None)
    told = cloud.fails(here)
    assert "is the endpoint right" in told and "no such object" not in told
    assert "is the endpoint right" in cloud.fails(f"s3://{cloud.src_a}/")


@each_page
def test_a_route_that_a_proxy_hides_is_not_a_missing_route(cloud, foreign):
    cloud.route(cloud.src_a, "bronze.orders").configure(EIDER_ROUTING_UNROUTED="skip")
    item = cloud.put(cloud.src_a, "a.parquet", "SELECT 1 AS id")
    proxy = cloud.through("dynamodb")
    proxy.on("GetItem", foreign, times=None)
    proxy.on("BatchGetItem", foreign, times=None)
    with cloud.function() as function:
        assert failed_messages(function.invoke(events.sqs(item))) == ["message-0"]
    proxy.clear()
    assert cloud.load(item).exit_code == 0


@each_page
def test_a_claim_that_a_proxy_swallows_is_none(cloud, foreign):
    cloud.route(cloud.src_a, "bronze.orders")
    item = cloud.put(cloud.src_a, "a.parquet", "SELECT 1 AS id")
    proxy = cloud.through("dynamodb")
    for answered in (foreign, page(200)):
        proxy.on("PutItem", answered, times=None)
        cloud.fails(item)
        proxy.clear()
    cloud.load(item)
    assert cloud.scan_ids("bronze.orders") == [1]


@each_page
def test_a_table_that_a_proxy_hides_is_not_made_anew(glue_cloud, foreign):
    cloud = glue_cloud.route(glue_cloud.src_a, f"{glue_cloud.name}.orders")
    table = f"{cloud.name}.orders"
    first, second = (cloud.put(cloud.src_a, f"{n}.parquet", f"SELECT {n} AS id") for n in (1, 2))
    cloud.load(first)
    proxy = cloud.through("glue")
    proxy.on("GetTable", foreign, times=None)
    assert "is the endpoint right" in cloud.fails(second)
    assert proxy.count()["CreateTable"] == 0 and proxy.count()["CreateDatabase"] == 0
    proxy.clear()
    cloud.load(second)
    assert cloud.scan_ids(table) == [1, 2]


def test_a_swap_that_a_proxy_answers_is_unknown_and_not_repeated_blindly(glue_cloud):
    cloud = glue_cloud.route(glue_cloud.src_a, f"{glue_cloud.name}.orders")
    first, second = (cloud.put(cloud.src_a, f"{n}.parquet", f"SELECT {n} AS id") for n in (1, 2))
    cloud.load(first)

    def done_and_then_a_page(exchange):
        exchange.forward()
        page(404, HTML)(exchange)

    cloud.through("glue").on("UpdateTable", done_and_then_a_page)
    cloud.load(second)
    assert cloud.through("glue").count()["UpdateTable"] == 1
    assert cloud.scan_ids(f"{cloud.name}.orders") == [1, 2]


@each_page
def test_a_metadata_file_that_a_proxy_hides_makes_no_new_table(cloud, foreign):
    cloud.route(cloud.src_a, "bronze.orders")
    first, second = (cloud.put(cloud.src_a, f"{n}.parquet", f"SELECT {n} AS id") for n in (1, 2))
    cloud.load(first)
    uuid = cloud.table("bronze.orders").metadata.table_uuid
    proxy = cloud.through("s3")
    proxy.on("*", foreign, path="metadata.json", times=None)
    assert "is the endpoint right" in cloud.fails(second)
    proxy.clear()
    cloud.load(second)
    assert cloud.table("bronze.orders").metadata.table_uuid == uuid
    assert cloud.scan_ids("bronze.orders") == [1, 2]


def test_a_metadata_file_that_is_gone_makes_no_new_table(cloud):
    cloud.route(cloud.src_a, "bronze.orders")
    first, second = (cloud.put(cloud.src_a, f"{n}.parquet", f"SELECT {n} AS id") for n in (1, 2))
    cloud.load(first)
    location = cloud.table("bronze.orders").metadata_location
    bucket, key = location.removeprefix("s3://").split("/", 1)
    before = cloud.warehouse_keys("metadata.json")
    cloud.client("s3").delete_object(Bucket=bucket, Key=key)
    with cloud.function() as function:
        assert failed_messages(function.invoke(events.sqs(second))) == ["message-0"]
        assert location in lines_about(function, second)[-1]["error"]
    assert cloud.warehouse_keys("metadata.json") == [name for name in before if name != key]
