"""Damaged files among good ones: each is loaded or fails with a reason, and no good one with it.

Made from good files by a seed. EIDER_MUTANTS=N makes N of each format instead of the few of a
normal run, and EIDER_MUTANTS_SEED another series: a failure tells both.
"""

import os
import random

import pytest

MUTANTS = int(os.environ.get("EIDER_MUTANTS", "60"))
SEED = int(os.environ.get("EIDER_MUTANTS_SEED", "1"))
GOOD_FILES = 5
ROWS = ("SELECT range AS id, 'name ' || range AS name, range / 7 AS part, range % 3 = 0 AS flag,"
        " [range, range + 1] AS list, {'a': range} AS item, DATE '2024-01-01' AS day"
        " FROM range(300)")  # fmt: skip
FORMATS = {
    "snappy.parquet": "FORMAT parquet, COMPRESSION snappy, ROW_GROUP_SIZE 100",
    "zstd.parquet": "FORMAT parquet, COMPRESSION zstd",
    "v2.parquet": "FORMAT parquet, PARQUET_VERSION v2, COMPRESSION gzip",
    "csv": "FORMAT csv, HEADER",
    "csv.gz": "FORMAT csv, HEADER, COMPRESSION gzip",
    "jsonl": "FORMAT json",
    "json": "FORMAT json, ARRAY true",
}


def mutant(content: bytes, chance: random.Random) -> bytes:
    """One to four changes, half of them near the end, where Parquet has its footer."""
    changed = bytearray(content)
    for _ in range(chance.randint(1, 4)):
        size = max(len(changed), 1)
        at = chance.randrange(size)
        if chance.random() < 0.5:
            at = max(size - 1 - int(chance.expovariate(1 / 300)), 0)
        length = chance.choice([1, 1, 1, 2, 4, 16, 100])
        kind = chance.choice(["flip", "random", "extreme", "remove", "repeat", "cut"])
        if kind == "flip" and changed:
            changed[at] ^= 1 << chance.randrange(8)
        elif kind == "random":
            changed[at : at + length] = chance.randbytes(length)
        elif kind == "extreme":
            changed[at : at + length] = chance.choice([b"\0", b"\xff", b"\x7f"]) * length
        elif kind == "remove":
            del changed[at : at + length]
        elif kind == "repeat":
            changed[at:at] = changed[at : at + length]
        elif chance.random() < 0.2:
            del changed[at:]
    return bytes(changed)


@pytest.mark.parametrize("ending", FORMATS)
def test_mutants_take_no_good_file_along(lake, ending):
    # Every value of every column is decoded.
    lake.route("src-a", "bronze.rows",
               "SELECT count(*) AS id, max(hash(x)) % 2 AS h FROM '{s3_input_path}' AS x")
    lake.put("src-a", f"good.{ending}", ROWS, FORMATS[ending])
    content = lake.path("src-a", f"good.{ending}").read_bytes()
    for n in range(GOOD_FILES):
        lake.put_bytes("src-a", f"m{n * MUTANTS // GOOD_FILES:05}good.{ending}", content)
    chance = random.Random(f"{SEED} {ending}")
    for n in range(MUTANTS):
        lake.put_bytes("src-a", f"m{n:05}.{ending}", mutant(content, chance))
    done = lake.run("s3://src-a/", EIDER_ENGINE_TIMEOUT_MS="20000",
                    EIDER_ENGINE_MEMORY_LIMIT="512MiB")  # fmt: skip
    repeat = f"EIDER_MUTANTS={MUTANTS} EIDER_MUTANTS_SEED={SEED}, {ending}: {done.stderr}"
    assert done.exit_code in (0, 1), repeat
    assert len(done.files) == GOOD_FILES + 1 + MUTANTS, repeat
    for line in done.files:
        assert line["state"] in ("LOADED", "FAILED"), (line, repeat)
        if "good" in line["file"]:
            assert line["state"] == "LOADED", (line, repeat)
        if line["state"] == "FAILED":
            assert line["code"] and line["error"], (line, repeat)
            assert "Stack Trace" not in line["error"] and ".so" not in line["error"], line
    assert {row["state"] for row in lake.history()} <= {"LOADED", "FAILED"}, repeat
    crashed = [line["file"] for line in done.files if line["code"] == "READER_CRASHED"]
    if crashed:  # survived; for docs/duckdb-crashes.md
        print(f"READER_CRASHED on {crashed}: {repeat}")
