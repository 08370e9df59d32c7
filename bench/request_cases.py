"""What loads ask of S3, DynamoDB and Glue, in which order, and what that costs at list prices.

Both sides have their tables in Glue here. Requests are counted through proxies, which take time;
times come from runs without proxies on SQL catalogs, as the stand-in for Glue is slow, and are
those of this machine beside its stand-ins. Both sides are billed as functions of one size.
"""

from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import events
from calls import Call, by_kind, in_sequence, objects_made, trace
from child import ask, measure
from lambda_cases import PREPARE, PYTHON, LambdaCases, Load, Side, calls_seen, done
from prices import ARCHITECTURE, PRICES, of_calls, of_invocation
from report import Row
from servers import StandIns

MEMORY_MIB = 1769  # one core of Lambda's; what the Runtime API tells the function
WARM_FILES = 10
FILES = 2_000
SAMPLE = 20  # files of the Python function


@dataclass
class Spent:
    """Requests and Lambda time of some files."""

    files: int
    calls: list[Call]
    invocation_seconds: list[float]

    def dollars(self) -> float:
        spent_in_lambda = (of_invocation(each, MEMORY_MIB) for each in self.invocation_seconds)
        return of_calls(self.calls) + sum(spent_in_lambda)

    def by_kind(self) -> str:
        counted = sorted(by_kind(self.calls).items())
        return ", ".join(f"{kind} {count / self.files:.4g}" for kind, count in counted)


