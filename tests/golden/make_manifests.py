"""Makes the golden manifests, manifest lists and bounds, by PyIceberg 0.12.0.

    pip install 'pyiceberg[sql-sqlite,pyarrow]==0.12.0' fastavro
    python tests/golden/make_manifests.py              # pyiceberg_*.avro, v1_*.avro, bounds.json
    python tests/golden/make_manifests.py --describe   # only the .json of every .avro, schemas.json

The .json beside an .avro says what fastavro, a reader that knows nothing of Iceberg, finds in it;
bytes are written as hex. MakeManifests.java makes java_*.avro.
"""

import argparse
import json
import shutil
import uuid
from datetime import date, datetime, time, timezone
from decimal import Decimal
from pathlib import Path

import fastavro

FOLDER = Path(__file__).parent / "manifests"
WAREHOUSE = Path("/tmp/eider-golden-warehouse")  # stands in the golden files

LONG_TEXT = "🦆" * 15 + "öö" + "z" * 20  # cut after 16 code points: the first ö is raised
TEXTS = ["", "Ünïcödé", LONG_TEXT, "~" * 40]
BINARIES = [b"", b"\x00\x01", b"\x7f" + b"\xff" * 30, bytes(range(40)), b"\xfe" + b"\xff" * 20]


def columns():
    """Column name -> (Iceberg type, values of three rows)."""
    from pyiceberg import types as t

    utc = timezone.utc
    return {
        "b": (t.BooleanType(), [True, False, None]),
        "i": (t.IntegerType(), [-(2**31), 2**31 - 1, None]),
        "l": (t.LongType(), [-(2**63), 2**63 - 1, None]),
        "f": (t.FloatType(), [-1.5, float("nan"), 3.25]),
        "d": (t.DoubleType(), [-0.0, 1e300, None]),
        "dec9": (t.DecimalType(9, 2), [Decimal("-1.28"), Decimal("9999999.99"), None]),
        "dec18": (t.DecimalType(18, 3), [Decimal("-0.001"), Decimal("0.128"), None]),
        "dec38": (t.DecimalType(38, 0), [Decimal("-9" + "9" * 37), Decimal("9" * 38), None]),
        "day": (t.DateType(), [date(1969, 12, 31), date(1, 1, 1), date(9999, 12, 31)]),
        "tm": (t.TimeType(), [time(0, 0), time(23, 59, 59, 999999), None]),
        "ts": (t.TimestampType(), [datetime(1969, 12, 31, 23, 59, 59, 999999), datetime(2262, 1, 1), None]),
        "tz": (t.TimestamptzType(), [datetime(1900, 1, 1, tzinfo=utc), datetime(2038, 1, 19, 3, 14, 8, tzinfo=utc), None]),
        "s": (t.StringType(), [LONG_TEXT, "🦆" * 15 + "o", "a"]),
        "u": (t.UUIDType(), [uuid.UUID("f79c3e09-677c-4bbd-a479-3f349cb785e7").bytes, uuid.UUID(int=1).bytes, None]),
        "fx": (t.FixedType(4), [b"\x00\x00\x00\x01", b"\xff\xfe\xfd\xfc", None]),
        "bin": (t.BinaryType(), [bytes(range(40)), b"\x7f" + b"\xff" * 30, None]),
        "none": (t.StringType(), [None, None, None]),
    }


def make_pyiceberg():
    import pyarrow as pa
    from pyiceberg.catalog.sql import SqlCatalog
    from pyiceberg.io.pyarrow import schema_to_pyarrow
    from pyiceberg.schema import Schema
    from pyiceberg.types import NestedField

    shutil.rmtree(WAREHOUSE, ignore_errors=True)
    WAREHOUSE.mkdir()
    catalog = SqlCatalog("lake", uri=f"sqlite:///{WAREHOUSE}/c.db", warehouse=f"file://{WAREHOUSE}")
    catalog.create_namespace("g")
    schema = Schema(*[NestedField(i, name, kind, required=False) for i, (name, (kind, _)) in enumerate(columns().items(), 1)])
    rows = pa.table({name: values for name, (_, values) in columns().items()}, schema=schema_to_pyarrow(schema, include_field_ids=False))

    def manifests(table):
        return table.current_snapshot().manifests(table.io)

    def save(path, name):
        shutil.copy(path.removeprefix("file://"), FOLDER / f"{name}.avro")

    merging = {"commit.manifest-merge.enabled": "true", "commit.manifest.min-count-to-merge": "2"}
    table = catalog.create_table("g.t", schema, properties=merging)
    table.append(rows)
    save(manifests(table)[0].manifest_path, "pyiceberg_added")
    table.append(rows)
    save(manifests(table)[0].manifest_path, "pyiceberg_merged")
    save(table.current_snapshot().manifest_list, "pyiceberg_list")

    old = catalog.create_table("g.old", schema, properties={"format-version": "1"})
    old.append(rows)
    save(manifests(old)[0].manifest_path, "v1_manifest")
    save(old.current_snapshot().manifest_list, "v1_list")
    shutil.rmtree(WAREHOUSE)


