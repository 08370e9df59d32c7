"""How fast files of each format are read, beside what `overflow` expects of them.

A function hands a file on that would take too long (src/eider/pipeline/overflow.cc). What it
expects must not be faster than what is measured here, by bytes of the file in a second of one
processor.
"""

import gzip
import shutil

from report import Row

EXPECTED = {  # MB a second, as overflow.cc has them
    "Parquet": ("s3://large/large.parquet", 30),
    "CSV": ("s3://csv/csv.csv", 30),
    "JSON lines": ("s3://json/json.json", 30),
    "gzipped CSV": ("s3://csv/csv.csv.gz", 4),
}


def load_speed(bench) -> None:
    packed = bench.inputs / "csv" / "csv.csv.gz"
    with (bench.inputs / "csv" / "csv.csv").open("rb") as plain, gzip.open(packed, "wb") as out:
        shutil.copyfileobj(plain, out)
    try:
        for name, (uri, expected) in EXPECTED.items():
            size = (bench.inputs / uri.removeprefix("s3://")).stat().st_size / 1e6
            runs = [bench.run_eider(uri) for _ in range(bench.rounds + 1)][1:]
            bucket = uri.removeprefix("s3://").split("/")[0]
            if any(found[bucket]["rows"] == 0 for _, found in runs):
                raise SystemExit(f"bench: {uri} was not loaded")
            bench.results.add(Row(f"{name} of {size:.0f} MB, by second of a processor", "MB",
                                  [size / done.cpu_seconds for done, _ in runs], [expected],
                                  "expected by overflow", "≥ 1", "eider / other"))  # fmt: skip
    finally:
        packed.unlink()
