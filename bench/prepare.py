"""What the benchmark needs of DuckDB and PyIceberg, kept out of the measuring process.

    python prepare.py inputs FOLDER           the input files, once
    python prepare.py lake FOLDER INPUTS      a lake whose tables are there and empty
    python prepare.py forget FOLDER KEY       no old metadata files of that route's table
    python prepare.py rows FOLDER             how many rows, files and snapshots its tables have
    python prepare.py copy INPUT OUTPUT       DuckDB's own COPY of the large query; its time inside
    python prepare.py copy-text INPUT OUTPUT [OPTIONS]
                                              the same of a text file as DuckDB's reader guesses it,
                                              or with OPTIONS, and cast
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
HALVES_FILES = 2_000
CROWD_FILES, CROWD_ROWS = 10_000, 200
COMMIT_PARTS = {"first": 5, "early": 10, "fill": 480, "late": 10}  # snapshots 6–15 and 496–505
WIDE_COLUMNS = 200
SHOPS = 10
HERE = Path(__file__).parent
GIANT_BYTES = 1_000_000_000
QUERY = "SELECT * FROM read_parquet('{s3_input_path}') WHERE id % 10 <> 3"
TEXT_ROWS = {"csv": 970_000, "json": 450_000}  # of about 50 MB
TEXT_QUERY = "SELECT * FROM read_{kind}('{{s3_input_path}}')"
# The CSV with times over 30 days and customers of whom there are 1,000, both in no order, and what
# its tables are partitioned by; nothing: not at all.
SCATTERED = """
SELECT id, customer % 1000 AS customer, amount, state, is_gift,
       TIMESTAMP '2024-01-01' + to_seconds(customer * 52) AS ordered_at
FROM read_csv('{s3_input_path}')
"""
SPECS = {"whole": None, "by_day": ("ordered_at", "day"), "by_bucket": ("id", "bucket[16]"),
         "by_customer": ("customer", "identity")}  # fmt: skip

NARROW = """
SELECT range AS id, (random() * 50000)::INTEGER AS customer,
       (random() * 10000)::DECIMAL(9, 2) AS amount,
       ['new', 'paid', 'sent', 'returned'][1 + (random() * 3)::INTEGER] AS state,
       TIMESTAMP '2024-01-01' + INTERVAL (range) SECOND AS ordered_at
FROM range({rows})
"""
# Six types, which are those that DuckDB guesses of their texts too.
TEXT_TYPES = {"id": "BIGINT", "customer": "BIGINT", "amount": "DOUBLE", "state": "VARCHAR",
              "is_gift": "BOOLEAN", "ordered_at": "TIMESTAMP"}  # fmt: skip
OF_TEXTS = f"""
SELECT {", ".join(f"{name}::{kind} AS {name}" for name, kind in TEXT_TYPES.items())}
FROM (SELECT *, random() < 0.5 AS is_gift FROM ({NARROW}))
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
        for kind, rows in TEXT_ROWS.items():
            text_of(folder, kind).parent.mkdir(parents=True, exist_ok=True)
            query = OF_TEXTS.format(rows=rows)
            connection.execute(f"COPY ({query}) TO '{text_of(folder, kind)}' (FORMAT {kind})")
        (folder / "crowd").mkdir()
        for number in range(CROWD_FILES):
            rows = f"SELECT * FROM ({NARROW.format(rows=CROWD_ROWS)})"
            target = folder / f"crowd/{number:05}.parquet"
            connection.execute(f"COPY ({rows}) TO '{target}' (FORMAT parquet)")
    groups = {"many": SMALL_FILES, "halves": HALVES_FILES}
    groups |= {f"commits/{part}": n for part, n in COMMIT_PARTS.items()}
    for group, count in groups.items():
        (folder / group).mkdir(parents=True)
        for number in range(count):
            shutil.copy(folder / "small/small.parquet", folder / group / f"{number:03}.parquet")
    sizes = {kind: (folder / kind / f"{kind}.parquet").stat().st_size for kind in ROWS}
    return sizes | {kind: text_of(folder, kind).stat().st_size for kind in TEXT_ROWS}


def make_giants(folder: Path) -> dict:
    """A gigabyte each: the large file and the CSV, again and again."""
    large = folder / "large" / "large.parquet"
    times = GIANT_BYTES // large.stat().st_size + 1
    giant = folder / "large" / "giant.parquet"
    with duckdb.connect() as connection:
        connection.execute(f"SET threads = {THREADS}")
        rows = f"FROM read_parquet({[str(large)] * times})"
        connection.execute(f"COPY ({rows}) TO '{giant}' (FORMAT parquet)")
    header, _, body = text_of(folder, "csv").read_bytes().partition(b"\n")
    text = folder / "csv" / "giant.csv"
    with text.open("wb") as out:
        out.write(header + b"\n")
        for _ in range(GIANT_BYTES // len(body) + 1):
            out.write(body)
    return {"Parquet": giant.stat().st_size, "CSV": text.stat().st_size}


def text_of(folder: Path, kind: str) -> Path:
    return folder / kind / f"{kind}.{kind}"


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
        {"PartitionKey": key, "target_table": table_of(key), "query_sql": query_of(key)}
        for key in samples
    ]
    (folder / "eider.yaml").write_text(json.dumps(settings, indent=1))
    one_by_one = settings | {"commit": {"max_files": 1}}
    (folder / "one_by_one.yaml").write_text(json.dumps(one_by_one, indent=1))
    fan_out = settings | {"routing": settings["routing"] | {"strategies": ["column:shop"]}}
    (folder / "fan_out.yaml").write_text(json.dumps(fan_out, indent=1))
    add_through(folder, settings, routes)
    (folder / "routes.yaml").write_text(json.dumps({"routes": routes}, indent=1))
    catalog = SqlCatalog(CATALOG, uri=settings["catalog"]["uri"], warehouse=settings["warehouse"])
    catalog.create_namespace("bench")
    for key, bucket in samples.items():
        rows = OF_TEXTS.format(rows=0)
        if bucket not in TEXT_ROWS:
            rows = f"FROM '{next((inputs / bucket).rglob('*.parquet'))}'"
        schema = duckdb.sql(f"FROM ({rows}) LIMIT 0").to_arrow_table().schema
        catalog.create_table(table_of(key), schema=schema)
    for name, spec in SPECS.items():
        add_partitioned(folder, settings, catalog, name, spec)
    return {}


