"""Loads files by Eider on the machines of a Spark cluster.

    spark-submit --files eider,eider.yaml,routes.yaml eider_spark.py s3://src-a/2019/ \\
        --to s3://work/2019/

The driver asks `eider reconcile` what is not in, and cuts it into parts by size; the executors run
`eider prepare` on the parts; and the driver commits what is prepared while others still work. A
lost executor, a retry, a speculative twin or a killed driver cost time and nothing else: each file
comes in once, whoever prepares it. What a driver left is committed by the next one (--resume).

For PySpark 3.5 and 4, and nothing beside it. Exit codes: 0 all is in, 1 some files are not.
"""

import argparse
import ctypes
import itertools
import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path

from py4j.protocol import Py4JError, Py4JJavaError
from pyspark import SparkFiles
from pyspark.sql import SparkSession

PR_SET_PDEATHSIG = 1
WAIT_SECONDS = 5
WAITS_MAX = 120
ERRORS_MAX = 10  # of one task
AWAY = ("unavailable", "outcome_unknown")  # codes of what may do another time
RETRIES_MAX = 5


@dataclass
class Part:
    """Files that one task prepares, and where their records go."""

    name: str
    place: str
    uris: list[str] = field(default_factory=list)
    size_bytes: int = 0
    piece: str = ""  # "3/8" of its one file; empty: all of its files


@dataclass
class Done:
    """What one task did."""

    part: str
    prepared: int
    rows: int
    failed: int
    seconds: float
    errors: list[str] = field(default_factory=list)  # of failed files, the first ones


class Eider:
    """The program and its configuration, where this process has them."""

    def __init__(self, options: argparse.Namespace):
        self.binary = shipped(options.eider)
        self.config = shipped(options.config)
        if not os.access(self.binary, os.X_OK):  # --files keeps no permissions
            copy = Path(tempfile.mkdtemp(prefix="eider-")) / "eider"
            shutil.copy(self.binary, copy)
            copy.chmod(copy.stat().st_mode | stat.S_IXUSR)
            self.binary = str(copy)

    def version(self) -> str:
        return subprocess.run([self.binary, "--version"], capture_output=True, text=True,
                              check=True).stdout.strip()  # fmt: skip

    def run(self, command: str, *arguments: str, stdin: str = "") -> tuple[int, list[dict], str]:
        """Exit code, JSON lines and standard error. It dies with the process that started it."""
        done = subprocess.run(
            [self.binary, command, "--json", "--config", self.config, *arguments],
            input=stdin, capture_output=True, text=True, check=False,
            preexec_fn=lambda: ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM),
        )  # fmt: skip
        lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
        return done.returncode, lines, done.stderr


def shipped(name: str) -> str:
    """A file that came with --files, or one that lies there on every machine."""
    came = SparkFiles.get(os.path.basename(name))
    if os.path.exists(came):
        return came
    if os.path.exists(name):
        return os.path.abspath(name)
    raise FileNotFoundError(f"{name} is not on this machine ({os.uname().nodename}): ship it with"
                            f" --files {name}")  # fmt: skip


def prepare(part: Part, options: argparse.Namespace, version: str) -> Done:
    """A task. What a twin has in work is waited for: nobody else would tell whether it came."""
    began = time.monotonic()
    eider = Eider(options)
    if (mine := eider.version()) != version:
        raise RuntimeError(f"this executor ({os.uname().nodename}) has {mine}, the driver has"
                           f" {version}: ship the driver's with --files")  # fmt: skip
    done = Done(part.name, 0, 0, 0, 0)
    left = part.uris
    for _ in range(WAITS_MAX):
        cut = ["--part", part.piece] if part.piece else []
        code, lines, error = eider.run("prepare", "--list", "-", "--to", part.place, *cut,
                                       stdin="\n".join(left))  # fmt: skip
        if code not in (0, 1):
            raise RuntimeError(f"eider prepare ended with exit code {code}: {error[-2000:]}")
        files = [line for line in lines if "file" in line]
        done.prepared += sum(line["state"] == "PREPARED" for line in files)
        done.rows += sum(line["rows"] for line in files if line["state"] == "PREPARED")
        bad = [line for line in files if line["state"] in ("FAILED", "SUPERSEDED")]
        done.failed += len(bad)
        done.errors += [told(line) for line in bad[: ERRORS_MAX - len(done.errors)]]
        left = [line["file"] for line in files if line.get("in_work_elsewhere")]
        if not left:
            done.seconds = time.monotonic() - began
            return done
        time.sleep(WAIT_SECONDS)
    raise RuntimeError(f"{len(left)} files stay in work elsewhere, such as {left[0]}")


