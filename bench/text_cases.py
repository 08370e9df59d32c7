"""Eider's whole way of a text file into a table against DuckDB's own COPY of the same file.

DuckDB copies it with the options that its reader guesses, and once more with those that Eider gives
the reader, all of them texts, and casts; both of them count nothing and keep nothing of its errors.
"""

from child import Measured, measure
from report import Row

KINDS = {"csv": "CSV", "json": "JSON lines"}


class TextCases:
    """See the head of this file."""

    def __init__(self, bench, copy: list[str]):
        self.bench = bench
        self.copy = copy  # the command, up to its arguments

    def all(self) -> None:
        for kind, name in KINDS.items():
            what = f"50 MB of {name}"
            uri = f"s3://{kind}/{kind}.{kind}"
            self.bench.against_stack(what, uri, "")
            self.against_copy(what, uri, "DuckDB COPY", None, "≤ 1.35")
            self.against_copy(what, uri, "COPY, Eider's options", self.options_of(uri), "")

    def options_of(self, uri: str) -> str:
        """The options that Eider gives the reader, as SQL."""
        lake = self.bench.lake()
        command = [self.bench.eider, "explain", "--json", "--config", str(lake / "eider.yaml"), uri]
        (told,) = measure(command).lines
        self.bench.close(lake)
        (reader,) = told["parts"][0]["query"]["readers"]
        return ", ".join(f"{name} = {value}" for name, value in reader["options"].items())

    def against_copy(self, what: str, uri: str, other: str, options: str | None,
                     expected: str) -> None:  # fmt: skip
        source = f"{self.bench.inputs}/{uri.removeprefix('s3://')}"
        command = [*self.copy, source, str(self.bench.folder / "copy.parquet")]
        if options is not None:
            command.append(options)
        ours, theirs = self.bench.in_turn(
            lambda: self.bench.run_eider(uri)[0],
            lambda: measure(command),
            2 * self.bench.rounds,
        )
        inside = [done.milliseconds()[0] for done in theirs]
        for part, eider, copy, bound in (
            ("process / inside", [done.seconds * 1e3 for done in ours], inside, ""),
            ("inside / inside", [done.milliseconds()[0] for done in ours], inside, expected),
            ("CPU of process / inside", [done.cpu_seconds * 1e3 for done in ours],
             [cpu_inside(done) for done in theirs], expected),
        ):  # fmt: skip
            row = Row(f"{what}: {part}", "ms", eider, copy, other, bound, "eider / other")
            self.bench.results.add(row)


def cpu_inside(done: Measured) -> float:
    return done.lines[-1]["cpu_milliseconds"]
