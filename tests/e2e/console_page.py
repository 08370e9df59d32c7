"""A page of docs/ that can be typed: its files, its commands, and what it says that they print.

A block of `yaml` that begins with `# NAME` is that file; one that begins with an item of a list is
added to the end of routes.yaml. A block of `console` has commands after `$ ` (they go on to the
next line after a backslash and in a here-document) and, below each, what it prints; `…` stands for
what the page leaves out of a line. What differs from run to run (identifiers, times, durations) is
compared as such, not by its digits.
"""

import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

SECONDS_MAX = 120
MARK = "\x1e"  # between the outputs of two commands
BLOCK = re.compile(r"^```(yaml|console)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CHANGING = (
    (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?( UTC|Z|\+00)?"), "<time>"),
    (re.compile(r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"), "<uuid>"),
    (re.compile(r"\b\d{12,}\b"), "<id>"),
    (re.compile(r"\b\d+(\.\d+)? (ms|s)\b"), "<duration>"),
    (re.compile(r" {2,}"), "  "),  # columns of tables are as wide as their values
)


@dataclass
class Command:
    text: str
    expected: list[str] = field(default_factory=list)
    printed: list[str] = field(default_factory=list)


@dataclass
class Page:
    """The steps of a page: files and commands, as they come."""

    text: str
    steps: list[tuple[str, str] | Command]

    @property
    def commands(self) -> list[Command]:
        return [step for step in self.steps if isinstance(step, Command)]

    def run(self, program: str, folder: Path, shown_folder: str, **here: str) -> None:
        """Types all of it in one shell, in `folder`, which the page calls `shown_folder`; `here`
        are further variables of that shell."""
        script = [f"eider() {{ '{program}' \"$@\"; }}"]
        for number, step in enumerate(self.steps):
            if isinstance(step, Command):
                script += [step.text, f"printf '{MARK}'"]
                continue
            name, content = step
            into = f"{'>>' if not name else '>'} '{shown_folder}/{name or 'routes.yaml'}'"
            script.append(f"cat {into} <<'END_OF_FILE_{number}'\n{content}END_OF_FILE_{number}")
        mine = {name: value for name, value in os.environ.items()
                if not name.startswith(("EIDER_", "AWS_"))}  # fmt: skip
        python = str(Path(sys.executable).parent)
        done = subprocess.run(
            ["bash", "-s"], input="\n".join(script).replace(shown_folder, str(folder)), text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=SECONDS_MAX, check=False,
            env=mine | {"PATH": python + ":" + mine["PATH"]} | here,
        )  # fmt: skip
        printed = done.stdout.replace(str(folder), shown_folder).split(MARK)
        assert len(printed) == len(self.commands) + 1, done.stdout
        for command, text in zip(self.commands, printed, strict=False):
            command.printed = text.splitlines()


def read_page(path: Path) -> Page:
    text = path.read_text()
    steps: list[tuple[str, str] | Command] = []
    for kind, block in BLOCK.findall(text):
        if kind == "console":
            steps += commands_of(block)
        elif found := re.match(r"# (\S+)\n", block):
            steps.append((found[1], block))
        elif block.lstrip().startswith("- "):
            steps.append(("", block))
    return Page(text, steps)


def commands_of(block: str) -> list[Command]:
    commands: list[Command] = []
    end = ""  # of the command's text: a here-document's last line, or a line without a backslash
    for line in block.splitlines():
        if line.startswith("$ "):
            commands.append(Command(line[2:]))
        elif end:
            commands[-1].text += "\n" + line
        else:
            commands[-1].expected.append(line)
            continue
        if not end or end == "\\":
            here = re.search(r"<<'?(\w+)'?", line)
            end = here[1] if here else "\\" if line.endswith("\\") else ""
        elif line == end:
            end = ""
    return commands


def is_printed(command: Command) -> bool:
    """Whether the command printed what the page says; a table's rows have no order."""
    expected, printed = steady(command.expected), steady(command.printed)
    if command.text.startswith("eider table head"):
        expected, printed = sorted(expected), sorted(printed)
    pattern = "\n".join(map(re.escape, expected)).replace("…", ".*")
    return re.fullmatch(pattern, "\n".join(printed)) is not None


def steady(lines: list[str]) -> list[str]:
    """Without what differs from run to run."""
    result = []
    for line in lines:
        for pattern, word in CHANGING:
            line = pattern.sub(word, line)
        result.append(line.rstrip())
    return result
