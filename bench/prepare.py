"""What the benchmark needs of DuckDB and PyIceberg, kept out of the measuring process.

    python prepare.py inputs FOLDER           the input files, once
    python prepare.py lake FOLDER INPUTS      a lake whose tables are there and empty
    python prepare.py rows FOLDER             how many rows, files and snapshots its tables have
    python prepare.py copy INPUT OUTPUT       DuckDB's own COPY of the large query; its time inside
    python prepare.py versions
"""

import json
import shutil
import sys
import time
from importlib.metadata import version
from pathlib import Path

import duckdb

CATALOG = "lake"
THREADS = 2
ROWS = {"small": 10_000, "large": 4_000_000, "wide": 20_000, "shops": 4_000_000}
SMALL_FILES = 300
COMMIT_PARTS = {"first": 5, "early": 10, "fill": 480, "late": 10}  # snapshots 6–15 and 496–505
WIDE_COLUMNS = 200
SHOPS = 10
QUERY = "SELECT * FROM read_parquet('{s3_input_path}') WHERE id % 10 <> 3"

NARROW = """
SELECT range AS id, (random() * 50000)::INTEGER AS customer,
       (random() * 10000)::DECIMAL(9, 2) AS amount,
       ['new', 'paid', 'sent', 'returned'][1 + (random() * 3)::INTEGER] AS state,
       TIMESTAMP '2024-01-01' + INTERVAL (range) SECOND AS ordered_at
FROM range({rows})
"""
# The large file with one column more, whose values are mixed in every row group.
OF_SHOPS = f"SELECT *, 'shop-' || floor(random() * {SHOPS})::INTEGER AS shop FROM ({NARROW})"
WIDE_KINDS = (
    "(random() * 1000)::INTEGER",
    "random()",
    "'value ' || (random() * 100)::INTEGER",
    "DATE '2024-01-01' + (random() * 365)::INTEGER",
    "(random() * 10000)::DECIMAL(9, 2)",
)


def input_query(kind: str) -> str:
    if kind != "wide":
        return (OF_SHOPS if kind == "shops" else NARROW).format(rows=ROWS[kind])
    columns = [f"{WIDE_KINDS[n % len(WIDE_KINDS)]} AS c{n}" for n in range(WIDE_COLUMNS - 1)]
    return f"SELECT range AS id, {', '.join(columns)} FROM range({ROWS['wide']})"


def make_inputs(folder: Path) -> dict:
    """One bucket per case, so that a call of one prefix is one case."""
    with duckdb.connect() as connection:
        connection.execute("SET threads = 1; SELECT setseed(0.5)")
        for kind in ROWS:
            target = folder / kind / f"{kind}.parquet"
            target.parent.mkdir(parents=True, exist_ok=True)
            connection.execute(f"COPY ({input_query(kind)}) TO '{target}' (FORMAT parquet)")
    groups = {"many": SMALL_FILES} | {f"commits/{part}": n for part, n in COMMIT_PARTS.items()}
    for group, count in groups.items():
        (folder / group).mkdir(parents=True)
        for number in range(count):
            shutil.copy(folder / "small/small.parquet", folder / group / f"{number:03}.parquet")
    return {kind: (folder / kind / f"{kind}.parquet").stat().st_size for kind in ROWS}


def make_lake(folder: Path, inputs: Path) -> dict:
    """Configuration and routes as JSON, which is YAML: both stacks read the same files."""
    from pyiceberg.catalog.sql import SqlCatalog

    folder.mkdir(parents=True)
    buckets = {path.name: str(path) for path in sorted(inputs.iterdir())}
    settings = {
        "warehouse": f"file://{folder}/warehouse",
        "catalog": {"name": CATALOG, "type": "sql", "uri": f"sqlite:///{folder}/catalog.db"},
        "routing": {"store": "file", "path": f"{folder}/routes.yaml", "strategies": ["bucket"]},
        "ledger": {"type": "sqlite", "path": f"{folder}/ledger.db"},
        "buckets": buckets,
        "engine": {"memory_limit": "2GiB", "threads": THREADS, "temp_directory": str(folder)},
    }
    samples = {bucket: bucket for bucket in buckets} | {
        f"shop-{number}": "shops" for number in range(SHOPS)
    }
    routes = [
        {"PartitionKey": key, "target_table": table_of(key), "query_sql": QUERY} for key in samples
    ]
    (folder / "eider.yaml").write_text(json.dumps(settings, indent=1))
    one_by_one = settings | {"commit": {"max_files": 1}}
    (folder / "one_by_one.yaml").write_text(json.dumps(one_by_one, indent=1))
    fan_out = settings | {"routing": settings["routing"] | {"strategies": ["column:shop"]}}
    (folder / "fan_out.yaml").write_text(json.dumps(fan_out, indent=1))
    (folder / "routes.yaml").write_text(json.dumps({"routes": routes}, indent=1))
    catalog = SqlCatalog(CATALOG, uri=settings["catalog"]["uri"], warehouse=settings["warehouse"])
    catalog.create_namespace("bench")
    for key, bucket in samples.items():
        first = next((inputs / bucket).rglob("*.parquet"))
        schema = duckdb.sql(f"SELECT * FROM '{first}' LIMIT 0").to_arrow_table().schema
        catalog.create_table(table_of(key), schema=schema)
    return {}


def table_of(key: str) -> str:
    return "bench." + key.replace("-", "_")


def count_rows(folder: Path) -> dict:
    from pyiceberg.catalog.sql import SqlCatalog

    catalog = SqlCatalog(CATALOG, uri=f"sqlite:///{folder}/catalog.db")
    found = {}
    for name in catalog.list_tables("bench"):
        table = catalog.load_table(name)
        files = [task.file for task in table.scan().plan_files()]
        found[name[-1]] = {
            "rows": sum(file.record_count for file in files),
            "files": len(files),
            "snapshots": len(table.metadata.snapshots),
        }
    return found


def copy(source: Path, target: Path) -> dict:
    started = time.perf_counter()
    connection = duckdb.connect()
    connection.execute(f"SET threads = {THREADS}")
    query = QUERY.replace("{s3_input_path}", str(source))
    connection.execute(f"COPY ({query}) TO '{target}' (FORMAT parquet, CODEC zstd)")
    connection.close()
    return {"milliseconds": round((time.perf_counter() - started) * 1000, 1)}


def versions(*_) -> dict:
    return {name: version(name) for name in ("duckdb", "pyarrow", "pyiceberg")}


STEPS = {"inputs": make_inputs, "lake": make_lake, "rows": count_rows, "copy": copy,
         "versions": versions}  # fmt: skip

if __name__ == "__main__":
    print(json.dumps(STEPS[sys.argv[1]](*map(Path, sys.argv[2:]))))
