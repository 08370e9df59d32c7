"""What the Lambda cases need of boto3, DuckDB and PyIceberg, kept out of the measuring process.

    python prepare_cloud.py source FOLDER LARGE    two buckets with the input files, once
    python prepare_cloud.py parts FOLDER FILES     a bucket with a folder of files for each table
    python prepare_cloud.py world FOLDER NAME TYPE a warehouse, a routing and a ledger table, a
                                                   catalog (sql, glue) whose tables are empty
    python prepare_cloud.py rows FOLDER NAME       what the tables of an SQL catalog hold
    python prepare_cloud.py size                   bytes of the Python stack, installed

lambda_cases.py says by the environment where the stand-ins are. FOLDER is where the catalogs lie.
"""

import json
import os
import sys
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import boto3
import duckdb
from packaging.requirements import Requirement
from pyiceberg.catalog import Catalog, load_catalog

from prepare import NARROW, QUERY, ROWS

S3_ENDPOINT = os.environ.get("BENCH_S3_ENDPOINT", "")
DYNAMODB_ENDPOINT = os.environ.get("BENCH_DYNAMODB_ENDPOINT", "")
GLUE_ENDPOINT = os.environ.get("BENCH_GLUE_ENDPOINT", "")
SMALL_FILES = 130
WARM_UP_CALLS = 1500
PARTS = [f"part_{number}" for number in range(4)]  # folders, and tables
PARTS_BUCKET = "bench-parts"
PART_ROWS = 7_500  # of about 140 KB
BUCKETS = {"small": "bench-small", "large": "bench-large"}
LEDGER_KEY = "file"
KEY_IN_FOOTER = "route"  # routing_cases.py names it, too
STACK = ("boto3", "duckdb", "pyiceberg[sql-sqlite,pyarrow]")


def source(folder: Path, large: str) -> dict:
    """Small files hold different ids, so that a lost or doubled one is seen. One kind, one bucket,
    which is its routing key; the small files say the same key in their footer."""
    s3 = boto3.client("s3", endpoint_url=S3_ENDPOINT)
    for bucket in BUCKETS.values():
        s3.create_bucket(Bucket=bucket)
    objects = {"small": [], "large": []}

    def put(kind: str, key: str, path: Path) -> None:
        s3.upload_file(str(path), BUCKETS[kind], key)
        head = s3.head_object(Bucket=BUCKETS[kind], Key=key)
        objects[kind].append({"bucket": BUCKETS[kind], "key": key, "size": head["ContentLength"],
                              "etag": head["ETag"].strip('"')})  # fmt: skip

    made = folder / "small.parquet"
    rows = ROWS["small"]
    with duckdb.connect() as connection:
        connection.execute("SET threads = 1; SELECT setseed(0.5)")
        for number in range(SMALL_FILES):
            ids = f"range + {number * rows} AS id"
            query = NARROW.format(rows=rows).replace("range AS id", ids)
            says = f"KV_METADATA {{{KEY_IN_FOOTER}: '{BUCKETS['small']}'}}"
            connection.execute(f"COPY ({query}) TO '{made}' (FORMAT parquet, {says})")
            put("small", f"{number:03}.parquet", made)
    put("large", "large.parquet", Path(large))
    warm_up()
    return objects


