"""Odd CSV and JSON files, made from a seed: what is loaded equals what Python's own readers find in
them, a whole file is never refused, and every other one is FAILED.

EIDER_ODD_FILES sets how many are made of each kind, EIDER_ODD_SEED the seed.
"""

import csv
import gzip
import io
import json
import os
import random
from collections import Counter

import pytest

FILES = int(os.environ.get("EIDER_ODD_FILES", "500"))
SEED = int(os.environ.get("EIDER_ODD_SEED", "20261128"))
COLUMNS = ("a", "b", "c")
WORDS = (
    "x", "0123", "1", "-7", "1.50", "3.0", "12345678901234567891", "true", "2024-01-31", "NULL",
    "31/12/2024", "é🦆", "a b", " lead", "trail ", "#no comment", "it's", "{}", "%", "a\\b",
)  # fmt: skip
SQL = "SELECT '{s3_input_path}' AS f, a, b, c FROM %s('{s3_input_path}')"


class OddCsv:
    """One file: its text, and whether something in it is wrong."""

    def __init__(self, rng: random.Random):
        self.rng = rng
        self.delimiter = rng.choice(",;\t|")
        self.newline = rng.choice(("\n", "\n", "\r\n", "\r"))
        self.quotes_all = rng.random() < 0.2
        count = rng.choice((0, 1, 2, 5, 20, 20, 2_050)) if rng.random() < 0.98 else 21_000
        self.rows = [[self.cell() for _ in COLUMNS] for _ in range(count)]
        lines = [self.line(COLUMNS), *map(self.line, self.rows)]
        self.wrong = None
        if rng.random() < 0.4:
            self.spoil(lines)
        self.text = self.newline.join(lines)
        if rng.random() < 0.8:
            self.text += self.newline
        data = self.text.encode()
        if rng.random() < 0.2:
            data = b"\xef\xbb\xbf" + data
        self.suffix = ".csv"
        if rng.random() < 0.2:
            data = gzip.compress(data)
            self.suffix = rng.choice((".csv", ".csv.gz"))
            if rng.random() < 0.3:
                data = data[: rng.randrange(len(data) // 2, len(data))]
                self.wrong = "cut-off gzip"
        self.data = data

    def cell(self) -> str:
        word = self.rng.choice(WORDS)
        if self.rng.random() < 0.1:
            word += self.rng.choice((self.delimiter, '"', "\n", "\r\n", '""', ",;\t|"))
        return "" if self.rng.random() < 0.1 else word

    def line(self, cells) -> str:
        made = []
        for cell in cells:
            needs = any(sign in cell for sign in (self.delimiter, '"', "\n", "\r"))
            quoted = needs or self.quotes_all
            made.append('"' + cell.replace('"', '""') + '"' if quoted else cell)
        return self.delimiter.join(made)

    def spoil(self, lines: list[str]):
        """Something wrong in one place, before, at or behind where a sample would end."""
        at = self.rng.choice((1, len(lines) // 2, len(lines) - 1, len(lines)))
        at = max(1, min(at, len(lines)))
        row = ["p", "q", "r"]
        d = self.delimiter
        kind, line = self.rng.choice((
            ("a field too many", d.join([*row, "s"])),
            ("a field too few", d.join(row[:2])),
            ("a comment", "# said by somebody"),
            ("an open quote", f'"p{d}q{d}r'),
            ("text behind a quote", f'"p"x{d}q{d}r'),
            ("another delimiter", "p:q:r"),
            ("another line end", d.join(row) + ("\n" if "\r" in self.newline else "\r")),
        ))  # fmt: skip
        self.wrong = kind
        lines.insert(at, line)

    def expected(self) -> list[tuple]:
        text = io.StringIO(self.text, newline="")
        found = csv.reader(text, delimiter=self.delimiter, strict=True)
        return [tuple(cell or None for cell in row) for row in list(found)[1:] if row]


class OddJson:
    """Objects as lines, as one array, or one behind the other."""

    def __init__(self, rng: random.Random):
        self.rng = rng
        count = rng.choice((0, 1, 2, 5, 20, 20, 2_050)) if rng.random() < 0.98 else 21_000
        self.rows = [self.row() for _ in range(count)]
        self.wrong = None
        texts = [json.dumps(row, ensure_ascii=rng.random() < 0.5) for row in self.rows]
        form = rng.choice(("lines", "lines", "array", "values"))
        joint = {"lines": "\n", "array": ",\n ", "values": " "}[form]
        text = joint.join(texts)
        if form == "array":
            text = f"[{text}]"
        self.text = text + rng.choice(("", "\n", "\n\n"))
        if rng.random() < 0.4 and count:
            self.spoil()
        data = self.text.encode()
        self.suffix = ".json"
        if rng.random() < 0.2:
            data = gzip.compress(data)
            self.suffix = rng.choice((".json", ".json.gz"))
        self.data = data

    def row(self) -> dict:
        def value():
            return self.rng.choice(
                (None, True, 1, -7, 1.5, 9007199254740993, 10**25, "x", "0123", "é🦆", "2024-01-31",
                 'q"q', "back\\slash", "line\nbreak", "", 12345678901234567891))  # fmt: skip

        keys = list(COLUMNS)
        self.rng.shuffle(keys)
        return {key: value() for key in keys if self.rng.random() < 0.95}

    def spoil(self):
        self.wrong = kind = self.rng.choice(("cut", "comma", "NaN", "more"))
        last = self.text.rindex("}")
        if kind == "cut":
            self.text = self.text[:last]
        elif kind == "comma":
            self.text = self.text[:last] + ",}" + self.text[last + 1 :]
        elif kind == "NaN":
            self.text = self.text[:last] + ', "n": NaN}' + self.text[last + 1 :]
        else:
            self.text += "]"

    @staticmethod
    def as_text(value) -> str | None:
        if isinstance(value, bool):
            return "true" if value else "false"
        return value if value is None or isinstance(value, str) else str(value)

    def expected(self) -> list[tuple]:
        return [tuple(self.as_text(row.get(column)) for column in COLUMNS) for row in self.rows]


@pytest.mark.parametrize(("kind", "reader"), [(OddCsv, "read_csv"), (OddJson, "read_json")])
def test_odd_files_are_right_or_failed(lake, kind, reader):
    lake.configure(engine="memory_limit: 512MiB, threads: 2")
    # All columns are text: the table takes every value as it stands.
    first = '{"a":"x","b":"x","c":"x"}\n' if kind is OddJson else "a,b,c\nx,x,x\n"
    lake.route("src-a", "t.odd", SQL % reader)
    lake.load(lake.put_bytes("src-a", "first.json", first.encode()))
    files = {}
    for number in range(FILES):
        odd = kind(random.Random(f"{SEED}/{kind.__name__}/{number}"))
        files[f"n{number:06}{odd.suffix}"] = odd
    for key, odd in files.items():
        lake.put_bytes("src-a", f"odd/{key}", odd.data)
    done = lake.run("s3://src-a/odd/")
    found = {key: Counter() for key in files}
    for row in lake.table("t.odd").scan().to_arrow().to_pylist():
        if "/odd/" in row["f"]:
            found[row["f"].rpartition("/")[2]][tuple(row[name] for name in COLUMNS)] += 1
    wrong = []
    for key, odd in files.items():
        line = done.file(f"odd/{key}")
        if line["state"] == "LOADED":
            if odd.wrong or found[key] != Counter(odd.expected()):
                wrong.append(f"{key} is LOADED, {odd.wrong}: {found[key] - Counter(odd.expected())}"
                             f" and not {Counter(odd.expected()) - found[key]}")  # fmt: skip
        elif not odd.wrong:
            wrong.append(f"{key} was refused: {line['error']}")
        elif found[key]:
            wrong.append(f"{key} is FAILED and has rows")
    told = "\n".join(item[:600] for item in wrong[:8])
    assert not wrong, f"{len(wrong)} files, EIDER_ODD_SEED={SEED} EIDER_ODD_FILES={FILES}:\n{told}"
