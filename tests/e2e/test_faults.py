"""Bad days: each fault between the program and a service ends in rows once, or in a clear error."""

import signal
import subprocess

import pytest

import events
from fault_proxy import answer, cut, delay, forward_then, lose_answer, reset, trickle, wait_until
from servers import SECRET_ACCESS_KEY

MANY = "SELECT range AS id, md5(range::VARCHAR) AS pad FROM range({})"


@pytest.fixture
def routed(cloud):
    cloud.route(cloud.src_a, "bronze.orders")
    return cloud


def put(cloud, number: int = 1):
    return cloud.put(cloud.src_a, f"{number}.parquet", f"SELECT {number} AS id")


# ---- credentials and names ---------------------------------------------------------------------


def test_no_credentials(routed):
    told = routed.fails(put(routed), AWS_ACCESS_KEY_ID=None, AWS_SECRET_ACCESS_KEY=None,
                        HOME=str(routed.folder))  # fmt: skip
    assert "credentials" in told.lower(), told


def test_a_wrong_secret(routed):
    told = routed.fails(put(routed), AWS_SECRET_ACCESS_KEY="not-the-secret")
    assert "Signature" in told or "signature" in told or "denied" in told.lower(), told
    assert "not-the-secret" not in told and SECRET_ACCESS_KEY not in told


def test_a_wrong_region(routed):
    """DynamoDB has its tables by region: the message says where was looked."""
    told = routed.fails(put(routed), AWS_REGION="eu-west-3", AWS_DEFAULT_REGION="eu-west-3")
    assert "eu-west-3" in told, told


@pytest.mark.parametrize("service, operation, code", [
    ("dynamodb", "GetItem", "ExpiredTokenException"), ("s3", "GetObject", "ExpiredToken"),
])  # fmt: skip
def test_an_expired_token(routed, service, operation, code):
    item = put(routed)
    routed.through(service).on(operation, answer(400, code), times=None)
    told = routed.fails(item)
    assert "expired" in told.lower(), told


def test_no_such_bucket(routed):
    routed.route("no-such-bucket-here", "bronze.orders")
    told = routed.fails("s3://no-such-bucket-here/a.parquet")
    assert "no-such-bucket-here" in told, told


def test_no_such_warehouse(routed):
    told = routed.fails(put(routed), EIDER_WAREHOUSE="s3://no-such-bucket-here/lake")
    assert "no-such-bucket-here" in told, told


def test_no_such_object(routed):
    told = routed.fails(f"s3://{routed.src_a}/nothing.parquet")
    assert "nothing.parquet" in told, told


def test_no_such_ledger_table(routed):
    told = routed.fails(put(routed), EIDER_LEDGER_TABLE="no-such-ledger")
    assert "no-such-ledger" in told, told


def test_no_such_table_and_not_to_be_made(routed):
    routed.route(routed.src_a, "bronze.missing", create=False)
    told = routed.fails(put(routed))
    assert "bronze.missing" in told, told


@pytest.mark.parametrize("service, operation, code, words", [
    ("s3", "GetObject", "AccessDenied", ("1.parquet",)),
    ("s3", "PutObject", "AccessDenied", ("lake",)),
    ("dynamodb", "GetItem", "AccessDeniedException", ("GetItem", "routing")),
])  # fmt: skip
def test_access_denied_names_what(routed, service, operation, code, words):
    item = put(routed)
    status = 403 if service == "s3" else 400
    routed.through(service).on(operation, answer(status, code), times=None)
    told = routed.fails(item)
    assert "denied" in told.lower() and all(word in told for word in words), told


# ---- DynamoDB ----------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", [
    answer(400, "ProvisionedThroughputExceededException"), answer(400, "ThrottlingException"),
    answer(500, "InternalServerError"), answer(503, "ServiceUnavailable"), reset, delay(1),
], ids=["throughput", "throttled", "500", "503", "reset", "slow"])  # fmt: skip
@pytest.mark.parametrize("operation", ["GetItem", "*"], ids=["the route", "every second"])
def test_dynamodb_has_a_bad_moment(routed, operation, fault):
    item = put(routed)
    dynamodb = routed.through("dynamodb")
    for skip in (0, 2, 4):
        dynamodb.on(operation, fault, skip=skip)
    routed.load(item)
    assert routed.scan_ids("bronze.orders") == [1]
    assert routed.run(item).summary == {"loaded": 0, "skipped": 1, "failed": 0, "held": 0}


