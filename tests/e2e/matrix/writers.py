"""How each of the three engines makes a table of the matrix, and appends rows of Python's values.

None of Eider's code has a hand in the values: its input is a Parquet file by pyarrow.
"""

import unittest.mock
import uuid

import pyarrow
import pyarrow.parquet
from pyiceberg import transforms
from pyiceberg.io.pyarrow import schema_to_pyarrow
from pyiceberg.partitioning import PartitionField, PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.types import (
    IcebergType,
    IntegerType,
    ListType,
    LongType,
    MapType,
    NestedField,
    StringType,
    StructType,
)
from pyspark.sql import types as spark_types

from lake import Lake
from matrix.cases import Case
from matrix.kinds import Kind
from readers import Spark

TABLE = "bronze.t"
PAIR_ARROW = pyarrow.struct([("a", pyarrow.int32()), ("b", pyarrow.string())])
LIST_ARROW = pyarrow.list_(pyarrow.int32())
MAP_ARROW = pyarrow.map_(pyarrow.string(), pyarrow.int64())
NESTED_SPARK = "pair STRUCT<a: INT, b: STRING>, numbers ARRAY<INT>, counts MAP<STRING, BIGINT>"


def arrow_table(columns: dict[str, Kind], rows: list[dict]) -> pyarrow.Table:
    types = {"id": pyarrow.int64(), **{name: kind.arrow for name, kind in columns.items()},
             "pair": PAIR_ARROW, "numbers": LIST_ARROW,
             "counts": MAP_ARROW}  # fmt: skip
    arrays = {name: arrow_array([row[name] for row in rows], of) for name, of in types.items()}
    return pyarrow.table(arrays, pyarrow.schema(types.items()))


def arrow_array(values: list, of: pyarrow.DataType) -> pyarrow.Array:
    if of == pyarrow.uuid():
        contents = [None if value is None else value.bytes for value in values]
        return pyarrow.ExtensionArray.from_storage(of, pyarrow.array(contents, of.storage_type))
    return pyarrow.array(values, of)


# -- making ----------------------------------------


def make_table(lake: Lake, spark: Spark, case: Case):
    if case.maker == "spark":
        make_by_spark(lake, spark, case)
    elif case.maker == "pyiceberg":
        make_by_pyiceberg(lake, case)
    if case.maker == "eider":
        terms = [term(field.transform, field.column) for field in case.fields]
        lake.route("src-a", TABLE, create=True, partition_by=terms,
                   table_properties=table_properties(case))  # fmt: skip
    else:
        lake.route("src-a", TABLE, create=None)


def table_properties(case: Case) -> dict[str, str]:
    return {"format-version": str(case.version), **case.properties}


def term(transform: transforms.Transform, column: str, plural: str = "") -> str:
    """The field in the words of Eider's routes; of Spark's, with `plural` s."""
    name, _, argument = str(transform).rstrip("]").partition("[")
    if name == "identity":
        return column
    if argument:
        return f"{name}({argument}, {column})"
    return f"{name}{plural}({column})"


def make_by_spark(lake: Lake, spark: Spark, case: Case):
    columns = ", ".join(["id BIGINT", *(f"`{n}` {k.spark}" for n, k in case.columns.items())])
    spec = ", ".join(term(field.transform, field.column, "s") for field in case.fields)
    told = ", ".join(f"'{key}'='{value}'" for key, value in table_properties(case).items())
    spark.sql(lake, "CREATE NAMESPACE IF NOT EXISTS {lake}.bronze")
    spark.sql(lake, f"CREATE TABLE {{lake}}.{TABLE} ({columns}, {NESTED_SPARK}) USING iceberg "
              f"{f'PARTITIONED BY ({spec})' if spec else ''} TBLPROPERTIES ({told})")


