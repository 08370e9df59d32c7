"""A loopback proxy that makes bad days: between the program and one stand-in, by rules of a test.

    with FaultProxy("s3", stand_ins.endpoint("s3")) as proxy:
        proxy.on("GetObject", answer(503, "SlowDown"), times=2)
        ... the program, with AWS_ENDPOINT_URL_S3=proxy.endpoint ...
        assert proxy.count()["GetObject"] == 3

Requests go on as they came, Host included, so that their signatures stay valid. Every one is
counted under its operation's name. The first rule that matches and has occurrences left acts.
"""

import contextlib
import http.client
import json
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape

HOST = "127.0.0.1"
UPSTREAM_SECONDS_MAX = 120
HOP_HEADERS = {"connection", "transfer-encoding", "keep-alive", "expect", "content-length"}


@dataclass
class Request:
    """One request as it came, and the status that the program saw (0: none)."""

    operation: str
    method: str
    target: str  # path and query, as sent
    headers: dict[str, str]  # names in lower case
    body: bytes = field(repr=False, default=b"")
    status: int = 0
    # Of time.perf_counter(): when its headers had come, and just before its answer went out.
    began: float = 0.0
    ended: float = 0.0
    answer_bytes: int = 0

    @property
    def path(self) -> str:
        return urlsplit(self.target).path


@dataclass
class Answer:
    status: int
    headers: list[tuple[str, str]]
    body: bytes


# An action takes the exchange of one request and answers it, or does not.
Action = Callable[["Exchange"], None]


@dataclass
class Rule:
    operation: str  # as counted; "*": every one
    action: Action
    path: str = ""  # a part of the path; empty: every path
    skip: int = 0  # occurrences that pass before it acts
    times: int | None = 1  # occurrences on which it acts; None: all that follow
    seen: int = 0

    def takes(self, request: Request) -> bool:
        if self.operation not in ("*", request.operation) or self.path not in request.path:
            return False
        self.seen += 1
        return self.seen > self.skip and (
            self.times is None or self.seen <= self.skip + self.times
        )


# ---- actions -----------------------------------------------------------------------------------


def answer(status: int, code: str, message: str = "made by the test", **headers: str) -> Action:
    """An error in the service's own format, without asking it: answer(503, "SlowDown")."""

    def act(exchange: "Exchange") -> None:
        made = exchange.proxy.error(status, code, message)
        made.headers += [(name.replace("_", "-"), value) for name, value in headers.items()]
        exchange.send(made)

    return act


def page(status: int, body: str = "", content_type: str = "text/html", **headers: str) -> Action:
    """What is no answer of the service: a page of a gateway, or of another program."""

    def act(exchange: "Exchange") -> None:
        sent = [("Content-Type", content_type)]
        sent += [(name.replace("_", "-"), value) for name, value in headers.items()]
        if exchange.request.method == "HEAD":
            sent.append(("Content-Length", str(len(body))))
        exchange.send(Answer(status, sent, body.encode()))

    return act


def reset(exchange: "Exchange") -> None:
    """The connection breaks before the service saw the request."""
    exchange.abort()


def lose_answer(exchange: "Exchange") -> None:
    """The service does it, and the answer never comes: an unknown outcome."""
    exchange.forward()
    exchange.abort()


def forward_then(status: int, code: str) -> Action:
    """The service does it, and the program is told of an error of the server."""

    def act(exchange: "Exchange") -> None:
        exchange.forward()
        exchange.send(exchange.proxy.error(status, code, "made by the test"))

    return act


def delay(seconds: float) -> Action:
    """The service is slow; with many seconds: it hangs until the proxy ends."""

    def act(exchange: "Exchange") -> None:
        exchange.proxy.stopping.wait(seconds)
        exchange.send(exchange.forward())

    return act


def cut(after_bytes: int) -> Action:
    """The answer's body ends in the middle, with the connection."""

    def act(exchange: "Exchange") -> None:
        exchange.send(exchange.forward(), body_bytes_max=after_bytes)
        exchange.handler.close_connection = True  # an orderly end: what was sent does arrive

    return act


def trickle(piece_bytes: int, pause_seconds: float) -> Action:
    """The answer's body comes in small pieces with pauses between them."""

    def act(exchange: "Exchange") -> None:
        whole = exchange.forward()
        exchange.send(whole, body_bytes_max=0)
        for start in range(0, len(whole.body), piece_bytes):
            exchange.write(whole.body[start : start + piece_bytes])
            if exchange.proxy.stopping.wait(pause_seconds):
                return

    return act


def meanwhile(function: Callable[[], object], then: Action | None = None) -> Action:
    """Runs the test's function before the request goes on, as another writer would."""

    def act(exchange: "Exchange") -> None:
        function()
        if then is None:
            exchange.send(exchange.forward())
        else:
            then(exchange)

    return act


