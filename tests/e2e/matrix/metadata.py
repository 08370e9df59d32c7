"""What manifests say of a table's files, held against the rows in the files and against Spark's
metadata tables. Manifests are read by fastavro, partition values reckoned by PyIceberg.
"""

import json
import unittest.mock
import uuid
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import fastavro
import pyarrow.parquet
from pyiceberg.conversions import from_bytes
from pyiceberg.transforms import IdentityTransform, Transform

from lake import Lake
from matrix.cases import LEAVES, Field
from matrix.filters import value_at
from matrix.kinds import Kind, internal, is_nan, order
from matrix.limits import are_fit_for_metadata_tables, is_fit_bound
from readers import Spark, normal

STATUS = {0: "existing", 1: "added", 2: "deleted"}


@dataclass(frozen=True)
class Entry:
    """A live data file as its manifest has it, and the rows that are in it."""

    file: dict
    manifest_path: str
    snapshot_id: int
    spec_id: int
    partition: dict[int, object]  # by field id, as Avro has it beneath its logical types
    rows: list[dict]

    @property
    def path(self) -> Path:
        return local(self.file["file_path"])

    def of(self, key: str) -> dict[int, object]:
        """A map from field ids to counts or bounds."""
        return {pair["key"]: pair["value"] for pair in self.file[key] or []}


def local(uri: str) -> Path:
    return Path(uri.removeprefix("file://").removeprefix("file:"))


def avro(path: str) -> tuple[dict, list[dict]]:
    with (unittest.mock.patch.dict(fastavro.read.LOGICAL_READERS, clear=True),
          local(path).open("rb") as content):  # fmt: skip
        reader = fastavro.reader(content)
        return reader.metadata, list(reader)


class TableState:
    """The current snapshot of a table, from its files alone."""

    def __init__(self, lake: Lake, name: str, rows: list[dict]):
        self.metadata = json.loads(local(lake.table(name).metadata_location).read_text())
        current = self.metadata["current-snapshot-id"]
        self.snapshots = {one["snapshot-id"]: one for one in self.metadata["snapshots"]}
        _, self.manifests = avro(self.snapshots[current]["manifest-list"])
        self.entries: list[Entry] = []
        self.statuses: dict[str, Counter] = {}
        by_id = {row["id"]: row for row in rows}
        for manifest in self.manifests:
            if manifest.get("content", 0) == 0:
                self._read_manifest(manifest, by_id)

    def _read_manifest(self, manifest: dict, by_id: dict[int, dict]):
        header, entries = avro(manifest["manifest_path"])
        ids = [field["field-id"] for field in json.loads(header["partition-spec"])]
        counts = self.statuses[manifest["manifest_path"]] = Counter()
        for entry in entries:
            file = entry["data_file"]
            counts[STATUS[entry["status"]], "files"] += 1
            counts[STATUS[entry["status"]], "rows"] += file["record_count"]
            if entry["status"] == 2:
                continue
            found = pyarrow.parquet.ParquetFile(local(file["file_path"])).read(columns=["id"])
            rows = [by_id[number] for number in found["id"].to_pylist() if number in by_id]
            partition = dict(zip(ids, file["partition"].values(), strict=True))
            snapshot = entry["snapshot_id"] or manifest["added_snapshot_id"]
            self.entries.append(
                Entry(file, manifest["manifest_path"], snapshot, manifest["partition_spec_id"],
                      partition, rows))  # fmt: skip

    def is_eiders(self, entry: Entry) -> bool:
        summary = self.snapshots.get(entry.snapshot_id, {"summary": {}})["summary"]
        return any(key.startswith("eider.") for key in summary)


@dataclass(frozen=True)
class LiveFile:
    """What an append of others must not change of a data file or a delete file."""

    is_delete: bool
    snapshot_id: int
    sequence_number: int
    file_sequence_number: int
    spec_id: int
    record_count: int


def live_files(lake: Lake, name: str) -> dict[str, LiveFile]:
    """All files of the current snapshot by their paths, with what they inherit."""
    metadata = json.loads(local(lake.table(name).metadata_location).read_text())
    (current,) = (one for one in metadata["snapshots"]
                  if one["snapshot-id"] == metadata["current-snapshot-id"])  # fmt: skip
    found = {}
    for manifest in avro(current["manifest-list"])[1]:
        inherited = manifest["sequence_number"]
        for entry in avro(manifest["manifest_path"])[1]:
            if entry["status"] == 2:
                continue
            numbers = [inherited if entry[key] is None else entry[key]
                       for key in ("sequence_number", "file_sequence_number")]  # fmt: skip
            snapshot = entry["snapshot_id"] or manifest["added_snapshot_id"]
            found[entry["data_file"]["file_path"]] = LiveFile(
                manifest["content"] == 1, snapshot, *numbers, manifest["partition_spec_id"],
                entry["data_file"]["record_count"])
    return found


