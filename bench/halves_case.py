"""A load in two halves against the same in one, and the commit of many records by itself."""

from child import Measured, measure
from report import Row

FILES = 10_000


def halves(bench) -> None:
    ours, whole = bench.in_turn(
        lambda: in_halves(bench), lambda: bench.run_eider("s3://crowd/"), bench.rounds
    )
    check(ours, whole)
    sums = [prepared.seconds + committed.seconds for (prepared, committed), _ in ours]
    name = f"{FILES:,} files of 200 rows"
    bench.results.add(Row(f"{name}: prepare and commit", "ms", [each * 1e3 for each in sums],
                          [done.seconds * 1e3 for done, _ in whole], "run", "≤ 1.15",
                          "eider / other"))  # fmt: skip
    (_, committed), found = in_halves(bench, "--engine-group-files", "1")
    check([((), found)], whole)
    bench.results.add(Row(f"commit of {FILES:,} records into one table", "ms",
                          [committed.seconds * 1e3], [2_000.0], "two seconds", "≤ 1",
                          "eider / other"))  # fmt: skip
    bench.results.add(Row(f"commit of {FILES:,} records into one table: peak memory", "MiB",
                          [committed.peak_mib], [300.0], "300 MiB", "≤ 1",
                          "eider / other"))  # fmt: skip


def in_halves(bench, *options: str) -> tuple[tuple[Measured, Measured], dict]:
    lake = bench.lake()
    config = ["--config", str(lake / "eider.yaml")]
    place = str(lake / "prepared")
    prepared = measure([bench.eider, "prepare", "--json", *config, *options, "s3://crowd/",
                        "--to", place])  # fmt: skip
    committed = measure([bench.eider, "commit", "--json", *config, place])
    return (prepared, committed), bench.close(lake)


def check(*sides: list) -> None:
    rows = {found["crowd"]["rows"] for side in sides for _, found in side}
    if len(rows) != 1 or 0 in rows:
        raise SystemExit(f"bench: the two ways did not do the same job: {rows} rows")
