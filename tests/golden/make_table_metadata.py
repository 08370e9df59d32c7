"""Writes tests/golden/table_metadata: metadata files as PyIceberg 0.12 writes them, and broken ones.

Run with a Python that has pyiceberg==0.12.0:  python tests/golden/make_table_metadata.py
Everything is fixed (UUIDs, times, ids), so that a second run changes nothing.
"""

import copy
import json
import pathlib
import uuid

from pyiceberg.partitioning import PartitionField, PartitionSpec
from pyiceberg.schema import Schema, assign_fresh_schema_ids
from pyiceberg.table import update as table_update
from pyiceberg.table.metadata import new_table_metadata
from pyiceberg.table.refs import MAIN_BRANCH, SnapshotRefType
from pyiceberg.table.snapshots import MetadataLogEntry, Operation, Snapshot, Summary
from pyiceberg.table.sorting import NullOrder, SortDirection, SortField, SortOrder
from pyiceberg.table.statistics import BlobMetadata, StatisticsFile
from pyiceberg.transforms import BucketTransform, DayTransform, IdentityTransform
from pyiceberg.types import (
    BinaryType, BooleanType, DateType, DecimalType, DoubleType, FixedType, FloatType, IntegerType,
    ListType, LongType, MapType, NestedField, StringType, StructType, TimestampType, TimestamptzType,
    TimeType, UUIDType)

TARGET = pathlib.Path(__file__).parent / "table_metadata"
TABLE_UUID = uuid.UUID("9c12d441-03fe-4693-9a96-a0705ddf69c1")
START_MS = 1700000000000
LOCATION = "s3://warehouse/bronze/orders"


def write(name: str, document: dict) -> None:
    path = TARGET / name
    path.parent.mkdir(parents=True, exist_ok=True)
    indent = None if path.parent.name == "invalid" else 1
    path.write_text(json.dumps(document, indent=indent, ensure_ascii=False) + "\n")


def as_written(metadata) -> dict:
    return json.loads(metadata.model_dump_json())


# Ids in no order, so that fresh ids differ from them.
def odd_schema() -> Schema:
    inner = StructType(
        NestedField(70, "x", LongType(), required=True),
        NestedField(71, "deep", ListType(
            72, MapType(73, StringType(), 74, StructType(NestedField(75, "leaf", DateType())),
                        value_required=False), element_required=True)))
    return Schema(
        NestedField(90, "id", LongType(), required=True, doc="the key"),
        NestedField(80, "flag", BooleanType()),
        NestedField(81, "i", IntegerType()),
        NestedField(82, "f", FloatType()),
        NestedField(83, "d", DoubleType()),
        NestedField(84, "dec9", DecimalType(9, 2)),
        NestedField(85, "dec38", DecimalType(38, 38)),
        NestedField(86, "day", DateType()),
        NestedField(87, "t", TimeType()),
        NestedField(88, "ts", TimestampType()),
        NestedField(89, "tstz", TimestamptzType()),
        NestedField(91, "s", StringType(), doc='quotes " and \\ and ñ and 🦆'),
        NestedField(92, "u", UUIDType()),
        NestedField(93, "fix", FixedType(16)),
        NestedField(94, "bin", BinaryType()),
        NestedField(60, "nested", StructType(
            NestedField(61, "a", inner, required=True),
            NestedField(62, "key", StringType(), required=True)), required=True),
        NestedField(50, "m", MapType(51, LongType(), 52, ListType(53, UUIDType()),
                                     value_required=True)),
        schema_id=0, identifier_field_ids=[90, 62])


def small_schema() -> Schema:
    return Schema(NestedField(1, "id", LongType(), required=True),
                  NestedField(2, "name", StringType()))


def summary(added: int, total: int) -> Summary:
    return Summary(Operation.APPEND, **{
        "added-data-files": "1", "added-records": str(added), "total-records": str(total),
        "note": 'a "quoted" \\ ñ 🦆 \n line'})


def snapshot(index: int, parent: int | None, format_version: int) -> Snapshot:
    snapshot_id = 9007199254740993 + index  # beyond 2^53: a double cannot hold it
    return Snapshot(
        snapshot_id=snapshot_id, parent_snapshot_id=parent,
        sequence_number=index if format_version > 1 else None,
        timestamp_ms=START_MS + 1000 * index,
        manifest_list=f"{LOCATION}/metadata/snap-{snapshot_id}-1-{TABLE_UUID}.avro",
        summary=summary(10, 10 * index), schema_id=0)


def table(schema: Schema, format_version: int = 2, properties: dict | None = None):
    made = new_table_metadata(schema, PartitionSpec(spec_id=0), SortOrder(order_id=0), LOCATION,
                              {"format-version": str(format_version), **(properties or {})},
                              TABLE_UUID)
    return made.model_copy(update={"last_updated_ms": START_MS})