# -- manifests against rows ----------------------------------------


def faults_of_manifests(state: TableState) -> list[str]:
    found = []
    for manifest in state.manifests:
        counts = state.statuses.get(manifest["manifest_path"])
        for status in STATUS.values() if counts is not None else ():
            for what, key in (("files", f"{status}_files_count"), ("rows", f"{status}_rows_count")):
                told = manifest.get(key, manifest.get(key.replace("files", "data_files")))
                if told is not None and told != counts[status, what]:
                    found.append(f"a manifest's {key} is {told}, of {counts[status, what]}")
    summary = state.snapshots[state.metadata["current-snapshot-id"]]["summary"]
    for key, told in (("total-data-files", len(state.entries)),
                      ("total-records", sum(e.file["record_count"] for e in state.entries))):
        if summary.get(key) != str(told):
            found.append(f"{key} is {summary.get(key)}, of {told}")
    return found


def faults_of_summaries(state: TableState, fields: dict[int, Field]) -> list[str]:
    """What the manifest list says of the partitions in each manifest."""
    found = []
    for manifest in state.manifests:
        entries = [one for one in state.entries if one.manifest_path == manifest["manifest_path"]]
        for number, summary in enumerate(manifest["partitions"] or []):
            if not entries:
                continue
            field = fields[list(entries[0].partition)[number]]
            values = [plain_partition(field, list(one.partition.values())[number])
                      for one in entries]  # fmt: skip
            found += [f"{field.name} of a manifest: {fault}" for fault in
                      faults_of_summary(field, summary, values)]  # fmt: skip
    return found


def faults_of_summary(field: Field, summary: dict, values: list) -> list[str]:
    found = []
    if (None in values) != summary["contains_null"]:
        found.append(f"contains_null is {summary['contains_null']}, of {values}")
    if summary.get("contains_nan") is False and any(map(is_nan, values)):
        found.append(f"contains_nan is false, of {values}")
    of = field.transform.result_type(field.kind.iceberg)
    numbers = [order(field.kind, value) for value in values
               if value is not None and not is_nan(value)]  # fmt: skip
    for key, furthest in (("lower_bound", min), ("upper_bound", max)):
        if summary[key] is None or not numbers:
            if numbers:
                found.append(f"{key} is left out, of {values}")
            continue
        bound = order(field.kind, from_bytes(of, summary[key]))
        if furthest(bound, *numbers) != bound:
            found.append(f"{key} is {bound!r}, of {values}")
    return found


def faults_of_file(state: TableState, entry: Entry, kinds: dict[int, tuple[str, Kind]],
                   fields: dict[int, Field]) -> list[str]:  # fmt: skip
    """`kinds` has name and kind of columns by their ids, `fields` partition fields by theirs."""
    found = []
    if entry.file["record_count"] != len(entry.rows):
        found.append(f"record_count is {entry.file['record_count']}, of {len(entry.rows)} rows")
    if entry.file["file_size_in_bytes"] != entry.path.stat().st_size:
        found.append(f"file_size_in_bytes is {entry.file['file_size_in_bytes']}")
    for number, told in entry.partition.items():
        field = fields[number]
        values = [value_at(row, field.column) for row in entry.rows]
        expected = {normal(partition_value(field.kind, field.transform, one)) for one in values}
        if expected != {normal(plain_partition(field, told))}:
            found.append(f"partition {field.name} is {told!r}, of {expected}")
    for number, (name, kind) in kinds.items():
        values = [value_at(row, name) for row in entry.rows]
        found += [f"{name}: {fault}" for fault in faults_of_column(state, entry, number, kind,
                                                                   values)]  # fmt: skip
    who = "Eider's" if state.is_eiders(entry) else "another's"
    return [f"{who} file of ids {[row['id'] for row in entry.rows]}: {fault}" for fault in found]


def faults_of_column(state: TableState, entry: Entry, number: int, kind: Kind,
                     values: list) -> list[str]:  # fmt: skip
    found = []
    counts = {"value_counts": len(values), "null_value_counts": values.count(None),
              "nan_value_counts": sum(map(is_nan, values))}  # fmt: skip
    for key, expected in counts.items():
        told = entry.of(key).get(number)
        if told is None and key != "nan_value_counts" and state.is_eiders(entry):
            found.append(f"{key} is left out")
        if told is not None and told != expected:
            found.append(f"{key} is {told}, of {expected}")
    numbers = [order(kind, value) for value in values if value is not None and not is_nan(value)]
    if not is_fit_bound(state.is_eiders(entry), kind):
        return found
    for key, is_wrong in (("lower_bounds", lambda bound: bound > min(numbers)),
                          ("upper_bounds", lambda bound: bound < max(numbers))):  # fmt: skip
        content = entry.of(key).get(number)
        if content is None:
            continue
        bound = from_bytes(kind.iceberg, content)
        if is_nan(bound):
            found.append(f"{key} is NaN")
        elif numbers and is_wrong(order(kind, bound)):
            found.append(f"{key} is {bound!r}, of values from {min(numbers)} to {max(numbers)}")
    return found


