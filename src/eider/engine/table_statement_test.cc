// What CREATE TABLE says, and what it may not say. Types are those of docs/types.md.
#include "eider/engine/table_statement.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/base/result.h"
#include "eider/iceberg/type.h"

namespace eider::engine {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

Result<TableStatement> Read(const std::string& sql) {
  return ReadTableStatement(sql, "orders.sql", {.memory_limit_bytes = 64U << 20U, .threads = 1});
}

TEST(TableStatement, HasColumnsPartitionsOrderAndProperties) {
  const auto table = Read(
      "CREATE TABLE sales.orders (id BIGINT NOT NULL, \"the day\" DATE, amount DECIMAL(12, 2), "
      "ts TIMESTAMPTZ NOT NULL, tags VARCHAR[], who STRUCT(name TEXT, age INTEGER)) "
      "PARTITIONED BY (day(ts), bucket(16, id), \"the day\", who.name) SORTED BY (id) "
      "WITH ('write.parquet.compression-codec' = 'snappy', 'format-version' = 3); -- the end");
  ASSERT_TRUE(table) << table.error().message;
  EXPECT_EQ(table->name, "sales.orders");
  std::vector<std::string> columns;
  for (const iceberg::Field& field : table->schema.fields) {
    columns.push_back(std::to_string(field.id) + " " + field.name + " " +
                      iceberg::ToString(field.type) + (field.required ? " required" : ""));
  }
  EXPECT_THAT(columns, ElementsAre("1 id long required", "2 the day date", "3 amount decimal(12,2)",
                                   "4 ts timestamptz required", "5 tags list<string>",
                                   "6 who struct<name: string, age: int>"));
  EXPECT_THAT(table->partition_by,
              ElementsAre("day(ts)", "bucket(16, id)", "\"the day\"", "who.name"));
  EXPECT_THAT(table->sort_by, ElementsAre("id"));
  EXPECT_THAT(table->properties, ElementsAre(Pair("format-version", "3"),
                                             Pair("write.parquet.compression-codec", "snappy")));
}

TEST(TableStatement, SaysWhatATableCannotHave) {
  struct Case {
    const char* sql;
    const char* why;
  };

  for (const auto& [sql, why] : {
           Case{"CREATE TABLE t (id BIGINT) USING iceberg", "syntax error at or near \"USING\""},
           Case{"CREATE TABLE t (\"\xff\" INT)", "its text is not UTF-8"},
           Case{"", "it has 0 statements"},
           Case{"CREATE TABLE t (id BIGINT); DROP TABLE t", "it has 2 statements"},
           Case{"SELECT 1", "it is another statement"},
           Case{"CREATE VIEW t AS SELECT 1", "something else than a table"},
           Case{"CREATE TABLE t AS SELECT 1 AS id", "AS SELECT"},
           Case{"CREATE TEMP TABLE t (id BIGINT)", "TEMPORARY"},
           Case{"CREATE OR REPLACE TABLE t (id BIGINT)", "OR REPLACE"},
           Case{"CREATE TABLE t (id BIGINT DEFAULT 3)", "column id has a DEFAULT"},
           Case{"CREATE TABLE t (a INT, b INT AS (a + 1))", "column b has a generated value"},
           Case{"CREATE TABLE t (id BIGINT PRIMARY KEY)", "not PRIMARY KEY"},
           Case{"CREATE TABLE t (id BIGINT, CHECK (id > 3))", "not CHECK"},
           Case{"CREATE TABLE t (id NO_SUCH_TYPE)", "NO_SUCH_TYPE"},
           Case{"CREATE TABLE t (i INTERVAL)", "column i: INTERVAL has no Iceberg type"},
           Case{"CREATE TABLE t (id INT, ID INT)", "ID"},
           Case{"CREATE TABLE t (id INT) PARTITIONED BY (id + 1)", "not (id + 1)"},
           Case{"CREATE TABLE t (id INT) WITH ('a' = b)", "property 'a' needs a value"},
       }) {
    const auto table = Read(sql);
    ASSERT_FALSE(table) << sql;
    EXPECT_EQ(table.error().code, Code::kInvalid) << sql;
    EXPECT_THAT(table.error().message, HasSubstr("orders.sql")) << sql;
    EXPECT_THAT(table.error().message, HasSubstr(why)) << sql;
  }
}

}  // namespace
}  // namespace eider::engine
