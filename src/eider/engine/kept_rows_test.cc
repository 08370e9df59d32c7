// SQL that streams, and SQL that keeps rows.
#include "eider/engine/kept_rows.h"

#include <string>

#include <gtest/gtest.h>

namespace eider::engine {
namespace {

TEST(KeptRows, RowsGoThroughWhatOnlyMakesRowsOfRows) {
  for (const std::string sql : {
           "SELECT * FROM read_parquet('{s3_input_path}')",
           "SELECT a + 1 AS b, upper(c) FROM '{s3_input_path}' WHERE a > 1 LIMIT 10",
           "SELECT unnest(list) FROM read_json('{s3_input_path}')",
           "SELECT count(*), sum(a) FROM read_csv('{s3_input_path}')",
           "SELECT x FROM (SELECT a AS x FROM read_csv('{s3_input_path}')) AS t",
           "WITH t AS (SELECT a FROM read_csv('{s3_input_path}')) SELECT * FROM t WHERE a = 1",
           "FROM read_parquet('{s3_input_path}') SELECT a",
       }) {
    EXPECT_FALSE(KeepsRows(sql)) << sql;
  }
}

TEST(KeptRows, WhatGroupsSortsJoinsOrNumbersKeepsThem) {
  for (const std::string sql : {
           "SELECT a, count(*) FROM read_parquet('{s3_input_path}') GROUP BY a",
           "SELECT a, count(*) FROM read_parquet('{s3_input_path}') GROUP BY ALL",
           "SELECT DISTINCT a FROM read_parquet('{s3_input_path}')",
           "SELECT a FROM read_parquet('{s3_input_path}') ORDER BY a",
           "SELECT row_number() OVER () FROM read_parquet('{s3_input_path}')",
           "SELECT a FROM read_csv('{s3_input_path}') JOIN other USING (a)",
           "SELECT a FROM read_csv('{s3_input_path}'), other",
           "SELECT a FROM read_csv('{s3_input_path}') WHERE a IN (SELECT b FROM other)",
           "SELECT a FROM read_csv('{s3_input_path}') UNION ALL SELECT 1",
           "SELECT a FROM (SELECT a FROM read_csv('{s3_input_path}') ORDER BY a) AS t",
           "WITH t AS (SELECT DISTINCT a FROM read_csv('{s3_input_path}')) SELECT * FROM t",
           "SELECT a FROM read_csv('{s3_input_path}') QUALIFY row_number() OVER (ORDER BY a) = 1",
           "no SQL",
           "SELECT 1; SELECT 2",
       }) {
    EXPECT_TRUE(KeepsRows(sql)) << sql;
  }
}

}  // namespace
}  // namespace eider::engine
