"""One gigabyte on two processors: in pieces side by side, in one process, and by DuckDB alone."""

import json

from child import ask, measure
from report import Row


def pieces(bench, python: str, prepare) -> None:
    sizes = ask(prepare, python, "giants", bench.inputs)
    try:
        for kind, uri, copy in (("Parquet", "s3://large/giant.parquet", "copy"),
                                ("CSV", "s3://csv/giant.csv", "copy-text")):  # fmt: skip
            source = f"{bench.inputs}/{uri.removeprefix('s3://')}"
            command = [python, str(prepare), copy, source, str(bench.folder / "copy.parquet")]
            what = f"{sizes[kind] / 1e9:.1f} GB of {kind}"
            against(bench, f"{what}, one process", lambda uri=uri: bench.run_eider(uri)[0], command)
            against(bench, f"{what}, two pieces side by side",
                    lambda uri=uri: in_two(bench, uri), command)  # fmt: skip
    finally:
        for name in ("large/giant.parquet", "csv/giant.csv"):
            (bench.inputs / name).unlink(missing_ok=True)


def in_two(bench, uri: str):
    """Each piece by one thread in a process of its own, then the commit: all of it."""
    lake = bench.lake()
    settings = json.loads((lake / "eider.yaml").read_text())
    settings["engine"]["threads"] = 1
    (lake / "one.yaml").write_text(json.dumps(settings))
    prepared = " & ".join(
        f"{bench.eider} prepare --config {lake}/one.yaml {uri} --part {number}/2 --to {lake}/work/"
        for number in (1, 2))  # fmt: skip
    commit = f"{bench.eider} commit --json --config {lake}/one.yaml {lake}/work/"
    done = measure(["bash", "-c", f"{prepared} & wait; {commit}"])
    found = bench.close(lake)[uri.removeprefix("s3://").split("/")[0]]
    if found["rows"] == 0:
        raise SystemExit("bench: the pieces were not loaded")
    return done


def against(bench, what: str, eider, command: list[str]) -> None:
    ours, theirs = bench.in_turn(eider, lambda: measure(command), bench.rounds)
    for part, unit, value, expected in (
        ("", "ms", lambda done: done.seconds * 1e3, "≤ 1.1"),
        (": peak memory", "MiB", lambda done: done.peak_mib, ""),
    ):
        sides = [[value(done) for done in side] for side in (ours, theirs)]
        bench.results.add(Row(f"{what}{part}", unit, *sides, "DuckDB COPY, process", expected,
                              "eider / other"))  # fmt: skip
