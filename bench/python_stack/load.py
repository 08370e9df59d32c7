"""The stack to beat: the same job with DuckDB, Arrow and PyIceberg, as it is run in a Lambda.

    python load.py eider.yaml s3://bucket/key...

Reads the same configuration and routes as Eider (written as JSON, which is YAML), runs the route's
SQL, hands the result over as Arrow and appends it, file by file. It keeps no ledger and loads a
file twice when it is told twice. One JSON line per file, as `eider run --json` prints them.
"""

import json
import sys
import time
from pathlib import Path

import duckdb
import pyarrow
from pyiceberg.catalog.sql import SqlCatalog


def find_route(routes: dict, bucket: str, key: str) -> dict:
    for candidate in (bucket, key.split("/")[0]):
        if candidate in routes:
            return routes[candidate]
    raise LookupError(f"no route for s3://{bucket}/{key}")


def objects(settings: dict, uri: str) -> list[tuple[str, str, Path]]:
    """Bucket, key and path of what the URI names: one object, or all below a prefix."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    folder = Path(settings["buckets"][bucket])
    if not uri.endswith("/"):
        return [(bucket, key, folder / key)]
    paths = sorted(path for path in (folder / key).rglob("*") if path.is_file())
    return [(bucket, str(path.relative_to(folder)), path) for path in paths]


def main() -> None:
    settings = json.loads(Path(sys.argv[1]).read_text())
    routes_text = Path(settings["routing"]["path"]).read_text()
    routes = {route["PartitionKey"]: route for route in json.loads(routes_text)["routes"]}
    catalog = SqlCatalog(
        settings["catalog"]["name"],
        uri=settings["catalog"]["uri"],
        warehouse=settings["warehouse"],
    )
    connection = duckdb.connect()
    connection.execute(f"SET threads = {settings['engine']['threads']}")
    for uri in sys.argv[2:]:
        for bucket, key, path in objects(settings, uri):
            started = time.perf_counter()
            route = find_route(routes, bucket, key)
            sql = route["query_sql"].replace("{s3_input_path}", str(path).replace("'", "''"))
            rows = connection.execute(sql).to_arrow_table()
            if route.get("transform") == "through":
                rows = pyarrow.Table.from_pandas(rows.to_pandas(), schema=rows.schema)
            catalog.load_table(route["target_table"]).append(rows)
            milliseconds = round((time.perf_counter() - started) * 1000, 1)
            line = {"file": f"s3://{bucket}/{key}", "state": "LOADED", "rows": rows.num_rows,
                    "milliseconds": milliseconds}  # fmt: skip
            print(json.dumps(line))


if __name__ == "__main__":
    main()
