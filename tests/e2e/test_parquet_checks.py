"""Parquet that DuckDB's reader cannot read, or reads as other values: FAILED before a row is read,
with the column's name and the way out, where the route's SQL needs that column.
"""

import base64
import io

import pyarrow as pa
import pytest
from pyarrow import parquet
from pyarrow.parquet import encryption

TABLE = pa.table({"id": pa.array([1, 2, 3, 4]), "amount": pa.array([10, None, 30, 40])})


def written(table: pa.Table = TABLE, **options) -> bytes:
    made = io.BytesIO()
    options = {"compression": "none", "use_dictionary": False} | options
    parquet.write_table(table, made, **options)
    return made.getvalue()


def load_both(lake, content: bytes) -> tuple[dict, dict]:
    """The outcomes of a route that needs column `amount`, and of one that does not."""
    lake.route("src-a", "t.all")
    lake.route("src-b", "t.ids", "SELECT id FROM read_parquet('{s3_input_path}')")
    uris = [lake.put_bytes(bucket, "a.parquet", content) for bucket in ("src-a", "src-b")]
    done = lake.run(*uris)
    return done.file("src-a/a.parquet"), done.file("src-b/a.parquet")


def assert_only_the_column_fails(lake, content: bytes, *parts: str):
    needed, passed = load_both(lake, content)
    assert needed["state"] == "FAILED", needed
    for part in ("column amount", *parts, "a.parquet"):
        assert part in needed["error"], needed["error"]
    assert passed["state"] == "LOADED", passed
    assert lake.scan_ids("t.ids") == [1, 2, 3, 4]


def assert_fails(lake, content: bytes, *parts: str):
    """Of a small file DuckDB reads all columns at once, so that the other one is not read alone."""
    needed, _ = load_both(lake, content)
    assert needed["state"] == "FAILED", needed
    for part in ("column amount, row group 0", *parts, "a.parquet"):
        assert part in needed["error"], needed["error"]


def with_codec(content: bytes, codec: int) -> bytes:
    """The codec of column `amount` by its number in parquet.thrift, in place of snappy's."""
    path = b"\x19\x18\x06amount\x15"
    at = content.rindex(path) + len(path)
    assert content[at] == 2
    return content[:at] + bytes([2 * codec]) + content[at + 1 :]


@pytest.mark.parametrize(("codec", "name"), [(3, "LZO"), (5, "LZ4")])
def test_a_codec_that_duckdb_lacks_fails_by_the_columns_name(lake, codec, name):
    content = with_codec(written(compression="snappy"), codec)
    assert_only_the_column_fails(lake, content, f"is compressed by {name},", "zstd, snappy, gzip")


@pytest.mark.parametrize("codec", ["snappy", "gzip", "brotli", "zstd", "lz4"])
def test_codecs_that_duckdb_has_load(lake, codec):
    needed, _ = load_both(lake, written(compression=codec))
    assert needed["state"] == "LOADED", needed
    assert lake.table("t.all").scan().to_arrow().to_pydict() == TABLE.to_pydict()


def test_an_encoding_that_duckdb_lacks_fails_by_the_columns_name(lake):
    content = written(column_encoding={"amount": "BYTE_STREAM_SPLIT", "id": "PLAIN"})
    assert_only_the_column_fails(lake, content, "is encoded as BYTE_STREAM_SPLIT", "PLAIN")


def test_floats_split_into_streams_load(lake):
    table = pa.table({"id": [1, 2], "amount": [1.5, -0.25]})
    content = written(table, column_encoding={"amount": "BYTE_STREAM_SPLIT", "id": "PLAIN"})
    needed, _ = load_both(lake, content)
    assert needed["state"] == "LOADED", needed
    assert lake.table("t.all").scan().to_arrow().to_pydict() == table.to_pydict()


def with_bit_packed_levels(content: bytes, values: int) -> bytes:
    """Says of the data pages that their definition levels are BIT_PACKED (4) and not RLE (3)."""
    header = b"\x15" + bytes([2 * values]) + b"\x15\x00\x15\x06\x15\x06"
    assert header in content
    return content.replace(header, header[:-3] + b"\x08\x15\x06")