def partition_value(kind: Kind, transform: Transform, value):
    """What the specification gives, by PyIceberg's transforms."""
    mine = internal(kind, value)
    if is_nan(mine) and isinstance(transform, IdentityTransform):
        return mine
    if isinstance(mine, uuid.UUID) and str(transform).startswith("bucket"):
        mine = mine.bytes
    found = transform.transform(kind.iceberg)(mine)
    return found.bytes if isinstance(found, uuid.UUID) else found


def plain_partition(field: Field, told):
    """Avro's decimal as Decimal; all else is plain already."""
    keeps_type = field.transform_name in ("identity", "truncate")
    if keeps_type and field.kind.name.startswith("decimal") and told is not None:
        return from_bytes(field.kind.iceberg, told)
    return told


def faults_of_files(state: TableState, kinds: dict[int, tuple[str, Kind]],
                    fields: dict[int, Field]) -> list[str]:  # fmt: skip
    found = faults_of_manifests(state) + faults_of_summaries(state, fields)
    for entry in state.entries:
        found += faults_of_file(state, entry, kinds, fields)
    return found


def kinds_by_id(lake: Lake, name: str, columns: dict[str, Kind]) -> dict[int, tuple[str, Kind]]:
    schema = lake.table(name).schema()
    return {schema.find_field(column).field_id: (column, kind)
            for column, kind in (columns | LEAVES).items()}  # fmt: skip


# -- Spark's metadata tables against manifests ----------------------------------------


FILE = ("content, file_path, record_count, file_size_in_bytes, value_counts, null_value_counts, "
        "lower_bounds, upper_bounds")  # fmt: skip


def faults_of_metadata_tables(lake: Lake, spark: Spark, name: str, state: TableState,
                              fields: list[Field]) -> list[str]:  # fmt: skip
    def select(columns: str, table: str):
        return spark.sql(lake, f"SELECT {columns} FROM {{lake}}.{name}.{table}")

    of_entries = FILE.replace("content", "data_file.content").replace(", ", ", data_file.")
    entries = select(f"status, snapshot_id, sequence_number, {of_entries}", "entries")
    manifests = select("added_data_files_count, existing_data_files_count", "manifests")
    live = [row for row in entries if row.status != 2]
    found = faults_of_told_files("entries", live, state)
    if any(row.sequence_number is None or row.snapshot_id is None for row in live):
        found.append("entries has one without sequence number or snapshot")
    if len(manifests) != len(state.manifests):
        found.append(f"manifests has {len(manifests)}, of {len(state.manifests)}")
    told = sum(map(sum, manifests))
    if told != len(state.entries):
        found.append(f"manifests counts {told} data files, of {len(state.entries)}")
    has_partition = bool(fields) and are_fit_for_metadata_tables(fields)
    partition = ", spec_id, partition" if has_partition else ""
    files = select(FILE + partition, "files")
    partitions = select("record_count, file_count" + partition, "partitions")
    found += faults_of_told_files("files", files, state)
    return found + faults_of_partitions(files, partitions, has_partition)


def faults_of_told_files(what: str, rows: list, state: TableState) -> list[str]:
    mine = {str(entry.path): entry for entry in state.entries}
    told = {str(local(row.file_path)): row for row in rows if row.content == 0}
    if set(told) != set(mine):
        return [f"{what} has {len(told)} files, of {len(mine)}"]
    found = []
    for path, row in told.items():
        for key in ("record_count", "file_size_in_bytes"):
            if row[key] != mine[path].file[key]:
                found.append(f"{what}.{key} is {row[key]}, of {mine[path].file[key]}")
        for key in ("value_counts", "null_value_counts", "lower_bounds", "upper_bounds"):
            if normal(row[key] or {}) != normal(mine[path].of(key)):
                found.append(f"{what}.{key} is {row[key]}, of {mine[path].of(key)}")
    return found


def faults_of_partitions(files: list, partitions: list, has_partition: bool) -> list[str]:
    """Spark's `partitions` against its own `files`, whose numbers are those of the rows."""
    rows, counts = Counter(), Counter()
    for row in files:
        key = repr(normal(tuple(row[-2:]))) if has_partition else ""
        rows[key] += row.record_count
        counts[key] += 1
    told, told_files = Counter(), Counter()
    for row in partitions:
        key = repr(normal(tuple(row[-2:]))) if has_partition else ""
        told[key] += row.record_count
        told_files[key] += row.file_count
    if told != rows or told_files != counts:
        return [f"partitions has {told}, {told_files}, of {rows}, {counts}"]
    return []
