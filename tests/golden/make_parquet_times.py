"""Makes tests/golden/parquet: two files with times in nanoseconds and a zone.

    python tests/golden/make_parquet_times.py

nanos_whole.parquet has the microsecond 2024-01-01 00:00:00.000001, nanos_cut.parquet the nanosecond
after it, which no table keeps. Their schemas are the same.
"""

import pathlib

import pyarrow
import pyarrow.parquet

FOLDER = pathlib.Path(__file__).parent / "parquet"
MICROSECOND = 1_704_067_200_000_001_000  # in nanoseconds since 1970

for name, nanos in (("nanos_whole", MICROSECOND), ("nanos_cut", MICROSECOND + 1)):
    times = pyarrow.array([nanos], pyarrow.timestamp("ns", tz="UTC"))
    pyarrow.parquet.write_table(pyarrow.table({"at": times}), FOLDER / f"{name}.parquet",
                                version="2.6", compression="none", store_schema=False)
