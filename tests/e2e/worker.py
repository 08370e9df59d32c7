"""`eider serve` as a process of a test: begun, watched, stopped or killed."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable

SECONDS_MAX = 60


def wait_until(condition: Callable[[], object], what: object = "", seconds: float = SECONDS_MAX):
    """Waits until the condition holds and returns what it gave. `what` may be a call that tells."""
    end = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > end:
            told = what() if callable(what) else what or condition
            raise AssertionError(f"not within {seconds} s: {told}")
        time.sleep(0.05)
    return value


class Worker:
    """Works from its making until stop, kill or the end of the `with` that it stands in."""

    def __init__(self, lake, *arguments: object):
        self.lake = lake
        self.out_path = lake.folder / f"serve-{time.monotonic_ns()}.out"
        self.err_path = self.out_path.with_suffix(".err")
        with self.out_path.open("w") as out, self.err_path.open("w") as err:
            self.process = subprocess.Popen(
                lake.command("serve", "--json", *map(str, arguments)), stdout=out, stderr=err,
                env=lake.environment(), cwd=lake.folder, text=True, start_new_session=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.kill()

    @property
    def lines(self) -> list[dict]:
        """What it has printed so far; the last line may be on its way."""
        text = self.out_path.read_text()
        return [json.loads(line) for line in text[: text.rfind("\n") + 1].splitlines()]

    @property
    def stderr(self) -> str:
        return self.err_path.read_text()

    def files(self, key: str = "") -> list[dict]:
        """The lines about files whose URIs end with the key."""
        return [line for line in self.lines if "file" in line and line["file"].endswith(key)]

    def states(self, key: str = "") -> list[str]:
        return [line["state"] for line in self.files(key)]

    def await_states(self, key: str, *states: str):
        """Waits until the files of that key came to these states, one after the other."""
        wait_until(lambda: self.states(key) == list(states),
                   lambda: f"{key} {states}, is {self.files(key)} {self.stderr}")

    def await_begin(self):
        wait_until(lambda: any("serving" in line for line in self.lines), lambda: self.stderr)
        return self

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Asks it to end, and waits until it has; its exit code."""
        self.process.send_signal(number)
        return self.process.wait(SECONDS_MAX)

    def kill(self):
        """Kills it and all that it started, as a loss of power does."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(SECONDS_MAX)
