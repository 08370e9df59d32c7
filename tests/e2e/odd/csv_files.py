"""Odd CSV files, read by Python's `csv` with the dialect that they were written in."""

import csv
import io
import random

from odd.odd_file import OddFile, many, pack, row_count, surprise_place
from odd.values import KIND_OF, KINDS, SURPRISES, TYPED, Misfit

COLUMNS = ("a", "b", "c")
CONVERT = {name: convert for name, _, convert in TYPED}
SHAPES = ("csv-text", "csv-typed", "csv-guess", "new")


class Writer:
    """A dialect, and lines in it."""

    def __init__(self, rng: random.Random):
        self.rng = rng
        self.delimiter = rng.choice(",;\t|")
        self.newline = rng.choice(("\n", "\n", "\r\n", "\r"))
        self.quoting = rng.choice(("needed", "needed", "all", "some"))
        self.escape = "\\" if rng.random() < 0.05 else '"'

    def line(self, cells) -> str:
        return self.delimiter.join(map(self.cell, cells))

    def cell(self, text: str) -> str:
        needs = any(sign in text for sign in (self.delimiter, '"', "\n", "\r"))
        needs = needs or (self.escape == "\\" and "\\" in text)
        if not needs and self.quoting != "all" and (self.quoting != "some" or text[:1] < "m"):
            return text
        if self.escape == "\\":
            text = text.replace("\\", "\\\\")
        return '"' + text.replace('"', self.escape + '"') + '"'

    def read(self, text: str) -> list[list[str]]:
        doubles = self.escape == '"'
        found = csv.reader(
            io.StringIO(text, newline=""), delimiter=self.delimiter, strict=True,
            doublequote=doubles, escapechar=None if doubles else "\\",
        )  # fmt: skip
        return [row for row in found if row]

    def noise(self, text: str) -> str:
        """The text with letters that a dialect is made of."""
        if self.rng.random() < 0.9:
            return text
        return text + self.rng.choice((self.delimiter, '"', "\n", "\r\n", '""', ",;\t|", "'", "#"))


def wrong_line(rng: random.Random, writer: Writer, width: int) -> tuple[str, str]:
    """A line that no reading of the file can take, and what it is."""
    d = writer.delimiter
    row = ["p"] * width
    kinds = [
        ("a field too many", d.join([*row, "s"])),
        ("a field too few", d.join(row[1:])),
        ("text behind a quote", d.join(['"p"x', *row[1:]])),
        ("another line end", d.join(row) + ("\n" if "\r" in writer.newline else "\r")),
    ]
    if width > 1:
        kinds += [("a comment", "# said by somebody"), ("another delimiter", ":".join(row))]
    return rng.choice(kinds)


def cells_of(rng: random.Random, writer: Writer, kind: str, count: int) -> list[str]:
    """A column of one kind, some cells of it empty."""
    empties = rng.choice((0, 0, 0.1, 1 if rng.random() < 0.1 else 0.5))

    def make():
        text = rng.choice(KINDS[kind])
        if kind == "word":
            text = writer.noise(text)
        return "" if rng.random() < empties else text

    return many(rng, make, count)


def names_of(rng: random.Random, shape: str) -> tuple[list[str], list[str]]:
    """The columns of a file, and their kinds."""
    if shape == "csv-typed":
        names = [name for name, _, _ in TYPED]
        rng.shuffle(names)
        return names, [KIND_OF[name] for name in names]
    names = list(COLUMNS)
    if shape == "csv-text":
        rng.shuffle(names)
    elif shape == "new":
        names = names[: rng.randint(1, 3)]
    kinds = rng.choices(list(KINDS), k=len(names))
    return names, kinds


def converted(names: list[str], rows: list[list[str]]) -> list[tuple]:
    """The rows of a table with types. Raises Misfit."""
    found = []
    for row in rows:
        cells = dict(zip(names, row, strict=True))
        found.append(tuple(CONVERT[name](cells[name]) if cells[name] else None
                           for name, _, _ in TYPED))  # fmt: skip
    return found


def make_csv(rng: random.Random) -> OddFile:
    shape = rng.choices(SHAPES, (30, 30, 38, 2))[0]
    writer = Writer(rng)
    names, kinds = names_of(rng, shape)
    count = row_count(rng)
    columns = [cells_of(rng, writer, kind, count) for kind in kinds]
    what = ", ".join([repr(writer.delimiter), repr(writer.newline), f"{count} rows", *kinds])
    if count and rng.random() < 0.6:
        column = rng.randrange(len(names))
        place = surprise_place(rng, count)
        text = rng.choice(SURPRISES)
        columns[column][place] = text
        what += f", {text!r} in row {place} of {names[column]}"
    rows = [list(row) for row in zip(*columns, strict=True)]
    if writer.escape == "\\" and rows:
        rows[0][0] = 'q"q'  # or the other reading holds as well
    # A line of one empty cell is an empty line.
    width = len(names)
    lines = [writer.line(names), *(writer.line(row) or '""' for row in rows)]
    must = "load"
    if rng.random() < 0.2:
        kind, line = wrong_line(rng, writer, width)
        if width > 1 or kind not in ("a field too few", "a field too many"):
            place = surprise_place(rng, len(lines)) + 1
            lines.insert(place, line)
            must, what = "fail", what + f", {kind} in line {place}"
    elif rng.random() < 0.1 and width > 1:
        lines.insert(surprise_place(rng, len(lines)) + 1, "")
        what += ", an empty line"
    elif rng.random() < 0.05:
        lines.append('"p' + writer.delimiter.join("q" * width))
        must, what = "fail", what + ", an open quote"
    text = writer.newline.join(lines) + (writer.newline if rng.random() < 0.8 else "")
    return finish(rng, shape, writer, text, OddFile(shape, ".csv", b"", must, what))


def finish(rng: random.Random, shape: str, writer: Writer, text: str, file: OddFile) -> OddFile:
    """Encodes and packs the text, and reads it for what it should give."""
    data = text.encode()
    if rng.random() < 0.15:
        data = b"\xef\xbb\xbf" + data
    dice = rng.random()
    if dice < 0.02:
        data, file.must, file.what = text.encode("utf-16"), "fail", file.what + ", UTF-16"
    elif dice < 0.05 and "é" in text:
        data = text.replace("🦆", "").encode("latin-1", "replace")
        file.must, file.what = "fail", file.what + ", windows-1252"
    file.data, ending, damage = pack(rng, data)
    file.suffix += ending
    if damage:
        file.must, file.what = "fail", f"{file.what}, {damage}"
    if file.must == "fail":
        return file
    header, *rows = writer.read(text)
    try:
        if shape == "csv-typed":
            file.rows = converted(header, rows)
        elif shape == "csv-text":
            places = [header.index(name) for name in COLUMNS]
            file.rows = [tuple(row[place] or None for place in places) for row in rows]
        else:
            file.rows = [tuple(cell or None for cell in row) for row in rows]
            # No table can be made where no column has a value, and so none a type.
            if shape == "new" and rows and not any(cell for row in rows for cell in row):
                file.must = "fail"
    except Misfit:
        file.must = "fail"
    return file
