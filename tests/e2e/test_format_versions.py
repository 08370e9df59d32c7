"""Tables of every format version: appended to as what they are, by the words of Java's own files,
and changed for a newer version on request only."""

import json
from pathlib import Path

import fastavro
import pytest

from readers import duckdb_rows, pyiceberg_rows

pytestmark = pytest.mark.spark


def make_table(lake, spark, columns: str, version: int, more: str = "", **properties):
    options = {"format-version": version, **properties}
    told = ", ".join(f"'{key.replace('_', '-')}'='{value}'" for key, value in options.items())
    spark.sql(lake, "CREATE NAMESPACE IF NOT EXISTS {lake}.bronze")
    spark.sql(lake, f"CREATE TABLE {{lake}}.bronze.t ({columns}) USING iceberg {more} "
              f"TBLPROPERTIES ({told})")  # fmt: skip
    lake.route("src-a", "bronze.t", create=None)


def java_table(lake, spark):
    """The table by Java's API, through Spark's gateway."""
    spark.attach(lake)
    gateway = spark.session._jvm
    name = f"{lake.name}.bronze.t"
    return gateway.org.apache.iceberg.spark.Spark3Util.loadIcebergTable(
        spark.session._jsparkSession, name)


def load(lake, name: str, first: int, count: int, more: str = ""):
    return lake.load(lake.put("src-a", name, f"""
        SELECT i::BIGINT AS id, 'n' || i AS name{more}
        FROM range({first}, {first + count}) t(i)"""))


def local(uri: str) -> Path:
    return Path(uri.removeprefix("file://").removeprefix("file:"))


def metadata_of(lake) -> dict:
    return json.loads(local(lake.table("bronze.t").metadata_location).read_text())


def manifests_of(lake) -> list[dict]:
    """The lines of the current manifest list, as fastavro finds them."""
    current = metadata_of(lake)
    snapshot = next(one for one in current["snapshots"]
                    if one["snapshot-id"] == current["current-snapshot-id"])  # fmt: skip
    with local(snapshot["manifest-list"]).open("rb") as file:
        return list(fastavro.reader(file))


def header_of(path: str) -> tuple[dict, dict]:
    """Metadata and writer's schema of an Avro file."""
    with local(path).open("rb") as file:
        reader = fastavro.reader(file)
        return reader.metadata, reader.writer_schema


def fields_of(schema, path="") -> dict:
    """Path of each field -> its id and type, through records, arrays and unions."""
    if isinstance(schema, list):
        found = {}
        for one in schema:
            found |= fields_of(one, path)
        return found
    if not isinstance(schema, dict):
        return {path + ":" + schema: None}
    if schema["type"] == "array":
        return fields_of(schema["items"], path + "[]")
    if schema["type"] != "record":
        return {path + ":" + str(schema["type"]): None}
    found = {}
    for field in schema["fields"]:
        inner = path + "." + field["name"]
        found[inner] = field["field-id"]
        found |= fields_of(field["type"], inner)
    return found


def manifest_of(lake, snapshot_ids: set[int]) -> str:
    """A manifest that one of these snapshots added."""
    return next(line["manifest_path"] for line in manifests_of(lake)
                if line["added_snapshot_id"] in snapshot_ids)  # fmt: skip


def by_eider(lake) -> set[int]:
    return {one["snapshot-id"] for one in metadata_of(lake)["snapshots"]
            if any(key.startswith("eider.") for key in one["summary"])}  # fmt: skip


def ids(rows) -> list[int]:
    return sorted(int(row[0]) for row in rows)


def everybody_finds(lake, spark, expected: list[int]):
    assert ids(spark.rows(lake, "bronze.t", "id")) == expected
    assert ids(pyiceberg_rows(lake, "bronze.t", fields=("id",))) == expected
    assert ids(duckdb_rows(lake, "bronze.t", "id")) == expected


@pytest.mark.parametrize("version", [1, 3])
def test_eiders_manifests_have_the_fields_of_javas(lake, spark, version):
    make_table(lake, spark, "id BIGINT, name STRING", version)
    spark.sql(lake, "INSERT INTO {lake}.bronze.t VALUES (0, 'n0')")
    load(lake, "a.parquet", 1, 3)
    ours = by_eider(lake)
    theirs = {one["snapshot-id"] for one in metadata_of(lake)["snapshots"]} - ours
    assert len(ours) == len(theirs) == 1
    meta, schema = header_of(manifest_of(lake, ours))
    java_meta, java_schema = header_of(manifest_of(lake, theirs))
    assert meta["format-version"] == java_meta["format-version"] == str(version)
    assert meta.get("content") == java_meta.get("content")
    # Of delete files only, which Eider writes none of.
    deletes = {name for name in fields_of(java_schema) if ".content_offset" in name or
               ".content_size_in_bytes" in name}  # fmt: skip
    assert fields_of(schema) == {
        name: number for name, number in fields_of(java_schema).items() if name not in deletes}
    assert len(deletes) == (6 if version == 3 else 0)


