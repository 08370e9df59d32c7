"""The Lambda Runtime API, version 2018-06-01, as AWS's page "Using the Lambda runtime API" has it,
and a function's process under it.

    with RuntimeApi() as api, LambdaProcess([eider, "lambda"], environment, api) as function:
        done = function.invoke(event)
        assert done.response == {"batchItemFailures": []}

Four endpoints: next, response, error, init/error. One event is out at a time, and `next` is left
open while there is none, as Lambda freezes a function that waits. Standard library only: the
benchmark drives both of its sides through this.
"""

import contextlib
import json
import os
import queue
import select
import signal
import socket
import subprocess
import tempfile
import threading
import time
import uuid
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

HOST = "127.0.0.1"
PREFIX = "/2018-06-01/runtime/"
RESPONSE_BYTES_MAX = 6 * 1024 * 1024
ANSWER_SECONDS_MAX = 120
FUNCTION_ARN = "arn:aws:lambda:us-east-1:123456789012:function:eider"


@dataclass
class Invocation:
    """One event and what became of it; times are of time.perf_counter()."""

    event: object
    timeout_seconds: float
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    trace_id: str = "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1"
    deadline_ms: int = 0
    taken_at: float = 0.0
    answered_at: float = 0.0
    response: object = None  # the JSON answer, if it succeeded
    error: dict | None = None  # errorMessage, errorType, if it failed
    error_type: str = ""  # of the header Lambda-Runtime-Function-Error-Type
    answered: threading.Event = field(default_factory=threading.Event, repr=False)

    @property
    def seconds(self) -> float:
        return self.answered_at - self.taken_at


class RuntimeApi:
    """See the head of this file."""

    def __init__(self):
        self.waiting: queue.Queue[Invocation] = queue.Queue()
        self.out: dict[str, Invocation] = {}
        self.init_error: dict | None = None
        self.unknown_requests: list[str] = []
        self.server = _Server((HOST, 0), _Handler)
        self.server.api = self

    @property
    def address(self) -> str:
        """What AWS_LAMBDA_RUNTIME_API holds: host and port, no scheme."""
        return f"{HOST}:{self.server.server_address[1]}"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.stopping.set()
        self.server.shutdown()
        self.server.server_close()

    def send(self, event: object, timeout_seconds: float = 60) -> Invocation:
        """Queues the event (JSON, or bytes as they are) and returns without waiting."""
        invocation = Invocation(event, timeout_seconds)
        self.waiting.put(invocation)
        return invocation


class LambdaProcess:
    """A function's process with what Lambda sets in its environment; ends with the block."""

    def __init__(self, command: list[str], environment: dict[str, str], api: RuntimeApi):
        self.api = api
        self.output = tempfile.TemporaryFile()
        self.usage = None  # of resource.getrusage's kind, once it has ended
        self.exit_code: int | None = None
        self.started_at = time.perf_counter()
        self.process = subprocess.Popen(
            command, env=environment | self._of_lambda(), stdin=subprocess.DEVNULL,
            stdout=self.output, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip

    def _of_lambda(self) -> dict[str, str]:
        return {
            "AWS_LAMBDA_RUNTIME_API": self.api.address,
            "AWS_LAMBDA_FUNCTION_NAME": "eider",
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1769",
            "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/eider",
            "AWS_LAMBDA_LOG_STREAM_NAME": "test",
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_EXECUTION_ENV": "AWS_Lambda_provided.al2023",
            "LAMBDA_TASK_ROOT": "/var/task",
            "_HANDLER": "eider",
        }

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end(signal.SIGKILL)

    def invoke(self, event: object, timeout_seconds: float = 60) -> Invocation:
        """Sends the event and waits for its answer."""
        return self.answer_of(self.api.send(event, timeout_seconds))

    def answer_of(self, invocation: Invocation) -> Invocation:
        give_up_at = time.monotonic() + max(ANSWER_SECONDS_MAX, invocation.timeout_seconds)
        while not invocation.answered.wait(0.05):
            if self._has_ended():
                raise AssertionError(f"the function ended with {self.exit_code} before it "
                                     f"answered:\n{self.log()[-4000:]}")  # fmt: skip
            if time.monotonic() > give_up_at:
                raise AssertionError(f"no answer in time:\n{self.log()[-4000:]}")
        return invocation

    def wait(self, seconds_max: float = 30) -> int:
        """Waits for the process to end by itself."""
        give_up_at = time.monotonic() + seconds_max
        while not self._has_ended():
            if time.monotonic() > give_up_at:
                raise AssertionError(f"the function did not end:\n{self.log()[-4000:]}")
            time.sleep(0.005)
        return self.exit_code

    def end(self, number: int = signal.SIGKILL) -> None:
        """Ends the process as Lambda does between invocations, and keeps what it used."""
        if self.exit_code is None and not self._has_ended():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, number)
            self._reap(0)

    def _has_ended(self) -> bool:
        return self.exit_code is not None or self._reap(os.WNOHANG)

    def _reap(self, options: int) -> bool:
        pid, status, usage = os.wait4(self.process.pid, options)
        if pid == 0:
            return False
        self.usage = usage
        self.exit_code = self.process.returncode = os.waitstatus_to_exitcode(status)
        return True

    def peak_mib(self) -> float:
        """Peak memory so far, of a running or an ended process."""
        if self.usage is not None:
            return self.usage.ru_maxrss / 1024
        pid = self.process.pid
        with open(f"/proc/{pid}/task/{pid}/children") as children:
            pids = [pid, *children.read().split()]  # eider works in a child of its own
        return sum(_peak_kib(each) for each in pids) / 1024

    def log(self) -> str:
        self.output.seek(0)
        return self.output.read().decode(errors="replace")

    def log_lines(self) -> list[dict]:
        """What it wrote as JSON, one object a line: logs and metrics."""
        return [json.loads(line) for line in self.log().splitlines() if line.startswith("{")]


