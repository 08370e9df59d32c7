"""Eider on a Spark of two cores: beside Eider without it, and beside Spark's own writer."""

import os
import sys
from pathlib import Path

from child import Measured, measure
from halves_case import CROWD_FILES, check, in_halves
from report import Row

HERE = Path(__file__).parent
SCRIPT = HERE.parent / "deploy" / "spark" / "eider_spark.py"
APPEND = HERE / "spark_append.py"
SUBMIT = Path(sys.executable).with_name("spark-submit")


def spark(bench) -> None:
    on_spark, alone = bench.in_turn(
        lambda: by_eider(bench, "crowd"), lambda: in_halves(bench, "crowd"), bench.rounds
    )
    check("crowd", on_spark, alone)
    shares = [(done.seconds - sum(half.seconds for half in halves)) * 1e3 / CROWD_FILES
              for (done, _), (halves, _) in zip(on_spark, alone, strict=True)]  # fmt: skip
    bench.results.add(Row(f"Spark's share of {CROWD_FILES:,} files, each", "ms", shares, [20.0],
                          "20 ms", "≤ 1", "eider / other"))  # fmt: skip
    ours, theirs = bench.in_turn(
        lambda: by_eider(bench, "many"), lambda: by_spark(bench), bench.rounds
    )
    rows = {found["many"]["rows"] for _, found in ours + theirs}
    if len(rows) != 1 or 0 in rows:
        raise SystemExit(f"bench: the two sides did not do the same job: {rows} rows")
    bench.results.add(Row("300 small files on Spark", "ms",
                          [done.seconds * 1e3 for done, _ in ours],
                          [done.seconds * 1e3 for done, _ in theirs],
                          "Spark's own writer", "≥ 1"))  # fmt: skip


def by_eider(bench, bucket: str) -> tuple[Measured, dict]:
    lake = bench.lake()
    done = submit({}, SCRIPT, f"s3://{bucket}/", "--to", f"file://{lake}/prepared/",
                  "--config", lake / "eider.yaml", "--eider", bench.eider)  # fmt: skip
    return done, bench.close(lake)


def by_spark(bench) -> tuple[Measured, dict]:
    lake = bench.lake()
    jars = sorted(Path(os.environ["EIDER_JARS"]).glob("*.jar"))
    catalog = "spark.sql.catalog.lake"
    settings = {"spark.jars": ",".join(map(str, jars)),
                catalog: "org.apache.iceberg.spark.SparkCatalog",
                f"{catalog}.type": "jdbc",
                f"{catalog}.uri": f"jdbc:sqlite:{lake}/catalog.db",
                f"{catalog}.jdbc.schema-version": "V1",
                f"{catalog}.jdbc.init-catalog-tables": "false",
                f"{catalog}.warehouse": f"file://{lake}/warehouse",
                f"{catalog}.io-impl": "org.apache.iceberg.hadoop.HadoopFileIO"}  # fmt: skip
    done = submit(settings, APPEND, bench.inputs / "many", "lake.bench.many")
    return done, bench.close(lake)


def submit(settings: dict[str, str], *command: object) -> Measured:
    local = {"spark.master": "local[2]", "spark.driver.bindAddress": "127.0.0.1",
             "spark.driver.host": "127.0.0.1", "spark.ui.enabled": "false",
             "spark.log.level": "ERROR"}  # fmt: skip
    pairs = [("--conf", f"{name}={value}") for name, value in (local | settings).items()]
    options = [word for pair in pairs for word in pair]
    mine = {name: value for name, value in os.environ.items() if not name.startswith("EIDER_")}
    return measure([str(SUBMIT), *options, *map(str, command)],
                   mine | {"PYSPARK_PYTHON": sys.executable})  # fmt: skip
