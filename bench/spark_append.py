"""Spark's own DataFrame writer: the Parquet files of a folder into an Iceberg table.

    spark-submit spark_append.py FOLDER TABLE
"""

import sys

from pyspark.sql import SparkSession

if __name__ == "__main__":
    folder, table = sys.argv[1:]
    spark = SparkSession.builder.getOrCreate()
    spark.read.parquet(folder).where("id % 10 <> 3").writeTo(table).append()
    spark.stop()