def make_bounds():
    """Single values of every type and truncated bounds, as PyIceberg converts them."""
    from pyiceberg import types as t
    from pyiceberg.conversions import to_bytes
    from pyiceberg.utils import truncate

    def values(kind, *pairs):
        return [{"type": str(kind), "value": text, "hex": to_bytes(kind, value).hex()} for text, value in pairs]

    ints = [0, 1, -1, 127, 128, -128, -129, 2**31 - 1, -(2**31)]
    longs = [*ints, 2**63 - 1, -(2**63), 1_700_000_000_000_000]
    floats = [0.0, -0.0, 1.5, -1e30, float("inf"), float("-inf"), 2.0**-149]
    unscaled = [0, 1, -1, 127, 128, -128, -129, 255, 256, 32767, -32768, -32769, 10**18, -(10**37), 10**38 - 1, -(10**38 - 1)]
    uuids = ["f79c3e09-677c-4bbd-a479-3f349cb785e7", "00000000-0000-0000-0000-000000000001", "ffffffff-ffff-ffff-ffff-ffffffffffff"]
    single = [
        *values(t.BooleanType(), ("true", True), ("false", False)),
        *values(t.IntegerType(), *[(str(v), v) for v in ints]),
        *values(t.LongType(), *[(str(v), v) for v in longs]),
        *values(t.DateType(), *[(str(v), v) for v in (0, -1, -719162, 2932896)]),
        *values(t.TimeType(), *[(str(v), v) for v in (0, 86_399_999_999)]),
        *values(t.TimestampType(), *[(str(v), v) for v in (-1, -62_135_596_800_000_000)]),
        *values(t.TimestamptzType(), *[(str(v), v) for v in (1, 253_402_300_799_999_999)]),
        *values(t.FloatType(), *[(v.hex(), v) for v in floats]),
        *values(t.DoubleType(), *[(v.hex(), v) for v in [*floats, 5e-324, 1.7976931348623157e308]]),
        *values(t.DecimalType(38, 0), *[(str(v), Decimal(v)) for v in unscaled]),
        *values(t.DecimalType(9, 2), *[(str(v), Decimal(v).scaleb(-2)) for v in (-128, 999999999)]),
        *values(t.UUIDType(), *[(v, uuid.UUID(v)) for v in uuids]),
    ]
    texts = [
        {
            "value": text.encode().hex(),
            "lower": text[:16].encode().hex(),
            "upper": truncate.truncate_upper_bound_text_string(text, 16).encode().hex(),
        }
        for text in TEXTS
    ]
    binaries = [
        {"value": v.hex(), "lower": v[:16].hex(), "upper": truncate.truncate_upper_bound_binary_string(v, 16).hex()}
        for v in BINARIES
    ]
    # What a column's values must give in the manifest pyiceberg_added.avro, by name.
    strings = {
        name: [v.encode().hex() if isinstance(v, str) else v.hex() for v in values if v is not None]
        for name, (_, values) in columns().items()
        if name in ("s", "bin", "u", "fx")
    }
    write("bounds.json", {"single_values": single, "strings": texts, "binaries": binaries, "columns": strings})


def write(name, content):
    (FOLDER / name).write_text(json.dumps(content, indent=1, ensure_ascii=True) + "\n")


def plain(value):
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value


def schema_lines(node, path=""):
    """One line for each field: path, field id, type, whether it may be null, element id."""
    lines = []
    for field in node["fields"]:
        kind = field["type"]
        nullable = isinstance(kind, list)
        if nullable:
            assert kind[0] == "null" and field["default"] is None
            kind = kind[1]
        name = kind if isinstance(kind, str) else kind["type"]
        element, inner = None, kind
        if name == "array":
            element, inner = kind.get("element-id"), kind["items"]
            name = kind.get("logicalType", "array")
            if isinstance(inner, str):
                name += " of " + inner
        where = f"{path}/{field['name']}"
        record = inner["name"] if isinstance(inner, dict) else None
        lines.append([where, field["field-id"], name, nullable, element, record])
        if record:
            lines += schema_lines(inner, where)
    return lines


def describe():
    schemas = {}
    for file in sorted(FOLDER.glob("*.avro")):
        with file.open("rb") as stream:
            reader = fastavro.reader(stream)
            records = [plain(record) for record in reader]
            header = {k: v for k, v in reader.metadata.items() if k not in ("avro.schema", "iceberg.schema")}
            schemas[file.stem] = schema_lines(json.loads(reader.metadata["avro.schema"]))
        write(f"{file.stem}.json", {"header": header, "records": records})
    wanted = ("java_added", "java_list", "pyiceberg_added", "pyiceberg_list")
    write("schemas.json", {name: schemas[name] for name in wanted})


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--describe", action="store_true")
    if not parser.parse_args().describe:
        make_pyiceberg()
        make_bounds()
    describe()