def make_by_pyiceberg(lake: Lake, case: Case):
    types: dict[str, IcebergType] = {"id": LongType()}
    types |= {name: kind.iceberg for name, kind in case.columns.items()}
    fields = [NestedField(number, name, of) for number, (name, of) in enumerate(types.items(), 1)]
    fields += [
        NestedField(101, "pair", StructType(NestedField(102, "a", IntegerType(), required=False),
                                            NestedField(103, "b", StringType(), required=False))),
        NestedField(104, "numbers", ListType(105, IntegerType(), element_required=False)),
        NestedField(106, "counts", MapType(107, StringType(), 108, LongType(), False)),
    ]  # fmt: skip
    schema = Schema(*(field.model_copy(update={"required": False}) for field in fields))
    spec = [PartitionField(schema.find_field(field.column).field_id, 1000 + number,
                           field.transform, field.name)
            for number, field in enumerate(case.fields)]  # fmt: skip
    lake.pyiceberg().create_namespace_if_not_exists("bronze")
    lake.pyiceberg().create_table(TABLE, schema=schema, partition_spec=PartitionSpec(*spec),
                                  properties=table_properties(case))  # fmt: skip


# -- appending ----------------------------------------


def append(lake: Lake, spark: Spark, writer: str, columns: dict[str, Kind], rows: list[dict]):
    if writer == "eider":
        append_by_eider(lake, arrow_table(columns, rows))
    elif writer == "pyiceberg":
        append_by_pyiceberg(lake, arrow_table(columns, rows))
    else:
        append_by_spark(lake, spark, columns, rows)


def append_by_eider(lake: Lake, rows: pyarrow.Table):
    key = f"{rows['id'][0]}.parquet"
    pyarrow.parquet.write_table(rows, lake.path("src-a", key))
    lake.load(f"s3://src-a/{key}")


def append_by_pyiceberg(lake: Lake, rows: pyarrow.Table):
    """PyIceberg takes partitions of other transforms than identity from the package
    pyiceberg-core, which is none of ours; here it takes those of its own Python."""
    patches = [unittest.mock.patch.object(one, "pyarrow_transform", python_transform) for one in (
        transforms.BucketTransform, transforms.TruncateTransform, transforms.YearTransform,
        transforms.MonthTransform, transforms.DayTransform, transforms.HourTransform)]  # fmt: skip
    for patch in patches:
        patch.start()
    try:
        lake.table(TABLE).append(rows)
    finally:
        for patch in patches:
            patch.stop()


def python_transform(self: transforms.Transform, source: IcebergType):
    is_time = isinstance(self, transforms.TimeTransform)
    result = pyarrow.int32() if is_time else schema_to_pyarrow(self.result_type(source))
    function = self.transform(source)
    return lambda column: pyarrow.chunked_array(
        [pyarrow.array([function(value) for value in column.to_pylist()], result)])


def append_by_spark(lake: Lake, spark: Spark, columns: dict[str, Kind], rows: list[dict]):
    kinds = ", ".join(["id BIGINT", *(f"`{n}` {k.spark}" for n, k in columns.items())])
    append_frame(lake, spark, f"{kinds}, {NESTED_SPARK}", rows)


def append_frame(lake: Lake, spark: Spark, columns: str, rows: list[dict]):
    """`columns` in the words of Spark's DDL."""
    spark.attach(lake)
    schema = spark_types.DataType.fromDDL(columns)
    plain = [tuple(spark_value(row[f.name], f.dataType) for f in schema.fields) for row in rows]
    frame = spark.session.createDataFrame(plain, schema)
    frame.writeTo(f"{lake.name}.{TABLE}").append()


def spark_value(value, of: spark_types.DataType):
    if value is None:
        return None
    if isinstance(of, spark_types.StructType):
        return tuple(spark_value(value[f.name], f.dataType) for f in of.fields)
    if isinstance(of, spark_types.MapType):
        return dict(value)
    if isinstance(value, uuid.UUID):
        return str(value)
    return bytearray(value) if isinstance(value, bytes) else value