def told(line: dict) -> str:
    name = line.get("file") or line.get("prepared_record")
    return f"{line['state']}  {name}: {line.get('error') or line.get('note')}"


def find_files(eider: Eider, options: argparse.Namespace, spark: SparkSession) -> list[tuple]:
    """URI and size of what is not in. A list or a table of URIs has no sizes."""
    if options.list:
        named = spark.read.text(options.list).collect()
        return [(row[0], 0) for row in named if row[0]]
    if options.table:
        return [(row[0], 0) for row in spark.table(options.table).select(options.column).collect()]
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.jsonl"
        code, _, error = eider.run("reconcile", *options.uris, "--dry-run", "--failed",
                                   "--report", str(report))  # fmt: skip
        if code not in (0, 1):
            raise SystemExit(f"eider reconcile ended with exit code {code}: {error}")
        with report.open() as lines:
            files = [json.loads(line) for line in lines]
    return [(file["file"], file["size_bytes"]) for file in files
            if file["standing"] not in ("loaded", "gone")]  # fmt: skip


# What may be cut, by the end of its name: what is packed stays whole.
CUT_NAMES = (".parquet", ".pq", ".csv", ".tsv", ".json", ".jsonl", ".ndjson")


def pieces_of(uri: str, size_bytes: int, options: argparse.Namespace) -> int:
    """How many a file is cut into; 0: none."""
    if not options.piece_bytes or not uri.lower().endswith(CUT_NAMES):
        return 0
    return 0 if size_bytes <= options.piece_bytes else -(-size_bytes // options.piece_bytes)


def in_batches(parts: list[Part], parts_max: int) -> list[list[Part]]:
    """Of so many parts, or more where a file's pieces would be parted: they come in together."""
    batches: list[list[Part]] = []
    for part in parts:
        follows = part.piece and not part.piece.startswith("1/")
        if not batches or (len(batches[-1]) >= parts_max and not follows):
            batches.append([])
        batches[-1].append(part)
    return batches


def plan(files: list[tuple], options: argparse.Namespace) -> list[Part]:
    """Parts of at most so many files and bytes, in the order of the files."""
    run = time.strftime("%Y%m%dT%H%M%S", time.gmtime())
    parts: list[Part] = []
    for uri, size_bytes in files:
        pieces = pieces_of(uri, size_bytes, options)
        for number in range(1, pieces + 1):
            name = f"{run}-{len(parts):06}"
            parts.append(Part(name, f"{options.to.rstrip('/')}/{name}/", [uri],
                              size_bytes // pieces, f"{number}/{pieces}"))  # fmt: skip
        if pieces:
            continue
        full = not parts or parts[-1].piece or len(parts[-1].uris) >= options.part_files or (
            parts[-1].size_bytes + size_bytes > options.part_bytes)  # fmt: skip
        if full:
            name = f"{run}-{len(parts):06}"
            parts.append(Part(name, f"{options.to.rstrip('/')}/{name}/"))
        parts[-1].uris.append(uri)
        parts[-1].size_bytes += size_bytes
    return parts


def commit(eider: Eider, places: list[str]) -> tuple[int, int]:
    """Files that are in now, and those that are not. What a task has in work still, a twin or one
    whose executor was lost, is waited for; what a service that was away kept out is tried again."""
    for attempt in range(WAITS_MAX):
        code, lines, error = eider.run("commit", *places)
        if code not in (0, 1):
            raise RuntimeError(f"eider commit ended with exit code {code}: {error[-2000:]}")
        is_away = any(line.get("code") in AWAY for line in lines) and attempt < RETRIES_MAX
        if not is_away and not any(line.get("in_work_elsewhere") for line in lines):
            break
        time.sleep(WAIT_SECONDS)
    files = [line for line in lines if "file" in line or "prepared_record" in line]
    bad = [line for line in files if line["state"] != "LOADED" and line["state"] != "SKIPPED"
           or line.get("in_work_elsewhere")]  # fmt: skip
    for line in bad:
        print(told(line), file=sys.stderr, flush=True)
    return len(files) - len(bad), len(bad)


def run_batch(spark: SparkSession, options: argparse.Namespace, version: str, number: int,
              parts: list[Part]) -> list[Done]:  # fmt: skip
    """One job of Spark: a task for each part. Where not the job failed but the way to Spark, which
    two threads share, it is begun again: what is prepared is found."""
    context = spark.sparkContext
    for attempt in itertools.count():
        try:
            context.setJobDescription(f"eider prepare, batch {number}")
            tasks = context.parallelize(parts, len(parts))
            return tasks.map(lambda part: prepare(part, options, version)).collect()
        except Py4JError as error:
            if isinstance(error, Py4JJavaError) or attempt == RETRIES_MAX:
                raise
            print(f"batch {number} is begun again: {error}", file=sys.stderr, flush=True)
            time.sleep(1)


def commit_batch(eider: Eider, batch: list[Part], ended: Future, table: list[Done]
                 ) -> tuple[int, int]:  # fmt: skip
    """As commit, of all files of a batch. Where Spark gave a task up, after its retries, what the
    others and its own attempts have prepared is committed all the same."""
    failed = 0
    try:
        for done in ended.result():
            table.append(done)
            failed += done.failed
            for error in done.errors:
                print(error, file=sys.stderr, flush=True)
        gave_up = False
    except Exception as error:  # Spark's, or that of a task
        gave_up = True
        print(f"FAILED  parts {batch[0].name} to {batch[-1].name}: {error}", file=sys.stderr,
              flush=True)  # fmt: skip
    in_files, bad = commit(eider, [part.place for part in batch])
    files = len({uri for part in batch for uri in part.uris})
    # Of a file in pieces each task tells, and the commit what is missing.
    counts_by_task = not gave_up and not any(part.piece for part in batch)
    return in_files, bad + failed if counts_by_task else max(bad, files - in_files)


def load(spark: SparkSession, options: argparse.Namespace) -> int:
    eider = Eider(options)
    version = eider.version()
    in_files = failed = 0
    if options.resume:
        in_files, failed = commit(eider, [options.to])
    parts = plan(find_files(eider, options, spark), options)
    batches = in_batches(parts, options.batch_parts)
    names = {uri for part in parts for uri in part.uris}
    print(f"{len(names):,} files in {len(parts):,} parts", flush=True)
    table: list[Done] = []
    with ThreadPoolExecutor(2) as jobs:  # the next batch begins while the last tasks of one end
        running = {jobs.submit(run_batch, spark, options, version, number, batch): batch
                   for number, batch in enumerate(batches, 1)}  # fmt: skip
        for ended in as_completed(running):
            batch = running[ended]
            more, bad = commit_batch(eider, batch, ended, table)
            in_files, failed = in_files + more, failed + bad
    for done in sorted(table, key=lambda done: done.part):
        print(f"{done.part}  {done.prepared:>8,} files {done.rows:>12,} rows"
              f" {done.failed:>6,} failed {done.seconds:>8.1f} s")  # fmt: skip
    print(f"{in_files:,} files are in, {failed:,} are not", flush=True)
    return 0 if failed == 0 else 1


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("uris", nargs="*", help="s3://bucket/prefix/ of what is to be loaded")
    parser.add_argument("--to", required=True, help="where the records go: s3://bucket/prefix/")
    parser.add_argument("--list", help="a text file, or a folder of such, with a URI in each line")
    parser.add_argument("--table", help="an Iceberg or Parquet table of Spark's with URIs")
    parser.add_argument("--column", default="uri", help="of that table; uri when not given")
    parser.add_argument("--config", default="eider.yaml", help="Eider's configuration")
    parser.add_argument("--eider", default="eider", help="the program")
    parser.add_argument("--part-bytes", type=int, default=256 << 20, help="of one task's files")
    parser.add_argument("--part-files", type=int, default=1_000, help="of one task")
    parser.add_argument("--piece-bytes", type=int, default=0,
                        help="Parquet, CSV and JSON lines that are larger are cut into such "
                             "pieces; 0: none is")
    parser.add_argument("--batch-parts", type=int, default=100, help="that are committed together")
    parser.add_argument("--resume", action="store_true",
                        help="commit first what an earlier driver has left there")
    options = parser.parse_args(arguments)
    if bool(options.uris) + bool(options.list) + bool(options.table) != 1:
        parser.error("name prefixes, or one of --list and --table")
    return options


if __name__ == "__main__":
    asked = parse(sys.argv[1:])
    session = SparkSession.builder.appName("eider").getOrCreate()
    try:
        status = load(session, asked)
    finally:
        session.stop()
    sys.exit(status)
