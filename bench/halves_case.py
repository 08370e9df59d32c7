"""A load in two halves against the same in one, and the commit of many records by itself."""

from child import Measured, measure
from report import Row

CASES = (
    ("halves", "2,000 files of 10,000 rows", "≤ 1.15"),
    ("crowd", "10,000 files of 200 rows", ""),
)
CROWD_FILES = 10_000


def halves(bench) -> None:
    for bucket, name, expected in CASES:
        ours, whole = bench.in_turn(
            lambda bucket=bucket: in_halves(bench, bucket),
            lambda bucket=bucket: bench.run_eider(f"s3://{bucket}/"),
            bench.rounds,
        )
        check(bucket, ours, whole)
        sums = [prepared.seconds + committed.seconds for (prepared, committed), _ in ours]
        bench.results.add(Row(f"{name}: prepare and commit", "ms", [each * 1e3 for each in sums],
                              [done.seconds * 1e3 for done, _ in whole], "run", expected,
                              "eider / other"))  # fmt: skip
    (_, committed), found = in_halves(bench, "crowd", "--engine-group-files", "1")
    check("crowd", [((), found)], whole)
    bench.results.add(Row(f"commit of {CROWD_FILES:,} records into one table", "ms",
                          [committed.seconds * 1e3], [2_000.0], "two seconds", "≤ 1",
                          "eider / other"))  # fmt: skip
    bench.results.add(Row(f"commit of {CROWD_FILES:,} records into one table: peak memory", "MiB",
                          [committed.peak_mib], [300.0], "300 MiB", "≤ 1",
                          "eider / other"))  # fmt: skip


def in_halves(bench, bucket: str, *options: str) -> tuple[tuple[Measured, Measured], dict]:
    lake = bench.lake()
    config = ["--config", str(lake / "eider.yaml")]
    place = str(lake / "prepared")
    prepared = measure([bench.eider, "prepare", "--json", *config, *options, f"s3://{bucket}/",
                        "--to", place])  # fmt: skip
    committed = measure([bench.eider, "commit", "--json", *config, place])
    return (prepared, committed), bench.close(lake)


def check(table: str, *sides: list) -> None:
    rows = {found[table]["rows"] for side in sides for _, found in side}
    if len(rows) != 1 or 0 in rows:
        raise SystemExit(f"bench: the two ways did not do the same job: {rows} rows")
