"""One table, three writers: whoever made it, all append to it and read the same rows."""

import pyarrow
import pytest

from readers import duckdb_rows, normal, pyiceberg_rows

ARROW = pyarrow.schema([("id", pyarrow.int64()), ("name", pyarrow.string())])


def create_by_eider(lake, spark):
    lake.route("src-a", "bronze.t", create=True)
    lake.load(lake.put("src-a", "make.parquet", "SELECT 0::BIGINT AS id, 'n0' AS name"))


def create_by_pyiceberg(lake, spark):
    lake.pyiceberg().create_namespace("bronze")
    lake.pyiceberg().create_table("bronze.t", schema=ARROW)
    append_by_pyiceberg(lake, spark, 0)


def create_by_spark(lake, spark):
    spark.sql(lake, "CREATE NAMESPACE {lake}.bronze")
    spark.sql(lake, "CREATE TABLE {lake}.bronze.t (id BIGINT, name STRING) USING iceberg")
    append_by_spark(lake, spark, 0)


def append_by_eider(lake, spark, number):
    lake.route("src-a", "bronze.t", create=None)
    lake.load(lake.put("src-a", f"{number}.parquet",
                       f"SELECT {number}::BIGINT AS id, 'n{number}' AS name"))  # fmt: skip


def append_by_pyiceberg(lake, spark, number):
    row = {"id": number, "name": f"n{number}"}
    lake.table("bronze.t").append(pyarrow.Table.from_pylist([row], ARROW))


def append_by_spark(lake, spark, number):
    spark.sql(lake, f"INSERT INTO {{lake}}.bronze.t VALUES ({number}, 'n{number}')")


APPENDS = (append_by_eider, append_by_pyiceberg, append_by_spark)


@pytest.mark.spark
@pytest.mark.parametrize("create", [create_by_eider, create_by_pyiceberg, create_by_spark])
def test_three_writers_take_turns(lake, spark, create):
    create(lake, spark)
    for number in range(1, 10):
        APPENDS[number % 3](lake, spark, number)
    expected = [[number, f"n{number}"] for number in range(10)]
    assert pyiceberg_rows(lake, "bronze.t") == expected
    assert duckdb_rows(lake, "bronze.t") == expected
    assert spark.rows(lake, "bronze.t") == expected
    assert spark.rows(lake, "bronze.t", where="name = 'n4'") == [[4, "n4"]]
    history = lake.table("bronze.t").metadata.snapshots
    assert len(history) == 10
    assert [s.sequence_number for s in history] == list(range(1, 11))
    assert [s.summary["total-records"] for s in history] == [str(n) for n in range(1, 11)]
    files = spark.sql(lake, "SELECT count(*), sum(record_count) FROM {lake}.bronze.t.files")
    assert tuple(files[0]) == (10, 10)


@pytest.mark.spark
def test_spark_reads_the_metadata_tables_of_ours(lake, spark):
    """Readable metrics need every bound; snapshots and manifests every count."""
    lake.route("src-a", "bronze.t")
    lake.load(lake.put("src-a", "a.parquet", "SELECT range AS id, 'n' || range AS name, "
                       "{'x': range::DOUBLE} AS s FROM range(5)"))  # fmt: skip
    (row,) = spark.sql(lake, "SELECT readable_metrics FROM {lake}.bronze.t.files")
    metrics = row.readable_metrics.asDict(recursive=True)
    assert (metrics["id"]["lower_bound"], metrics["id"]["upper_bound"]) == (0, 4)
    assert (metrics["name"]["lower_bound"], metrics["name"]["upper_bound"]) == ("n0", "n4")
    assert metrics["id"]["value_count"] == 5 and metrics["id"]["null_value_count"] == 0
    assert metrics["s.x"]["upper_bound"] == 4.0
    (row,) = spark.sql(lake, "SELECT added_data_files_count, partition_summaries, path"
                       " FROM {lake}.bronze.t.manifests")  # fmt: skip
    assert row.added_data_files_count == 1 and row.partition_summaries == []
    (row,) = spark.sql(lake, "SELECT * FROM {lake}.bronze.t.snapshots")
    assert row.operation == "append" and row.summary["added-records"] == "5"
    # Java shows no offsets to who does not ask for the size, by which it checks them.
    (row,) = spark.sql(lake, "SELECT split_offsets, file_size_in_bytes FROM {lake}.bronze.t.files")
    assert row.split_offsets == [4]


@pytest.mark.spark
def test_spark_evolves_the_schema_and_eider_follows(lake, spark):
    lake.route("src-a", "bronze.t")
    lake.load(lake.put("src-a", "a.parquet", "SELECT 1::INTEGER AS id, 'x' AS name"))
    spark.sql(lake, "ALTER TABLE {lake}.bronze.t ADD COLUMN extra DOUBLE")
    spark.sql(lake, "ALTER TABLE {lake}.bronze.t RENAME COLUMN name TO title")
    spark.sql(lake, "ALTER TABLE {lake}.bronze.t ALTER COLUMN id TYPE BIGINT")
    # Iceberg 1.10's vectorized reader cannot widen an INT32 column that is annotated as
    # INT(32, signed), as DuckDB writes it; the plain reader can.
    spark.sql(lake, "ALTER TABLE {lake}.bronze.t SET TBLPROPERTIES"
              " ('read.parquet.vectorization.enabled'='false')")  # fmt: skip
    lake.load(lake.put("src-a", "b.parquet",
                       "SELECT 5000000000 AS id, 'y' AS title, 0.5::DOUBLE AS extra"))  # fmt: skip
    expected = [[1, "x", None], [5000000000, "y", normal(0.5)]]
    assert pyiceberg_rows(lake, "bronze.t") == expected
    assert spark.rows(lake, "bronze.t") == expected
    assert duckdb_rows(lake, "bronze.t") == expected
    assert spark.rows(lake, "bronze.t", where="id >= 5000000000") == expected[1:]


@pytest.mark.spark
def test_rows_deleted_by_spark_stay_deleted(lake, spark):
    """A table with delete files keeps them across our appends."""
    lake.route("src-a", "bronze.t")
    lake.load(lake.put("src-a", "a.parquet", "SELECT range AS id FROM range(10)"))
    spark.sql(lake, "ALTER TABLE {lake}.bronze.t SET TBLPROPERTIES"
              " ('write.delete.mode'='merge-on-read', 'commit.manifest.min-count-to-merge'='2')")
    spark.sql(lake, "DELETE FROM {lake}.bronze.t WHERE id IN (3, 7)")
    for number in (10, 11, 12):
        lake.load(lake.put("src-a", f"{number}.parquet", f"SELECT {number}::BIGINT AS id"))
    expected = [[number] for number in range(13) if number not in (3, 7)]
    assert spark.rows(lake, "bronze.t") == expected
    assert duckdb_rows(lake, "bronze.t") == expected
    assert pyiceberg_rows(lake, "bronze.t") == expected
    summary = lake.table("bronze.t").current_snapshot().summary
    assert summary["total-delete-files"] == "1" and summary["total-position-deletes"] == "2"
