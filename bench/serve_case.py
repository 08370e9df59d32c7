"""The worker: files through a queue, from a folder, and for long.

Queues are those of the stand-in for Glue (moto), which takes tens of milliseconds for a request,
and more the more messages a queue has: there are several, the worker's rate has them as its bound,
and the row beside it tells what the queues alone give.
"""

import json
import os
import subprocess
import time
from pathlib import Path
from statistics import mean

from child import ask, measure
from lambda_cases import CREDENTIALS, PREPARE, PYTHON, LambdaCases, StandIns, events
from report import Row
from request_cases import FILES, RequestCases

HERE = Path(__file__).parent
PUTS_PER_SECOND = 20
PUT_SECONDS = 20
LONG_FILES = 20_000
EARLY_FILES = 2_000
EARLY_COMMIT, LATE_COMMIT, AROUND = 100, 10_000, 50
BATCH = 10
QUEUES = 16


class Worker:
    """`eider serve --json` as a child, and what it has told so far."""

    def __init__(self, command: list[str], environment: dict[str, str] | None = None):
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, env=environment)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.stdout.read()
        self.process.wait()

    def states(self):
        """The fate of each file, and when its line came."""
        for line in self.process.stdout:
            told = json.loads(line)
            if "state" in told:
                yield told, time.time()

    def memory_mib(self) -> float:
        """Of the process that works: the child of the one that watches over it."""
        parent = self.process.pid
        (child,) = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
        status = Path(f"/proc/{child}/status").read_text()
        resident = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
        return int(resident.split()[1]) / 1024


def await_loaded(worker: Worker, files: int) -> float:
    """The time when so many files were loaded; another fate ends the benchmark."""
    seen = 0
    for told, at in worker.states():
        if told["state"] != "LOADED":
            raise SystemExit(f"bench: {told}")
        seen += 1
        if seen == files:
            return at
    raise SystemExit(f"bench: the worker ended after {seen} of {files} files")