def with_snapshots(metadata, count: int):
    parent = None
    for index in range(1, count + 1):
        added = snapshot(index, parent, metadata.format_version)
        metadata = table_update.update_table_metadata(metadata, (
            table_update.AddSnapshotUpdate(snapshot=added),
            table_update.SetSnapshotRefUpdate(
                ref_name=MAIN_BRANCH, type=SnapshotRefType.BRANCH, snapshot_id=added.snapshot_id,
                min_snapshots_to_keep=5, max_snapshot_age_ms=86400000)))
        parent = added.snapshot_id
    return metadata


def full():
    metadata = with_snapshots(table(odd_schema(), properties={"owner": "ñandú", "empty": ""}), 3)
    first = metadata.snapshots[0].snapshot_id
    id_field = metadata.schema().find_field("id").field_id
    ts_field = metadata.schema().find_field("ts").field_id
    return table_update.update_table_metadata(metadata, (
        table_update.SetSnapshotRefUpdate(ref_name="end-of-year", type=SnapshotRefType.TAG,
                                          snapshot_id=first, max_ref_age_ms=604800000),
        table_update.AddPartitionSpecUpdate(spec=PartitionSpec(
            PartitionField(id_field, 1000, BucketTransform(16), "id_bucket"),
            PartitionField(ts_field, 1001, DayTransform(), "ts_day"), spec_id=1)),
        table_update.AddSortOrderUpdate(sort_order=SortOrder(
            SortField(id_field, IdentityTransform(), SortDirection.DESC, NullOrder.NULLS_LAST),
            order_id=1)),
        table_update.SetStatisticsUpdate(statistics=StatisticsFile(
            snapshot_id=first, statistics_path=f"{LOCATION}/metadata/stats.puffin",
            file_size_in_bytes=413, file_footer_size_in_bytes=42,
            blob_metadata=[BlobMetadata(type="apache-datasketches-theta-v1", snapshot_id=first,
                                        sequence_number=1, fields=[1],
                                        properties={"ndv": "10"})])),
    )).model_copy(update={"last_updated_ms": START_MS + 4000, "metadata_log": [
        MetadataLogEntry(metadata_file=f"{LOCATION}/metadata/0000{i}-{TABLE_UUID}.metadata.json",
                         timestamp_ms=START_MS + 1000 * i) for i in range(3)]})


def with_unknown(document: dict) -> dict:
    """What newer writers add at every level that Eider keeps; with numbers that need 64 bits."""
    more = copy.deepcopy(document)
    more["encryption-keys"] = [{"key-id": "k1", "encrypted-key-metadata": "AAEC"}]
    more["next-row-id"] = 9223372036854775807
    more["x-nested"] = {"list": [1, 2.5, None, True, {"deep": "ñ"}], "null": None}
    more["snapshots"][0]["key-id"] = "k1"
    more["snapshots"][1]["x-nested"] = {"a": [-9223372036854775808, "\\\"\n"], "b": None}
    more["refs"]["main"]["x-note"] = {"by": "somebody"}
    return more


def version_1_as_first_written() -> dict:
    """Before schemas, specs and sort orders had lists and partition fields had ids; by the
    specification's words, since PyIceberg 0.12 neither writes nor reads it."""
    return {
        "format-version": 1, "location": LOCATION, "last-updated-ms": START_MS, "last-column-id": 3,
        "schema": {"type": "struct", "fields": [
            {"id": 1, "name": "x", "required": True, "type": "long"},
            {"id": 2, "name": "y", "required": False, "type": "decimal(9,2)", "doc": "comment"},
            {"id": 3, "name": "z", "required": False, "type": "fixed[4]"}]},
        "partition-spec": [{"name": "x", "transform": "identity", "source-id": 1},
                           {"name": "y_trunc", "transform": "truncate[10]", "source-id": 2}],
        "properties": {}, "current-snapshot-id": 7,
        "snapshots": [{"snapshot-id": 7, "timestamp-ms": START_MS,
                       "manifests": [f"{LOCATION}/metadata/m0.avro"]}]}


def write_valid() -> None:
    write("full_v2.json", as_written(full()))
    write("unknown_keys_v2.json", with_unknown(as_written(full())))
    write("empty_v2.json", as_written(table(small_schema())))
    write("v1.json", as_written(with_snapshots(table(small_schema(), 1), 2)))
    write("v1_first_form.json", version_1_as_first_written())
    given = odd_schema()
    write("fresh_ids.json", {"given": json.loads(given.model_dump_json()),
                             "fresh": json.loads(assign_fresh_schema_ids(given).model_dump_json())})