def test_dynamodb_is_down(routed):
    item = put(routed)
    with routed.through("dynamodb").down():
        told = routed.fails(item)
        assert "DynamoDB" in told or "routing" in told or "ledger" in told, told
    routed.load(item)
    assert routed.scan_ids("bronze.orders") == [1]


def test_dynamodb_throttles_for_ever(routed):
    item = put(routed)
    dynamodb = routed.through("dynamodb")
    dynamodb.on("*", answer(400, "ProvisionedThroughputExceededException"), times=None)
    told = routed.fails(item)
    assert "hrott" in told or "hroughput" in told, told
    assert dynamodb.count().total() < 100, "it gives up"


def test_a_function_outlives_dynamodb_and_loses_no_message(routed):
    items = [put(routed, number) for number in (1, 2)]
    dynamodb = routed.through("dynamodb")
    with routed.function() as function:
        assert function.invoke(events.sqs(items[0])).response == {"batchItemFailures": []}
        with dynamodb.down():
            done = function.invoke(events.sqs(items[1])).response
            assert done == {"batchItemFailures": [{"itemIdentifier": "message-0"}]}
        assert function.invoke(events.sqs(items[1])).response == {"batchItemFailures": []}
    assert routed.scan_ids("bronze.orders") == [1, 2]


@pytest.mark.parametrize("operation", ["PutItem", "UpdateItem", "TransactWriteItems"])
@pytest.mark.parametrize("fault", [lose_answer, forward_then(500, "InternalServerError")],
                         ids=["answer lost", "500 after it was done"])  # fmt: skip
def test_a_ledger_write_done_without_knowing_it(routed, operation, fault):
    items = [put(routed, number) for number in (1, 2)]
    dynamodb = routed.through("dynamodb")
    for skip in (0, 2):
        dynamodb.on(operation, fault, skip=skip)
    for item in items:
        routed.load(item)
    dynamodb.clear()
    assert routed.run(*items).summary == {"loaded": 0, "skipped": 2, "failed": 0, "held": 0}
    assert routed.scan_ids("bronze.orders") == [1, 2]


# ---- S3 ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", [
    answer(500, "InternalError"), answer(503, "SlowDown"), answer(503, "SlowDown", Retry_After="1"),
    reset, delay(1), cut(100), cut(0), trickle(200, 0.02),
], ids=["500", "503", "Retry-After", "reset", "slow", "cut", "cut at 0", "trickle"])  # fmt: skip
@pytest.mark.parametrize("operation", ["GetObject", "PutObject", "*"],
                         ids=["GET", "PUT", "every third"])  # fmt: skip
def test_s3_has_a_bad_moment(routed, operation, fault):
    routed.load(put(routed, 1))
    item = put(routed, 2)
    s3 = routed.through("s3")
    for skip in (0, 3, 6, 9):
        s3.on(operation, fault, skip=skip)
    routed.load(item)
    assert routed.scan_ids("bronze.orders") == [1, 2]
    assert routed.snapshot_count("bronze.orders") == 2


@pytest.mark.parametrize("fault", [
    cut(300_000), reset, answer(503, "SlowDown"), answer(500, "InternalError"),
], ids=["cut", "reset", "503", "500"])  # fmt: skip
def test_s3_breaks_in_the_middle_of_a_large_file(routed, fault):
    """Every second answer about the content and every third part of the result."""
    item = routed.put(routed.src_a, "large.parquet", MANY.format(1_000_000))
    s3 = routed.through("s3")
    for skip in range(0, 12, 2):
        s3.on("GetObject", fault, path="large.parquet", skip=skip)
    for skip in range(0, 12, 3):
        s3.on("UploadPart", fault, skip=skip)
    routed.load(item)
    ids = routed.scan_ids("bronze.orders")
    assert len(ids) == 1_000_000 and ids[0] == 0 and ids[-1] == 999_999
    assert routed.open_uploads() == []


@pytest.mark.parametrize("part", [".metadata.json", ".avro", ".parquet"])
@pytest.mark.parametrize("fault", [lose_answer, forward_then(500, "InternalError")],
                         ids=["answer lost", "500 after it was done"])  # fmt: skip
def test_a_put_done_without_knowing_it(routed, part, fault):
    """The second PUT finds the object there (If-None-Match): it is its own, not another's."""
    routed.load(put(routed, 1))
    item = put(routed, 2)
    routed.through("s3").on("PutObject", fault, path=part)
    routed.load(item)
    assert routed.scan_ids("bronze.orders") == [1, 2]