@pytest.mark.parametrize("min_count", [100, 2])
def test_a_table_of_version_1_is_appended_to_as_such(lake, spark, min_count):
    make_table(lake, spark, "id BIGINT, name STRING", 1, "PARTITIONED BY (bucket(2, id))",
               **{"commit.manifest.min-count-to-merge": min_count})  # fmt: skip
    spark.sql(lake, "INSERT INTO {lake}.bronze.t VALUES (0, 'n0'), (1, 'n1')")
    for number in range(3):
        load(lake, f"{number}.parquet", 2 + 10 * number, 10)
    spark.sql(lake, "INSERT INTO {lake}.bronze.t VALUES (32, 'n32')")
    load(lake, "last.parquet", 33, 1)
    everybody_finds(lake, spark, list(range(34)))
    metadata = metadata_of(lake)
    assert metadata["format-version"] == 1
    assert "last-sequence-number" not in metadata
    assert all("sequence-number" not in one for one in metadata["snapshots"])
    if min_count == 2:
        assert len(manifests_of(lake)) == 1
    counts = spark.sql(lake, "SELECT sum(record_count) AS n FROM {lake}.bronze.t.files")
    assert counts[0]["n"] == 34


def test_a_table_is_upgraded_on_request(lake, spark):
    make_table(lake, spark, "id BIGINT, name STRING", 1)
    spark.sql(lake, "INSERT INTO {lake}.bronze.t VALUES (0, 'n0')")
    load(lake, "a.parquet", 1, 3)
    kept = lake.eider("table", "upgrade", "bronze.t")
    assert kept.exit_code != 0 and "--yes" in kept.stderr
    assert metadata_of(lake)["format-version"] == 1
    done = lake.eider("table", "upgrade", "bronze.t", "--yes")
    assert done.exit_code == 0 and "from format version 1 to 2" in done.stdout
    assert metadata_of(lake)["format-version"] == 2
    load(lake, "b.parquet", 4, 3)
    everybody_finds(lake, spark, list(range(7)))
    done = lake.eider("table", "upgrade", "bronze.t", "--to", "3", "--yes", "--json")
    assert json.loads(done.stdout) == {
        "table": "bronze.t", "format_version_before": 2, "format_version": 3}
    load(lake, "c.parquet", 7, 3)
    spark.sql(lake, "INSERT INTO {lake}.bronze.t VALUES (10, 'n10')")
    assert ids(spark.rows(lake, "bronze.t", "id")) == list(range(11))
    row_ids = spark.rows(lake, "bronze.t", "_row_id, id")
    assert len({row[0] for row in row_ids}) == 11 and None not in {row[0] for row in row_ids}
    back = lake.eider("table", "upgrade", "bronze.t", "--to", "2", "--yes")
    assert back.exit_code != 0 and "no table goes back" in back.stderr
    again = lake.eider("table", "upgrade", "bronze.t", "--to", "3")
    assert again.exit_code == 0 and "already" in again.stdout


@pytest.mark.parametrize("min_count", [100, 2])
def test_each_row_of_version_3_has_an_id_of_its_own(lake, spark, min_count):
    make_table(lake, spark, "id BIGINT, name STRING", 3, **{
        "commit.manifest.min-count-to-merge": min_count})  # fmt: skip
    spark.sql(lake, "INSERT INTO {lake}.bronze.t VALUES (0, 'n0'), (1, 'n1')")
    seen: dict[int, int] = {}
    for number in range(4):
        load(lake, f"{number}.parquet", 2 + 10 * number, 10)
        if number == 2:
            spark.sql(lake, "INSERT INTO {lake}.bronze.t VALUES (100, 'x')")
        found = {row[0]: row[1] for row in spark.rows(lake, "bronze.t", "id, _row_id")}
        assert len(set(found.values())) == len(found)
        assert {key: found[key] for key in seen} == seen, "the id of a row never changes"
        seen = found
    metadata = metadata_of(lake)
    assert max(seen.values()) < metadata["next-row-id"]
    snapshots = metadata["snapshots"]
    assert [one["first-row-id"] for one in snapshots[1:]] == [
        one["first-row-id"] + one["added-rows"] for one in snapshots[:-1]]
    assert metadata["next-row-id"] == snapshots[-1]["first-row-id"] + snapshots[-1]["added-rows"]
    by_sequence = spark.rows(lake, "bronze.t", "id, _last_updated_sequence_number")
    assert dict(map(tuple, by_sequence))[100] == 5


