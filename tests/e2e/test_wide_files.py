"""Files of very many columns: they load within the memory that is there, or are refused early, in
words, because DuckDB makes room for 2,048 values of each column (docs/readers.md).
"""

import io

import pyarrow
import pyarrow.parquet as pq
import pytest


def names(columns: int) -> list[str]:
    return [f"c{i}" for i in range(columns)]


def csv(columns: int) -> bytes:
    lines = [names(columns), *([str(i + k) for i in range(columns)] for k in (0, 1))]
    return "".join(",".join(line) + "\n" for line in lines).encode()


def json(columns: int) -> bytes:
    rows = [",".join(f'"c{i}":{i + k}' for i in range(columns)) for k in (0, 1)]
    return "".join("{" + row + "}\n" for row in rows).encode()


def parquet(columns: int) -> bytes:
    made = io.BytesIO()
    numbers = {name: pyarrow.array([i, i + 1]) for i, name in enumerate(names(columns))}
    pq.write_table(pyarrow.table(numbers), made)
    return made.getvalue()


FORMATS = {"csv": csv, "json": json, "parquet": parquet}


def put(lake, kind: str, columns: int) -> str:
    lake.route("src-a", "t.t", f"SELECT * FROM read_{kind}('{{s3_input_path}}')")
    return lake.put_bytes("src-a", f"x.{kind}", FORMATS[kind](columns))


@pytest.mark.parametrize("kind", FORMATS)
def test_20_000_columns_are_refused_before_the_query_where_the_memory_cannot_hold_them(lake, kind):
    """They ran out of memory after a minute, in words that did not speak of columns."""
    lake.configure(engine="memory_limit: 1GiB, threads: 2")
    (line,) = lake.run(put(lake, kind, 20_000)).files
    assert (line["state"], line["code"]) == ("FAILED", "out_of_memory")
    for word in ("the 20000 columns", "need at least", "the limit is 1024 MiB",
                 "engine.memory_limit", f"x.{kind}"):  # fmt: skip
        assert word in line["error"], line["error"]
    assert lake.eider("table", "list").stdout == ""


@pytest.mark.parametrize(("kind", "columns", "limit"),
                         [("csv", 4_000, "800MiB"), ("json", 6_000, "700MiB")])  # fmt: skip
def test_columns_that_leave_memory_for_one_thread_are_read_by_one(lake, kind, columns, limit):
    """Two threads ran out of it: each has room for all columns."""
    lake.configure(engine=f"memory_limit: {limit}, threads: 2")
    uri = put(lake, kind, columns)
    lake.load(uri)
    lake.load(uri, "--force")  # into the table that is there now
    written = list(lake.warehouse.rglob("*.parquet"))
    assert len(written) == 2
    for path in written:
        rows = pq.read_table(path).to_pylist()
        assert [list(row.values()) for row in rows] == [
            [i + k for i in range(columns)] for k in (0, 1)]  # fmt: skip