# ---- the proxy ---------------------------------------------------------------------------------


class FaultProxy:
    """See the head of this file. `service` is s3, dynamodb, glue or rest."""

    def __init__(self, service: str, upstream: str):
        self.service = service
        parts = urlsplit(upstream)
        self.upstream = (parts.hostname, parts.port)
        self.rules: list[Rule] = []
        self.requests: list[Request] = []
        self.lock = threading.Lock()
        self.stopping = threading.Event()
        self.port = 0
        self.server: _Server | None = None

    @property
    def endpoint(self) -> str:
        return f"http://{HOST}:{self.port}"

    def __enter__(self):
        self.listen()
        return self

    def __exit__(self, *_):
        self.stopping.set()
        self.close()

    def listen(self) -> None:
        self.server = _Server((HOST, self.port), _Handler)
        self.server.proxy = self
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        if self.server is not None:
            self.server.shutdown()
            self.server.server_close()
            self.server.break_connections()
            self.server = None

    @contextlib.contextmanager
    def down(self):
        """Nobody listens: new connections are refused, old ones broken."""
        self.close()
        try:
            yield
        finally:
            self.listen()

    def on(self, operation: str, action: Action, **options) -> Rule:
        """Adds a rule; options: path, skip, times. The rule's `seen` counts its requests."""
        rule = Rule(operation, action, **options)
        with self.lock:
            self.rules.append(rule)
        return rule

    def clear(self) -> None:
        """Forgets rules and requests."""
        with self.lock:
            self.rules.clear()
            self.requests.clear()

    def count(self) -> Counter:
        with self.lock:
            return Counter(request.operation for request in self.requests)

    def admit(self, request: Request) -> Action | None:
        with self.lock:
            self.requests.append(request)
            return next((rule.action for rule in self.rules if rule.takes(request)), None)

    def error(self, status: int, code: str, message: str) -> Answer:
        request_id = "eider-test-request"
        if self.service == "s3":
            body = ('<?xml version="1.0" encoding="UTF-8"?>\n'
                    f"<Error><Code>{escape(code)}</Code><Message>{escape(message)}</Message>"
                    f"<RequestId>{request_id}</RequestId></Error>")  # fmt: skip
            headers = [("Content-Type", "application/xml"), ("x-amz-request-id", request_id)]
            return Answer(status, headers, body.encode())
        if self.service == "rest":
            body = json.dumps({"error": {"message": message, "type": code, "code": status}})
            return Answer(status, [("Content-Type", "application/json")], body.encode())
        prefix = "com.amazonaws.dynamodb.v20120810#" if self.service == "dynamodb" else ""
        version = "1.0" if self.service == "dynamodb" else "1.1"
        body = json.dumps({"__type": prefix + code, "message": message})
        headers = [("Content-Type", f"application/x-amz-json-{version}"),
                   ("x-amzn-RequestId", request_id)]  # fmt: skip
        return Answer(status, headers, body.encode())


REST_OPERATIONS = {  # the operation ids of the specification, by the path's last fixed part
    "config": {"GET": "getConfig"},
    "tokens": {"POST": "getToken"},
    "namespaces": {"GET": "listNamespaces", "POST": "createNamespace"},
    "tables": {"GET": "listTables", "POST": "createTable"},
    "commit": {"POST": "commitTransaction"},
    "credentials": {"GET": "loadCredentials"},
}
REST_OF_TABLE = {"GET": "loadTable", "POST": "updateTable", "DELETE": "dropTable"}


def rest_operation_of(method: str, target: str) -> str:
    parts = urlsplit(target).path.split("/")
    of = REST_OF_TABLE if parts[-2] == "tables" else REST_OPERATIONS.get(parts[-1], {})
    return of.get(method, method)


def operation_of(method: str, target: str, headers: dict[str, str]) -> str:
    """The API's name of a request: by header for DynamoDB and Glue, by shape for S3."""
    if named := headers.get("x-amz-target"):
        return named.rsplit(".", 1)[-1]
    parts = urlsplit(target)
    query = parse_qs(parts.query, keep_blank_values=True)
    of_object = "/" in parts.path.strip("/")
    if not of_object:
        return {"PUT": "CreateBucket", "HEAD": "HeadBucket", "POST": "DeleteObjects",
                "DELETE": "DeleteBucket"}.get(method, "ListObjectsV2")  # fmt: skip
    if method == "POST":
        return "CreateMultipartUpload" if "uploads" in query else "CompleteMultipartUpload"
    if "uploadId" in query:
        return {"PUT": "UploadPart", "DELETE": "AbortMultipartUpload"}.get(method, "ListParts")
    if method == "PUT" and "x-amz-copy-source" in headers:
        return "CopyObject"
    return {"GET": "GetObject", "HEAD": "HeadObject", "PUT": "PutObject",
            "DELETE": "DeleteObject"}.get(method, method)  # fmt: skip


