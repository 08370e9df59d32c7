"""docs/readers.md: every example of its tables of options, typed."""

import gzip
import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs/readers.md"
READERS = {"CSV": "read_csv", "JSON": "read_json"}


def cells_of(row: str) -> list[str]:
    return [cell.strip() for cell in row.strip().split("|")[1:-1]]


def examples() -> list:
    """(reader, file, options, rows) of each row of the page."""
    found = []
    reader = option = ""
    for line in PAGE.read_text().splitlines():
        if head := re.match(r"\| (CSV|JSON) option \|", line):
            reader = READERS[head[1]]
        elif not line.startswith("|"):
            reader = ""
        elif reader and not line.startswith("|--"):
            name, _, file, options, rows = cells_of(line)
            option = name or option
            found.append(pytest.param(reader, file, options, rows, id=f"{option} {len(found)}"))
    return found


def bytes_of(file: str) -> bytes:
    text = file.removeprefix("gzip ").strip("`").replace(r"\n", "\n").replace(r"\r", "\r")
    return gzip.compress(text.encode()) if file.startswith("gzip ") else text.encode()


def shown(row: dict) -> str:
    return " ".join(f"{name}={value!r}" if value is None or isinstance(value, str)
                    else f"{name}={value}" for name, value in row.items())  # fmt: skip


@pytest.mark.parametrize(("reader", "file", "options", "rows"), examples())
def test_the_example_of_an_option(lake, reader, file, options, rows):
    call = ", ".join(filter(None, ["'{s3_input_path}'", options.strip("`")]))
    lake.route("src-a", "t.t", f"SELECT * FROM {reader}({call})")
    (line,) = lake.run(lake.put_bytes("src-a", "example", bytes_of(file))).files
    if rows.startswith("FAILED"):
        assert line["state"] == "FAILED", line
        assert rows.removeprefix("FAILED").strip(" `") in line["error"]
        return
    assert line["state"] == "LOADED", line
    table = lake.table("t.t").scan().to_arrow().to_pylist()
    assert [shown(row) for row in table] == re.findall(r"`([^`]*)`", rows)


def test_there_are_examples_of_both_readers():
    readers = [example.values[0] for example in examples()]
    assert readers.count("read_csv") > 25
    assert readers.count("read_json") > 5
