"""Tables on which Spark deleted, updated and merged rows, rewrote files and manifests, expired
snapshots and changed the spec: Eider's appends keep all of it, and every reader counts the same."""

import datetime

import pytest

from matrix.metadata import live_files
from readers import duckdb_rows, normal, pyiceberg_rows

pytestmark = pytest.mark.spark

DAY = datetime.date(2024, 1, 30)
DELETE = "DELETE FROM {lake}.bronze.t WHERE id % 7 = %d"
MODES = "ALTER TABLE {lake}.bronze.t SET TBLPROPERTIES ('write.%s.mode'='%s')"


class Rows(dict):
    """What the table must have: id -> name. Each change makes its own here as well."""

    def add(self, count: int) -> range:
        added = range(self.last + 1, self.last + 1 + count)
        self.update((number, f"n{number}") for number in added)
        self.last += count
        return added

    last = -1

    def delete(self, remainder: int):
        for number in [number for number in self if number % 7 == remainder]:
            del self[number]

    def rename(self, remainder: int):
        self.update((number, "changed") for number in self if number % 7 == remainder)


def deleting(mode: str, remainder: int):
    def change(sql, rows: Rows):
        sql(MODES % ("delete", mode))
        sql(DELETE.replace("%d", str(remainder)))
        rows.delete(remainder)
    return change


def updating(mode: str, remainder: int):
    def change(sql, rows: Rows):
        sql(MODES % ("update", mode))
        sql(f"UPDATE {{lake}}.bronze.t SET name = 'changed' WHERE id % 7 = {remainder}")
        rows.rename(remainder)
    return change


def merge_into(sql, rows: Rows):
    sql(MODES % ("merge", "merge-on-read"))
    sql("MERGE INTO {lake}.bronze.t t USING (SELECT explode(array(1, 8)) AS id) s ON t.id = s.id "
        "WHEN MATCHED AND t.id = 1 THEN DELETE WHEN MATCHED THEN UPDATE SET name = 'merged'")
    rows.pop(1, None)
    rows.update((number, "merged") for number in (8,) if number in rows)


def calling(procedure: str, arguments: str = ""):
    def change(sql, rows: Rows):
        sql(f"CALL {{lake}}.system.{procedure}(table => 'bronze.t'{arguments})")
    return change


def altering(words: str):
    return lambda sql, rows: sql(f"ALTER TABLE {{lake}}.bronze.t {words}")


CHANGES = {
    "merge-on-read delete": deleting("merge-on-read", 3),
    "copy-on-write delete": deleting("copy-on-write", 4),
    "merge-on-read update": updating("merge-on-read", 5),
    "rewrite_manifests": calling("rewrite_manifests"),
    "another spec": altering("ADD PARTITION FIELD bucket(3, id) AS shard"),
    "merge": merge_into,
    "expire_snapshots": calling(
        "expire_snapshots", ", older_than => TIMESTAMP '9999-01-01 00:00:00', retain_last => 1"),
    "another delete": deleting("merge-on-read", 6),
    "rewrite_data_files": calling(
        "rewrite_data_files", ", options => map('rewrite-all', 'true', 'min-input-files', '1')"),
    "one field less": altering("DROP PARTITION FIELD day"),
    "last delete": deleting("merge-on-read", 0),
}


def append(lake, rows: Rows, count: int):
    added = rows.add(count)
    lake.load(lake.put("src-a", f"{added[0]}.parquet", f"""
        SELECT i::BIGINT AS id, 'n' || i AS name, DATE '{DAY}' + (i % 3)::INTEGER AS day
        FROM range({added[0]}, {added[-1] + 1}) t(i)"""))  # fmt: skip


def merge_manifests(lake, merges: bool):
    with lake.table("bronze.t").transaction() as change:
        change.set_properties({"commit.manifest-merge.enabled": str(merges).lower()})


def test_three_appends_after_each_of_sparks_changes(lake, spark):
    """A fast one, one that merges manifests, and another fast one."""
    spark.sql(lake, "CREATE NAMESPACE {lake}.bronze")
    spark.sql(lake, "CREATE TABLE {lake}.bronze.t (id BIGINT, name STRING, day DATE) USING iceberg "
              "PARTITIONED BY (day) TBLPROPERTIES ('commit.manifest.min-count-to-merge'='2')")
    lake.route("src-a", "bronze.t", create=None)
    rows = Rows()
    append(lake, rows, 30)
    had_deletes = 0
    for name, change in CHANGES.items():
        change(lambda text: spark.sql(lake, text), rows)
        before = live_files(lake, "bronze.t")
        for count, merges in ((1, False), (4, True), (9, False)):
            merge_manifests(lake, merges)
            append(lake, rows, count)
        after = live_files(lake, "bronze.t")
        assert {path: after.get(path) for path in before} == before, name
        assert {path for path in after if after[path].is_delete} == {
            path for path in before if before[path].is_delete}, name
        had_deletes += any(file.is_delete for file in before.values())
        agree(lake, spark, rows, name)
    assert had_deletes >= 6


def agree(lake, spark, rows: Rows, name: str):
    expected = [[number, rows[number], normal(DAY + datetime.timedelta(number % 3))]
                for number in sorted(rows)]  # fmt: skip
    assert spark.rows(lake, "bronze.t", "id, name, day") == expected, name
    assert pyiceberg_rows(lake, "bronze.t") == expected, name
    assert duckdb_rows(lake, "bronze.t") == expected, name
    number = next(iter(rows))
    where = f"id = {number} AND day = DATE '{DAY + datetime.timedelta(number % 3)}'"
    assert spark.rows(lake, "bronze.t", "id", where) == [[number]], name
    (count,) = spark.sql(lake, "SELECT count(*) AS n FROM {lake}.bronze.t")
    assert count.n == len(rows), name