def add_through(folder: Path, settings: dict, routes: list[dict]) -> None:
    """A configuration by which rows go through a plug-in, and one that reads each file alone."""
    alone = settings | {"engine": settings["engine"] | {"group_files": 1}}
    (folder / "alone.yaml").write_text(json.dumps(alone, indent=1))
    path = {"PYTHONPATH": str(HERE.parent / "deploy/plugin/python")}
    program = {"command": [sys.executable, str(HERE / "through.py")], "environment": path}
    through = settings | {"plugins": {"through": program}}
    through["routing"] = settings["routing"] | {"path": f"{folder}/through_routes.yaml"}
    (folder / "through.yaml").write_text(json.dumps(through, indent=1))
    routed = [route | {"transform": "through"} for route in routes]
    (folder / "through_routes.yaml").write_text(json.dumps({"routes": routed}, indent=1))


def add_partitioned(folder: Path, settings: dict, catalog, name: str, spec) -> None:
    """Table bench.NAME, and a configuration of that name by which the CSV goes there."""
    from pyiceberg.partitioning import PartitionField, PartitionSpec
    from pyiceberg.transforms import parse_transform

    table = table_of(name)
    catalog.create_table(table, schema=catalog.load_table(table_of("csv")).schema())
    if spec is not None:
        schema = catalog.load_table(table).schema()
        source = schema.find_field(spec[0]).field_id
        catalog.drop_table(table)
        field = PartitionField(source, 1000, parse_transform(spec[1]), "part")
        catalog.create_table(table, schema=schema, partition_spec=PartitionSpec(field))
    routing = settings["routing"] | {"path": f"{folder}/{name}_routes.yaml"}
    route = {"PartitionKey": "csv", "target_table": table, "query_sql": SCATTERED}
    (folder / f"{name}_routes.yaml").write_text(json.dumps({"routes": [route]}, indent=1))
    (folder / f"{name}.yaml").write_text(json.dumps(settings | {"routing": routing}, indent=1))


def query_of(key: str) -> str:
    return TEXT_QUERY.format(kind=key) if key in TEXT_ROWS else QUERY


def table_of(key: str) -> str:
    return "bench." + key.replace("-", "_")


def forget_metadata(folder: Path, key: Path) -> dict:
    """Has the table of that key keep its last metadata files only: 10,000 are 40 GB."""
    from pyiceberg.catalog.sql import SqlCatalog

    catalog = SqlCatalog(CATALOG, uri=f"sqlite:///{folder}/catalog.db")
    with catalog.load_table(table_of(key.name)).transaction() as change:
        change.set_properties({"write.metadata.delete-after-commit.enabled": "true",
                               "write.metadata.previous-versions-max": "10"})  # fmt: skip
    return {}


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


def copy(source: str, target: str) -> dict:
    return timed_copy(QUERY.replace("{s3_input_path}", source), target)


def copy_text(source: str, target: str, options: str = "") -> dict:
    kind = Path(source).parent.name
    if not options:
        return timed_copy(f"FROM read_{kind}('{source}')", target)
    casts = ", ".join(f"{name}::{to} AS {name}" for name, to in TEXT_TYPES.items())
    return timed_copy(f"SELECT {casts} FROM read_{kind}('{source}', {options})", target)


def timed_copy(query: str, target: str) -> dict:
    started, cpu_started = time.perf_counter(), time.process_time()
    connection = duckdb.connect()
    connection.execute(f"SET threads = {THREADS}")
    connection.execute("SET enable_progress_bar = false")
    connection.execute(f"COPY ({query}) TO '{target}' (FORMAT parquet, CODEC zstd)")
    connection.close()
    return {
        "milliseconds": round((time.perf_counter() - started) * 1000, 1),
        "cpu_milliseconds": round((time.process_time() - cpu_started) * 1000, 1),
    }


def versions(*_) -> dict:
    return {name: version(name) for name in ("duckdb", "pyarrow", "pyiceberg")}


STEPS = {"inputs": make_inputs, "giants": make_giants, "lake": make_lake, "forget": forget_metadata,
         "rows": count_rows, "versions": versions}  # fmt: skip
COPIES = {"copy": copy, "copy-text": copy_text}

if __name__ == "__main__":
    step, arguments = sys.argv[1], sys.argv[2:]
    done = COPIES[step](*arguments) if step in COPIES else STEPS[step](*map(Path, arguments))
    print(json.dumps(done))