def _peak_kib(pid: int | str) -> int:
    with open(f"/proc/{pid}/status") as status:
        return next(int(line.split()[1]) for line in status if "VmHWM" in line)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    api: RuntimeApi

    def __init__(self, *args):
        self.stopping = threading.Event()
        super().__init__(*args)

    def handle_error(self, request, client_address):
        pass  # the function was ended


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self):
        if self.path != PREFIX + "invocation/next":
            return self._unknown()
        invocation = self._next()
        if invocation is None:
            self.close_connection = True
            return None
        now_ms = time.time() * 1000
        invocation.deadline_ms = int(now_ms + invocation.timeout_seconds * 1000)
        self.server.api.out[invocation.request_id] = invocation
        invocation.taken_at = time.perf_counter()
        event = invocation.event
        body = event if isinstance(event, bytes) else json.dumps(event).encode()
        return self._send(200, body, {
            "Lambda-Runtime-Aws-Request-Id": invocation.request_id,
            "Lambda-Runtime-Deadline-Ms": str(invocation.deadline_ms),
            "Lambda-Runtime-Invoked-Function-Arn": FUNCTION_ARN,
            "Lambda-Runtime-Trace-Id": invocation.trace_id,
        })  # fmt: skip

    def _next(self) -> Invocation | None:
        """The next event, unless the process that asked is gone: then it is the next one's."""
        waiting = self.server.api.waiting
        while not self.server.stopping.is_set() and not self._asker_is_gone():
            with contextlib.suppress(queue.Empty):
                invocation = waiting.get(timeout=0.1)
                if not self._asker_is_gone():
                    return invocation
                waiting.put(invocation)
        return None

    def _asker_is_gone(self) -> bool:
        readable, _, _ = select.select([self.connection], [], [], 0)
        return bool(readable) and self.connection.recv(1, socket.MSG_PEEK) == b""

    def do_POST(self):
        answered_at = time.perf_counter()
        body = self._read_body()
        api = self.server.api
        if self.path == PREFIX + "init/error":
            api.init_error = json.loads(body)
            return self._send(202, b'{"status":"OK"}')
        parts = self.path.removeprefix(PREFIX).split("/")
        if not self.path.startswith(PREFIX) or len(parts) != 3 or parts[0] != "invocation":
            return self._unknown()
        invocation = api.out.get(parts[1])
        # `answered` is set behind the reply, which may have arrived by then.
        if invocation is None or invocation.answered_at:
            return self._error(400, "InvalidRequestID", f"no such invocation: {parts[1]}")
        if parts[2] == "error":
            invocation.error = json.loads(body)
            invocation.error_type = self.headers.get("Lambda-Runtime-Function-Error-Type", "")
        elif parts[2] != "response":
            return self._unknown()
        elif len(body) > RESPONSE_BYTES_MAX:
            return self._error(413, "RequestEntityTooLarge", f"{len(body)} bytes")
        else:
            invocation.response = json.loads(body) if body else None
        invocation.answered_at = answered_at
        self._send(202, b'{"status":"OK"}')
        invocation.answered.set()
        return None

    def _read_body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        pieces = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            pieces.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(pieces)

    def _unknown(self):
        self.server.api.unknown_requests.append(f"{self.command} {self.path}")
        self._error(404, "NotFound", self.path)

    def _error(self, status: int, kind: str, message: str):
        body = json.dumps({"errorType": kind, "errorMessage": message}).encode()
        self._send(status, body)

    def _send(self, status: int, body: bytes, headers: dict[str, str] | None = None):
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass
