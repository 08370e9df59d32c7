"""Odd JSON files, read by Python's `json`."""

import json
import random
from decimal import Decimal

from odd.odd_file import OddFile, many, pack, row_count, surprise_place
from odd.values import KIND_OF, KINDS, SURPRISES, TYPED, Misfit, same_value

COLUMNS = ("a", "b", "c")
SHAPES = ("json-text", "json-typed", "json-guess", "new")
# Tokens of JSON, so that their spelling stays.
NUMBERS = {
    "integer": ("0", "1", "-7", "9007199254740993", "9223372036854775807", "-9223372036854775808"),
    "fraction": ("1.5", "-0.25", "0.1", "1e3", "3", "-0.0", "1E-7"),
    "huge": ("12345678901234567891", "9" * 39, "18446744073709551616", "1"),
}
STRINGS = (
    "x", "", "é🦆", 'q"q', "back\\slash", "line\nbreak", "tab\t", "\u0001", "/", "null", "<&>",
)  # fmt: skip
NESTED = ('{"k":1}', '{"k":2,"l":"x"}', "[1,2]", "[]", "{}", '[{"k":null}]', '{"k":{"m":[1.5]}}')
ODD_TOKENS = ("1.5", "12345678901234567891", "true", '"x"', "9" * 39, '"01234"', '{"k":1}', "[1]",
              "1e400", '"2024-01-31"', "-0", "1e2", "9007199254740993", "3.0", '""', "false",
              "0.1000000000000000055511151231257827", '"\\u0000"', '"\\ud83e\\udd86"')  # fmt: skip


def tokens_of(rng: random.Random, kind: str, count: int) -> list[str | None]:
    """A column of one kind; None where an object lacks the key."""
    lacks = rng.choice((0, 0, 0.1, 0.5))

    def make():
        if rng.random() < lacks:
            return rng.choice((None, "null"))
        if kind in NUMBERS:
            return rng.choice(NUMBERS[kind])
        if kind == "boolean":
            return rng.choice(("true", "false"))
        if kind == "nested":
            return rng.choice(NESTED)
        text = rng.choice(STRINGS if kind == "string" else KINDS[kind])
        return json.dumps(text, ensure_ascii=rng.random() < 0.5)

    return many(rng, make, count)


def one(values: tuple) -> str:
    return "{" + ", ".join(f'"{name}": {token}' for name, token in values if token) + "}"


def join(rng: random.Random, texts: list[str]) -> tuple[str, str]:
    """The objects as a file has them, and the form."""
    form = rng.choice(("lines", "lines", "array", "values", "pretty"))
    if form == "array":
        return "[" + rng.choice((",", ",\n ")).join(texts) + "]", form
    if form == "pretty":
        return "\n".join(text.replace(", ", ",\n  ") for text in texts), form
    return {"lines": rng.choice(("\n", "\r\n")), "values": rng.choice((" ", ""))}[form].join(
        texts), form  # fmt: skip


