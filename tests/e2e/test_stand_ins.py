"""The tests' own tools: a fault that does not happen, or one too many, would prove nothing."""

import contextlib
import http.client
import json
import os
import subprocess
import sys
import time

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, EndpointConnectionError

import fault_proxy
from fault_proxy import FaultProxy, answer, cut, delay, forward_then, lose_answer, reset, trickle
from runtime_api import LambdaProcess, RuntimeApi
from servers import ACCESS_KEY_ID, REGION, SECRET_ACCESS_KEY

BUCKET, KEY, CONTENT = "of-the-tools", "a b/it's é+*?.txt", b"x" * 100_000


@pytest.fixture
def proxy(stand_ins):
    with FaultProxy("s3", stand_ins.endpoint("s3")) as proxy:
        yield proxy


def client(endpoint: str, service: str = "s3", tries: int = 1):
    return boto3.client(service, endpoint_url=endpoint, region_name=REGION,
                        aws_access_key_id=ACCESS_KEY_ID, aws_secret_access_key=SECRET_ACCESS_KEY,
                        config=Config(retries={"total_max_attempts": tries}))  # fmt: skip


@pytest.fixture
def s3(proxy):
    s3 = client(proxy.endpoint)
    with contextlib.suppress(s3.exceptions.BucketAlreadyOwnedByYou):
        s3.create_bucket(Bucket=BUCKET)
    s3.put_object(Bucket=BUCKET, Key=KEY, Body=CONTENT)
    proxy.clear()
    return s3


def read(s3) -> bytes:
    return s3.get_object(Bucket=BUCKET, Key=KEY)["Body"].read()


def test_signatures_stay_valid_and_requests_are_counted(s3, proxy):
    assert read(s3) == CONTENT
    assert s3.head_object(Bucket=BUCKET, Key=KEY)["ContentLength"] == len(CONTENT)
    assert s3.list_objects_v2(Bucket=BUCKET)["Contents"][0]["Key"] == KEY
    assert proxy.count() == {"GetObject": 1, "HeadObject": 1, "ListObjectsV2": 1}
    assert [request.status for request in proxy.requests] == [200, 200, 200]
    with pytest.raises(ClientError, match="SignatureDoesNotMatch"):
        boto3.client("s3", endpoint_url=proxy.endpoint, aws_access_key_id=ACCESS_KEY_ID,
                     aws_secret_access_key="wrong", region_name=REGION).list_buckets()  # fmt: skip


@pytest.mark.parametrize("fault, error", [
    (answer(503, "SlowDown"), ClientError), (forward_then(500, "InternalError"), ClientError),
    (reset, BotoCoreError), (lose_answer, BotoCoreError), (cut(5000), BotoCoreError),
])  # fmt: skip
def test_a_fault_happens_once(s3, proxy, fault, error):
    proxy.on("GetObject", fault)
    with pytest.raises(error):
        read(s3)
    assert read(s3) == CONTENT


def test_a_lost_answer_was_a_deed(s3, proxy):
    for number, fault in enumerate((lose_answer, forward_then(500, "InternalError"))):
        proxy.on("PutObject", fault)
        with pytest.raises((BotoCoreError, ClientError)):
            s3.put_object(Bucket=BUCKET, Key=f"deed {number}", Body=b"")
        assert s3.head_object(Bucket=BUCKET, Key=f"deed {number}")["ContentLength"] == 0
    proxy.on("PutObject", reset)
    with pytest.raises(BotoCoreError):
        s3.put_object(Bucket=BUCKET, Key="no deed", Body=b"")
    with pytest.raises(ClientError, match="404"):
        s3.head_object(Bucket=BUCKET, Key="no deed")


@pytest.mark.parametrize("fault", [delay(0.3), trickle(30_000, 0.1)])
def test_slow_is_slow_and_whole(s3, proxy, fault):
    proxy.on("GetObject", fault)
    started = time.perf_counter()
    assert read(s3) == CONTENT
    assert time.perf_counter() - started >= 0.3


def test_rules_count_occurrences_of_their_own(s3, proxy):
    rule = proxy.on("GetObject", answer(503, "SlowDown"), path=".txt", skip=1, times=2)
    seen = []
    for _ in range(4):
        try:
            seen.append(read(s3) == CONTENT)
        except ClientError:
            seen.append(False)
    assert seen == [True, False, False, True] and rule.seen == 4
    proxy.on("GetObject", answer(503, "SlowDown"), path="other", times=None)
    assert read(s3) == CONTENT


def test_down_is_refused_and_up_again(s3, proxy):
    with proxy.down(), pytest.raises(EndpointConnectionError):
        read(s3)
    assert read(s3) == CONTENT


