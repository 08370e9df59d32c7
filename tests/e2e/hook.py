"""A webhook of a test: it keeps what it is told, and answers as the test wants."""

import http.server
import json
import threading
import time

from worker import wait_until


class Hook:
    """Listens until it is closed. `status` is its answer: a number, or None for none at all."""

    def __init__(self, port: int = 0):
        self.status: int | None = 204
        self.told: list[dict] = []  # events that were answered by 2xx
        self.asked: list[dict] = []  # all, with `headers` and `body`
        hook = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                hook.asked.append({"path": self.path, "headers": dict(self.headers), "body": body})
                if hook.status is None:  # as one that hangs
                    while hook.status is None and not hook.is_closed:
                        time.sleep(0.05)
                    return
                if 200 <= hook.status < 300:
                    hook.told.append(json.loads(body))
                self.send_response(hook.status)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.is_closed = False
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    def types(self) -> list[str]:
        return [event["type"] for event in self.told]

    def await_types(self, *types: str):
        """Waits until it was told these, in any order."""
        wait_until(lambda: sorted(self.types()) == sorted(types), f"told {self.told}")

    def close(self):
        self.is_closed = True
        self.server.shutdown()
        self.server.server_close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if not self.is_closed:
            self.close()
