"""The function to beat: the same job as it is written in Python for AWS Lambda.

boto3 asks the routing table, DuckDB runs the SQL over S3 through httpfs, PyIceberg appends the
result. All that can be kept between invocations is made once, when the module is loaded. Commit
conflicts are left to PyIceberg's own retries; what fails is the invocation's failure, and Lambda
tries it again. It keeps no ledger and loads a file twice when it is told twice.
"""

import os
from urllib.parse import unquote_plus, urlsplit

import boto3
import duckdb
from pyiceberg.catalog import load_catalog

REGION = os.environ["AWS_REGION"]
KEY_ID = os.environ["AWS_ACCESS_KEY_ID"]
SECRET = os.environ["AWS_SECRET_ACCESS_KEY"]
S3_ENDPOINT = os.environ["AWS_ENDPOINT_URL_S3"]
THREADS = 2

routes = boto3.resource("dynamodb").Table(os.environ["EIDER_ROUTING_TABLE"])
catalog = load_catalog(
    os.environ["EIDER_CATALOG_NAME"],
    **{
        "type": os.environ["EIDER_CATALOG_TYPE"],
        "uri": os.environ.get("EIDER_CATALOG_URI", ""),  # Glue has none
        "warehouse": os.environ["EIDER_WAREHOUSE"],
        "s3.endpoint": S3_ENDPOINT,
        "s3.region": REGION,
        "s3.access-key-id": KEY_ID,
        "s3.secret-access-key": SECRET,
    },
)


def connect() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute(f"SET threads = {THREADS}")
    connection.execute(f"LOAD '{os.environ['BENCH_HTTPFS']}'")
    connection.execute(
        f"CREATE SECRET (TYPE s3, KEY_ID '{KEY_ID}', SECRET '{SECRET}', REGION '{REGION}',"
        f" ENDPOINT '{urlsplit(S3_ENDPOINT).netloc}', URL_STYLE 'path', USE_SSL false)"
    )
    return connection


connection = connect()


def find_route(bucket: str, key: str) -> dict:
    for candidate in (bucket, key.split("/")[0]):
        found = routes.get_item(Key={"PartitionKey": candidate}).get("Item")
        if found:
            return found
    raise LookupError(f"no route for s3://{bucket}/{key}")


def handler(event: dict) -> dict:
    loaded = rows = 0
    for record in event.get("Records", []):
        bucket = record["s3"]["bucket"]["name"]
        key = unquote_plus(record["s3"]["object"]["key"])
        route = find_route(bucket, key)
        path = f"s3://{bucket}/{key}".replace("'", "''")
        result = connection.execute(route["query_sql"].replace("{s3_input_path}", path))
        table = result.to_arrow_table()
        catalog.load_table(route["target_table"]).append(table)
        loaded += 1
        rows += table.num_rows
    return {"loaded": loaded, "rows": rows}
