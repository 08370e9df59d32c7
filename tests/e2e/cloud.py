"""A lake on AWS's stand-ins, and the language of its tests; lake.py is the one without a cloud.

A Cloud owns its buckets, its routing and ledger tables in DynamoDB, its warehouse and its catalog
(SQL, Glue or REST), all of names that no other test has. The program is configured by its
environment alone, as a function is. `through` puts a fault proxy between the program and one
service.
"""

import contextlib
import itertools
import json
import os
import subprocess
import urllib.parse
from pathlib import Path

import boto3
import botocore.config
import duckdb
from boto3.dynamodb.types import TypeSerializer
from pyiceberg.catalog.glue import GlueCatalog
from pyiceberg.catalog.rest import RestCatalog
from pyiceberg.catalog.sql import SqlCatalog

from events import Object
from fault_proxy import FaultProxy
from lake import RUN_SECONDS_MAX, SELECT_ALL, Outcome, binary, sql_text
from runtime_api import LambdaProcess, RuntimeApi
from servers import (
    ACCESS_KEY_ID,
    CREDENTIALS,
    REGION,
    REST_BUCKET,
    SECRET_ACCESS_KEY,
    StandIns,
)

LEDGER_KEY = "file"
VARIABLES = {"s3": "AWS_ENDPOINT_URL_S3", "dynamodb": "AWS_ENDPOINT_URL_DYNAMODB",
             "glue": "AWS_ENDPOINT_URL_GLUE", "sqs": "AWS_ENDPOINT_URL_SQS",
             "sns": "AWS_ENDPOINT_URL_SNS", "events": "AWS_ENDPOINT_URL_EVENTBRIDGE",
             "stepfunctions": "AWS_ENDPOINT_URL_SFN", "batch": "AWS_ENDPOINT_URL_BATCH",
             "rest": "EIDER_CATALOG_URI"}  # fmt: skip
# Services that the stand-in of another serves.
SAME_SERVER = dict.fromkeys(("sqs", "sns", "events", "stepfunctions", "batch", "iam"), "glue")

_numbers = itertools.count(1)


