"""The function in Lambda: `eider lambda` against the Python handler of the same job.

Both are driven by one Runtime API server, on the same S3 and DynamoDB stand-ins and SQL catalogs
of the same kind; every run has a warehouse, a catalog, a routing and a ledger table of its own.
Eider keeps its ledger in DynamoDB; the Python function has none.
"""

import json
import os
import sys
import threading
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from calls import Call, call_of
from child import ask, measure
from report import Row

HERE = Path(__file__).parent
TESTS = HERE.parent / "tests"
sys.path[:0] = [str(TESTS / "stand_ins"), str(TESTS / "e2e")]

import events  # noqa: E402
from fault_proxy import FaultProxy, delay  # noqa: E402
from runtime_api import Invocation, LambdaProcess, RuntimeApi  # noqa: E402
from servers import CREDENTIALS, StandIns, cache_folder, installed  # noqa: E402

PREPARE = HERE / "prepare_cloud.py"
RUNTIME = HERE / "python_stack" / "runtime.py"
ZIPS = HERE.parent / "build" / "package"
PYTHON = sys.executable
STACK_NAME = "Python function"
WARM_FILES = 20
WRITERS = 8
FILES_PER_WRITER = 15
TRIES_MAX = 20
ANSWER_DELAY_SECONDS = 0.02
ROWS_KEPT = {"small": 9_000, "large": 3_600_000}  # of one file, by the query


@dataclass
class Side:
    """One of the functions that are compared."""

    name: str
    command: list[str]
    settings: dict[str, str] = field(default_factory=dict)  # over those of the world


@dataclass
class Run:
    """What one run of some processes gave."""

    invocations: list[Invocation]
    start_seconds: float  # from the process's start to the first answer
    peak_mib: float
    rows: dict
    failed_tries: int = 0


@dataclass
class Load:
    """The calls of one file's load, and when its event was taken and answered."""

    calls: list[Call]
    began: float
    ended: float