def test_deletion_vectors_survive_an_append(lake, spark):
    make_table(lake, spark, "id BIGINT, name STRING", 3, **{
        "write.delete.mode": "merge-on-read", "commit.manifest.min-count-to-merge": 2})
    load(lake, "a.parquet", 0, 100)
    spark.sql(lake, "DELETE FROM {lake}.bronze.t WHERE id % 10 = 3")
    load(lake, "b.parquet", 100, 50)
    load(lake, "c.parquet", 150, 50)
    expected = [i for i in range(200) if i >= 100 or i % 10 != 3]
    assert ids(spark.rows(lake, "bronze.t", "id")) == expected
    spark.sql(lake, "DELETE FROM {lake}.bronze.t WHERE id = 150")
    load(lake, "d.parquet", 200, 1)
    assert ids(spark.rows(lake, "bronze.t", "id")) == [i for i in [*expected, 200] if i != 150]


def test_a_variant_column_is_left_out_or_refused_by_name(lake, spark):
    # Java's vectorized reader has no variants (1.10.1), in files of its own as well.
    make_table(lake, spark, "id BIGINT, name STRING, v VARIANT", 3, **{
        "read.parquet.vectorization.enabled": "false"})  # fmt: skip
    spark.sql(lake, "INSERT INTO {lake}.bronze.t SELECT 0, 'n0', parse_json('{\"a\": 1}')")
    load(lake, "a.parquet", 1, 3)
    rows = spark.rows(lake, "bronze.t", "id, to_json(v) AS v")
    assert [row[1] for row in rows] == ['{"a":1}', None, None, None]
    done = lake.run(lake.put("src-a", "b.parquet", "SELECT 9::BIGINT AS id, 'x' AS name, 1 AS v"))
    error = done.file("b.parquet")["error"]
    assert all(word in error for word in ("column v", "bronze.t", "variant", "SELECT")), error
    assert ids(spark.rows(lake, "bronze.t", "id")) == [0, 1, 2, 3]


def test_columns_of_version_3_that_java_adds(lake, spark):
    """Nanoseconds, an unknown column, a geometry, and a default where the file has no value."""
    make_table(lake, spark, "id BIGINT, name STRING", 3)
    load(lake, "a.parquet", 0, 1)
    jvm = spark.session._jvm
    types = jvm.org.apache.iceberg.types.Types
    literal = jvm.org.apache.iceberg.expressions.Literal
    (java_table(lake, spark).updateSchema()
        .addColumn("at", types.TimestampNanoType.withoutZone())
        .addColumn("shape", types.GeometryType.crs84())
        .addColumn("nothing", types.UnknownType.get())
        .addColumn("kind", types.StringType.get(), None, literal.of("old"))
        .commit())  # fmt: skip
    (java_table(lake, spark).updateSchema()
        .updateColumnDefault("kind", literal.of("new")).commit())  # fmt: skip
    load(lake, "b.parquet", 1, 1, ", TIMESTAMP_NS '2024-01-31 10:00:00.123456789' AS at")
    load(lake, "c.parquet", 2, 1, ", TIMESTAMP '2024-01-31 10:00:00.5' AS at, 'own' AS kind")
    table = java_table(lake, spark)
    records = jvm.org.apache.iceberg.data.IcebergGenerics.read(table).select(
        ["id", "at", "kind"]).build()
    found = {}
    for record in iter_java(records):
        found[record.get(0)] = [str(record.get(1)), record.get(2)]
    assert found == {0: ["None", "old"], 1: ["2024-01-31T10:00:00.123456789", "new"],
                     2: ["2024-01-31T10:00:00.500", "own"]}  # fmt: skip
    done = lake.run(lake.put("src-a", "d.parquet", """
        SELECT 9::BIGINT AS id, 'x' AS name, TIMESTAMP '2500-01-01 00:00:00' AS at"""))
    error = done.file("d.parquet")["error"]
    assert all(word in error for word in ("at", "timestamp_ns", "2500-01-01")), error


def iter_java(iterable):
    iterator = iterable.iterator()
    while iterator.hasNext():
        yield iterator.next()


def test_a_table_made_by_a_route_may_be_of_version_3(lake, spark):
    lake.route("src-a", "bronze.t", create=True, table_properties={"format-version": "3"})
    load(lake, "a.parquet", 0, 3)
    load(lake, "b.parquet", 3, 2)
    assert metadata_of(lake)["format-version"] == 3
    assert [row[1] for row in spark.rows(lake, "bronze.t", "id, _row_id")] == list(range(5))
