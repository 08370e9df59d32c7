"""Eider against the Python stack and against DuckDB itself: same files, same machine, in turn.

    ./dev bench [--rounds N] [--only CASE] [--no-write] [--earlier BINARY]
              [--trace FOLDER]

Both sides are run once unmeasured, then in rounds that alternate who goes first. Nothing here
passes or fails by time; the ratios are printed and written to bench/results/.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from child import Measured, ask, measure
from halves_case import halves
from lambda_cases import LambdaCases
from pieces_case import pieces
from plugin_case import plugins
from report import Results, Row
from request_cases import RequestCases
from rest_case import rest_commits
from routing_cases import RoutingCases
from serve_case import ServeCases
from spark_case import spark
from speed_case import load_speed
from text_cases import TextCases

HERE = Path(__file__).parent
PREPARE = HERE / "prepare.py"
STACK = HERE / "python_stack" / "load.py"
PYTHON = sys.executable
STACK_NAME = "Python stack"


class Bench:
    """The folder of one benchmark: inputs made once, a new lake for every run."""

    def __init__(self, folder: Path, rounds: int, earlier: str | None, traces: Path | None):
        self.folder = folder
        self.traces = traces
        self.rounds = rounds
        self.earlier = earlier
        self.eider = os.environ["EIDER_BIN"]
        self.inputs = folder / "inputs"
        self.lakes = 0
        sizes = ask(PREPARE, PYTHON, "inputs", self.inputs)
        self.results = Results(ask(PREPARE, PYTHON, "versions"), rounds, sizes)
        self.lambda_cases: LambdaCases | None = None

    def in_lambda(self) -> LambdaCases:
        if self.lambda_cases is None:
            self.lambda_cases = LambdaCases(self)
        return self.lambda_cases

    def stop(self) -> None:
        if self.lambda_cases is not None:
            self.lambda_cases.close()

    def lake(self) -> Path:
        self.lakes += 1
        lake = self.folder / f"lake{self.lakes}"
        ask(PREPARE, PYTHON, "lake", lake, self.inputs)
        return lake

    def eider_in(self, lake: Path, uri: str, config: str = "eider.yaml") -> Measured:
        return measure([self.eider, "run", "--json", "--config", str(lake / config), uri])

    def stack_in(self, lake: Path, uri: str, config: str = "eider.yaml") -> Measured:
        return measure([PYTHON, str(STACK), str(lake / config), uri])

    def run_eider(self, uri: str, config: str = "eider.yaml") -> tuple[Measured, dict]:
        lake = self.lake()
        return self.eider_in(lake, uri, config), self.close(lake)

    def run_stack(self, uri: str, config: str = "eider.yaml") -> tuple[Measured, dict]:
        lake = self.lake()
        return self.stack_in(lake, uri, config), self.close(lake)

    def close(self, lake: Path) -> dict:
        found = ask(PREPARE, PYTHON, "rows", lake)
        shutil.rmtree(lake)
        return found

    def in_turn(self, eider: Callable, other: Callable, rounds: int) -> tuple[list, list]:
        """Both once unmeasured, then `rounds` times in alternating order."""
        sides = [(eider, []), (other, [])]
        for round_number in range(rounds + 1):
            for side, results in sides if round_number % 2 else reversed(sides):
                result = side()
                if round_number > 0:
                    results.append(result)
        return sides[0][1], sides[1][1]

    def against_stack(self, what: str, uri: str, expected: str) -> None:
        """Time and peak memory of the same call on both sides; both must load the same rows."""
        bucket = uri.removeprefix("s3://").split("/")[0]
        ours, theirs = self.in_turn(
            lambda: self.run_eider(uri), lambda: self.run_stack(uri), self.rounds
        )
        loaded = {found[bucket]["rows"] for _, found in ours + theirs}
        if len(loaded) != 1 or 0 in loaded:
            raise SystemExit(f"bench: the two sides did not do the same job: {loaded} rows")
        self.compare(what, "ms", [m.seconds * 1e3 for m, _ in ours],
                     [m.seconds * 1e3 for m, _ in theirs], expected)  # fmt: skip
        self.compare(f"{what}: CPU", "ms", [m.cpu_seconds * 1e3 for m, _ in ours],
                     [m.cpu_seconds * 1e3 for m, _ in theirs], "")  # fmt: skip
        self.compare(f"{what}: peak memory", "MiB", [m.peak_mib for m, _ in ours],
                     [m.peak_mib for m, _ in theirs], "≥ 2")  # fmt: skip

    def compare(self, what: str, unit: str, ours: list, theirs: list, expected: str) -> None:
        self.results.add(Row(what, unit, ours, theirs, STACK_NAME, expected))

    # -- the cases -------------------------------------------------------------------------------

    def small(self) -> None:
        self.against_stack("one small file, cold process", "s3://small/small.parquet", "≥ 10")

    def many(self) -> None:
        self.against_stack("300 small files, one call", "s3://many/", "≥ 12")

    def large(self) -> None:
        self.against_stack("large file", "s3://large/large.parquet", "≥ 2")

    def wide(self) -> None:
        self.against_stack("wide file, 200 columns", "s3://wide/wide.parquet", "")

    def copy(self) -> None:
        """Eider's whole way of the large file against DuckDB's COPY of the same query."""
        target = self.folder / "copy.parquet"
        command = [PYTHON, str(PREPARE), "copy", f"{self.inputs}/large/large.parquet", str(target)]
        ours, theirs = self.in_turn(
            lambda: self.run_eider("s3://large/large.parquet")[0],
            lambda: measure(command),
            2 * self.rounds,
        )
        inside = [m.milliseconds()[0] for m in theirs]
        against = "DuckDB COPY"
        for what, eider, other in (
            ("large: process / inside", [m.seconds * 1e3 for m in ours], inside),
            ("large: inside / inside", [m.milliseconds()[0] for m in ours], inside),
            ("large: process / python process", [m.seconds * 1e3 for m in ours],
             [m.seconds * 1e3 for m in theirs]),
        ):  # fmt: skip
            row = Row(what, "ms", eider, other, against, "≤ 1.15", "eider / other")
            self.results.add(row)

    def crowd(self) -> None:
        """Ten thousand files of 200 rows in one call, against DuckDB that reads and writes them."""
        command = [PYTHON, str(PREPARE), "copy", f"{self.inputs}/crowd/*.parquet",
                   str(self.folder / "crowd.parquet")]  # fmt: skip
        ours, theirs = self.in_turn(
            lambda: self.run_eider("s3://crowd/"), lambda: measure(command), self.rounds
        )
        self.results.add(Row("10,000 files of 200 rows, one call", "ms",
                             [done.seconds * 1e3 for done, _ in ours],
                             [done.milliseconds()[0] for done in theirs],
                             "DuckDB COPY", "≤ 2.5", "eider / other"))  # fmt: skip
        files = [found["crowd"]["files"] for _, found in ours]
        self.results.add(Row("10,000 files of 200 rows: data files", "", files, [1],
                             "DuckDB COPY", "≤ 100", "eider / other"))  # fmt: skip

    def since_earlier(self) -> None:
        """Parquet by this Eider against another build of it, the one of --earlier."""
        if self.earlier is None:
            return
        now = self.eider
        for what, uri in (("large file", "s3://large/large.parquet"),
                          ("wide file", "s3://wide/wide.parquet")):  # fmt: skip
            ours, theirs = self.in_turn(
                lambda uri=uri: self.by_build(now, uri),
                lambda uri=uri: self.by_build(self.earlier, uri),
                2 * self.rounds,
            )
            for part, value in (
                ("", lambda done: done.seconds),
                (": CPU", lambda done: done.cpu_seconds),
            ):
                sides = [[value(done) * 1e3 for done in side] for side in (ours, theirs)]
                self.results.add(Row(f"{what} since the earlier build{part}", "ms", *sides,
                                     "earlier build", "≤ 1.02", "eider / other"))  # fmt: skip
        self.eider = now

    def by_build(self, binary: str, uri: str) -> Measured:
        self.eider = binary
        return self.run_eider(uri)[0]

    def fan_out(self) -> None:
        """The large file into ten tables by the values of a column, against the same into one."""
        uri = "s3://shops/shops.parquet"
        parts, whole = self.in_turn(
            lambda: self.run_eider(uri, "fan_out.yaml"), lambda: self.run_eider(uri), self.rounds
        )
        for (_, many), (_, one) in zip(parts, whole, strict=True):
            rows = [found["rows"] for table, found in many.items() if table.startswith("shop_")]
            if 0 in rows or sum(rows) != one["shops"]["rows"]:
                raise SystemExit(f"bench: {one['shops']} of one table are {rows} in parts")
        for what, unit, value, expected in (
            ("", "ms", lambda done: done.seconds * 1e3, "≤ 1.5"),
            (": CPU", "ms", lambda done: done.cpu_seconds * 1e3, ""),
            (": peak memory", "MiB", lambda done: done.peak_mib, ""),
        ):
            sides = [[value(done) for done, _ in side] for side in (parts, whole)]
            self.results.add(Row(f"large file into 10 tables by a column{what}", unit, *sides,
                                 "one table", expected, "eider / other"))  # fmt: skip

    def partitions(self) -> None:
        """50 MB of CSV into partitioned tables, against the same into one that is not; and against
        PyIceberg's append where it needs no extension of its own."""
        uri = "s3://csv/csv.csv"
        for table, what, expected in (
            ("by_day", "by day(ts), 30 days", "≤ 1.5"),
            ("by_bucket", "by bucket(16, id)", "≤ 1.5"),
            ("by_customer", "into 1,000 partitions", "≤ 3"),
        ):  # fmt: skip
            parts, whole = self.in_turn(
                lambda table=table: self.run_eider(uri, f"{table}.yaml"),
                lambda: self.run_eider(uri, "whole.yaml"),
                2 * self.rounds,
            )
            for (_, many), (_, one) in zip(parts, whole, strict=True):
                if many[table]["rows"] != one["whole"]["rows"] or one["whole"]["rows"] == 0:
                    raise SystemExit(f"bench: {table} has other rows: {many} and {one}")
            for part, unit, value, bound in (
                ("", "ms", lambda done: done.seconds * 1e3, expected),
                (": CPU", "ms", lambda done: done.cpu_seconds * 1e3, ""),
                (": peak memory", "MiB", lambda done: done.peak_mib, ""),
            ):
                sides = [[value(done) for done, _ in side] for side in (parts, whole)]
                self.results.add(Row(f"50 MB of CSV {what}{part}", unit, *sides,
                                     "unpartitioned", bound, "eider / other"))  # fmt: skip
        ours, theirs = self.in_turn(
            lambda: self.run_eider(uri, "by_customer.yaml"),
            lambda: self.run_stack(uri, "by_customer.yaml"),
            self.rounds,
        )
        self.compare("50 MB of CSV into 1,000 partitions", "ms",
                     [m.seconds * 1e3 for m, _ in ours],
                     [m.seconds * 1e3 for m, _ in theirs], "≥ 4")  # fmt: skip

    def routes(self) -> None:
        """What routing costs without files: Google Benchmark's medians, as notes."""
        program = Path(self.eider).parent / "src/eider/routing/eider_routing_benchmark"
        command = [str(program), "--benchmark_format=json",
                   f"--benchmark_repetitions={self.rounds}",
                   "--benchmark_report_aggregates_only=true"]  # fmt: skip
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        for one in json.loads(done.stdout)["benchmarks"]:
            if one["aggregate_name"] != "median":
                continue
            times = [f"{one[of]:,.2f} {one['time_unit']}" for of in ("real_time", "cpu_time")]
            self.results.notes.append(f"{one['run_name']}: {times[0]}, CPU {times[1]}")

    def commits(self) -> None:
        """One commit per file: what a file costs, inside, near snapshot 10 and near snapshot 500.

        Each measured file is a process of its own, so that nothing of the table is in its memory.
        """
        sides = {
            "eider": self.file_by_file(lambda *at: self.eider_in(*at, config="one_by_one.yaml")),
            STACK_NAME: self.file_by_file(self.stack_in),
        }
        for part, snapshot in (("early", 10), ("late", 500)):
            self.compare(f"a file at snapshot {snapshot}", "ms", sides["eider"][part],
                         sides[STACK_NAME][part], "")  # fmt: skip
        for name, parts in sides.items():
            row = Row(f"{name}: snapshot 500 / snapshot 10", "ms", parts["late"], parts["early"],
                      "at 10", "≤ 2" if name == "eider" else "", "eider / other")  # fmt: skip
            self.results.add(row)

    def file_by_file(self, load: Callable[[Path, str], Measured]) -> dict[str, list[float]]:
        """Milliseconds of the measured files by part; the other parts are loaded in one call."""
        lake = self.lake()
        times = {}
        for fill, part in (("first", "early"), ("fill", "late")):
            load(lake, f"s3://commits/{fill}/")
            files = sorted((self.inputs / "commits" / part).iterdir())
            runs = [load(lake, f"s3://commits/{part}/{file.name}") for file in files]
            times[part] = [done.milliseconds()[0] for done in runs]
        found = self.close(lake)["commits"]
        if found["snapshots"] != found["files"]:
            raise SystemExit(f"bench: one commit per file was meant, there are {found}")
        return times