def write_invalid() -> None:
    base = as_written(with_snapshots(table(small_schema()), 2))
    missing = object()

    def broken(name: str, path: list, value) -> None:
        document = copy.deepcopy(base)
        place = document
        for step in path[:-1]:
            place = place[step]
        if value is missing:
            del place[path[-1]]
        else:
            place[path[-1]] = value
        write(f"invalid/{name}.json", document)

    for key in ("format-version", "table-uuid", "location", "last-sequence-number",
                "last-updated-ms", "last-column-id", "schemas", "current-schema-id",
                "partition-specs", "default-spec-id", "last-partition-id", "sort-orders",
                "default-sort-order-id"):
        broken(f"{key}_missing", [key], missing)
    broken("format-version_zero", ["format-version"], 0)
    broken("format-version_text", ["format-version"], "2")
    broken("location_number", ["location"], 7)
    broken("last-updated-ms_fraction", ["last-updated-ms"], 1.5)
    broken("last-column-id_too_large", ["last-column-id"], 2147483648)
    broken("schemas_empty", ["schemas"], [])
    broken("schemas_object", ["schemas"], {})
    broken("schema_twice", ["schemas"], base["schemas"] * 2)
    broken("current-schema-id_unknown", ["current-schema-id"], 5)
    field = ["schemas", 0, "fields", 1]
    broken("field_id_missing", field + ["id"], missing)
    broken("field_id_twice", field + ["id"], 1)
    broken("field_name_twice", field + ["name"], "id")
    broken("field_name_empty", field + ["name"], "")
    broken("field_required_text", field + ["required"], "false")
    broken("field_type_unknown", field + ["type"], "varchar")
    broken("field_type_number", field + ["type"], 7)
    broken("field_type_decimal_39", field + ["type"], "decimal(39, 2)")
    broken("field_type_decimal_scale", field + ["type"], "decimal(9, 10)")
    broken("field_type_fixed_negative", field + ["type"], "fixed[-1]")
    broken("field_type_set", field + ["type"], {"type": "set", "element": "int"})
    broken("list_without_element_id", field + ["type"],
           {"type": "list", "element": "int", "element-required": True})
    broken("map_value_unknown", field + ["type"],
           {"type": "map", "key-id": 3, "key": "int", "value-id": 4, "value-required": True,
            "value": {"type": "struct", "fields": [
                {"id": 5, "name": "a", "required": True, "type": "text"}]}})
    broken("identifier_field_optional", ["schemas", 0, "identifier-field-ids"], [2])
    broken("default-spec-id_unknown", ["default-spec-id"], 9)
    broken("partition_field_without_transform", ["partition-specs", 0, "fields"],
           [{"source-id": 1, "field-id": 1000, "name": "x"}])
    broken("default-sort-order-id_unknown", ["default-sort-order-id"], 9)
    broken("properties_number", ["properties"], {"a": 1})
    broken("current-snapshot-id_unknown", ["current-snapshot-id"], 5)
    broken("current-snapshot-id_missing", ["current-snapshot-id"], missing)
    broken("refs_main_differs", ["refs", "main", "snapshot-id"],
           base["snapshots"][0]["snapshot-id"])
    broken("refs_main_tag", ["refs", "main", "type"], "tag")
    broken("refs_type_unknown", ["refs", "dev"], {"snapshot-id": base["current-snapshot-id"],
                                                  "type": "twig"})
    broken("refs_snapshot_unknown", ["refs", "dev"], {"snapshot-id": 5, "type": "tag"})
    broken("snapshots_object", ["snapshots"], {})
    broken("snapshot_number", ["snapshots", 1], 7)
    broken("snapshot_id_missing", ["snapshots", 1, "snapshot-id"], missing)
    broken("snapshot_id_text", ["snapshots", 1, "snapshot-id"], "9007199254740995")
    broken("snapshot_id_beyond_64_bits", ["snapshots", 1, "snapshot-id"], 9223372036854775808)
    broken("snapshot_id_twice", ["snapshots", 1, "snapshot-id"],
           base["snapshots"][0]["snapshot-id"])
    broken("snapshot_timestamp_missing", ["snapshots", 1, "timestamp-ms"], missing)
    broken("snapshot_manifest_list_missing", ["snapshots", 1, "manifest-list"], missing)
    broken("snapshot_sequence_number_too_high", ["snapshots", 1, "sequence-number"], 3)
    broken("snapshot_schema_id_too_large", ["snapshots", 1, "schema-id"], 2147483648)
    broken("snapshot_summary_value_number", ["snapshots", 1, "summary", "added-records"], 10)
    broken("snapshot_summary_array", ["snapshots", 1, "summary"], [])
    broken("snapshot-log_without_id", ["snapshot-log", 0], {"timestamp-ms": 1})
    broken("metadata-log_without_file", ["metadata-log"], [{"timestamp-ms": 1}])
    text = json.dumps(base, indent=1)
    (TARGET / "invalid/not_json_cut_off.json").write_text(text[: len(text) // 2])
    (TARGET / "invalid/not_json_two_documents.json").write_text("{} {}\n")
    (TARGET / "invalid/not_an_object.json").write_text("[]\n")
    (TARGET / "invalid/not_json_empty.json").write_text("")


if __name__ == "__main__":
    write_valid()
    write_invalid()
