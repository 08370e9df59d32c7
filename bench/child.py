"""One measured child process: wall time, CPU time, peak memory, and its JSON lines.

Linux counts the memory of the process that starts a child into the child's peak, so whoever uses
this must stay small: nothing here, or in run.py, imports DuckDB or PyIceberg.
"""

import json
import os
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path


@dataclass
class Measured:
    seconds: float
    cpu_seconds: float
    peak_mib: float
    text: str  # that it printed; taken apart only for whoever asks

    @property
    def lines(self) -> list[dict]:
        return [json.loads(line) for line in self.text.splitlines() if line.startswith("{")]

    def milliseconds(self) -> list[float]:
        """What the program itself says of each file."""
        return [line["milliseconds"] for line in self.lines if "milliseconds" in line]


def measure(command: list[str], environment: dict[str, str] | None = None) -> Measured:
    """Runs the command to its end, in our environment without Eider's settings if none is given;
    a failure of it ends the benchmark."""
    mine = environment or {
        key: value for key, value in os.environ.items() if not key.startswith("EIDER_")
    }
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        started = time.perf_counter()
        child = subprocess.Popen(command, stdout=out, stderr=err, env=mine)
        _, status, usage = os.wait4(child.pid, 0)
        seconds = time.perf_counter() - started
        child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        text = out.read().decode()
        if child.returncode != 0:
            shown = " ".join(command)[:300]
            raise SystemExit(f"bench: exit code {child.returncode} of {shown}\n"
                             f"{text[-2000:]}\n{err.read().decode()[-2000:]}")  # fmt: skip
    return Measured(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, text)


def ask(script: Path, python: str, *args: object) -> dict:
    """An unmeasured step of another script; its last line of JSON is the answer."""
    lines = measure([python, str(script), *map(str, args)]).lines
    return lines[-1] if lines else {}