def spoilt(rng: random.Random, text: str, name: str) -> tuple[str, str]:
    """The text with something in it that is no JSON, and what it is."""
    ends = [i for i, letter in enumerate(text) if letter == "}" and text[i - 1] != "{"]
    if not ends:
        return text + "{", "an open brace"
    at = rng.choice((ends[0], ends[len(ends) // 2], ends[-1], ends[max(0, len(ends) - 2)]))
    kind, middle = rng.choice((
        ("a comma", ",}"),
        ("NaN", ', "n": NaN}'),
        ("a comment", "/* x */}"),
        ("no value", ', "n":}'),
        ("single quotes", ", 'n': 1}"),
        ("a bare key", ", n: 1}"),
        ("a leading zero", ', "n": 01}'),
        ("a plus", ', "n": +1}'),
        ("a control character", ', "n": "\x01"}'),
        ("hex", ', "n": 0x1}'),
        ("a point", ', "n": 1.}'),
        ("an escape", ', "n": "\\x"}'),
        ("a brace", "}}"),
        ("a bracket", "}]]"),
        ("text", "} x"),
        ("the same key twice", f', "{name}": 1, "{name}": 2}}'),
        ("cut off", None),
    ))  # fmt: skip
    if middle is None:
        return text[: ends[-1]], kind
    return text[:at] + middle + text[at + 1 :], kind


def as_json(token: str | None):
    return json.loads(token, parse_float=Decimal) if token else None


def as_text(token: str | None) -> str | None:
    """As a column of strings holds it; fractions are doubles, whole numbers are exact."""
    if token is None or token == "null":
        return None
    value = json.loads(token)
    if isinstance(value, str):
        return value
    is_double = isinstance(value, float) and abs(value) != float("inf")
    return repr(value) if is_double else "0" if token == "-0" else token


def token_value(type_name: str, token: str | None):
    """What a token is as a value of DuckDB's type, in a form that can be compared."""
    if token is None or token == "null":
        return None
    if type_name == "JSON":
        return repr(json.loads(token))
    return same_value(type_name, as_text(token))


def typed(names: list[str], rows: list[tuple]) -> list[tuple]:
    """The rows of a table with types. Raises Misfit."""
    found = []
    for row in rows:
        cells = dict(zip(names, map(as_text, row), strict=True))
        found.append(tuple(None if cells[name] is None else convert(cells[name])
                           for name, _, convert in TYPED))  # fmt: skip
    return found


def make_json(rng: random.Random) -> OddFile:
    shape = rng.choices(SHAPES, (30, 30, 37, 3))[0]
    if shape == "json-typed":
        names = [name for name, _, _ in TYPED]
        kinds = [KIND_OF[name] for name in names[:-1]] + ["string"]
    else:
        names = list(COLUMNS)
        scalars = ["integer", "fraction", "huge", "boolean", "string", "day", "moment", "zoned",
                   "code", "word"]  # fmt: skip
        kinds = rng.choices(scalars + (["nested"] * 5 if shape == "new" else []), k=3)
    count = row_count(rng)
    columns = [tokens_of(rng, kind, count) for kind in kinds]
    what = f"{count} objects of {', '.join(kinds)}"
    must = "load"
    is_exotic = False
    if count and rng.random() < 0.5:
        column, place = rng.randrange(len(names)), surprise_place(rng, count)
        token = rng.choice((*ODD_TOKENS, json.dumps(rng.choice(SURPRISES))))
        if token[0] in "{[" and (shape in ("json-text", "json-guess") or kinds[column] == "string"):
            token = "1.5"  # beside nested values all are JSON, strings with their quotes
        columns[column][place] = token
        is_exotic = token[0] in "{[" and shape != "new"
        what += f", {token} in object {place} of {names[column]}"
    rows = list(zip(*columns, strict=True))
    if shape == "new":
        names, rows = ["n", *names], [(str(i), *row) for i, row in enumerate(rows)]
    texts = [one(tuple(zip(names, row, strict=True))) for row in rows]
    text, form = join(rng, texts)
    what += f" as {form}"
    if count and rng.random() < 0.2:
        text, kind = spoilt(rng, text, names[-1])
        # A text column has nested JSON as it stands.
        while shape == "new" and kind == "the same key twice":
            text, kind = spoilt(rng, text, names[-1])
        must, what = "fail", f"{what}, {kind}"
    text += rng.choice(("", "\n", "\n\n", " \n"))
    data = text.encode()
    if rng.random() < 0.1:
        data = b"\xef\xbb\xbf" + data
        must = "either" if must == "load" else must
    packed, ending, damage = pack(rng, data)
    file = OddFile(shape, ".json" + ending, packed, "fail" if damage else must,
                   f"{what}, {damage}" if damage else what)  # fmt: skip
    if file.must == "fail":
        return file
    has_no_keys = not any(token for row in rows for token in row)
    if is_exotic or "\\u0000" in text or has_no_keys:
        file.must = "either"
    if shape == "json-typed" and not is_exotic:
        try:
            file.rows = typed(names, rows)
        except Misfit:
            file.must = "fail"
    elif shape == "json-typed":
        file.must = "fail"
    elif shape == "new":
        file.rows = [tuple(map(as_json, row)) for row in rows]
    elif shape == "json-text":
        file.rows = [tuple(map(as_text, row)) for row in rows]
    else:
        file.rows = rows
    return file