class Exchange:
    """One request on its way; what an action may do with it."""

    def __init__(self, handler: "_Handler", request: Request):
        self.handler = handler
        self.request = request
        self.proxy: FaultProxy = handler.server.proxy

    def forward(self) -> Answer:
        """Asks the service, over this client's own connection to it."""
        for fresh in (False, True):
            connection = self.handler.upstream(fresh)
            try:
                return self._ask(connection)
            except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
                if fresh:
                    raise
        raise AssertionError("unreachable")

    def _ask(self, connection: http.client.HTTPConnection) -> Answer:
        request = self.request
        connection.putrequest(request.method, request.target, skip_host=True,
                              skip_accept_encoding=True)  # fmt: skip
        for name, value in self.handler.headers.items():
            if name.lower() not in HOP_HEADERS:
                connection.putheader(name, value)
        connection.putheader("Content-Length", str(len(request.body)))
        connection.endheaders(request.body)
        response = connection.getresponse()
        body = response.read()
        dropped = HOP_HEADERS if request.method != "HEAD" else HOP_HEADERS - {"content-length"}
        headers = [pair for pair in response.getheaders() if pair[0].lower() not in dropped]
        return Answer(response.status, headers, body)

    def send(self, made: Answer, body_bytes_max: int | None = None) -> None:
        self.request.status = made.status
        self.request.answer_bytes = len(made.body)
        self.request.ended = time.perf_counter()  # the client's next request may come at once
        lines = [f"HTTP/1.1 {made.status} {http.client.responses.get(made.status, '')}"]
        lines += [f"{name}: {value}" for name, value in made.headers]
        if self.request.method != "HEAD" and made.status != 204:
            lines.append(f"Content-Length: {len(made.body)}")
        body = b"" if self.request.method == "HEAD" else made.body
        self.write("\r\n".join([*lines, "", ""]).encode("latin-1") + body[:body_bytes_max])

    def write(self, content: bytes) -> None:
        with contextlib.suppress(OSError):
            self.handler.wfile.write(content)

    def abort(self) -> None:
        """Breaks the client's connection with a reset."""
        self.handler.close_connection = True
        at_once = struct.pack("ii", 1, 0)  # linger for no time: the close is a reset
        with contextlib.suppress(OSError):
            self.handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
            self.handler.connection.close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128
    proxy: FaultProxy

    def __init__(self, *args):
        self.open: set[socket.socket] = set()
        super().__init__(*args)

    def process_request(self, request, client_address):
        self.open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request):
        self.open.discard(request)
        super().shutdown_request(request)

    def break_connections(self):
        for connection in list(self.open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)  # its thread sees the end, and closes it

    def handle_error(self, request, client_address):
        pass  # a client that went away


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    rbufsize = 1 << 16
    _upstream: http.client.HTTPConnection | None = None

    def upstream(self, fresh: bool) -> http.client.HTTPConnection:
        if fresh and self._upstream is not None:
            self._upstream.close()
            self._upstream = None
        if self._upstream is None:
            host, port = self.server.proxy.upstream
            self._upstream = http.client.HTTPConnection(host, port, timeout=UPSTREAM_SECONDS_MAX)
            self._upstream.connect()
            self._upstream.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self._upstream

    def finish(self):
        if self._upstream is not None:
            self._upstream.close()
        with contextlib.suppress(OSError, ValueError):
            super().finish()

    def _serve(self):
        began = time.perf_counter()
        headers = {name.lower(): value for name, value in self.headers.items()}
        if self.server.proxy.service == "rest":
            operation = rest_operation_of(self.command, self.path)
        else:
            operation = operation_of(self.command, self.path, headers)
        body = self._read_body(headers)
        request = Request(operation, self.command, self.path, headers, body, began=began)
        exchange = Exchange(self, request)
        action = self.server.proxy.admit(request)
        if action is None:
            exchange.send(exchange.forward())
        else:
            action(exchange)

    def _read_body(self, headers: dict[str, str]) -> bytes:
        if headers.get("transfer-encoding", "").lower() != "chunked":
            return self.rfile.read(int(headers.get("content-length", 0)))
        pieces = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            pieces.append(self.rfile.read(size))
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass  # trailers
        return b"".join(pieces)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = _serve

    def log_message(self, *_):
        pass


def wait_until(condition: Callable[[], bool], seconds_max: float = 10) -> bool:
    """For tests that must see a request under way before they go on."""
    give_up_at = time.monotonic() + seconds_max
    while not condition():
        if time.monotonic() > give_up_at:
            return False
        time.sleep(0.005)
    return True
