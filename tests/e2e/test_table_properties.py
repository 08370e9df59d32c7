"""Tables that others made, with properties of their own: honoured, and nothing of theirs lost."""

import re
import sqlite3

import duckdb
import pytest
from pyiceberg.partitioning import PartitionField, PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.transforms import IdentityTransform
from pyiceberg.types import DoubleType, LongType, NestedField, StringType

from readers import duckdb_rows


def given_table(lake, properties: dict[str, str] | None = None):
    """Table bronze.t by PyIceberg, and a route to it that may not create it."""
    lake.route("src-a", "bronze.t", create=None)
    catalog = lake.pyiceberg()
    catalog.create_namespace("bronze")
    schema = Schema(
        NestedField(1, "id", LongType()), NestedField(2, "name", StringType()),
        NestedField(3, "ratio", DoubleType()),
    )  # fmt: skip
    catalog.create_table("bronze.t", schema=schema, properties=properties or {})


def load_rows(lake, *numbers):
    for number in numbers:
        lake.load(lake.put("src-a", f"{number}.parquet", f"SELECT {number}::BIGINT AS id, "
                           f"repeat('ä', 30) AS name, {number}.5::DOUBLE AS ratio"))  # fmt: skip


def metadata_files(lake) -> list[str]:
    """Versions of the metadata files that are there, in order."""
    folder = lake.warehouse / "bronze" / "t" / "metadata"
    return sorted(path.name[:5] for path in folder.glob("*.metadata.json"))


def test_metrics_modes(lake):
    given_table(lake, {
        "write.metadata.metrics.default": "counts",
        "write.metadata.metrics.column.id": "full",
        "write.metadata.metrics.column.name": "truncate(4)",
        "write.metadata.metrics.column.ratio": "none",
    })  # fmt: skip
    load_rows(lake, 1)
    (file,) = lake.data_files("bronze.t")
    assert file.lower_bounds == {1: (1).to_bytes(8, "little"), 2: "ääää".encode()}
    assert file.upper_bounds == {1: (1).to_bytes(8, "little"), 2: "äääå".encode()}
    assert set(file.value_counts) == {1, 2}


def test_manifests_merge_at_the_count_of_the_table(lake):
    given_table(lake, {
        "commit.manifest.min-count-to-merge": "3",
        "commit.manifest-merge.enabled": "true",
    })  # fmt: skip
    counts = []
    for number in range(7):
        load_rows(lake, number)
        counts.append(len(lake.table("bronze.t").inspect.manifests()))
    assert counts == [1, 2, 1, 2, 1, 2, 1]  # as Java and PyIceberg count: the new one included
    assert lake.scan_ids("bronze.t") == list(range(7))
    assert [row[0] for row in duckdb_rows(lake, "bronze.t")] == list(range(7))
    entries = lake.table("bronze.t").inspect.entries().to_pylist()
    assert sorted(entry["sequence_number"] for entry in entries) == list(range(1, 8))
    assert len({entry["snapshot_id"] for entry in entries}) == 7


@pytest.mark.spark
def test_spark_reads_and_goes_on_after_a_merge(lake, spark):
    given_table(lake, {"commit.manifest.min-count-to-merge": "3"})
    load_rows(lake, *range(5))
    spark.sql(lake, "INSERT INTO {lake}.bronze.t VALUES (5, 'five', 5.5)")
    load_rows(lake, 6)
    assert [row[0] for row in spark.rows(lake, "bronze.t")] == list(range(7))
    assert [row[0] for row in spark.rows(lake, "bronze.t", where="ratio > 5")] == [5, 6]


def test_no_merge_when_the_table_says_so(lake):
    given_table(lake, {
        "commit.manifest.min-count-to-merge": "2",
        "commit.manifest-merge.enabled": "false",
    })  # fmt: skip
    load_rows(lake, *range(5))
    assert len(lake.table("bronze.t").inspect.manifests()) == 5


def test_old_metadata_files_go_when_the_table_says_so(lake):
    given_table(lake, {
        "write.metadata.previous-versions-max": "3",
        "write.metadata.delete-after-commit.enabled": "true",
    })  # fmt: skip
    load_rows(lake, *range(7))
    assert metadata_files(lake) == ["00004", "00005", "00006", "00007"]
    assert len(lake.table("bronze.t").metadata.metadata_log) == 3
    assert lake.scan_ids("bronze.t") == list(range(7))


def test_old_metadata_files_stay_when_the_table_says_nothing(lake):
    given_table(lake, {"write.metadata.previous-versions-max": "3"})
    load_rows(lake, *range(5))
    assert metadata_files(lake) == [f"{number:05}" for number in range(6)]
    assert len(lake.table("bronze.t").metadata.metadata_log) == 3


def test_locations_and_codec_of_the_table(lake):
    data, metadata = lake.folder / "elsewhere", lake.folder / "meta"
    given_table(lake, {
        "write.data.path": f"file://{data}",
        "write.metadata.path": f"file://{metadata}",
        "write.parquet.compression-codec": "snappy",
        "write.metadata.compression-codec": "gzip",
    })  # fmt: skip
    load_rows(lake, 1)
    assert len(list(data.rglob("*.parquet"))) == 1
    assert re.fullmatch(r"file://.*/meta/00001-.*\.gz\.metadata\.json",
                        lake.table("bronze.t").metadata_location)  # fmt: skip
    assert lake.scan_ids("bronze.t") == [1]
    pages = f"SELECT DISTINCT compression FROM parquet_metadata('{data}/**/*.parquet')"
    assert duckdb.sql(pages).fetchall() == [("SNAPPY",)]




def test_old_snapshots_and_refs_are_kept(lake):
    """A tag that another made, and properties of the snapshot's own, survive our commit."""
    given_table(lake, {"my.own": "kept"})
    load_rows(lake, 1)
    table = lake.table("bronze.t")
    table.manage_snapshots().create_tag(table.current_snapshot().snapshot_id, "first").commit()
    load_rows(lake, 2)
    after = lake.table("bronze.t")
    assert set(after.refs()) == {"main", "first"}
    assert after.refs()["main"].snapshot_id == after.current_snapshot().snapshot_id
    assert after.properties["my.own"] == "kept"
    assert after.scan(snapshot_id=after.refs()["first"].snapshot_id).to_arrow().num_rows == 1


def test_a_catalog_of_version_0_is_used_as_it_is(lake):
    """Old catalogs have no column iceberg_type."""
    given_table(lake)
    with sqlite3.connect(lake.catalog_path) as database:
        database.execute("ALTER TABLE iceberg_tables DROP COLUMN iceberg_type")
    load_rows(lake, 1)
    with sqlite3.connect(lake.catalog_path) as database:
        ((location,),) = database.execute("SELECT metadata_location FROM iceberg_tables")
    assert "/00001-" in location
