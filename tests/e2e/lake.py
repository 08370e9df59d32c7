"""A lake in a folder, and the small language in which the end-to-end tests are told.

A Lake owns two source "buckets", a warehouse, a catalog, a ledger, the routes and the
configuration of one test; `run` drives the real binary and nothing else touches its inside.
"""

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
from pyiceberg.catalog.sql import SqlCatalog

RUN_SECONDS_MAX = 120
SELECT_ALL = "SELECT * FROM read_parquet('{s3_input_path}')"


def binary() -> str:
    """The program under test, named by EIDER_BIN."""
    path = os.environ.get("EIDER_BIN", "")
    if not os.access(path, os.X_OK):
        sys.exit(f"EIDER_BIN must name the eider binary to test, is: '{path}'")
    return path


def sql_text(text: object) -> str:
    """The text as an SQL string literal."""
    return "'" + str(text).replace("'", "''") + "'"


@dataclass
class Outcome:
    """What one call of the binary did."""

    exit_code: int
    stdout: str
    stderr: str
    lines: list[dict] = field(default_factory=list)

    @property
    def files(self) -> list[dict]:
        return [line for line in self.lines if "file" in line]

    @property
    def summary(self) -> dict:
        return self.lines[-1]["summary"]

    def file(self, key: str) -> dict:
        """The one line about the file whose URI ends with the key."""
        found = [line for line in self.files if line["file"].endswith(key)]
        assert len(found) == 1, f"{len(found)} lines about {key}: {self.files}"
        return found[0]

    def states(self) -> dict[str, str]:
        return {line["file"]: line["state"] for line in self.files}