class LambdaCases:
    """One per benchmark; the stand-ins start with the first case and end with `close`."""

    def __init__(self, bench):
        self.bench = bench
        self.folder = bench.folder / "cloud"
        self.folder.mkdir()
        self.eider = Side("eider", [bench.eider, "lambda"])
        self.no_ledger = Side("eider without ledger", self.eider.command,
                              {"EIDER_LEDGER_TABLE": "", "EIDER_LEDGER_TYPE": "none"})  # fmt: skip
        self.stack = Side(STACK_NAME, [PYTHON, str(RUNTIME)])
        self.worlds = 0
        self.stand_ins = StandIns(("s3", "dynamodb")).__enter__()
        self.endpoints: dict[str, str] = {}
        os.environ.update(CREDENTIALS)  # for prepare_cloud.py
        for name in ("s3", "dynamodb"):
            self.add_endpoint(name, self.stand_ins.endpoint(name))
        large = bench.inputs / "large" / "large.parquet"
        made = ask(PREPARE, PYTHON, "source", self.folder, large)
        self.objects = {kind: [events.Object(**item) for item in items]
                        for kind, items in made.items()}  # fmt: skip

    def close(self) -> None:
        self.stand_ins.stop()

    def add_endpoint(self, name: str, endpoint: str) -> None:
        """For the functions, and for prepare_cloud.py."""
        self.endpoints[name] = endpoint
        os.environ[f"BENCH_{name.upper()}_ENDPOINT"] = endpoint

    # -- one run -----------------------------------------------------------------------------------

    def world(self, catalog: str = "sql") -> tuple[str, dict[str, str]]:
        self.worlds += 1
        name = f"bench-world-{self.worlds}"
        return name, ask(PREPARE, PYTHON, "world", self.folder, name, catalog)

    def environment(self, side: Side, world: dict[str, str]) -> dict[str, str]:
        mine = {name: value for name, value in os.environ.items()
                if not name.startswith(("EIDER_", "AWS_"))}  # fmt: skip
        endpoints = {f"AWS_ENDPOINT_URL_{name.upper()}": endpoint
                     for name, endpoint in self.endpoints.items()}  # fmt: skip
        own = {"BENCH_HTTPFS": str(httpfs())}
        return mine | CREDENTIALS | world | side.settings | endpoints | own

    @contextmanager
    def function(self, side: Side, world: dict[str, str], first: list[dict]):
        """A new process; its first events are waiting when it starts, as in Lambda."""
        with RuntimeApi() as api:
            sent = [api.send(event) for event in first]
            with LambdaProcess(side.command, self.environment(side, world), api) as process:
                yield process, [done(process.answer_of(one)) for one in sent]

    def run(self, side: Side, items: list[events.Object]) -> Run:
        """A new process loads the objects one by one, an event each."""
        name, world = self.world()
        first, *others = (events.s3_event(item) for item in items)
        with self.function(side, world, [first]) as (process, answers):
            start_seconds = answers[0].answered_at - process.started_at
            answers += [done(process.invoke(event)) for event in others]
            peak_mib = process.peak_mib()
        return Run(answers, start_seconds, peak_mib, self.rows(name, items))

    def rows(self, name: str, items: list[events.Object]) -> dict:
        """Every id once, as many as the files have: nothing lost and nothing twice."""
        found = ask(PREPARE, PYTHON, "rows", self.folder, name)
        for kind, objects in self.objects.items():
            rows = ROWS_KEPT[kind] * sum(item in objects for item in items)
            if not found[kind]["rows"] == found[kind]["ids"] == rows:
                raise SystemExit(f"bench: {rows} rows of {kind} were meant: {found[kind]}")
        return found

    def alone(self, side: Side, items: list[events.Object]) -> list[Run]:
        """As many rounds of one more side, after the two were compared."""
        return [self.run(side, items) for _ in range(1 + self.bench.rounds)][1:]

    def both(self, items: list[events.Object]) -> tuple[list[Run], list[Run]]:
        return self.bench.in_turn(lambda: self.run(self.eider, items),
                                  lambda: self.run(self.stack, items),
                                  self.bench.rounds)  # fmt: skip

    def compare(self, what: str, unit: str, ours: list, theirs: list, expected: str,
                faster_is: str = "other / eider", name: str = STACK_NAME) -> None:  # fmt: skip
        row = Row(f"Lambda: {what}", unit, ours, theirs, name, expected, faster_is)
        self.bench.results.add(row)

    # -- the cases ---------------------------------------------------------------------------------

    def cold(self) -> None:
        """From the process's start to the answer that the first small file is in."""
        ours, theirs = self.both(self.objects["small"][:1])
        self.compare("start to first commit", "ms", [run.start_seconds * 1e3 for run in ours],
                     [run.start_seconds * 1e3 for run in theirs], "≥ 12")  # fmt: skip
        alone = self.alone(self.no_ledger, self.objects["small"][:1])
        self.compare("start to first commit, no ledger", "ms",
                     [run.start_seconds * 1e3 for run in alone],
                     [run.start_seconds * 1e3 for run in theirs], "≥ 12")  # fmt: skip
        self.compare("peak memory, one small file", "MiB", [run.peak_mib for run in ours],
                     [run.peak_mib for run in theirs], "≥ 2")  # fmt: skip
        self.sizes()

    def warm(self) -> None:
        """Each next small file of a function that runs."""
        items = self.objects["small"][: 1 + WARM_FILES]
        ours, theirs = self.both(items)
        times = [[invocation.seconds * 1e3 for run in side for invocation in run.invocations[1:]]
                 for side in (ours, theirs, self.alone(self.no_ledger, items))]  # fmt: skip
        self.compare("each next small file", "ms", *times[:2], "≥ 6.5")
        self.compare("each next small file, no ledger", "ms", times[2], times[1], "≥ 10")

    def large(self) -> None:
        large = self.objects["large"]
        ours, theirs = self.both(large)
        self.compare("large file, cold", "ms", [run.start_seconds * 1e3 for run in ours],
                     [run.start_seconds * 1e3 for run in theirs], "≥ 2")  # fmt: skip
        ours, theirs = self.both([*self.objects["small"][:1], *large])
        warm = [[run.invocations[-1].seconds * 1e3 for run in side] for side in (ours, theirs)]
        self.compare("large file, warm", "ms", *warm, "≥ 2")
        self.compare("peak memory, large file", "MiB", [run.peak_mib for run in ours],
                     [run.peak_mib for run in theirs], "≥ 2")  # fmt: skip
        source, target = f"{self.bench.inputs}/large/large.parquet", f"{self.folder}/copy.parquet"
        command = [PYTHON, str(HERE / "prepare.py"), "copy", source, target]
        copies = [measure(command).milliseconds()[0] for _ in range(1 + self.bench.rounds)][1:]
        self.compare("large file, warm", "ms", warm[0], copies, "≤ 1.25", "eider / other",
                     "DuckDB COPY, local files")  # fmt: skip

    def writers(self) -> None:
        """8 functions that run, 15 files each, into one table; the clock begins when all wait."""
        ours, theirs = self.bench.in_turn(lambda: self.write_together(self.eider),
                                          lambda: self.write_together(self.stack),
                                          self.bench.rounds)  # fmt: skip
        rates = [[speed for speed, _, _ in side] for side in (ours, theirs)]
        self.compare("commits of 8 writers", "/s", *rates, "≥ 10", "eider / other")
        slowest = [[worst * 1e3 for _, worst, _ in side] for side in (ours, theirs)]
        self.compare("slowest of their files", "ms", *slowest, "")
        failed = [sum(count for _, _, count in side) for side in (ours, theirs)]
        self.bench.results.notes.append(
            f"8 writers: every file is in once on both sides; invocations that failed and were"
            f" sent again, in all rounds: eider {failed[0]}, {STACK_NAME} {failed[1]}"
        )

    def write_together(self, side: Side) -> tuple[float, float, int]:
        """Commits a second, the slowest file's seconds, and failed tries."""
        name, world = self.world()
        items = self.objects["small"][: WRITERS * FILES_PER_WRITER]
        no_work = events.s3_test_event("bench-small")
        done_seconds: list[float] = []
        failed: list[Invocation] = []
        problems: list[str] = []
        with ExitStack() as stack:
            processes = [stack.enter_context(self.function(side, world, [no_work]))[0]
                         for _ in range(WRITERS)]  # fmt: skip

            def write(number: int) -> None:
                for item in items[number::WRITERS]:
                    started = time.perf_counter()
                    for _ in range(TRIES_MAX):
                        answer = processes[number].invoke(events.s3_event(item))
                        if answer.error is None:
                            break
                        failed.append(answer)
                    else:
                        problems.append(f"{item.key}: {answer.error}")
                    done_seconds.append(time.perf_counter() - started)

            threads = [threading.Thread(target=write, args=(n,)) for n in range(WRITERS)]
            started = time.perf_counter()
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            seconds = time.perf_counter() - started
        if problems:
            raise SystemExit(f"bench: {side.name} did not load {problems[:3]}")
        self.rows(name, items)
        return len(items) / seconds, max(done_seconds), len(failed)

    # -- what is not timed -------------------------------------------------------------------------

    def calls_of(self, side: Side, catalog: str = "sql") -> list[Load]:
        """Of one file each, of a function that has loaded others before. Every answer waits
        a moment, as S3's do: what is sent side by side overlaps, and what waits is seen to wait."""
        first, *others = (events.s3_event(item) for item in self.objects["small"][:6])
        world = self.world(catalog)[1]
        loads = []
        with self.recorded() as proxies:
            for proxy in proxies.values():
                proxy.on("*", delay(ANSWER_DELAY_SECONDS), times=None)
            with self.function(side, world, [first]) as (process, _):
                for event in others:
                    for proxy in proxies.values():
                        proxy.requests.clear()
                    answer = done(process.invoke(event))
                    loads.append(Load(calls_seen(proxies), answer.taken_at, answer.answered_at))
        return loads

    @contextmanager
    def recorded(self):
        """Within it, programs that are started ask through proxies, which keep every request."""
        with ExitStack() as stack:
            direct = dict(self.endpoints)
            proxies = {name: stack.enter_context(FaultProxy(name, endpoint))
                       for name, endpoint in direct.items()}  # fmt: skip
            self.endpoints.update({name: proxy.endpoint for name, proxy in proxies.items()})
            try:
                yield proxies
            finally:
                self.endpoints.update(direct)

    def sizes(self) -> None:
        """The zip, if `./dev package lambda` has built it, beside the installed packages."""
        stack = ask(PREPARE, PYTHON, "size")["bytes"] + httpfs().stat().st_size
        zips = sorted(ZIPS.glob("eider-lambda-*.zip"))
        if zips:
            self.compare("zip / installed packages", "MB", [zips[-1].stat().st_size / 1e6],
                         [stack / 1e6], "")  # fmt: skip
        else:
            self.bench.results.notes.append(
                f"the Python function's packages: {stack / 1e6:.0f} MB installed; ./dev package"
                " lambda had not been run, so there was no zip to compare"
            )


def httpfs() -> Path:
    found = installed("duckdb-*/extensions/httpfs.duckdb_extension")
    return found if found.is_absolute() else cache_folder() / found


def calls_seen(proxies: dict[str, FaultProxy]) -> list[Call]:
    return [call_of(name, request) for name, proxy in proxies.items() for request in proxy.requests]


def done(invocation: Invocation) -> Invocation:
    if invocation.error is not None:
        raise SystemExit(f"bench: an invocation failed: {json.dumps(invocation.error)[:2000]}")
    return invocation
