"""Mutants of good files beside good ones: whatever the bytes, nothing dies, the others are loaded.

EIDER_MUTANTS_SEED is the seed (a fixed one otherwise), EIDER_MUTANTS multiplies the number of
mutants, and EIDER_MUTANTS_KEEP names a folder for the bytes of those that kill a reader.
"""

import gzip
import json
import os
import random
from collections import Counter
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

SEED = int(os.environ.get("EIDER_MUTANTS_SEED", "20261127"))
TIMES = int(os.environ.get("EIDER_MUTANTS", "1"))
KEEP = os.environ.get("EIDER_MUTANTS_KEEP")
ROWS = (
    "SELECT range AS id, 'n' || range % 7 AS name, [range, NULL] AS l, {'a': range} AS s, "
    "DATE '2026-01-01' AS d FROM range(500)"
)
ROWS_OF_CSV = "SELECT range AS id, 'n' || range % 7 AS name, DATE '2026-01-01' AS d FROM range(500)"
KINDS = {"parquet": 60, "csv": 75, "json": 60}  # mutants of each good file
GOOD_EACH = 10  # a good file beside so many mutants


def mutant(good: bytes, rng: random.Random) -> bytes:
    """One to four small damages; one in ten is cut off instead."""
    if rng.randrange(10) == 0:
        return good[: rng.randrange(1, len(good))]
    data = bytearray(good)
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(data))
        damage = rng.randrange(5)
        if damage == 0:
            data[at] ^= 1 << rng.randrange(8)
        elif damage == 1:
            data[at] = rng.choice((0, 1, 0x7F, 0x80, 0xFF))
        elif damage == 2:
            del data[at : at + rng.randint(1, 16)]
        elif damage == 3:
            data[at:at] = data[at : at + rng.randint(1, 64)]
        else:
            # A footer and a head are small beside the rows; they get damages of their own.
            from_end = len(data) - 1 - rng.randrange(min(400, len(data)))
            data[rng.choice((rng.randrange(16), from_end)) % len(data)] = rng.randrange(256)
        if not data:
            data = bytearray(good)
    return bytes(data)


def good_files(kind: str, folder: Path) -> list[tuple[str, bytes]]:
    """What the mutants are made of: name endings and bytes, of each writer and encoding."""
    made = folder / "good"

    def by_duckdb(options: str, rows: str = ROWS) -> bytes:
        duckdb.sql(f"COPY ({rows}) TO '{made}' ({options})")
        return made.read_bytes()

    def by_pyarrow(**options) -> bytes:
        pq.write_table(duckdb.sql(ROWS).to_arrow_table(), made, **options)
        return made.read_bytes()

    if kind == "csv":
        csv = by_duckdb("FORMAT csv", ROWS_OF_CSV)
        return [("csv", csv), ("csv.gz", gzip.compress(csv, mtime=0))]
    if kind == "json":
        lines = by_duckdb("FORMAT json")
        array = by_duckdb("FORMAT json, ARRAY true")
        return [("json", lines), ("json", array), ("json.gz", gzip.compress(lines, mtime=0))]
    deltas = {"id": "DELTA_BINARY_PACKED", "name": "DELTA_BYTE_ARRAY"}
    return [("parquet", content) for content in (
        by_duckdb("FORMAT parquet"),
        by_duckdb("FORMAT parquet, COMPRESSION zstd, PARQUET_VERSION v2"),
        by_pyarrow(data_page_size=512),
        by_pyarrow(data_page_version="2.0", compression="gzip", use_dictionary=False),
        by_pyarrow(use_dictionary=False, column_encoding=deltas, compression="none"),
    )]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_mutants_fail_alone(lake, kind):
    again = f"EIDER_MUTANTS_SEED={SEED} EIDER_MUTANTS={TIMES}: {kind}"
    rng = random.Random(f"{SEED} {kind}")
    sql = f"SELECT *, '{{s3_input_path}}' AS source FROM read_{kind}('{{s3_input_path}}')"
    lake.route("src-a", "bronze.mutants", sql)
    folder = lake.path("src-a", "")
    originals = good_files(kind, lake.folder)
    # The table is made by a good file, so that a mutant is held against it.
    first = f"first.{originals[0][0]}"
    (folder / first).write_bytes(originals[0][1])
    lake.load("s3://src-a/")
    for number, (ending, content) in enumerate(originals):
        for i in range(KINDS[kind] * TIMES):
            (folder / f"m{number}n{i:05}.{ending}").write_bytes(mutant(content, rng))
            if i % GOOD_EACH == 0:
                (folder / f"good{number}n{i:05}.{ending}").write_bytes(content)
    outcome = lake.run("s3://src-a/")
    lines = {line["file"].rsplit("/", 1)[1]: line for line in outcome.files}
    killers = [name for name, line in lines.items() if line.get("code") == "READER_CRASHED"]
    for name in killers if KEEP else ():
        Path(KEEP, f"{SEED}-{name}").write_bytes((folder / name).read_bytes())
    assert not killers, f"{again}: {killers}: {outcome.stderr[-2000:]}"
    assert outcome.exit_code in (0, 1), f"{again}: exit {outcome.exit_code}: {outcome.stderr}"
    assert "was ended by" not in outcome.stderr, f"{again}: {outcome.stderr[-4000:]}"
    assert lines.keys() == {path.name for path in folder.iterdir()}, again
    assert lines.pop(first)["state"] == "SKIPPED", again
    for name, line in lines.items():
        if name.startswith("good"):
            assert line["state"] == "LOADED", f"{again}: {name}: {line}"
        elif line["state"] == "FAILED":
            error = json.dumps(line)
            assert line["code"] and line["error"], f"{again}: {name}: {line}"
            assert ".so" not in error and "duckdb::" not in error, f"{again}: {name}: {line}"
        else:
            assert line["state"] == "LOADED", f"{again}: {name}: {line}"
    assert not lake.history("--state", "CLAIMED"), again
    rows = Counter(lake.table("bronze.mutants").scan(selected_fields=("source",)).to_arrow()[
        "source"].to_pylist())  # fmt: skip
    for name, line in lines.items():
        loaded = rows[f"s3://src-a/{name}"]
        if name.startswith("good"):
            assert loaded == 500, f"{again}: {name}: {loaded} rows"
        elif line["state"] == "FAILED":
            assert loaded == 0, f"{again}: {name} is FAILED and has {loaded} rows"