def parts(folder: Path, files: str) -> dict:
    """Files of one table hold the same rows: only requests and times are looked at."""
    s3 = boto3.client("s3", endpoint_url=S3_ENDPOINT)
    s3.create_bucket(Bucket=PARTS_BUCKET)
    made, objects = folder / "part.parquet", []
    for part in PARTS:
        query = NARROW.format(rows=PART_ROWS)
        duckdb.sql(f"COPY ({query}) TO '{made}' (FORMAT parquet)")
        content = made.read_bytes()
        for number in range(int(files) // len(PARTS)):
            key = f"{part}/{number:05}.parquet"
            etag = s3.put_object(Bucket=PARTS_BUCKET, Key=key, Body=content)["ETag"].strip('"')
            objects.append({"bucket": PARTS_BUCKET, "key": key, "size": len(content), "etag": etag})
    return {"objects": objects, "bytes": sum(item["size"] for item in objects)}


def warm_up() -> None:
    """DynamoDB Local runs in Java: its first thousand answers take three times as long."""
    name = "warm-up"
    dynamodb = boto3.client("dynamodb", endpoint_url=DYNAMODB_ENDPOINT)
    create_table(dynamodb, name, LEDGER_KEY)
    for number in range(WARM_UP_CALLS):
        key = {LEDGER_KEY: {"S": str(number)}}
        dynamodb.put_item(TableName=name, Item=key | {"filling": {"S": "x" * 300}},
                          ConditionExpression="attribute_not_exists(filling)")  # fmt: skip
        dynamodb.get_item(TableName=name, Key=key, ConsistentRead=True)


def create_table(dynamodb, name: str, key: str) -> None:
    dynamodb.create_table(
        TableName=name, BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": key, "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"}],
    )  # fmt: skip


def open_catalog(folder: Path, name: str, kind: str) -> Catalog:
    of_kind = {
        "sql": {"uri": f"sqlite:///{folder}/{name}.db"},
        "glue": {"glue.endpoint": GLUE_ENDPOINT},
    }
    return load_catalog(
        name,
        **of_kind[kind],
        **{
            "type": kind,
            "warehouse": f"s3://{name}/warehouse",
            "s3.endpoint": S3_ENDPOINT,
            "s3.region": os.environ["AWS_REGION"],
        },
    )


def database_of(name: str) -> str:
    """Of a world: all worlds share one Glue."""
    return name.replace("-", "_")


def world(folder: Path, name: str, catalog_type: str) -> dict:
    """The environment of both stacks."""
    boto3.client("s3", endpoint_url=S3_ENDPOINT).create_bucket(Bucket=name)
    dynamodb = boto3.client("dynamodb", endpoint_url=DYNAMODB_ENDPOINT)
    for table, key in ((f"{name}-routes", "PartitionKey"), (f"{name}-ledger", LEDGER_KEY)):
        create_table(dynamodb, table, key)
    catalog = open_catalog(folder, name, catalog_type)
    catalog.create_namespace(database_of(name))
    schema = duckdb.sql(NARROW.format(rows=1)).to_arrow_table().schema
    for kind, routing_key in (BUCKETS | {part: part for part in PARTS}).items():
        table = f"{database_of(name)}.{kind}"
        catalog.create_table(table, schema=schema)
        item = {"PartitionKey": routing_key, "target_table": table, "query_sql": QUERY}
        dynamodb.put_item(TableName=f"{name}-routes",
                          Item={key: {"S": value} for key, value in item.items()})  # fmt: skip
    uri = {"EIDER_CATALOG_URI": f"sqlite:///{folder}/{name}.db"} if catalog_type == "sql" else {}
    return uri | {
        "EIDER_WAREHOUSE": f"s3://{name}/warehouse",
        "EIDER_CATALOG_TYPE": catalog_type,
        "EIDER_CATALOG_NAME": name,
        "EIDER_ROUTING_TABLE": f"{name}-routes",
        "EIDER_LEDGER_TABLE": f"{name}-ledger",
        "EIDER_ENGINE_TEMP_DIRECTORY": str(folder),
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def rows(folder: Path, name: str) -> dict:
    found = {}
    catalog = open_catalog(folder, name, "sql")
    for kind in BUCKETS:
        table = catalog.load_table(f"{database_of(name)}.{kind}")
        ids = table.scan(selected_fields=("id",)).to_arrow()["id"]
        found[kind] = {"rows": len(ids), "ids": len(ids.unique()),
                       "snapshots": len(table.metadata.snapshots)}  # fmt: skip
    return found


def size() -> dict:
    """Of what a function with this stack has to ship: the packages with all that they require."""
    sizes: dict[str, int] = {}
    waiting = [Requirement(text) for text in STACK]
    while waiting:
        wanted = waiting.pop()
        try:
            found = distribution(wanted.name)
        except PackageNotFoundError:
            continue
        name = found.metadata["Name"].lower()
        extras = wanted.extras or {""}
        for text in found.requires or [] if name not in sizes or wanted.extras else []:
            needed = Requirement(text)
            if needed.marker is None or any(needed.marker.evaluate({"extra": e}) for e in extras):
                waiting.append(needed)
        files = (found.locate_file(file) for file in found.files or [] if file.suffix != ".pyc")
        sizes[name] = sum(file.stat().st_size for file in files if file.exists())
    return {"bytes": sum(sizes.values()), "packages": sizes}


if __name__ == "__main__":
    step, *args = sys.argv[1:]
    steps = {"source": source, "parts": parts, "world": world, "rows": rows, "size": size}
    print(json.dumps(steps[step](*(Path(args[0]), *args[1:]) if args else ())))
