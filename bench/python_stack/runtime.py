"""The loop of a Python function under the Lambda Runtime API: next, handle, response or error.

    python runtime.py      (AWS_LAMBDA_RUNTIME_API says where the API is)
"""

import http.client
import json
import os
import traceback

from handler import handler

PREFIX = "/2018-06-01/runtime/invocation/"


def main() -> None:
    api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])

    def ask(method: str, path: str, body: str | None = None) -> http.client.HTTPResponse:
        api.request(method, PREFIX + path, body)
        return api.getresponse()

    while True:
        following = ask("GET", "next")
        event = json.loads(following.read())
        request_id = following.headers["Lambda-Runtime-Aws-Request-Id"]
        try:
            path, answer = "response", handler(event)
        except Exception as problem:
            traceback.print_exc()
            path = "error"
            answer = {"errorMessage": str(problem), "errorType": type(problem).__name__}
        ask("POST", f"{request_id}/{path}", json.dumps(answer)).read()


if __name__ == "__main__":
    main()
