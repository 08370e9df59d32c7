"""`eider serve --listen`: webhooks, health, metrics, and who is let in."""

import hashlib
import hmac
import json
import re
import urllib.error
import urllib.request

import pytest
from test_serve import loaded
from worker import Worker, wait_until

ROWS = "SELECT i AS id, 1 AS file FROM range(10) t(i)"


@pytest.fixture
def lake(make_lake):
    return make_lake().route("src-a", "bronze.a")


def event(*keys: str, bucket: str = "src-a") -> bytes:
    """What MinIO sends."""
    records = [{"eventSource": "minio:s3", "eventName": "s3:ObjectCreated:Put",
                "s3": {"bucket": {"name": bucket}, "object": {"key": key}}} for key in keys]
    return json.dumps({"EventName": "s3:ObjectCreated:Put", "Records": records}).encode()


def ask(url: str, body: bytes | None = None, method: str | None = None, **headers: str):
    """Status, headers and body of the answer."""
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(url, data=body, headers=names, method=method)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.headers, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read().decode()


def listen(lake, *arguments: object) -> tuple[Worker, str]:
    worker = Worker(lake, "--listen", "127.0.0.1:0", *arguments).await_begin()
    return worker, worker.lines[0]["url"]


def test_a_webhook_alone_is_enough_to_load(lake):
    for name in ("a.parquet", "b c.parquet"):
        lake.put("src-a", name, ROWS)
    worker, url = listen(lake)
    with worker:
        assert ask(f"{url}/events", method="HEAD")[0] == 200
        for _ in range(3):
            status, _, body = ask(f"{url}/events", event("a.parquet", "b+c.parquet"))
            assert status == 200, body
            assert json.loads(body) == {"files": 2, "ignored": 0, "problems": []}
        worker.await_states("a.parquet", "LOADED")
        worker.await_states("b c.parquet", "LOADED")
        status, _, body = ask(f"{url}/events", event("gone.parquet"))
        assert (status, json.loads(body)["files"]) == (200, 0)
        assert "gone.parquet" in json.loads(body)["problems"][0]
        assert ask(f"{url}/events", b"no JSON")[0] == 400
        assert ask(f"{url}/events", b"[" * 1_000_000)[0] == 400
        assert ask(f"{url}/healthz")[0] == ask(f"{url}/readyz")[0] == 200
        metrics = ask(f"{url}/metrics")[2]
        assert 'eider_rows_total{route="src-a",table="bronze.a"} 20' in metrics
        commits = int(re.search(r'eider_commits_total{table="bronze.a"} (\d)\n', metrics)[1])
        assert commits >= 1 and f"eider_commit_seconds_count {commits}\n" in metrics
        assert "\neider_oldest_waiting_seconds 0\n" in metrics
        assert worker.stop() == 0
    assert loaded(lake) == {1: 20}


def test_what_a_webhook_told_survives_a_kill(lake):
    lake.put("src-a", "a.parquet", ROWS)
    worker, url = listen(lake)
    with worker:
        assert ask(f"{url}/events", event("a.parquet"))[0] == 200
        worker.kill()
    worker, _ = listen(lake)
    with worker:
        wait_until(lambda: loaded(lake) == {1: 10}, lambda: worker.stderr)
        worker.stop()


def test_a_token_a_signature_or_nothing(lake, tmp_path):
    lake.put("src-a", "a.parquet", ROWS)
    token_file = tmp_path / "token"
    token_file.write_text("t0ken\n")
    lake.set(EIDER_SERVE_TOKEN_FILE=str(token_file), EIDER_SERVE_WEBHOOK_SECRET="s3cret")
    worker, url = listen(lake)
    body = event("a.parquet")
    signature = "sha256=" + hmac.new(b"s3cret", body, hashlib.sha256).hexdigest()
    with worker:
        assert ask(f"{url}/healthz")[0] == 200
        assert ask(f"{url}/metrics")[0] == ask(f"{url}/events", body)[0] == 401
        assert ask(f"{url}/events", body + b" ", X_Hub_Signature_256=signature)[0] == 401
        assert ask(f"{url}/events", body, Authorization="Bearer wrong")[0] == 401
        assert ask(f"{url}/events", body, X_Hub_Signature_256=signature)[0] == 200
        assert ask(f"{url}/events", body, Authorization="Bearer t0ken")[0] == 200
        assert ask(f"{url}/metrics", Authorization="Bearer t0ken")[0] == 200
        worker.await_states("a.parquet", "LOADED")
        worker.stop()
    shown = lake.eider("config")
    assert "s3cret" not in shown.stdout and "t0ken" not in shown.stdout
    assert str(token_file) in shown.stdout


@pytest.mark.parametrize(("arguments", "words"), [
    (["--listen", "0.0.0.0:0"], "which other machines reach"),
    (["--listen", "nowhere"], "serve.listen"),
    (["--listen", "127.0.0.1:0", "--tls-key", "key.pem"], "serve.tls_certificate is not"),
    (["--listen", "127.0.0.1:0", "--token-file", "none"], "none"),
])  # fmt: skip
def test_what_cannot_be_listened_on_is_told(lake, arguments, words):
    outcome = lake.eider("serve", *arguments)
    assert outcome.exit_code == 2
    assert words in outcome.stderr


def test_a_file_that_was_gone_at_its_event_is_redriven_as_what_it_is_now(lake):
    """Seen: it was loaded a second time, under the identity of an event that told none."""
    worker, url = listen(lake)
    with worker:
        status, _, body = ask(f"{url}/events", event("late.parquet"))
        assert (status, json.loads(body)["files"]) == (200, 0)
        lake.put("src-a", "late.parquet", ROWS)
        assert lake.eider("redrive").exit_code == 0
        assert loaded(lake) == {1: 10}
        assert ask(f"{url}/events", event("late.parquet"))[0] == 200
        ask(f"{url}/api/redrive?all=1", b"", X_Eider_Request="1")
        worker.stop()
    assert loaded(lake) == {1: 10}
    assert sorted(row["state"] for row in lake.history()) == ["LOADED", "SKIPPED"]
    assert lake.eider("redrive").stdout.startswith("0 files")
