"""Odd CSV, JSON and Parquet files, made from a seed: what is loaded equals what an independent
reader finds in them, a whole file is never refused, and every other one is FAILED.

EIDER_ODD_FILES sets how many are made, EIDER_ODD_SEED the seed; EIDER_ODD_ONLY, as csv/12, makes
that one file alone. `./dev test --long` makes 100,000.
"""

import os
import random
from collections import Counter

import pyarrow
import pyarrow.parquet as pq
import pytest

from odd import csv_files, json_files, parquet_files
from odd.fits import fits
from odd.odd_file import OddFile
from odd.values import TYPED, same_value

FILES = int(os.environ.get("EIDER_ODD_FILES", "1000"))
SEED = os.environ.get("EIDER_ODD_SEED", "20261128")
ONLY = os.environ.get("EIDER_ODD_ONLY", "")
BATCH = 500  # files of one lake, so of one call
MAKERS = {
    "csv": (0.45, csv_files.make_csv),
    "json": (0.35, json_files.make_json),
    "parquet": (0.20, parquet_files.make_parquet),
}
WITH_COLUMNS = "SELECT '{s3_input_path}' AS f, %s FROM %s('{s3_input_path}')"
WITH_TYPES = (
    "SELECT '{s3_input_path}' AS f, typeof(a) AS ta, a::VARCHAR AS a, typeof(b) AS tb,"
    " b::VARCHAR AS b, typeof(c) AS tc, c::VARCHAR AS c FROM %s('{s3_input_path}')"
)


def batches() -> list[tuple[str, list[int]]]:
    """The kinds of files and the numbers of each that go into one lake."""
    if ONLY:
        kind, number = ONLY.split("/")
        return [(kind, [int(number)])]
    made = []
    for kind, (share, _) in MAKERS.items():
        numbers = list(range(round(FILES * share)))
        made += [(kind, numbers[at : at + BATCH]) for at in range(0, len(numbers), BATCH)]
    return made


# -- the routes and their tables ----------------------------------------


def columns_sql(columns) -> str:
    """No row, of these columns with their types."""
    return ", ".join(f"CAST(NULL AS {kind}) AS {name}" for name, kind, _ in columns)


def add_route(lake, key: str, sql: str, columns: str):
    """A route, and its table with one row."""
    making = f"SELECT 'first' AS f, {columns} FROM read_parquet('{{s3_input_path}}')"
    table = f"t.{key.replace('-', '_')}"
    lake.route(key, table, making)
    lake.load(lake.put("src-a", f"{key}/first.parquet", "SELECT 1 AS one"))
    lake.route(key, table, sql)


def add_routes(lake, kind: str):
    """Those of each shape but of new tables."""
    lake.configure(engine="memory_limit: 512MiB, threads: 2")
    if kind == "parquet":
        columns = columns_sql(parquet_files.COLUMNS)
        add_route(lake, kind, WITH_COLUMNS % ("*", "read_parquet"), columns)
        return
    reader = f"read_{kind}"
    guessed = ", ".join(f"'' AS {name}" for name in ("ta", "a", "tb", "b", "tc", "c"))
    names = ", ".join(name for name, _, _ in TYPED)
    add_route(lake, f"{kind}-text", WITH_COLUMNS % ("a, b, c", reader), "'' AS a, '' AS b, '' AS c")
    add_route(lake, f"{kind}-typed", WITH_COLUMNS % (names, reader), columns_sql(TYPED))
    add_route(lake, f"{kind}-guess", WITH_TYPES % reader, guessed)


def put(lake, kind: str, number: int, file: OddFile) -> str:
    """Writes the file into its route's folder; returns its key."""
    folder = file.shape
    if file.shape == "new":
        folder = f"new-{kind}-{number}"
        lake.route(folder, f"t.new_{number}", f"SELECT * FROM read_{kind}('{{s3_input_path}}')")
    key = f"{folder}/n{number:06}{file.suffix}"
    lake.put_bytes("src-a", key, file.data)
    return key


# -- what is in the tables ----------------------------------------