class Cloud:
    """See the head of this file. `catalog` is sql, glue or rest."""

    def __init__(self, stand_ins: StandIns, folder: Path, catalog: str = "sql"):
        self.program = binary()
        self.stand_ins = stand_ins
        self.folder = folder
        self.catalog_type = catalog
        self.name = f"cloud{os.getpid()}n{next(_numbers)}"
        self.catalog_path = folder / "catalog.db"
        self.proxies: dict[str, FaultProxy] = {}
        self.clients: dict[str, object] = {}
        self.settings: dict[str, str] = {}
        (folder / "spill").mkdir()
        self.src_a, self.src_b = self.bucket("src-a"), self.bucket("src-b")
        self.warehouse = f"s3://{self.bucket('lake')}/warehouse"
        self.routing_table = self.create_table("routing", "PartitionKey")
        self.ledger_table = self.create_table("ledger", LEDGER_KEY)
        self.configure()

    def close(self) -> None:
        for proxy in self.proxies.values():
            proxy.__exit__(None, None, None)

    # -- the cloud's side --------------------------------------------------------------------------

    def endpoint(self, service: str) -> str:
        """Of the service's stand-in."""
        return self.stand_ins.endpoint(SAME_SERVER.get(service, service))

    def client(self, service: str):
        """A boto3 client straight to the stand-in."""
        if service not in self.clients:
            self.clients[service] = boto3.client(
                service, endpoint_url=self.endpoint(service), region_name=REGION,
                aws_access_key_id=ACCESS_KEY_ID, aws_secret_access_key=SECRET_ACCESS_KEY,
                config=botocore.config.Config(s3={"addressing_style": "path"}),
            )  # fmt: skip
        return self.clients[service]

    def bucket(self, name: str) -> str:
        """Makes a bucket of this cloud and returns its full name."""
        full = f"{self.name}-{name}"
        self.client("s3").create_bucket(Bucket=full)
        return full

    def make_rest_bucket(self) -> None:
        """The bucket of the REST catalog's own warehouse, for tables that it places itself."""
        with contextlib.suppress(self.client("s3").exceptions.BucketAlreadyOwnedByYou):
            self.client("s3").create_bucket(Bucket=REST_BUCKET)

    def create_table(self, name: str, key: str) -> str:
        """Makes a DynamoDB table with one string key and returns its full name."""
        full = f"{self.name}-{name}"
        self.client("dynamodb").create_table(
            TableName=full, BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": key, "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"}],
        )  # fmt: skip
        return full

    def through(self, service: str) -> FaultProxy:
        """From now on the program reaches the service through the proxy that is returned."""
        if service not in self.proxies:
            proxy = FaultProxy(service, self.endpoint(service))
            self.proxies[service] = proxy.__enter__()
        return self.proxies[service]

    def item(self, **attributes: object) -> "Cloud":
        """Puts an item into the routing table, right or wrong."""
        serialize = TypeSerializer().serialize
        item = {name: serialize(value) for name, value in attributes.items()}
        self.client("dynamodb").put_item(TableName=self.routing_table, Item=item)
        return self

    def route(self, key: str, table: str, sql: str = SELECT_ALL, create: bool = True,
              **more: object) -> "Cloud":  # fmt: skip
        """Puts a route; `more` are its optional attributes."""
        if create:
            more["create_table"] = True
        return self.item(PartitionKey=key, target_table=table, query_sql=sql, **more)

    def put(self, bucket: str, key: str, sql: str, options: str = "FORMAT parquet",
            **more: object) -> Object:  # fmt: skip
        """Writes the query's rows with DuckDB and puts the file there, as put_bytes does."""
        made = self.folder / "made"
        with duckdb.connect() as connection:
            connection.execute("SET threads = 1; SET TimeZone = 'UTC'")
            connection.execute(f"COPY ({sql}) TO {sql_text(made)} ({options})")
        return self.put_bytes(bucket, key, made.read_bytes(), **more)

    def put_bytes(self, bucket: str, key: str, content: bytes,
                  metadata: dict[str, str] | None = None,
                  tags: dict[str, str] | None = None) -> Object:  # fmt: skip
        """Puts the object, with its own metadata and tags."""
        done = self.client("s3").put_object(
            Bucket=bucket, Key=key, Body=content, Metadata=metadata or {},
            Tagging=urllib.parse.urlencode(tags or {}),
        )  # fmt: skip
        return Object(bucket, key, len(content), done["ETag"].strip('"'))

    def remove(self, item: Object) -> None:
        self.client("s3").delete_object(Bucket=item.bucket, Key=item.key)

    def warehouse_keys(self, part: str = "") -> list[str]:
        """Keys below the warehouse that contain the part."""
        bucket = self.warehouse.removeprefix("s3://").split("/")[0]
        pages = self.client("s3").get_paginator("list_objects_v2").paginate(Bucket=bucket)
        keys = [found["Key"] for page in pages for found in page.get("Contents", [])]
        return [key for key in keys if part in key]

    def open_uploads(self) -> list[dict]:
        """Multipart uploads into the warehouse that nobody ended."""
        bucket = self.warehouse.removeprefix("s3://").split("/")[0]
        return self.client("s3").list_multipart_uploads(Bucket=bucket).get("Uploads", [])

    # -- the program -------------------------------------------------------------------------------

    def configure(self, **more: str | None) -> "Cloud":
        """Sets variables of the program's environment; None removes one."""
        self.settings = {
            "EIDER_WAREHOUSE": self.warehouse,
            "EIDER_CATALOG_TYPE": self.catalog_type,
            "EIDER_CATALOG_NAME": self.name,
            "EIDER_ROUTING_STORE": "dynamodb",
            "EIDER_ROUTING_TABLE": self.routing_table,
            "EIDER_LEDGER_TABLE": self.ledger_table,
            "EIDER_ENGINE_TEMP_DIRECTORY": str(self.folder / "spill"),
            "AWS_EC2_METADATA_DISABLED": "true",
        } | self.settings
        if self.catalog_type == "sql":
            self.settings["EIDER_CATALOG_URI"] = f"sqlite:///{self.catalog_path}"
        for name, value in more.items():
            self.settings.pop(name, None)
            if value is not None:
                self.settings[name] = value
        return self

    def without_ledger(self) -> "Cloud":
        return self.configure(EIDER_LEDGER_TABLE=None, EIDER_LEDGER_TYPE="none")

    def environment(self, **more: str | None) -> dict[str, str]:
        """Of the program, and of nothing that the tests' own environment says of AWS or Eider."""
        mine = {name: value for name, value in os.environ.items()
                if not name.startswith(("EIDER_", "AWS_"))}  # fmt: skip
        mine |= CREDENTIALS | self.settings
        for service, variable in VARIABLES.items():
            if service == "rest" and self.catalog_type != "rest":
                continue
            proxy = self.proxies.get(service)
            mine[variable] = proxy.endpoint if proxy else self.endpoint(service)
        for name, value in more.items():
            mine.pop(name, None)
            if value is not None:
                mine[name] = value
        return mine

    def command(self, subcommand: str, *args: str) -> list[str]:
        return [self.program, subcommand, *args]

    def eider(self, *args: str, stdin: str = "", prefix: tuple = (), **environment) -> Outcome:
        """Any subcommand; `prefix` is a command that runs it."""
        done = subprocess.run(
            [*prefix, self.program, *args], capture_output=True, text=True, check=False,
            timeout=RUN_SECONDS_MAX, input=stdin, env=self.environment(**environment),
            cwd=self.folder,
        )  # fmt: skip
        for text in (done.stdout, done.stderr):
            assert SECRET_ACCESS_KEY not in text, "a secret was printed"
        outcome = Outcome(done.returncode, done.stdout, done.stderr)
        if "--json" in args:
            outcome.lines = [json.loads(line) for line in done.stdout.splitlines() if line]
        return outcome

    def run(self, *what: Object | str, **options) -> Outcome:
        """`eider run --json` of objects, URIs and flags."""
        named = [item.uri if isinstance(item, Object) else item for item in what]
        return self.eider("run", "--json", *named, **options)

    def load(self, *what: Object | str, **options) -> Outcome:
        """Runs and insists that every file is loaded."""
        outcome = self.run(*what, **options)
        assert outcome.exit_code == 0, f"{outcome.files} {outcome.stderr}"
        assert {line["state"] for line in outcome.files} == {"LOADED"}, outcome.files
        return outcome

    def fails(self, *what: Object | str, **options) -> str:
        """Runs and insists that nothing is loaded; everything that people are told."""
        outcome = self.run(*what, **options)
        assert outcome.exit_code != 0, outcome.stdout
        assert "LOADED" not in outcome.states().values(), outcome.files
        told = outcome.stderr + " ".join(str(line.get("error")) for line in outcome.files)
        assert told.strip(), "it failed without a word"
        return told

    @contextlib.contextmanager
    def function(self, command: tuple[str, ...] | None = None, **environment):
        """`eider lambda` under a Runtime API of its own; its log is searched for secrets."""
        with RuntimeApi() as api:
            started = list(command or (self.program, "lambda"))
            with LambdaProcess(started, self.environment(**environment), api) as process:
                yield process
                assert SECRET_ACCESS_KEY not in process.log(), "a secret was logged"
            assert api.unknown_requests == []

    # -- the other side of the tables --------------------------------------------------------------

    def pyiceberg(self):
        s3 = {"s3.endpoint": self.stand_ins.endpoint("s3"), "s3.region": REGION,
              "s3.access-key-id": ACCESS_KEY_ID, "s3.secret-access-key": SECRET_ACCESS_KEY,
              "py-io-impl": "pyiceberg.io.pyarrow.PyArrowFileIO",
              "warehouse": self.warehouse}  # fmt: skip
        if self.catalog_type == "rest":
            return RestCatalog(self.name, uri=self.stand_ins.endpoint("rest"),
                               **{k: v for k, v in s3.items() if k != "warehouse"})  # fmt: skip
        if self.catalog_type == "sql":
            return SqlCatalog(self.name, uri=f"sqlite:///{self.catalog_path}", **s3)
        glue = {"glue.endpoint": self.stand_ins.endpoint("glue"), "glue.region": REGION,
                "glue.access-key-id": ACCESS_KEY_ID,
                "glue.secret-access-key": SECRET_ACCESS_KEY}  # fmt: skip
        return GlueCatalog(self.name, **s3, **glue)

    def table(self, name: str):
        """The table as PyIceberg sees it now."""
        return self.pyiceberg().load_table(name)

    def snapshot_count(self, name: str) -> int:
        return len(self.table(name).metadata.snapshots)

    def scan_ids(self, name: str) -> list[int]:
        """Column `id` of every row, sorted, duplicates and all."""
        column = self.table(name).scan(selected_fields=("id",)).to_arrow()["id"]
        return sorted(column.to_pylist())

    def spark_settings(self) -> dict[str, str]:
        """Of the catalog, for readers.Spark."""
        rest = {".type": "rest", ".uri": self.stand_ins.endpoint("rest")}
        return (rest if self.catalog_type == "rest" else {}) | {
            ".warehouse": self.warehouse,
            ".io-impl": "org.apache.iceberg.aws.s3.S3FileIO",
            ".s3.endpoint": self.stand_ins.endpoint("s3"),
            ".s3.path-style-access": "true",
            ".s3.access-key-id": ACCESS_KEY_ID,
            ".s3.secret-access-key": SECRET_ACCESS_KEY,
            ".client.region": REGION,
        }
