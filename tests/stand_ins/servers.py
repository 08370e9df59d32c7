"""The real servers that stand for AWS in tests and benchmarks, each in a process of its own.

Versity S3 Gateway for S3, DynamoDB Local for DynamoDB, moto for Glue (and SQS, SNS, STS). They are
what `./dev setup test` installed; they listen on free ports, keep all in a temporary folder, and
end with `stop`, or with the process that started them. Standard library only.
"""

import http.client
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ACCESS_KEY_ID = "eidertest"  # DynamoDB Local takes letters and digits only
SECRET_ACCESS_KEY = "eider-test-secret"
REGION = "us-east-1"
HOST = "127.0.0.1"
READY_SECONDS_MAX = 60
STOP_SECONDS_MAX = 10
STARTS_MAX = 3  # another process may take the port between our look and the server's start

CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": ACCESS_KEY_ID,
    "AWS_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY,
    "AWS_REGION": REGION,
    "AWS_DEFAULT_REGION": REGION,
}
FOREIGN_SETTINGS = ("AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_CONFIG_FILE",
                    "AWS_SHARED_CREDENTIALS_FILE", "AWS_ROLE_ARN")  # fmt: skip


def cache_folder() -> Path:
    return Path(os.environ.get("EIDER_CACHE") or Path.home() / ".cache" / "eider")


def installed(pattern: str) -> Path:
    """What set-up left in the cache under a name with its version; the newest."""
    found = sorted(cache_folder().glob(pattern))
    if not found:
        raise SystemExit(f"{cache_folder() / pattern} is not there: run ./dev setup test")
    return found[-1]


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        return listener.getsockname()[1]


def environment() -> dict[str, str]:
    """Ours, with the test credentials and without what would point a client elsewhere."""
    kept = {name: value for name, value in os.environ.items() if name not in FOREIGN_SETTINGS}
    return kept | CREDENTIALS


class Server:
    """One server process; the subclasses say how it is started."""

    variable = ""  # the environment variable that names its endpoint to the tests

    def __init__(self, folder: Path):
        self.folder = folder / type(self).__name__.lower()
        self.folder.mkdir(parents=True)
        self.log = self.folder / "log.txt"
        self.port = 0
        self.starts = 0
        self.process: subprocess.Popen | None = None

    @property
    def endpoint(self) -> str:
        return f"http://{HOST}:{self.port}"

    def command(self) -> list[str]:
        raise NotImplementedError

    def start(self) -> None:
        """Starts the process and returns; `wait_ready` waits for it."""
        self.starts += 1
        self.port = free_port()
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", *self.command()],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder,
                env=environment(), start_new_session=True,
            )  # fmt: skip

    def wait_ready(self) -> None:
        give_up_at = time.monotonic() + READY_SECONDS_MAX
        while time.monotonic() < give_up_at:
            if self.process.poll() is not None:
                if self.starts == STARTS_MAX:
                    break
                self.start()
            if self.answers():
                return
            time.sleep(0.02)
        self.stop()
        raise SystemExit(f"{type(self).__name__} did not start; the end of its log:\n"
                         f"{self.log.read_text(errors='replace')[-2000:]}")  # fmt: skip

    def answers(self) -> bool:
        """Whether it speaks HTTP: any status will do."""
        connection = http.client.HTTPConnection(HOST, self.port, timeout=5)
        try:
            connection.request("GET", "/")
            connection.getresponse().read()
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()
        return True

    def stop(self) -> None:
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None


class S3(Server):
    """A bucket is a folder below `root`; tests make their own."""

    variable = "EIDER_TEST_S3_ENDPOINT"

    def command(self) -> list[str]:
        root = self.folder / "root"
        root.mkdir(exist_ok=True)
        return [str(installed("versitygw-*/versitygw")), "--access", ACCESS_KEY_ID,
                "--secret", SECRET_ACCESS_KEY, "--region", REGION, "--port", f"{HOST}:{self.port}",
                "--quiet", "posix", str(root)]  # fmt: skip


class DynamoDb(Server):
    """In memory; a table belongs to an access key and a region. It listens on every interface,
    which it cannot be told to leave."""

    variable = "EIDER_TEST_DYNAMODB_ENDPOINT"

    def command(self) -> list[str]:
        lib = installed("dynamodb-local-*")
        return ["java", "-XX:+UseSerialGC", "-Xmx512m", f"-Djava.library.path={lib}",
                "-cp", f"{lib}/*", "software.amazon.dynamodb.services.local.main.ServerRunner",
                "-inMemory", "-disableTelemetry", "-port", str(self.port)]  # fmt: skip


class Glue(Server):
    """moto: slow, and it takes a stale VersionId; conflicts need a fault in between."""

    variable = "EIDER_TEST_GLUE_ENDPOINT"

    def command(self) -> list[str]:
        moto = Path(sys.executable).parent / "moto_server"
        if not moto.exists():
            moto = installed("venv/bin/moto_server")
        return [str(moto), "-H", HOST, "-p", str(self.port)]


KINDS = {"s3": S3, "dynamodb": DynamoDb, "glue": Glue}


class StandIns:
    """Some of the servers, started together: `with StandIns(["s3"]) as stand_ins:`."""

    def __init__(self, names=tuple(KINDS)):
        self.folder = Path(tempfile.mkdtemp(prefix="eider-stand-ins-"))
        self.servers = {name: KINDS[name](self.folder) for name in names}

    def endpoint(self, name: str) -> str:
        return self.servers[name].endpoint

    def environment(self) -> dict[str, str]:
        """What the tests and the program read."""
        return CREDENTIALS | {s.variable: s.endpoint for s in self.servers.values()}

    def __enter__(self):
        try:
            for server in self.servers.values():
                server.start()
            for server in self.servers.values():
                server.wait_ready()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self) -> None:
        for server in self.servers.values():
            server.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
