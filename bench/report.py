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
            f"{shown(median(self.eider))} {self.unit}",
            f"{shown(median(self.other))} {self.unit} ({self.other_name})",
            f"{self.ratio:.2f} = {self.faster_is}",
            self.expected,
            f"{shown(min(self.eider))}–{shown(max(self.eider))} / "
            f"{shown(min(self.other))}–{shown(max(self.other))}",
        ]


HEAD = ["what", "eider", "against", "ratio", "expected", "range (eider / other)", "before"]


def shown(value: float) -> str:
    """One decimal, and three digits of what is smaller than one: dollars, objects per file."""
    return f"{value:,.1f}" if value == 0 or abs(value) >= 1 else f"{value:.3g}"


@dataclass(frozen=True)
class Aim:
    """What the project has set itself, and the row that tells whether it is reached."""

    words: str
    bound: str  # "≤ 5", "≥ 6.5"
    what: str  # of the row
    other_name: str
    of_ratio: bool  # or of Eider's own value

    def met(self, value: float) -> bool:
        sign, limit = self.bound.split()
        return value <= float(limit) if sign == "≤" else value >= float(limit)


MANY_S3 = "2,000 files of 140 KB for 4 tables, one call"
AIMS = (
    Aim("10,000 files of 200 rows: times DuckDB alone", "≤ 2.5",
        "10,000 files of 200 rows, one call", "DuckDB COPY", True),
    Aim("the same: data files", "≤ 100",
        "10,000 files of 200 rows: data files", "DuckDB COPY", False),
    Aim("2,000 files in S3: objects written per file", "≤ 0.1",
        f"{MANY_S3}: objects written per file", "Python function", False),
    Aim("the same: dollars per GB", "≤ 0.03",
        f"{MANY_S3}: dollars per GB", "Python function", False),
    Aim("warm small file: round trips in sequence", "≤ 5",
        "Lambda: round trips in sequence of a warm small file", "Python function", False),
    Aim("warm small file: times as fast as the Python function", "≥ 6.5",
        "Lambda: each next small file", "Python function", True),
    Aim("large file, warm: times DuckDB's local COPY", "≤ 1.25",
        "Lambda: large file, warm", "DuckDB COPY, local files", True),
    Aim("8 writers: times the Python function's commits a second", "≥ 12",
        "Lambda: commits of 8 writers", "Python function", True),
    Aim("cold process, ms", "≤ 65", "one small file, cold process", "Python stack", False),
)  # fmt: skip


def aims_table(rows: list[Row]) -> list[list[str]]:
    """The aims whose row was measured."""
    found = {(row.what, row.other_name): row for row in rows}
    table = []
    for aim in AIMS:
        if row := found.get((aim.what, aim.other_name)):
            value = row.ratio if aim.of_ratio else median(row.eider)
            met = "yes" if aim.met(value) else "no"
            table.append([aim.words, aim.bound, f"{value:,.3g}", met])
    return table


def earlier_rows(folder: Path, but: str) -> dict[tuple[str, str], tuple[str, dict]]:
    """By what and other side: the newest result that has the row, with the result's name."""
    found = {}
    for path in sorted(path for path in folder.glob("*.json") if path.stem != but):
        for row in json.loads(path.read_text())["rows"]:
            found[row["what"], row["other_name"]] = (path.stem, row)
    return found


def before(row: Row, earlier: dict[tuple[str, str], tuple[str, dict]]) -> str:
    if (row.what, row.other_name) not in earlier:
        return ""
    name, old = earlier[row.what, row.other_name]
    return f"{shown(median(old['eider']))} {row.unit}, ratio {old['ratio']:.2f} ({name})"


def markdown_table(head: list[str], rows: list[list[str]]) -> list[str]:
    return ["| " + " | ".join(cells) + " |" for cells in [head, ["---"] * len(head), *rows]]


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

    def markdown(self, machine: dict, earlier: dict) -> str:
        lines = [f"# Benchmark of {machine['date']}, commit {machine['commit']}", ""]
        lines += [f"- {name}: {value}" for name, value in machine.items()]
        lines += [f"- versions: {', '.join(f'{n} {v}' for n, v in self.versions.items())}"]
        sizes = ", ".join(f"{name} {size / 1e6:.2f} MB" for name, size in self.inputs.items())
        lines += [f"- inputs: {sizes}", f"- medians of {self.rounds} interleaved rounds", ""]
        if aims := aims_table(self.rows):
            lines += [*markdown_table(["aim", "bound", "measured", "reached"], aims), ""]
        rows = [[*row.cells(), before(row, earlier)] for row in self.rows]
        lines += markdown_table(HEAD, rows)
        lines += ["", *(f"- {note}" for note in self.notes), ""]
        return "\n".join(lines)

    def write(self, folder: Path) -> Path:
        machine = describe_machine()
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{machine['date']}-{machine['commit']}.md"
        path.write_text(self.markdown(machine, earlier_rows(folder, path.stem)))
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