def test_the_end_of_an_upload_done_without_knowing_it(routed):
    item = routed.put(routed.src_a, "large.parquet", MANY.format(1_000_000))
    s3 = routed.through("s3")
    s3.on("CompleteMultipartUpload", lose_answer)
    first = routed.run(item)  # it may know how to look, or leave the file to the next run
    assert first.exit_code == 0 or first.file("large.parquet")["code"] == "outcome_unknown"
    routed.run(item)
    assert len(routed.scan_ids("bronze.orders")) == 1_000_000
    assert routed.open_uploads() == []


def test_s3_is_down(routed):
    item = put(routed)
    with routed.through("s3").down():
        told = routed.fails(item)
        assert "s3://" in told or "S3" in told, told
    routed.load(item)


def test_s3_refuses_for_ever(routed):
    item = put(routed)
    s3 = routed.through("s3")
    s3.on("GetObject", answer(503, "SlowDown"), times=None)
    told = routed.fails(item)
    assert "1.parquet" in told and ("503" in told or "SlowDown" in told), told
    assert s3.count()["GetObject"] < 100, "it gives up"


def test_a_replaced_object_is_noticed_in_the_middle(routed):
    """Between two ranges of one read the object becomes another: no mixture of both is loaded."""
    item = routed.put(routed.src_a, "large.parquet", MANY.format(1_000_000))
    s3 = routed.through("s3")
    other = routed.put(routed.src_b, "other.parquet", MANY.format(10))
    body = routed.client("s3").get_object(Bucket=other.bucket, Key=other.key)["Body"].read()

    def replace(exchange):
        routed.put_bytes(routed.src_a, "large.parquet", body)
        exchange.send(exchange.forward())

    s3.on("GetObject", replace, path="large.parquet", skip=1)
    outcome = routed.run(item)
    states = outcome.states()[item.uri]
    if states == "LOADED":  # one answer brought it all, before it was replaced
        assert len(routed.scan_ids("bronze.orders")) == 1_000_000
    else:
        assert "replaced" in outcome.file("large.parquet")["error"], outcome.files


# ---- this machine ------------------------------------------------------------------------------


def test_an_input_over_the_memory_limit_spills(routed):
    routed.route(routed.src_a, "bronze.sorted",
                 "SELECT * FROM '{s3_input_path}' ORDER BY pad, id DESC")  # fmt: skip
    item = routed.put(routed.src_a, "big.parquet",
                      "SELECT range AS id, md5(range::VARCHAR) || md5((range + 1)::VARCHAR) ||"
                      " md5((range + 2)::VARCHAR) AS pad FROM range(3000000)")  # fmt: skip
    routed.load(item, EIDER_ENGINE_MEMORY_LIMIT="128MiB")
    assert len(routed.scan_ids("bronze.sorted")) == 3_000_000
    assert list((routed.folder / "spill").iterdir()) == []


def test_a_full_disk_is_a_clear_error(routed):
    """What spills finds 4 MiB of room, in a mount of this process alone."""
    routed.route(routed.src_a, "bronze.sorted", "SELECT * FROM '{s3_input_path}' ORDER BY pad")
    item = routed.put(routed.src_a, "big.parquet", MANY.format(3_000_000))
    small = routed.folder / "small"
    small.mkdir()
    in_small = ("unshare", "--user", "--map-root-user", "--mount", "sh", "-c",
                'mount -t tmpfs -o size=4m none "$0" && exec "$@"', str(small))  # fmt: skip
    told = routed.fails(item, prefix=in_small, EIDER_ENGINE_TEMP_DIRECTORY=str(small),
                        EIDER_ENGINE_MEMORY_LIMIT="64MiB")  # fmt: skip
    assert "big.parquet" in told and str(small) in told, told
    assert routed.warehouse_keys("/data/") == [] and routed.open_uploads() == []


def test_a_stopped_run_leaves_nothing_open(routed):
    """SIGTERM while parts of the result are on their way."""
    item = routed.put(routed.src_a, "large.parquet", MANY.format(3_000_000))
    s3 = routed.through("s3")
    s3.on("UploadPart", delay(2), skip=1, times=None)
    process = subprocess.Popen([routed.program, "run", item.uri], env=routed.environment(),
                               cwd=routed.folder, stderr=subprocess.DEVNULL)  # fmt: skip
    assert wait_until(lambda: s3.count()["UploadPart"] > 0)
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=60) == 128 + signal.SIGTERM
    assert routed.open_uploads() == [] and routed.warehouse_keys("/data/") == []
    s3.clear()
    routed.load(item)
    assert len(routed.scan_ids("bronze.orders")) == 3_000_000