class Lake:
    """See the head of this file. `name` is the catalog's name, unique among the lakes of a run."""

    def __init__(self, folder: Path, name: str):
        self.program = binary()
        self.folder = folder
        self.name = name
        self.warehouse = folder / "warehouse"
        self.catalog_path = folder / "catalog.db"
        self.ledger_path = folder / "ledger.db"
        self.routes_path = folder / "routes.yaml"
        self.config_path = folder / "eider.yaml"
        self.buckets = {name: folder / name for name in ("src-a", "src-b")}
        self.routes: list[dict] = []
        self.settings: dict[str, str] = {}
        for path in (*self.buckets.values(), folder / "spill"):
            path.mkdir(parents=True)
        self.configure()
        self._write_routes()

    # -- configuration ---------------------------------------------------------------------------

    def configure(self, extra: str = "", engine: str = "memory_limit: 1GiB, threads: 2"):
        """Writes eider.yaml; `extra` is further YAML at the top level."""
        buckets = ", ".join(f"{name}: {path}" for name, path in self.buckets.items())
        self.config_path.write_text(
            f"warehouse: file://{self.warehouse}\n"
            f"catalog: {{ name: {self.name}, type: sql, uri: \"sqlite:///{self.catalog_path}\" }}\n"
            f"routing: {{ store: file, path: routes.yaml, strategies: [bucket, folder] }}\n"
            f"ledger: {{ type: sqlite, path: {self.ledger_path} }}\n"
            f"buckets: {{ {buckets} }}\n"
            f"engine: {{ {engine}, temp_directory: {self.folder / 'spill'} }}\n" + extra
        )

    def set(self, **settings: str) -> "Lake":
        """Sets variables of the program's environment: over the file, for all calls that follow."""
        self.settings |= settings
        return self

    def route(self, key: str, table: str, sql: str = SELECT_ALL, create: bool | None = True,
              **more: object) -> "Lake":  # fmt: skip
        """Adds a route, or replaces the one of that key; `more` are its optional attributes."""
        if create is not None:
            more["create_table"] = create
        return self.item(PartitionKey=key, target_table=table, query_sql=sql, **more)

    def item(self, **attributes: object) -> "Lake":
        """Adds an item to the routes, right or wrong, or replaces the one of its key."""
        key = attributes["PartitionKey"]
        others = [other for other in self.routes if other["PartitionKey"] != key]
        self.routes = [*others, attributes]
        self._write_routes()
        return self

    def _write_routes(self):
        # JSON strings are YAML strings; the block layout keeps it a file that people would write.
        text = "routes:\n" if self.routes else "routes: []\n"
        for entry in self.routes:
            pairs = [f"{key}: {json.dumps(value)}" for key, value in entry.items()]
            text += "  - " + "\n    ".join(pairs) + "\n"
        self.routes_path.write_text(text)

    # -- input files -----------------------------------------------------------------------------

    def path(self, bucket: str, key: str) -> Path:
        return self.buckets[bucket] / key

    def put(self, bucket: str, key: str, sql: str, options: str = "FORMAT parquet") -> str:
        """Writes the query's rows as an object and returns its URI."""
        made = self.folder / "made"
        with duckdb.connect() as connection:
            connection.execute("SET threads = 1; SET TimeZone = 'UTC'")
            connection.execute(f"COPY ({sql}) TO {sql_text(made)} ({options})")
        target = self.path(bucket, key)
        target.parent.mkdir(parents=True, exist_ok=True)
        made.replace(target)
        return f"s3://{bucket}/{key}"

    def put_bytes(self, bucket: str, key: str, content: bytes) -> str:
        target = self.path(bucket, key)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        return f"s3://{bucket}/{key}"

    # -- the program -----------------------------------------------------------------------------

    def command(self, subcommand: str, *args: str) -> list[str]:
        return [self.program, subcommand, *args, "--config", str(self.config_path)]

    def environment(self, **more: str) -> dict[str, str]:
        mine = {key: value for key, value in os.environ.items() if not key.startswith("EIDER_")}
        return mine | self.settings | more

    def execute(self, command, environment, stdin: str | None = None):
        return subprocess.run(
            command, capture_output=True, text=True, timeout=RUN_SECONDS_MAX, check=False,
            input=stdin if stdin is not None else "", env=environment, cwd=self.folder,
        )  # fmt: skip

    def eider(self, *args: str, stdin: str | None = None, **environment: str) -> Outcome:
        """Any subcommand: `lake.eider("history", "--json")`."""
        done = self.execute(self.command(*args), self.environment(**environment), stdin)
        outcome = Outcome(done.returncode, done.stdout, done.stderr)
        if "--json" in args:
            outcome.lines = [json.loads(line) for line in done.stdout.splitlines() if line]
        return outcome

    def run(self, *args: str, **options) -> Outcome:
        """`eider run --json` of these URIs and flags."""
        return self.eider("run", "--json", *args, **options)

    def load(self, *args: str, **options) -> Outcome:
        """Runs and insists that every file is loaded."""
        outcome = self.run(*args, **options)
        assert outcome.exit_code == 0, f"{outcome.files} {outcome.stderr}"
        assert {line["state"] for line in outcome.files} == {"LOADED"}, outcome.files
        return outcome

    def history(self, *args: str) -> list[dict]:
        outcome = self.eider("history", "--json", "--limit", "100000", *args)
        assert outcome.exit_code == 0, outcome.stderr
        return outcome.lines

    # -- the other side of the tables --------------------------------------------------------------

    def pyiceberg(self) -> SqlCatalog:
        return SqlCatalog(
            self.name, uri=f"sqlite:///{self.catalog_path}", warehouse=f"file://{self.warehouse}"
        )

    def spark_settings(self) -> dict[str, str]:
        """Of the catalog, for readers.Spark."""
        return {".warehouse": f"file://{self.warehouse}",
                ".io-impl": "org.apache.iceberg.hadoop.HadoopFileIO"}  # fmt: skip

    def table(self, name: str):
        """The table as PyIceberg sees it now."""
        return self.pyiceberg().load_table(name)

    def data_files(self, name: str) -> list:
        """PyIceberg's data files, with bounds and counts. (Its inspect.files() knows no uuid.)"""
        return [task.file for task in self.table(name).scan().plan_files()]

    def snapshot_count(self, name: str) -> int:
        return len(self.table(name).metadata.snapshots)

    def scan_ids(self, name: str) -> list[int]:
        """Column `id` of every row, sorted, duplicates and all."""
        column = self.table(name).scan(selected_fields=("id",)).to_arrow()["id"]
        return sorted(column.to_pylist())
