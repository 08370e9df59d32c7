"""The results as a table for people and as JSON for machines, with where they come from."""

import json
import os
import platform
import subprocess
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import median


DIFFERENCE = "eider - other"


@dataclass
class Row:
    """One line of the table: the same thing measured on both sides; `expected` is the issue's."""

    what: str
    unit: str
    eider: list[float]
    other: list[float]
    other_name: str
    expected: str
    # or "eider / other", or DIFFERENCE, where the other is the yardstick
    faster_is: str = "other / eider"

    @property
    def ratio(self) -> float:
        if self.faster_is == DIFFERENCE:
            return median(self.eider) - median(self.other)
        ratio = median(self.other) / max(median(self.eider), 1e-9)
        return ratio if self.faster_is == "other / eider" else 1 / max(ratio, 1e-9)

    def cells(self) -> list[str]:
        return [
            self.what,
            f"{median(self.eider):,.1f} {self.unit}",
            f"{median(self.other):,.1f} {self.unit} ({self.other_name})",
            f"{self.ratio:.2f} = {self.faster_is}",
            self.expected,
            f"{min(self.eider):,.1f}–{max(self.eider):,.1f} / "
            f"{min(self.other):,.1f}–{max(self.other):,.1f}",
        ]


HEAD = ["what", "eider", "against", "ratio", "expected", "range (eider / other)"]


@dataclass
class Results:
    versions: dict[str, str]
    rounds: int
    inputs: dict[str, int]
    rows: list[Row] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, row: Row) -> None:
        self.rows.append(row)
        what, eider, other, ratio, expected, _ = row.cells()
        print(f"  {what:<34} {eider:>13}  {other:<30} {ratio:<26} expected {expected}", flush=True)

    def markdown(self, machine: dict) -> str:
        lines = [f"# Benchmark of {machine['date']}, commit {machine['commit']}", ""]
        lines += [f"- {name}: {value}" for name, value in machine.items()]
        lines += [f"- versions: {', '.join(f'{n} {v}' for n, v in self.versions.items())}"]
        sizes = ", ".join(f"{name} {size / 1e6:.2f} MB" for name, size in self.inputs.items())
        lines += [f"- inputs: {sizes}", f"- medians of {self.rounds} interleaved rounds", ""]
        table = [HEAD, ["---"] * len(HEAD), *(row.cells() for row in self.rows)]
        lines += ["| " + " | ".join(cells) + " |" for cells in table]
        lines += ["", *(f"- {note}" for note in self.notes), ""]
        return "\n".join(lines)

    def write(self, folder: Path) -> Path:
        machine = describe_machine()
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{machine['date']}-{machine['commit']}.md"
        path.write_text(self.markdown(machine))
        rows = [vars(row) | {"ratio": row.ratio} for row in self.rows]
        everything = {"machine": machine, "versions": self.versions, "rounds": self.rounds,
                      "inputs": self.inputs, "rows": rows, "notes": self.notes}  # fmt: skip
        path.with_suffix(".json").write_text(json.dumps(everything, indent=1) + "\n")
        return path


def describe_machine() -> dict[str, str]:
    def value_of(path: str, key: str) -> str:
        lines = Path(path).read_text().splitlines()
        return next((line.split(":", 1)[1].strip() for line in lines if line.startswith(key)), "?")

    def git(*args: str) -> str:
        done = subprocess.run(["git", *args], capture_output=True, text=True, check=False,
                              cwd=Path(__file__).parent)  # fmt: skip
        return done.stdout.strip()

    commit = git("rev-parse", "--short", "HEAD") or "unknown"
    changed = git("status", "--porcelain", "--untracked-files=no", "--", "../src")
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "commit": commit + ("-changed" if changed else ""),
        "processor": f"{value_of('/proc/cpuinfo', 'model name')}, {os.cpu_count()} cores",
        "memory": f"{int(value_of('/proc/meminfo', 'MemTotal').split()[0]) / (1 << 20):.0f} GiB",
        "kernel": platform.release(),
        "load when it ended": f"{os.getloadavg()[0]:.2f}",
    }