class ServeCases:
    def __init__(self, bench):
        self.bench = bench

    def queue(self) -> None:
        """2,000 files of 140 KB through queues of SQS into 4 tables, all there at the start."""
        import boto3  # not before: its memory would be counted into that of measured children

        cases = self.bench.in_lambda()
        source = ask(PREPARE, PYTHON, "parts", cases.folder, FILES)
        objects = [events.Object(**item) for item in source["objects"]]
        rates, quick, alone = [], [], []
        with StandIns(("glue",)) as stand_ins:
            endpoint = stand_ins.endpoint("glue")
            os.environ.update(CREDENTIALS)
            sqs = boto3.client("sqs", endpoint_url=endpoint)
            for number in range(self.bench.rounds):
                urls = self.fill(sqs, f"bench-{number}", objects)
                rates.append(FILES / self.serve(cases, endpoint, urls))
                quick.append(FILES / self.serve_quickly(cases, objects))
                alone.append(self.drain(sqs, self.fill(sqs, f"alone-{number}", objects)))
        theirs = [1 / each for each in RequestCases(cases, None).stack_seconds(objects)]
        name = f"worker: {FILES:,} files of 140 KB through SQS into 4 tables"
        self.bench.results.add(Row(name, "files/s", rates, theirs, cases.stack.name,
                                   "≥ 200 files/s", "eider / other"))  # fmt: skip
        self.bench.results.add(Row(f"{name}: a queue that answers at once", "files/s", quick,
                                   theirs, cases.stack.name, "≥ 200 files/s",
                                   "eider / other"))  # fmt: skip
        self.bench.results.add(Row(f"{name}: the queue alone", "files/s", rates, alone,
                                   "moto, received and deleted", "", "eider / other"))  # fmt: skip

    def fill(self, sqs, name: str, objects: list) -> list[str]:
        urls = [sqs.create_queue(QueueName=f"{name}-{number}")["QueueUrl"]
                for number in range(QUEUES)]  # fmt: skip
        for begin in range(0, len(objects), BATCH):
            entries = [{"Id": str(number), "MessageBody": json.dumps(events.s3_event(item))}
                       for number, item in enumerate(objects[begin : begin + BATCH])]  # fmt: skip
            sqs.send_message_batch(QueueUrl=urls[begin // BATCH % QUEUES], Entries=entries)
        return urls

    def serve(self, cases: LambdaCases, endpoint: str, urls: list[str]) -> float:
        world = cases.world()[1]
        world["EIDER_ROUTING_STRATEGIES"] = "folder"
        environment = cases.environment(cases.eider, world) | {"AWS_ENDPOINT_URL_SQS": endpoint}
        began = time.time()
        command = [self.bench.eider, "serve", "--json", "--sqs", ",".join(urls)]
        with Worker(command, environment) as worker:
            return await_loaded(worker, FILES) - began

    def serve_quickly(self, cases: LambdaCases, objects: list) -> float:
        """The same through one queue of quick_queue.py, into tables of its own."""
        bodies = cases.folder / "bodies"
        bodies.write_text("".join(json.dumps(events.s3_event(item)) + "\n" for item in objects))
        command = [PYTHON, str(HERE / "quick_queue.py"), str(bodies)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as queue:
            try:
                url = queue.stdout.readline().strip()
                return self.serve(cases, url.rsplit("/", 2)[0], [url])
            finally:
                queue.kill()

    def drain(self, sqs, urls: list[str]) -> float:
        """Messages a second that one thread takes and deletes."""
        began = time.time()
        for url in urls:
            while found := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=BATCH).get(
                "Messages"
            ):
                entries = [{"Id": str(number), "ReceiptHandle": message["ReceiptHandle"]}
                           for number, message in enumerate(found)]  # fmt: skip
                sqs.delete_message_batch(QueueUrl=url, Entries=entries)
        return FILES / (time.time() - began)

    def folder(self) -> tuple[Path, list[str]]:
        """A lake whose bucket `crowd` is empty, and the command that serves it."""
        lake = self.bench.lake()
        settings = json.loads((lake / "eider.yaml").read_text())
        drop = lake / "drop"
        drop.mkdir()
        settings["buckets"] = {"crowd": str(drop)}
        (lake / "serve.yaml").write_text(json.dumps(settings))
        command = [self.bench.eider, "serve", "--json", "--config", str(lake / "serve.yaml"),
                   "--watch", str(drop)]  # fmt: skip
        return drop, command

    def lag(self) -> None:
        """From a file's place in the folder to the line that tells its commit."""
        drop, command = self.folder()
        crowd = sorted((self.bench.inputs / "crowd").iterdir())
        lags = []
        with Worker(command) as worker:
            time.sleep(2)
            if os.fork() == 0:
                self.put_steadily(drop, crowd)
            for told, at in worker.states():
                put_at = (drop / told["file"].rsplit("/", 1)[1]).stat().st_ctime
                lags.append((at - put_at) * 1e3)
                if len(lags) == PUTS_PER_SECOND * PUT_SECONDS:
                    break
        os.wait()
        late = sorted(lags)[int(len(lags) * 0.99)]
        limit = [1_000.0 + 1_000.0]  # serve.commit_lag_ms, and a second
        what = "worker: from PUT to readable rows, 99th percentile"
        self.bench.results.add(Row(what, "ms", [late], limit, "the lag and 1 s", "≤ 1",
                                   "eider / other"))  # fmt: skip

    def put_steadily(self, drop: Path, crowd: list[Path]) -> None:
        for number in range(PUTS_PER_SECOND * PUT_SECONDS):
            hidden = drop / f".{number}"
            hidden.write_bytes(crowd[number % len(crowd)].read_bytes())
            hidden.rename(drop / f"{number:05}.parquet")
            time.sleep(1 / PUTS_PER_SECOND)
        os._exit(0)

    def long(self) -> None:
        """Memory after 20,000 files beside that after 2,000."""
        drop, command = self.folder()
        crowd = sorted((self.bench.inputs / "crowd").iterdir())
        for number in range(LONG_FILES):
            os.link(crowd[number % len(crowd)], drop / f"{number:05}.parquet")
        with Worker(command) as worker:
            await_loaded(worker, EARLY_FILES)
            early = worker.memory_mib()
            began = time.time()
            seconds = await_loaded(worker, LONG_FILES - EARLY_FILES) - began
            late = worker.memory_mib()
        self.bench.results.add(Row(f"worker: memory after {LONG_FILES:,} files of 200 rows", "MiB",
                                   [late], [early], f"after {EARLY_FILES:,}", "≤ 1.1",
                                   "eider / other"))  # fmt: skip
        self.bench.results.notes.append(
            f"worker: {(LONG_FILES - EARLY_FILES) / seconds:.0f} files of 200 rows a second from a"
            " folder, one table")  # fmt: skip

    def commits(self) -> None:
        """What a commit costs when its table has 10,000 others, beside one that has 100."""
        drop, _ = self.folder()
        crowd = sorted((self.bench.inputs / "crowd").iterdir())
        for number in range(LATE_COMMIT + AROUND):
            os.link(crowd[number % len(crowd)], drop / f"{number:05}.parquet")
        ask(HERE / "prepare.py", PYTHON, "forget", drop.parent, "crowd")
        done = measure([self.bench.eider, "run", "--json", "--config",
                        str(drop.parent / "serve.yaml"), "--commit-max-files", "1",
                        "s3://crowd/"])  # fmt: skip
        times = [line["steps"]["commit"] for line in done.lines if line.get("state") == "LOADED"]
        sides = [[mean(times[at - AROUND : at + AROUND])] for at in (LATE_COMMIT, EARLY_COMMIT)]
        self.bench.results.add(Row(f"the {LATE_COMMIT:,}th commit of a table, mean of"
                                   f" {2 * AROUND}", "ms", *sides, f"the {EARLY_COMMIT}th", "≤ 1.5",
                                   "eider / other"))  # fmt: skip
