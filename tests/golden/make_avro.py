#!/usr/bin/env python3
"""Makes tests/golden/avro/: Avro files by fastavro 1.13.1, and damaged copies of them.

    pip install fastavro==1.13.1 backports.zstd && python3 tests/golden/make_avro.py

The same call gives the same bytes (but for the compressors' versions): the sync marker is fixed.
src/eider/codec/avro_reader_test.cc states the values that are written here.
"""

import io
import pathlib

import fastavro

OUT = pathlib.Path(__file__).parent / "avro"
SYNC = bytes(range(16))

ALL_TYPES = {
    "type": "record",
    "name": "all_types",
    "namespace": "eider.golden",
    "fields": [
        {"name": "b", "type": "boolean", "field-id": 1},
        {"name": "i", "type": "int", "field-id": 2},
        {"name": "l", "type": "long", "field-id": 3},
        {"name": "f", "type": "float", "field-id": 4},
        {"name": "d", "type": "double", "field-id": 5},
        {"name": "s", "type": "string", "field-id": 6},
        {"name": "y", "type": "bytes", "field-id": 7},
        {"name": "u", "field-id": 8,
         "type": {"type": "fixed", "name": "uuid4", "size": 4, "logicalType": "eider-test"}},
        {"name": "e", "type": {"type": "enum", "name": "colour", "symbols": ["RED", "BLUE"]}},
        {"name": "o", "type": ["null", "string"], "default": None, "field-id": 10},
        {"name": "a", "field-id": 11,
         "type": {"type": "array", "items": ["null", "long"], "element-id": 12}},
        {"name": "m", "field-id": 13,
         "type": {"type": "map", "values": "double", "key-id": 14, "value-id": 15}},
        {"name": "k", "field-id": 16,
         "type": {"type": "array", "logicalType": "map",
                  "items": {"type": "record", "name": "k17_v18", "fields": [
                      {"name": "key", "type": "int", "field-id": 17},
                      {"name": "value", "type": "bytes", "field-id": 18}]}}},
        {"name": "next", "type": ["null", "all_types"], "default": None},
        {"name": "again", "type": "colour"},
    ],
}

SMALLEST = {
    "b": False, "i": -(2**31), "l": -(2**63), "f": -0.5, "d": -1.5e300, "s": "", "y": b"",
    "u": b"\x00\x01\x02\x03", "e": "RED", "o": None, "a": [], "m": {}, "k": [], "next": None,
    "again": "BLUE",
}
LARGEST = {
    "b": True, "i": 2**31 - 1, "l": 2**63 - 1, "f": float("inf"), "d": 1e-310, "s": "é€𝄞",
    "y": b"\x00\xff", "u": b"\xfc\xfd\xfe\xff", "e": "BLUE", "o": "there",
    "a": [1, None, -64, 64, 8191, 8192], "m": {"one": 1.0, "two": 2.5},
    "k": [{"key": 1, "value": b"low"}, {"key": 1000, "value": b"high"}], "next": SMALLEST,
    "again": "RED",
}

PAIR = {
    "type": "record", "name": "pair",
    "fields": [{"name": "id", "type": "long"}, {"name": "name", "type": "string"}],
}
LINK = {
    "type": "record", "name": "link",
    "fields": [{"name": "next", "type": ["null", "link"]}],
}
LONGS = {"type": "array", "items": "long"}


def avro(schema, records, codec="null", sync_interval=16000, metadata=None):
    file = io.BytesIO()
    fastavro.writer(file, schema, records, codec=codec, sync_interval=sync_interval,
                    metadata=metadata, sync_marker=SYNC)
    return file.getvalue()


def number(value):
    """Avro's zig-zag varint."""
    bits = (value << 1) ^ (value >> 63)
    out = b""
    while bits > 0x7F:
        out += bytes([bits & 0x7F | 0x80])
        bits >>= 7
    return out + bytes([bits])


def one_block(schema, content, records=1):
    """A file whose one block holds `content`, whatever that is."""
    return avro(schema, []) + number(records) + number(len(content)) + content + SYNC


def main():
    OUT.mkdir(exist_ok=True)
    both = [SMALLEST, LARGEST]
    pairs = [{"id": i, "name": f"name-{i}"} for i in range(300)]
    two = avro(PAIR, pairs[:2])
    deflated = avro(PAIR, pairs[:20], "deflate")
    files = {
        "all_types_null.avro": avro(ALL_TYPES, both, metadata={"note": "from fastavro"}),
        "all_types_deflate.avro": avro(ALL_TYPES, both, "deflate"),
        "all_types_zstandard.avro": avro(ALL_TYPES, both, "zstandard"),
        "no_records.avro": avro(PAIR, []),
        "many_blocks.avro": avro(PAIR, pairs, "deflate", sync_interval=200),
        "bare_longs.avro": avro("long", [1, -1, 2**40]),
        # An array in two pieces, the second one with its size in bytes.
        "array_pieces.avro": one_block(
            LONGS, number(2) + number(7) + number(8) + number(-1) + number(1) + number(9)
            + number(0)),
        "unsupported_bzip2.avro": avro(PAIR, pairs[:2], "bzip2"),
        "invalid_empty.avro": b"",
        "invalid_magic.avro": b"Obj\x02" + two[4:],
        "invalid_cut_in_header.avro": two[:60],
        "invalid_cut_in_block.avro": two[:-20],
        "invalid_cut_in_sync.avro": two[:-1],
        "invalid_sync.avro": two[:-1] + b"\x00",
        "invalid_deflate.avro": deflated[:-80] + b"\xff" * 40 + deflated[-40:],
        "invalid_no_schema.avro":
            b"Obj\x01" + number(1) + number(10) + b"avro.codec" + number(4) + b"null"
            + number(0) + SYNC,
        "invalid_schema.avro":
            b"Obj\x01" + number(1) + number(11) + b"avro.schema" + number(8) + b'"banana"'
            + number(0) + SYNC,
        "invalid_metadata_count.avro": b"Obj\x01" + number(2**62) + number(1) + b"k",
        "invalid_record_count.avro": one_block(PAIR, b"\x02\x02a", records=2**62),
        "invalid_negative_record_count.avro": one_block(PAIR, b"\x02\x02a", records=-1),
        "invalid_string_length.avro": one_block(PAIR, number(1) + number(2**62) + b"a"),
        "invalid_negative_length.avro": one_block(PAIR, number(1) + number(-2) + b"a"),
        "invalid_array_count.avro": one_block(LONGS, number(2**62) + b"\x02\x02"),
        "invalid_array_of_nulls.avro":
            one_block({"type": "array", "items": "null"}, number(2**62)),
        "invalid_least_count.avro": one_block(LONGS, number(-(2**63)) + number(1) + b"\x02"),
        "invalid_varint.avro": one_block("long", b"\xff" * 10 + b"\x01"),
        "invalid_int.avro": one_block("int", number(2**31)),
        "invalid_boolean.avro": one_block("boolean", b"\x02"),
        "invalid_union_branch.avro": one_block(["null", "long"], number(2)),
        "invalid_enum_symbol.avro":
            one_block({"type": "enum", "name": "e", "symbols": ["A"]}, number(1)),
        "invalid_depth.avro": one_block(LINK, number(1) * 1000 + number(0)),
        "invalid_trailing_bytes.avro": one_block("long", number(5) + b"\x00"),
    }
    for old in OUT.glob("*.avro"):
        old.unlink()
    for name, content in files.items():
        (OUT / name).write_bytes(content)


if __name__ == "__main__":
    main()