@pytest.mark.parametrize("service, call, code", [
    ("dynamodb", "list_tables", "ProvisionedThroughputExceededException"),
    ("glue", "get_databases", "ConcurrentModificationException"),
])  # fmt: skip
def test_errors_have_the_services_own_form(stand_ins, service, call, code):
    with FaultProxy(service, stand_ins.endpoint(service)) as proxy:
        asked = client(proxy.endpoint, service)
        proxy.on("*", answer(400, code))
        with pytest.raises(ClientError) as failed:
            getattr(asked, call)()
        assert failed.value.response["Error"] == {"Code": code, "Message": "made by the test"}
        getattr(asked, call)()


@pytest.mark.parametrize("method, target, operation", [
    ("GET", "/b/k?versionId=1", "GetObject"), ("GET", "/b?list-type=2&prefix=a", "ListObjectsV2"),
    ("POST", "/b/k?uploads", "CreateMultipartUpload"),
    ("PUT", "/b/k?partNumber=1&uploadId=u", "UploadPart"),
    ("POST", "/b/k?uploadId=u", "CompleteMultipartUpload"),
    ("DELETE", "/b/k?uploadId=u", "AbortMultipartUpload"), ("DELETE", "/b/k", "DeleteObject"),
    ("POST", "/b?delete", "DeleteObjects"), ("PUT", "/b/", "CreateBucket"),
])  # fmt: skip
def test_s3_operations_are_known_by_shape(method, target, operation):
    assert fault_proxy.operation_of(method, target, {}) == operation


FUNCTION = """
import http.client, json, os
api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
while True:
    api.request("GET", "/2018-06-01/runtime/invocation/next")
    following = api.getresponse()
    event = json.loads(following.read())
    if event == "die":
        os._exit(3)
    head = {name: following.headers["Lambda-Runtime-" + name] for name in
            ("Aws-Request-Id", "Deadline-Ms", "Invoked-Function-Arn", "Trace-Id")}
    path = "error" if event == "fail" else "response"
    api.request("POST", f"/2018-06-01/runtime/invocation/{head['Aws-Request-Id']}/{path}",
                json.dumps({"event": event, "head": head}),
                {"Lambda-Runtime-Function-Error-Type": "Test.Failed"})
    answered = api.getresponse()
    assert answered.status == 202 and answered.read()
"""


def test_the_runtime_api_hands_out_and_takes_back():
    command = [sys.executable, "-c", FUNCTION]
    with RuntimeApi() as api, LambdaProcess(command, dict(os.environ), api) as function:
        before_ms = time.time() * 1000
        done = function.invoke({"n": 1}, timeout_seconds=7)
        assert done.error is None and done.response["event"] == {"n": 1}
        head = done.response["head"]
        assert head["Aws-Request-Id"] == done.request_id and head["Trace-Id"] == done.trace_id
        assert 7000 <= int(head["Deadline-Ms"]) - before_ms < 8000
        failed = function.invoke("fail")
        assert failed.response is None and failed.error["event"] == "fail"
        assert failed.error_type == "Test.Failed"
        with pytest.raises(AssertionError, match="ended with 3"):
            function.invoke("die")


def test_the_runtime_api_refuses_what_lambda_refuses():
    with RuntimeApi() as api:
        def post(path: str, body: bytes = b"{}") -> int:
            connection = http.client.HTTPConnection(api.address)
            connection.request("POST", path, body)
            return connection.getresponse().status

        assert post("/2018-06-01/runtime/invocation/no-such/response") == 400
        assert post("/2018-06-01/nonsense") == 404
        assert post("/2018-06-01/runtime/init/error", json.dumps({"a": 1}).encode()) == 202
        assert api.init_error == {"a": 1}
        sent = api.send({})
        connection = http.client.HTTPConnection(api.address)
        connection.request("GET", "/2018-06-01/runtime/invocation/next")
        connection.getresponse().read()
        answer_path = f"/2018-06-01/runtime/invocation/{sent.request_id}/response"
        assert post(answer_path, b"x" * (6 * 1024 * 1024 + 1)) == 413
        assert post(answer_path) == 202
        assert post(answer_path) == 400, "an invocation is answered once"


def test_servers_end_with_the_one_who_started_them():
    script = ("import os, signal, sys; sys.path.insert(0, sys.argv[1]); import servers\n"
              "stand_ins = servers.StandIns(['s3']).__enter__()\n"
              "print(stand_ins.servers['s3'].process.pid, flush=True)\n"
              "os.kill(os.getpid(), signal.SIGKILL)\n")  # fmt: skip
    folder = os.path.dirname(fault_proxy.__file__)
    done = subprocess.run([sys.executable, "-c", script, folder], capture_output=True, text=True,
                          check=False)  # fmt: skip
    pid = int(done.stdout)
    assert fault_proxy.wait_until(lambda: not os.path.exists(f"/proc/{pid}/exe"))
