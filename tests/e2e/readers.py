"""The three reference readers of a table, and one form of values in which they can be compared.

Rows come back as lists of plain values sorted by the first column. Floats keep NaN and the sign of
zero, decimals their digits, timestamps with zone are in UTC, maps are sorted pairs.
"""

import datetime
import decimal
import os
import uuid
from pathlib import Path

import duckdb
import duckdb_extension_avro
import duckdb_extension_iceberg
from pyspark.sql import Row, SparkSession

from lake import Lake, sql_text

SPARK_JARS = ("iceberg-spark-runtime-4.0_2.13-1.10.1.jar", "iceberg-aws-bundle-1.10.1.jar",
              "sqlite-jdbc*.jar")  # fmt: skip


def normal(value):
    """One form for what Arrow and Spark call the same value."""
    if isinstance(value, float):
        return f"float:{value!r}"
    if isinstance(value, decimal.Decimal):
        return f"decimal:{value:f}".rstrip("0").rstrip(".")  # all of ours have a point
    if isinstance(value, (bytes, bytearray)):
        return "bytes:" + bytes(value).hex()
    if isinstance(value, uuid.UUID):
        return str(value)
    if isinstance(value, datetime.datetime) and value.tzinfo is not None:
        return value.astimezone(datetime.UTC).replace(tzinfo=None)
    if isinstance(value, Row):
        return {name: normal(child) for name, child in value.asDict().items()}
    if isinstance(value, tuple):
        return tuple(normal(child) for child in value)
    if isinstance(value, list):
        children = [normal(child) for child in value]
        is_map = children and all(isinstance(child, tuple) for child in children)
        return sorted(children, key=repr) if is_map else children
    if isinstance(value, dict):
        return {name: normal(child) for name, child in value.items()}
    return value


def spark_normal(value):
    """As `normal`, with Spark's maps (dicts) told apart from its structs (Rows)."""
    if isinstance(value, Row):
        return {name: spark_normal(child) for name, child in value.asDict().items()}
    if isinstance(value, dict):
        pairs = [(spark_normal(key), spark_normal(child)) for key, child in value.items()]
        return sorted(pairs, key=repr)
    if isinstance(value, list):
        return [spark_normal(child) for child in value]
    return normal(value)


def arrow_rows(table) -> list[list]:
    columns = [[normal(value) for value in column.to_pylist()] for column in table.columns]
    return sorted((list(row) for row in zip(*columns, strict=True)), key=lambda row: row[0])


def duckdb_connection() -> duckdb.DuckDBPyConnection:
    """DuckDB with the iceberg extension of the test environment; no network."""
    connection = duckdb.connect()
    connection.execute("SET threads = 2; SET TimeZone = 'UTC'")
    for module, name in ((duckdb_extension_avro, "avro"), (duckdb_extension_iceberg, "iceberg")):
        folder = Path(module.__file__).parent / "extensions" / f"v{duckdb.__version__}"
        connection.execute(f"LOAD {sql_text(folder / (name + '.duckdb_extension'))}")
    return connection


def source_rows(paths: list[Path], select: str = "*", where: str = "true") -> list[list]:
    """The rows of the input files by DuckDB's own reader: what the others must agree with."""
    files = "[" + ", ".join(sql_text(path) for path in paths) + "]"
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        query = f"SELECT {select} FROM read_parquet({files}) WHERE {where}"
        return arrow_rows(connection.execute(query).to_arrow_table())


def pyiceberg_rows(lake: Lake, table: str, row_filter="true", fields=("*",)) -> list[list]:
    scan = lake.table(table).scan(row_filter=row_filter, selected_fields=tuple(fields))
    return arrow_rows(scan.to_arrow())


def iceberg_scan(lake: Lake, table: str) -> str:
    return f"iceberg_scan({sql_text(lake.table(table).metadata_location)})"


def duckdb_rows(lake: Lake, table: str, select: str = "*", where: str = "true") -> list[list]:
    with duckdb_connection() as connection:
        query = f"SELECT {select} FROM {iceberg_scan(lake, table)} WHERE {where}"
        return arrow_rows(connection.execute(query).to_arrow_table())


class Spark:
    """One local session for all tests; a lake is a catalog of it, under the lake's own name."""

    def __init__(self):
        self.attached: set[str] = set()
        folder = Path(os.environ.get("EIDER_JARS", ""))
        jars = [str(path) for pattern in SPARK_JARS for path in sorted(folder.glob(pattern))]
        if len(jars) < len(SPARK_JARS):
            raise RuntimeError(f"EIDER_JARS must name a folder with {SPARK_JARS}, is: '{folder}'")
        self.session = (
            SparkSession.builder.master("local[2]")
            .config("spark.jars", ",".join(jars))
            .config("spark.driver.bindAddress", "127.0.0.1")
            .config("spark.driver.host", "127.0.0.1")
            .config("spark.driver.memory", "1g")
            .config("spark.driver.extraJavaOptions", "-Duser.timezone=UTC")
            .config("spark.sql.session.timeZone", "UTC")
            .config("spark.sql.shuffle.partitions", "2")
            .config("spark.sql.extensions",
                    "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions")
            .config("spark.ui.enabled", "false")
            .config("spark.log.level", "ERROR")
            .getOrCreate()
        )

    def attach(self, lake: Lake):
        if lake.name in self.attached:
            return
        self.attached.add(lake.name)
        prefix = f"spark.sql.catalog.{lake.name}"
        for key, value in {
            "": "org.apache.iceberg.spark.SparkCatalog",
            ".type": "jdbc",
            ".uri": f"jdbc:sqlite:{lake.catalog_path}",
            ".jdbc.schema-version": "V1",
            # Where the tables are there, JdbcCatalog's look for them leaves a lock on the database.
            ".jdbc.init-catalog-tables": "false" if lake.catalog_path.exists() else "true",
            ".cache-enabled": "false",
            **lake.spark_settings(),
        }.items():
            self.session.conf.set(prefix + key, value)

    def sql(self, lake: Lake, text: str) -> list[Row]:
        """Runs the statement; `{lake}` in it is the lake's catalog."""
        self.attach(lake)
        return self.session.sql(text.replace("{lake}", lake.name)).collect()

    def rows(self, lake: Lake, table: str, select: str = "*", where: str = "true") -> list[list]:
        found = self.sql(lake, f"SELECT {select} FROM {{lake}}.{table} WHERE {where}")
        plain = [[spark_normal(value) for value in row] for row in found]
        return sorted(plain, key=lambda row: row[0])

    def stop(self):
        self.session.stop()
