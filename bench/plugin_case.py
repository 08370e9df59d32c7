"""What a plug-in costs that passes all rows through, and the same by pandas in the Python stack."""

from report import Row


def plugins(bench) -> None:
    uri = "s3://csv/csv.csv"
    through, plain = bench.in_turn(
        lambda: bench.run_eider(uri, "through.yaml"), lambda: bench.run_eider(uri), bench.rounds
    )
    same_rows(through, plain, "csv")
    for part, unit, value, expected in (
        ("", "ms", lambda done: done.milliseconds()[0], "≤ 1.5"),
        (": process", "ms", lambda done: done.seconds * 1e3, ""),
        (": CPU, with the plug-in's", "ms", lambda done: done.cpu_seconds * 1e3, ""),
        (": peak memory", "MiB", lambda done: done.peak_mib, ""),
    ):
        sides = [[value(done) for done, _ in side] for side in (through, plain)]
        bench.results.add(Row(f"50 MB of CSV through a plug-in{part}", unit, *sides,
                              "without it", expected, "eider / other"))  # fmt: skip
    ours, theirs = bench.in_turn(
        lambda: bench.run_eider(uri, "through.yaml"),
        lambda: bench.run_stack(uri, "through.yaml"),
        bench.rounds,
    )
    same_rows(ours, theirs, "csv")
    bench.compare("50 MB of CSV through a plug-in, or pandas", "ms",
                  [done.seconds * 1e3 for done, _ in ours],
                  [done.seconds * 1e3 for done, _ in theirs], "")  # fmt: skip
    files = "s3://many/"
    through, plain = bench.in_turn(
        lambda: bench.run_eider(files, "through.yaml"),
        lambda: bench.run_eider(files, "alone.yaml"),
        bench.rounds,
    )
    same_rows(through, plain, "many")
    sides = [[done.seconds * 1e3 / found["many"]["files"] for done, found in side]
             for side in (through, plain)]  # fmt: skip
    bench.results.add(Row("one of 300 small files, each through a plug-in", "ms", *sides,
                          "without it, each alone", "+ 3 ms", "eider / other"))  # fmt: skip


def same_rows(ours: list, theirs: list, table: str) -> None:
    rows = {found[table]["rows"] for _, found in ours + theirs}
    if len(rows) != 1 or 0 in rows:
        raise SystemExit(f"bench: the two sides did not do the same job: {rows} rows")
