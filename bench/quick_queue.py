"""A queue that answers at once, to show what the worker can do and not what the stand-in gives.

Only what the worker asks of SQS, in its JSON protocol, over HTTP on loopback: a message that is
taken stays away. Run as `quick_queue.py FILE`, a body in each line; prints its URL.
"""

import json
import sys
import threading
from collections import deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

messages: deque[str] = deque()
lock = threading.Lock()


def receive(asked: dict) -> dict:
    with lock:
        count = min(asked["MaxNumberOfMessages"], len(messages))
        taken = [messages.popleft() for _ in range(count)]
    attributes = {"ApproximateReceiveCount": "1"}
    return {"Messages": [{"MessageId": str(id(body)), "ReceiptHandle": str(id(body)),
                          "Body": body, "Attributes": attributes} for body in taken]}  # fmt: skip


def done(asked: dict) -> dict:
    return {"Successful": [{"Id": entry["Id"]} for entry in asked["Entries"]], "Failed": []}


ANSWERS = {
    "ReceiveMessage": receive,
    "DeleteMessageBatch": done,
    "ChangeMessageVisibilityBatch": done,
    "GetQueueAttributes": lambda _: {"Attributes": {"VisibilityTimeout": "120"}},
}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        operation = self.headers["x-amz-target"].split(".")[-1]
        body = json.dumps(ANSWERS[operation](asked)).encode()
        self.send_response(200)
        self.send_header("content-type", "application/x-amz-json-1.0")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    messages.extend(Path(sys.argv[1]).read_text().splitlines())
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(f"http://127.0.0.1:{server.server_port}/123456789012/quick", flush=True)
    server.serve_forever()
