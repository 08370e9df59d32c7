"""`notify`: who is told of commits and failures, at least once, whatever is away or killed."""

import hashlib
import hmac
import json
import sqlite3

import pytest
from events import sqs
from hook import Hook
from worker import Worker, wait_until

ROWS = "SELECT i AS id, {0} AS file FROM range({1}) t(i)"
ALL_DONE = {"batchItemFailures": []}


@pytest.fixture
def hook():
    with Hook() as hook:
        yield hook


@pytest.fixture
def lake(make_lake, hook):
    return make_lake().route("src-a", "bronze.a").set(EIDER_NOTIFY=hook.url)


def errands(lake) -> list[str]:
    """What the ledger has left to do."""
    with sqlite3.connect(lake.ledger_path) as ledger:
        return [row[0] for row in ledger.execute("SELECT errands FROM file_loads") if row[0]]


def test_a_run_tells_of_its_commit_and_of_each_file_that_failed(lake, hook):
    lake.put("src-a", "1.parquet", ROWS.format(1, 10))
    lake.put("src-a", "2.parquet", ROWS.format(2, 5))
    lake.put_bytes("src-a", "bad.parquet", b"no Parquet at all")
    lake.run("s3://src-a/")
    hook.await_types("loaded", "failed")
    loaded = next(event for event in hook.told if event["type"] == "loaded")
    snapshot = lake.pyiceberg().load_table("bronze.a").current_snapshot()
    assert loaded["version"] == 1
    assert loaded["table"] == "bronze.a" and loaded["snapshot_id"] == snapshot.snapshot_id
    assert loaded["rows"] == 15 and loaded["file_count"] == 2 and loaded["all_files_listed"]
    assert sorted(file["rows"] for file in loaded["files"]) == [5, 10]
    history = {line["file"]: line for line in lake.history()}
    for file in loaded["files"]:
        line = history[file["uri"]]
        assert (file["etag"], file["commit_token"], file["size_bytes"], file["route"]) == (
            line["etag"], line["commit_token"], line["size_bytes"], "src-a")  # fmt: skip
    failed = next(event for event in hook.told if event["type"] == "failed")
    assert failed["file"]["uri"].endswith("bad.parquet")
    line = history[failed["file"]["uri"]]
    assert (failed["error"], failed["code"]) == (line["error"], line["code"])
    assert errands(lake) == []
    lake.run("s3://src-a/1.parquet")
    assert len(hook.told) == 2, "what is loaded already is nothing new"


def test_a_held_file_is_told_of(lake, hook):
    lake.route("src-a", "bronze.a", enabled=False)
    lake.put("src-a", "1.parquet", ROWS.format(1, 10))
    lake.run("s3://src-a/")
    hook.await_types("held")
    assert "disabled" in hook.told[0]["error"]


def test_what_a_webhook_gets_can_be_checked(lake, hook):
    lake.set(EIDER_NOTIFY_TOKEN="abc", EIDER_NOTIFY_SECRET="shh")
    lake.put("src-a", "1.parquet", ROWS.format(1, 10))
    lake.run("s3://src-a/")
    asked = hook.asked[0]
    headers = {name.lower(): value for name, value in asked["headers"].items()}
    code = hmac.new(b"shh", asked["body"], hashlib.sha256).hexdigest()
    assert headers["x-hub-signature-256"] == f"sha256={code}"
    assert headers["authorization"] == "Bearer abc"
    assert headers["content-type"] == "application/json"
    assert headers["x-eider-event"] == "loaded"
    assert headers["x-eider-event-id"] == hook.told[0]["id"]
    shown = lake.eider("config").stdout
    assert "abc" not in shown and "shh" not in shown


def test_a_target_that_is_away_fails_no_load_and_is_told_by_the_next_run(lake, hook):
    port = hook.port
    hook.close()
    lake.put("src-a", "1.parquet", ROWS.format(1, 10))
    outcome = lake.run("s3://src-a/")
    assert outcome.exit_code == 0 and outcome.summary["loaded"] == 1
    assert outcome.stderr.count("trying again until it can") == 1
    assert len(errands(lake)) == 1
    with Hook(port) as back:
        lake.put("src-a", "2.parquet", ROWS.format(2, 10))
        lake.run("s3://src-a/")
        back.await_types("loaded", "loaded")
    assert errands(lake) == []


def test_killed_between_commit_and_telling_it_is_told_after_the_next_start(lake, hook):
    hook.status = None
    lake.put("src-a", "1.parquet", ROWS.format(1, 10))
    with Worker(lake, "--watch", lake.buckets["src-a"]) as worker:
        worker.await_states("1.parquet", "LOADED")
        wait_until(lambda: hook.asked, "it is being told")
        worker.kill()
    assert len(errands(lake)) == 1 and not hook.told
    hook.status = 200
    with Worker(lake, "--watch", lake.buckets["src-a"]) as worker:
        hook.await_types("loaded")
        wait_until(lambda: not errands(lake))
        assert worker.stop() == 0
    assert hook.told[0]["files"][0]["uri"].endswith("1.parquet")


def test_a_worker_tells_what_another_left_and_its_own_goes_on(lake, hook):
    hook.status = 503
    with Worker(lake, "--watch", lake.buckets["src-a"]) as worker:
        for number in range(5):
            lake.put("src-a", f"{number}.parquet", ROWS.format(number, 10))
            worker.await_states(f"{number}.parquet", "LOADED")
        assert worker.stderr.count("trying again until it can") == 1
        hook.status = 204
        wait_until(lambda: sum(e["file_count"] for e in hook.told) == 5, f"{hook.told}")
        wait_until(lambda: not errands(lake))
        worker.stop()
    told = [file["uri"] for event in hook.told for file in event["files"]]
    assert sorted(told) == sorted(line["file"] for line in lake.history())


def test_two_targets_are_told_and_one_that_hangs_delays_no_load(lake, hook):
    with Hook() as hanging:
        hanging.status = None
        lake.set(EIDER_NOTIFY=f"{hanging.url},{hook.url}")
        with Worker(lake, "--watch", lake.buckets["src-a"]) as worker:
            for number in range(3):
                lake.put("src-a", f"{number}.parquet", ROWS.format(number, 10))
                worker.await_states(f"{number}.parquet", "LOADED")
            wait_until(lambda: sum(e["file_count"] for e in hook.told) == 3, f"{hook.told}")
            hanging.status = 200
            wait_until(lambda: sum(e["file_count"] for e in hanging.told) >= 3)
            worker.stop()
    assert sum(e["file_count"] for e in hook.told) == 3


def test_without_notify_nothing_is_left_to_do(make_lake):
    lake = make_lake().route("src-a", "bronze.a")
    lake.put("src-a", "1.parquet", ROWS.format(1, 10))
    lake.run("s3://src-a/")
    assert errands(lake) == []


@pytest.mark.parametrize(("value", "words"), [
    ("example.com", "a target is https://host/path"),
    ("https://me:hush@example.com/", "set notify_token"),
    ("arn:aws:sqs:eu-west-1:1:queue", "arn:aws:sns:REGION:ACCOUNT:TOPIC"),
])  # fmt: skip
def test_a_target_that_is_none_is_told_at_the_start(make_lake, value, words):
    outcome = make_lake().set(EIDER_NOTIFY=value).eider("config")
    assert outcome.exit_code == 2 and words in outcome.stderr and "hush" not in outcome.stderr


def test_notify_needs_a_ledger(make_lake):
    lake = make_lake().set(EIDER_NOTIFY="https://example.com/", EIDER_LEDGER_TYPE="none")
    assert "notify needs a ledger" in lake.eider("config").stderr


# -- SNS, EventBridge and the function ------------------------------------------------------------


def queue(cloud, name: str) -> tuple[str, str]:
    """The URL and the ARN of a queue of this cloud."""
    client = cloud.client("sqs")
    url = client.create_queue(QueueName=f"{cloud.name}-{name}")["QueueUrl"]
    got = client.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    return url, got["Attributes"]["QueueArn"]


def messages(cloud, url: str) -> list[dict]:
    got = cloud.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10)
    return [json.loads(message["Body"]) for message in got.get("Messages", [])]


def topic_with_queue(cloud) -> tuple[str, str]:
    """The ARN of a topic, and the URL of a queue that gets what it is told."""
    url, arn = queue(cloud, "of-topic")
    topic = cloud.client("sns").create_topic(Name=f"{cloud.name}-loads")["TopicArn"]
    cloud.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    return topic, url


def test_a_topic_and_a_bus_are_told(cloud):
    topic, topic_url = topic_with_queue(cloud)
    bus_url, bus_queue = queue(cloud, "of-bus")
    events = cloud.client("events")
    bus = events.create_event_bus(Name=f"{cloud.name}-bus")["EventBusArn"]
    events.put_rule(Name="loads", EventBusName=f"{cloud.name}-bus",
                    EventPattern=json.dumps({"source": ["eider"]}))  # fmt: skip
    events.put_targets(Rule="loads", EventBusName=f"{cloud.name}-bus",
                       Targets=[{"Id": "1", "Arn": bus_queue}])  # fmt: skip
    cloud.configure(EIDER_NOTIFY=f"{topic},{bus}").route(cloud.src_a, "bronze.a")
    cloud.load(cloud.put(cloud.src_a, "1.parquet", ROWS.format(1, 10)))
    (message,) = messages(cloud, topic_url)
    told = json.loads(message["Message"])
    assert told["type"] == "loaded" and told["rows"] == 10 and told["table"] == "bronze.a"
    assert message["MessageAttributes"]["type"]["Value"] == "loaded"
    (event,) = messages(cloud, bus_url)
    assert event["source"] == "eider" and event["detail-type"] == "loaded"
    assert event["detail"] == told


def test_a_topic_that_is_not_there_fails_no_load(cloud):
    topic, _ = topic_with_queue(cloud)
    cloud.configure(EIDER_NOTIFY=topic + "-not").route(cloud.src_a, "bronze.a")
    outcome = cloud.load(cloud.put(cloud.src_a, "1.parquet", ROWS.format(1, 10)))
    assert "trying again until it can be done" in outcome.stderr
    assert topic + "-not" in outcome.stderr


def test_the_function_tells_before_it_answers(cloud):
    topic, url = topic_with_queue(cloud)
    cloud.configure(EIDER_NOTIFY=topic).route(cloud.src_a, "bronze.a")
    item = cloud.put(cloud.src_a, "1.parquet", ROWS.format(1, 10))
    with cloud.function() as function:
        assert function.invoke(sqs(item)).response == ALL_DONE
        (message,) = messages(cloud, url)
    assert json.loads(message["Message"])["files"][0]["uri"] == item.uri


def test_the_function_tells_what_another_left_when_its_message_comes_again(cloud):
    """Its topic was away when it was loaded: its item in DynamoDB has that it is to be told."""
    topic, url = topic_with_queue(cloud)
    cloud.configure(EIDER_NOTIFY=topic + "-not").route(cloud.src_a, "bronze.a")
    item = cloud.put(cloud.src_a, "1.parquet", ROWS.format(1, 10))
    with cloud.function() as function:
        assert function.invoke(sqs(item)).response == ALL_DONE
    table = cloud.client("dynamodb")
    (row,) = table.scan(TableName=cloud.ledger_table)["Items"]
    errand = json.loads(row["errands"]["S"])
    errand["notify"] = [hashlib.sha256(topic.encode()).hexdigest()[:12]]
    row["errands"]["S"] = json.dumps(errand)
    table.put_item(TableName=cloud.ledger_table, Item=row)
    cloud.configure(EIDER_NOTIFY=topic)
    with cloud.function() as function:
        assert function.invoke(sqs(item)).response == ALL_DONE
        assert len(messages(cloud, url)) == 1
    (row,) = table.scan(TableName=cloud.ledger_table)["Items"]
    assert "errands" not in row
