"""Mutants of good files beside good ones: whatever the bytes, the others are loaded.

The seed is EIDER_MUTANTS_SEED (a fixed one otherwise), EIDER_MUTANTS multiplies their number.
"""

import gzip
import json
import os
import random
from pathlib import Path

import duckdb
import pytest

SEED = int(os.environ.get("EIDER_MUTANTS_SEED", "20261127"))
TIMES = int(os.environ.get("EIDER_MUTANTS", "1"))
ROWS = (
    "SELECT range AS id, 'n' || range % 7 AS name, [range, NULL] AS l, {'a': range} AS s, "
    "DATE '2026-01-01' AS d FROM range(500)"
)
KINDS = {
    "parquet": (300, "read_parquet"),
    "csv": (150, "read_csv"),
    "json": (150, "read_json"),
}


def mutant(good: bytes, rng: random.Random) -> bytes:
    """One to four small damages."""
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


def good_file(kind: str, folder) -> bytes:
    path = folder / f"good.{kind}"
    options = {"parquet": "FORMAT parquet", "csv": "FORMAT csv", "json": "FORMAT json"}[kind]
    rows = ROWS if kind != "csv" else "SELECT range AS id, 'n' || range % 7 AS name FROM range(500)"
    duckdb.sql(f"COPY ({rows}) TO '{path}' ({options})")
    return path.read_bytes()


@pytest.mark.parametrize("kind", KINDS)
def test_mutants_fail_alone(lake, kind):
    count, reader = KINDS[kind]
    again = f"EIDER_MUTANTS_SEED={SEED} EIDER_MUTANTS={TIMES}: {kind}"
    rng = random.Random(f"{SEED} {kind}")
    lake.route("src-a", "bronze.mutants", f"SELECT id, name FROM {reader}('{{s3_input_path}}')")
    good = good_file(kind, lake.folder)
    folder = lake.path("src-a", "")
    for i in range(count * TIMES):
        (folder / f"m{i:05}.{kind}").write_bytes(mutant(good, rng))
        if i % 10 == 0:
            (folder / f"good{i:05}.{kind}").write_bytes(good)
    outcome = lake.run("s3://src-a/")
    ended = f"{again}: exit {outcome.exit_code}: {outcome.stderr[-2000:]}"
    assert outcome.exit_code in (0, 1), ended
    states = {line["file"].rsplit("/", 1)[1]: line for line in outcome.files}
    assert len(states) == count * TIMES + -(-count * TIMES // 10), again
    for name, line in states.items():
        if name.startswith("good"):
            assert line["state"] == "LOADED", f"{again}: {name}: {line}"
        else:
            assert line["state"] == "LOADED" or line["error"], f"{again}: {name}: {line}"


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


def test_a_page_header_that_crashes_duckdb_fails_alone(lake):
    """Seen: SIGSEGV; see docs/duckdb-crashes.md."""
    poison = Path(__file__).parents[1] / "golden/poison/page_header_past_prefetch.parquet"
    lake.route("src-a", "bronze.rows", "SELECT id, name FROM read_parquet('{s3_input_path}')")
    lake.put_bytes("src-a", "poison.parquet", poison.read_bytes())
    lake.put("src-a", "good.parquet", ROWS)
    outcome = lake.run("s3://src-a/")
    assert outcome.exit_code == 1, outcome.stderr
    assert outcome.file("good.parquet")["state"] == "LOADED"
    assert outcome.file("poison.parquet")["state"] == "FAILED"