class RequestCases:
    """See the head of this file."""

    def __init__(self, cases: LambdaCases, trace_folder: Path | None):
        self.cases = cases
        self.bench = cases.bench
        self.trace_folder = trace_folder

    @contextmanager
    def glue(self):
        with StandIns(("glue",)) as stand_ins:
            self.cases.add_endpoint("glue", stand_ins.endpoint("glue"))
            yield
            del self.cases.endpoints["glue"]

    def add(self, what: str, unit: str, ours: list, theirs: list, expected: str = "") -> None:
        row = Row(what, unit, ours, theirs, self.cases.stack.name, expected)
        self.bench.results.add(row)

    def note(self, what: str) -> None:
        self.bench.results.notes.append(what)

    # -- a warm small file -------------------------------------------------------------------------

    def warm(self) -> None:
        sides = (self.cases.eider, self.cases.stack)
        with self.glue():
            loads = [self.cases.calls_of(side, "glue") for side in sides]
        spent = [self.warm_spent(*both) for both in zip(sides, loads, strict=True)]
        self.add("Lambda: round trips in sequence of a warm small file", "",
                 *[[in_sequence(load.calls) for load in side] for side in loads],
                 "≤ 5")  # fmt: skip
        self.add("Lambda: requests of a warm small file", "",
                 *[[len(load.calls) for load in side] for side in loads])  # fmt: skip
        self.add("Lambda: a million warm small files", "dollars",
                 *[[each.dollars() * 1e6] for each in spent])  # fmt: skip
        self.add("Lambda: requests of a million warm small files", "dollars",
                 *[[of_calls(each.calls) * 1e6] for each in spent])  # fmt: skip
        for side, each, side_loads in zip(sides, spent, loads, strict=True):
            self.note(f"requests of a warm small file, {side.name}: {each.by_kind()}")
            self.write_trace(side, side_loads[-1])
        self.note_prices()

    def warm_spent(self, side: Side, loads: list[Load]) -> Spent:
        """Of one file: the last load's calls, and the time of a run without proxies."""
        run = self.cases.run(side, self.cases.objects["small"][: 1 + WARM_FILES])
        seconds = median(invocation.seconds for invocation in run.invocations[1:])
        return Spent(1, loads[-1].calls, [seconds])

    def write_trace(self, side: Side, load: Load) -> None:
        text = trace(load.calls, load.began, load.ended)
        if self.trace_folder is not None:
            self.trace_folder.mkdir(parents=True, exist_ok=True)
            path = self.trace_folder / f"trace-{side.name.replace(' ', '-')}.md"
            path.write_text(f"# The requests of a warm small file, {side.name}\n\n{text}\n")

    def note_prices(self) -> None:
        note = (f"dollars: list prices as of {PRICES['looked_up']} (bench/prices.toml), Lambda with"
                f" {MEMORY_MIB} MiB on {ARCHITECTURE}; times are those of this machine, whose"
                " stand-ins answer sooner than AWS")  # fmt: skip
        if note not in self.bench.results.notes:
            self.note(note)

    # -- many files in one call --------------------------------------------------------------------

    def many(self) -> None:
        """2,000 files for 4 tables: one call of `eider run`, one event each for the function."""
        source = ask(PREPARE, PYTHON, "parts", self.cases.folder, FILES)
        objects = [events.Object(**item) for item in source["objects"]]
        with self.glue():
            ours = Spent(FILES, self.run_call("glue")[1], [])
            theirs = Spent(SAMPLE, self.stack_calls(objects), [])
        seconds = [self.run_call("sql")[0] for _ in range(self.bench.rounds)]
        ours.invocation_seconds = [median(seconds)]
        theirs.invocation_seconds = self.stack_seconds(objects)
        gigabytes = [source["bytes"] * spent.files / FILES / 1e9 for spent in (ours, theirs)]
        name = f"{FILES:,} files of 140 KB for 4 tables, one call"
        self.add(f"{name}: a file", "ms", [each * 1e3 / FILES for each in seconds],
                 [each * 1e3 for each in theirs.invocation_seconds])  # fmt: skip
        for what, expected, value in (
            ("objects written per file", "≤ 0.1",
             lambda spent, _: objects_made(spent.calls) / spent.files),
            ("requests per file", "", lambda spent, _: len(spent.calls) / spent.files),
            ("dollars per GB", "≤ 0.03", lambda spent, size: spent.dollars() / size),
            ("requests, dollars per GB", "", lambda spent, size: of_calls(spent.calls) / size),
        ):  # fmt: skip
            self.add(f"{name}: {what}", "", *[[value(spent, size)] for spent, size in
                     zip((ours, theirs), gigabytes, strict=True)], expected)  # fmt: skip
        self.note(f"requests per file of {FILES:,} files in one call, eider: {ours.by_kind()}")
        self.note(f"requests per file, {self.cases.stack.name}, warm, {SAMPLE} files of the"
                  f" {FILES:,}: {theirs.by_kind()}")  # fmt: skip
        self.note_prices()

    def run_call(self, catalog: str) -> tuple[float, list[Call]]:
        """Seconds of `eider run` over all files, and its calls if the catalog is Glue."""
        name, world = self.cases.world(catalog)
        world["EIDER_ROUTING_STRATEGIES"] = "folder"
        command = [self.bench.eider, "run", "--json", "s3://bench-parts/"]
        if catalog == "glue":
            with self.cases.recorded() as proxies:
                measured = measure(command, self.cases.environment(self.cases.eider, world))
                calls = calls_seen(proxies)
        else:
            measured = measure(command, self.cases.environment(self.cases.eider, world))
            calls = []
        loaded = sum(line.get("state") == "LOADED" for line in measured.lines)
        if loaded != FILES:
            raise SystemExit(f"bench: {FILES} files were meant, {loaded} are loaded by {name}")
        return measured.seconds, calls

    def stack_calls(self, objects: list[events.Object]) -> list[Call]:
        """Of the sampled files, by a function that has loaded one before."""
        first, *others = self.sample(objects)
        world = self.cases.world("glue")[1]
        with self.cases.recorded() as proxies, \
                self.cases.function(self.cases.stack, world, [first]) as (process, _):  # fmt: skip
            for proxy in proxies.values():
                proxy.requests.clear()
            for event in others:
                done(process.invoke(event))
            return calls_seen(proxies)

    def stack_seconds(self, objects: list[events.Object]) -> list[float]:
        first, *others = self.sample(objects)
        world = self.cases.world()[1]
        with self.cases.function(self.cases.stack, world, [first]) as (process, _):
            return [done(process.invoke(event)).seconds for event in others]

    def sample(self, objects: list[events.Object]) -> list[dict]:
        """One file to begin with, then as many of each table."""
        chosen = objects[:: FILES // SAMPLE][:SAMPLE]
        return [events.s3_event(item) for item in (objects[-1], *chosen)]