CASES = {
    "small": Bench.small,
    "many": Bench.many,
    "crowd": Bench.crowd,
    "large": Bench.large,
    "wide": Bench.wide,
    "copy": Bench.copy,
    "texts": lambda bench: TextCases(bench, [PYTHON, str(PREPARE), "copy-text"]).all(),
    "load-speed": load_speed,
    "since-earlier": Bench.since_earlier,
    "fan-out": Bench.fan_out,
    "partitions": Bench.partitions,
    "routes": Bench.routes,
    "commits": Bench.commits,
    "rest": rest_commits,
    "halves": halves,
    "plugins": plugins,
    "pieces": lambda bench: pieces(bench, PYTHON, PREPARE),
    "spark": spark,
    "serve-commits": lambda bench: ServeCases(bench).commits(),
    "serve-lag": lambda bench: ServeCases(bench).lag(),
    "serve-long": lambda bench: ServeCases(bench).long(),
    "serve-queue": lambda bench: ServeCases(bench).queue(),
    "lambda-cold": lambda bench: bench.in_lambda().cold(),
    "lambda-warm": lambda bench: bench.in_lambda().warm(),
    "lambda-large": lambda bench: bench.in_lambda().large(),
    "lambda-writers": lambda bench: bench.in_lambda().writers(),
    "routing": lambda bench: RoutingCases(bench.in_lambda()).warm(),
    # Behind all that is timed: their proxies keep what the programs send.
    "requests": lambda bench: RequestCases(bench.in_lambda(), bench.traces).warm(),
    "s3": lambda bench: RequestCases(bench.in_lambda(), bench.traces).many(),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", choices=CASES, action="append", help="these cases only")
    parser.add_argument("--no-write", action="store_true", help="print, but keep no result")
    parser.add_argument("--earlier", default=None, help="another eider, for the case since-earlier")
    parser.add_argument("--trace", default=None, type=Path,
                        help="folder for the requests of a warm small file, one by one")
    parser.add_argument("--folder", default=None, help="disk to work on; default: temporary")
    options = parser.parse_args()
    if not os.access(os.environ.get("EIDER_BIN", ""), os.X_OK):
        raise SystemExit("bench: EIDER_BIN must name the eider binary; use ./dev bench")
    with tempfile.TemporaryDirectory(prefix="eider-bench-", dir=options.folder) as folder:
        bench = Bench(Path(folder), options.rounds, options.earlier, options.trace)
        try:
            for case in options.only or CASES:
                CASES[case](bench)
        finally:
            bench.stop()
        bench.results.notes.append(
            "eider also claims and records every file in its ledger; the Python stack has none"
        )
        if not options.no_write:
            path = bench.results.write(HERE / "results")
            print(f"written: {path}")


if __name__ == "__main__":
    main()