def found_rows(lake, kind: str) -> dict[str, Counter]:
    """The rows of the tables that have a column for the file's name, by that name."""
    found: dict[str, Counter] = {}
    endings = [""] if kind == "parquet" else ["-text", "-typed", "-guess"]
    for shape in (kind + ending for ending in endings):
        table = lake.table(f"t.{shape.replace('-', '_')}").scan().to_arrow()
        files = table["f"].to_pylist()
        if kind == "parquet":
            rows = parquet_files.rows_of(table)
        else:
            names = [name for name in table.column_names if name != "f"]
            rows = zip(*(map(comparable, table[name].to_pylist()) for name in names), strict=True)
        for file, row in zip(files, rows, strict=True):
            found.setdefault(file.rpartition("/")[2], Counter())[row] += 1
    return found


def comparable(value):
    """NaN equals itself, and zeros are one: DuckDB's writer keeps one of both signs in a page."""
    return repr(value + 0.0) if isinstance(value, float) else value


def by_types(file: OddFile, found: Counter) -> tuple[OddFile, Counter]:
    """Both sides as values of the types that the columns have in that file."""
    if not found:
        return file, found
    types = next(iter(found))[::2]
    seen = Counter()
    for row, count in found.items():
        assert row[::2] == types, f"one column has two types: {row[::2]}, {types}"
        seen[tuple(map(as_value, types, row[1::2]))] += count
    written = json_files.token_value if file.shape.startswith("json") else same_value
    file.rows = [tuple(map(written, types, row)) for row in file.rows]
    return file, seen


def as_value(type_name: str, text: str | None):
    if type_name == "JSON":
        return json_files.token_value(type_name, text)
    return same_value(type_name, text)


def new_table(lake, number: int) -> pyarrow.Table | None:
    """Of its data files alone: PyIceberg's scan makes an empty list of a null list of structs."""
    catalog = lake.pyiceberg()
    name = f"t.new_{number}"
    if not catalog.table_exists(name):
        return None
    files = [task.file.file_path for task in catalog.load_table(name).scan().plan_files()]
    return pyarrow.concat_tables(pq.read_table(file.removeprefix("file://")) for file in files)


def fault_of_new_table(lake, file: OddFile, number: int, loaded: bool, error: str) -> str | None:
    table = new_table(lake, number)
    if not loaded or file.must == "fail" or table is None:
        return file.fault(loaded, Counter(["a table"] if table else []), error)
    rows = sorted(table.to_pylist(), key=lambda row: row.get("n", 0))
    names = ["n", "a", "b", "c"] if file.suffix.startswith(".json") else ["a", "b", "c"]
    if len(rows) != len(file.rows):
        return f"is LOADED with {len(rows)} rows of {len(file.rows)}"
    for written, found in zip(file.rows, rows, strict=True):
        cells = [found.get(name) for name in names[: len(written)]]
        if not all(map(fits, written, cells)):
            return f"is LOADED with {cells} ({table.schema}) and not {written}"
    return None


# -- the test ----------------------------------------


@pytest.mark.parametrize(("kind", "numbers"), batches(),
                         ids=[f"{kind}-{numbers[0]}" for kind, numbers in batches()])  # fmt: skip
def test_odd_files_are_right_or_failed(lake, kind, numbers):
    add_routes(lake, kind)
    make = MAKERS[kind][1]
    files = {number: make(random.Random(f"{SEED}/{kind}/{number}")) for number in numbers}
    keys = {number: put(lake, kind, number, file) for number, file in files.items()}
    done = lake.run("s3://src-a/")
    lines = {line["file"].rpartition("/")[2]: line for line in done.files}
    found = found_rows(lake, kind)
    wrong = []
    for number, file in files.items():
        name = keys[number].rpartition("/")[2]
        line = lines[name]
        loaded = line["state"] == "LOADED"
        if file.shape == "new":
            fault = fault_of_new_table(lake, file, number, loaded, line.get("error", ""))
        else:
            rows = found.get(name, Counter())
            compared, rows = by_types(file, rows) if "guess" in file.shape else (file, rows)
            fault = compared.fault(loaded, rows, line.get("error", ""))
        if fault:
            again = f"EIDER_ODD_SEED={SEED} EIDER_ODD_ONLY={kind}/{number}"
            wrong.append(f"{again} ({file.shape}, {file.what}) {fault}"[:1500])
    told = "\n".join(wrong[:20])
    assert not wrong, f"{len(wrong)} of {len(files)} files:\n{told}"