def test_levels_that_duckdb_takes_for_others_fail_by_the_columns_name(lake):
    """Seen: DuckDB 1.5.5 does not look at the encoding of levels."""
    required = pa.schema([pa.field("id", pa.int64(), nullable=False), ("amount", pa.int64())])
    content = with_bit_packed_levels(written(TABLE.cast(required)), 4)
    assert_fails(lake, content, "levels")


def test_a_file_whose_pages_lie_elsewhere_fails(lake):
    """Such as the file _metadata of a folder."""
    folder = lake.folder / "parts"
    metadata: list = []
    parquet.write_to_dataset(TABLE, folder, metadata_collector=metadata)
    metadata[0].set_file_path("part-0.parquet")
    parquet.write_metadata(TABLE.schema, lake.folder / "_metadata", metadata)
    parts = (lake.folder / "_metadata").read_bytes()
    needed, passed = load_both(lake, parts)
    for line in (needed, passed):
        assert line["state"] == "FAILED", line
        assert "column id has its values in another file, part-0.parquet" in line["error"]


# -- encryption ----------------------------------------


class OpenKeys(encryption.KmsClient):
    """Wraps keys in nothing."""

    def __init__(self, _connection):
        super().__init__()

    def wrap_key(self, key: bytes, _master: str) -> bytes:
        return base64.b64encode(key)

    def unwrap_key(self, key: bytes, _master: str) -> bytes:
        return base64.b64decode(key)


def encrypted(plaintext_footer: bool) -> bytes:
    factory = encryption.CryptoFactory(OpenKeys)
    properties = factory.file_encryption_properties(
        encryption.KmsConnectionConfig(),
        encryption.EncryptionConfiguration(
            footer_key="f", column_keys={"c": ["amount"]}, plaintext_footer=plaintext_footer
        ),
    )
    made = io.BytesIO()
    with parquet.ParquetWriter(made, TABLE.schema, encryption_properties=properties) as writer:
        writer.write_table(TABLE)
    return made.getvalue()


def test_an_encrypted_column_fails_by_its_name(lake):
    assert_only_the_column_fails(lake, encrypted(plaintext_footer=True), "is encrypted", "no keys")


def test_an_encrypted_footer_fails(lake):
    for line in load_both(lake, encrypted(plaintext_footer=False)):
        assert line["state"] == "FAILED", line
        assert "it is an encrypted Parquet file, and Eider has no keys" in line["error"]


# -- checksums ----------------------------------------


def changed(content: bytes, value: int) -> bytes:
    """One bit of that value is another one now."""
    at = content.index(value.to_bytes(8, "little"))
    return content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]


@pytest.mark.parametrize("version", ["1.0", "2.0"])
def test_a_page_that_is_not_what_its_checksum_is_of_fails(lake, version):
    """Seen: DuckDB 1.5.5 does not look at checksums, and 31 came in the place of 30."""
    content = written(write_page_checksum=True, data_page_version=version)
    assert_fails(lake, changed(content, 30), "checksum", "damaged")


def test_a_dictionary_that_is_not_what_its_checksum_is_of_fails(lake):
    content = written(write_page_checksum=True, use_dictionary=True)
    assert_fails(lake, changed(content, 30), "checksum", "damaged")


def test_checksums_that_hold_change_nothing(lake):
    big = pa.table({"id": list(range(300_000)), "amount": [i * 7 for i in range(300_000)]})
    content = written(big, write_page_checksum=True, compression="zstd", row_group_size=100_000,
                      data_page_size=4096)  # fmt: skip
    needed, _ = load_both(lake, content)
    assert needed["state"] == "LOADED", needed
    assert lake.table("t.all").scan().to_arrow().sort_by("id").to_pydict() == big.to_pydict()


def test_the_last_page_of_a_large_file_is_checked_as_well(lake):
    """Of files above 8 MiB no page is looked at beforehand."""
    rows = 1_500_000
    big = pa.table({"id": list(range(rows)), "amount": [i * 7 for i in range(rows)]})
    content = written(big, write_page_checksum=True, row_group_size=500_000)
    assert len(content) > 16 << 20
    needed, _ = load_both(lake, changed(content, (rows - 2) * 7))
    assert needed["state"] == "FAILED", needed
    assert "column amount, row group 2" in needed["error"]
