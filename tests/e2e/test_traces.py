"""Traces of OpenTelemetry: what a collector gets, and that one that is away costs nothing."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest


@pytest.fixture
def collector():
    """A server that takes OTLP over HTTP, and the spans that came."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            assert self.path == "/v1/traces"
            assert self.headers["content-type"] == "application/json"
            self.server.tokens.append(self.headers["x-token"])
            (resource,) = body["resourceSpans"]
            self.server.spans += resource["scopeSpans"][0]["spans"]
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.spans, server.tokens = [], []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def attributes(span: dict) -> dict:
    return {each["key"]: next(iter(each["value"].values())) for each in span["attributes"]}


def test_a_run_sends_a_trace_for_each_file(make_lake, collector):
    lake = make_lake().route("src-a", "bronze.a")
    lake.put("src-a", "good.parquet", "SELECT 1 AS id")
    lake.put_bytes("src-a", "bad.parquet", b"not Parquet")
    lake.set(OTEL_EXPORTER_OTLP_ENDPOINT=f"http://127.0.0.1:{collector.server_port}",
             OTEL_EXPORTER_OTLP_HEADERS="x-token=abc")  # fmt: skip
    assert lake.eider("run", "s3://src-a/").exit_code == 1
    roots = {attributes(span)["eider.file"]: span for span in collector.spans
             if "parentSpanId" not in span}  # fmt: skip
    assert set(roots) == {"s3://src-a/good.parquet", "s3://src-a/bad.parquet"}
    good, bad = roots["s3://src-a/good.parquet"], roots["s3://src-a/bad.parquet"]
    assert attributes(good)["eider.outcome"] == "LOADED"
    assert attributes(good)["eider.rows"] == "1"
    assert attributes(bad)["eider.outcome"] == "FAILED"
    assert bad["status"]["code"] == 2
    steps = [span["name"] for span in collector.spans
             if span.get("parentSpanId") == good["spanId"]]  # fmt: skip
    assert set(steps) == {"ledger", "route", "table", "query", "commit"}
    assert set(collector.tokens) == {"abc"}


def test_a_collector_that_is_away_fails_no_file(make_lake):
    lake = make_lake().route("src-a", "bronze.a")
    lake.put("src-a", "good.parquet", "SELECT 1 AS id")
    lake.set(OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:9")
    done = lake.eider("run", "s3://src-a/")
    assert "traces do not reach http://127.0.0.1:9/v1/traces" in done.stderr
    assert [each["state"] for each in lake.history()] == ["LOADED"]


def test_an_endpoint_that_is_none_is_told_at_the_start(make_lake):
    lake = make_lake().route("src-a", "bronze.a")
    lake.set(OTEL_EXPORTER_OTLP_ENDPOINT="collector:4317")
    done = lake.eider("run", "s3://src-a/")
    assert done.exit_code == 2
    assert "OTEL_EXPORTER_OTLP_ENDPOINT" in done.stderr
