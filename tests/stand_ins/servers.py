"""The real servers that stand for AWS in tests and benchmarks, each in a process of its own.

Versity S3 Gateway for S3, DynamoDB Local for DynamoDB, moto for Glue (and SQS, SNS, EventBridge,
STS), Apache's own REST catalog server over that S3, and PostgreSQL. They are what `./dev setup
test` installed; they listen on free ports, keep all in a temporary folder, and end with `stop`, or
with the process that started them. Standard library only.
"""

import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ACCESS_KEY_ID = "eidertest"  # DynamoDB Local takes letters and digits only
SECRET_ACCESS_KEY = "eider-test-secret"
REGION = "us-east-1"
REST_BUCKET = "rest-lake"  # of the REST catalog's own warehouse; who needs it makes it
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
    stop_signal = signal.SIGTERM
    needs = ()  # servers that must be ready before it starts

    def __init__(self, folder: Path, others: dict[str, "Server"]):
        self.folder = folder / type(self).__name__.lower()
        self.others = others
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

    def identity(self) -> list[str]:
        """Options of setpriv: who it runs as."""
        return []

    def variables(self) -> dict[str, str]:
        """Of its own, beside the environment of all."""
        return {}

    def start(self, port: int = 0) -> None:
        """Starts the process and returns; `wait_ready` waits for it. Port 0: a free one."""
        self.starts += 1
        self.port = port or free_port()
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", *self.identity(), *self.command()],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder,
                env=environment() | self.variables(), start_new_session=True,
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
        self.process.send_signal(self.stop_signal)
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


class Rest(Server):
    """In memory, with its tables in the S3 stand-in, whose credentials it hands out with every
    table, or in local folders. It takes every token, and listens on every interface."""

    variable = "EIDER_TEST_REST_ENDPOINT"
    needs = ("s3",)

    def command(self) -> list[str]:
        lib = installed("iceberg-rest-*")
        return ["java", "-XX:+UseSerialGC", "-Xmx512m", "-cp", f"{lib}/*",
                "org.apache.iceberg.rest.RESTCatalogServer"]  # fmt: skip

    def variables(self) -> dict[str, str]:
        return {
            "CATALOG_REST_PORT": str(self.port),
            "CATALOG_CLIENTS": "1",  # each connection would have a memory of its own
            "CATALOG_WAREHOUSE": f"s3://{REST_BUCKET}/warehouse",
            "CATALOG_IO__IMPL": "org.apache.iceberg.io.ResolvingFileIO",
            "CATALOG_S3_ENDPOINT": self.others["s3"].endpoint,
            "CATALOG_S3_PATH__STYLE__ACCESS": "true",
            "CATALOG_S3_ACCESS__KEY__ID": ACCESS_KEY_ID,
            "CATALOG_S3_SECRET__ACCESS__KEY": SECRET_ACCESS_KEY,
            "CATALOG_CLIENT_REGION": REGION,
            "CATALOG_INCLUDE__CREDENTIALS": "true",
        }


class Postgres(Server):
    """Debian's PostgreSQL with a data folder of its own, which a superuser may not run: started by
    root it is the user that Debian's package made. Who uses it makes a schema or a database."""

    variable = "EIDER_TEST_POSTGRES_URI"
    stop_signal = signal.SIGINT  # does not wait for its clients
    account = "postgres"

    @property
    def endpoint(self) -> str:
        return self.uri("postgres")

    def uri(self, database: str) -> str:
        return f"postgresql://eider:{SECRET_ACCESS_KEY}@{HOST}:{self.port}/{database}"

    @staticmethod
    def tool(name: str) -> str:
        found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
        if not found:
            raise SystemExit("PostgreSQL is not there: run ./dev setup test")
        return str(found[-1])

    def identity(self) -> list[str]:
        if os.geteuid() != 0:
            return []
        return ["--reuid", self.account, "--regid", self.account, "--init-groups"]

    def start(self, port: int = 0) -> None:
        data = self.folder / "data"
        if not data.exists():
            self.folder.parent.chmod(0o711)
            password = self.folder / "password"
            password.write_text(SECRET_ACCESS_KEY)
            if os.geteuid() == 0:
                shutil.chown(self.folder, self.account, self.account)
            subprocess.run(
                ["setpriv", *self.identity(), "--", self.tool("initdb"), "--pgdata", str(data),
                 "--username", "eider", "--pwfile", str(password), "--auth", "scram-sha-256",
                 "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync"],
                check=True, cwd=self.folder, stdout=subprocess.DEVNULL,
            )  # fmt: skip
        super().start(port)

    def command(self) -> list[str]:
        return [self.tool("postgres"), "-D", "data", "-p", str(self.port), "-h", HOST,
                "-k", str(self.folder), "-c", "fsync=off"]  # fmt: skip

    def answers(self) -> bool:
        ready = subprocess.run([self.tool("pg_isready"), "-h", HOST, "-p", str(self.port), "-q"])
        return ready.returncode == 0


KINDS = {"s3": S3, "dynamodb": DynamoDb, "glue": Glue, "rest": Rest, "postgres": Postgres}


class StandIns:
    """Some of the servers, started together: `with StandIns(["s3"]) as stand_ins:`."""

    def __init__(self, names=tuple(KINDS)):
        self.folder = Path(tempfile.mkdtemp(prefix="eider-stand-ins-"))
        self.servers: dict[str, Server] = {}
        needed = {other for name in names for other in KINDS[name].needs}
        for name in KINDS:
            if name in names or name in needed:
                self.servers[name] = KINDS[name](self.folder, self.servers)

    def endpoint(self, name: str) -> str:
        return self.servers[name].endpoint

    def environment(self) -> dict[str, str]:
        """What the tests and the program read."""
        return CREDENTIALS | {s.variable: s.endpoint for s in self.servers.values()}

    def __enter__(self):
        try:
            for server in self.servers.values():
                if not server.needs:
                    server.start()
            for server in self.servers.values():
                if server.needs:
                    server.start()
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