def nested(depth: int) -> str:
    return '{"a":' * depth + "1" + "}" * depth


def test_json_too_deep_for_its_reader_fails_alone(lake):
    lake.route("src-a", "bronze.deep", "SELECT * FROM read_json('{s3_input_path}')")
    folder = lake.path("src-a", "")
    (folder / "a.json").write_text(nested(5000))
    (folder / "b.json.gz").write_bytes(gzip.compress(b"[" * 100_000))
    (folder / "good.json").write_text(json.dumps({"a": 1}))
    outcome = lake.run("s3://src-a/")
    assert outcome.file("good.json")["state"] == "LOADED"
    for name in ("a.json", "b.json.gz"):
        line = outcome.file(name)
        assert line["state"] == "FAILED" and "deeper than 200 levels" in json.dumps(line), line


def test_the_deepest_table_takes_a_second_file(lake):
    """Seen: JSON nested 43 deep was loaded into a table whose metadata could not be read."""
    lake.route("src-a", "bronze.deep", "SELECT * FROM read_json('{s3_input_path}')")
    folder = lake.path("src-a", "")
    # The outermost object is the row, the next the column.
    (folder / "a.json").write_text(nested(65))
    assert lake.run("s3://src-a/a.json").file("a.json")["state"] == "LOADED"
    (folder / "b.json").write_text(nested(65) + "\n")
    assert lake.run("s3://src-a/b.json").file("b.json")["state"] == "LOADED"


def test_a_table_beyond_the_limit_is_not_made(lake):
    lake.route("src-a", "bronze.deeper", "SELECT * FROM read_json('{s3_input_path}')")
    lake.path("src-a", "c.json").write_text(nested(66))
    line = lake.run("s3://src-a/").file("c.json")
    assert line["state"] == "FAILED" and "column 'a' is nested deeper" in json.dumps(line), line
    assert not list(lake.warehouse.rglob("*.metadata.json"))


def load_poison(lake, name: str) -> dict:
    """The line of a file of tests/golden/poison, beside which a good one is loaded."""
    poison = Path(__file__).parents[1] / "golden/poison" / name
    lake.route("src-a", "bronze.rows", "SELECT id, name FROM read_parquet('{s3_input_path}')")
    lake.put_bytes("src-a", "poison.parquet", poison.read_bytes())
    lake.put("src-a", "good.parquet", ROWS)
    outcome = lake.run("s3://src-a/")
    assert outcome.exit_code == 1, outcome.stderr
    assert outcome.file("good.parquet")["state"] == "LOADED"
    assert outcome.file("poison.parquet")["state"] == "FAILED"
    return outcome.file("poison.parquet")


def test_a_page_header_that_crashes_duckdb_fails_alone(lake):
    """Seen: SIGSEGV; see docs/duckdb-crashes.md."""
    load_poison(lake, "page_header_past_prefetch.parquet")


def test_a_delta_header_that_crashes_duckdb_fails_alone(lake):
    """Seen: SIGSEGV, by EIDER_MUTANTS_SEED=4099; see docs/duckdb-crashes.md."""
    line = load_poison(lake, "delta_block_of_no_values.parquet")
    assert line["code"] == "corrupt" and "blocks of 0 differences" in line["error"], line
    assert "column name, row group 0" in line["error"], line


def test_a_delta_header_that_damages_duckdbs_heap_fails_alone(lake):
    """Seen: invalid pointers, by EIDER_MUTANTS_SEED=5043; see docs/duckdb-crashes.md."""
    line = load_poison(lake, "delta_suffixes_of_no_values.parquet")
    assert line["code"] == "corrupt" and "blocks of 0 differences" in line["error"], line
