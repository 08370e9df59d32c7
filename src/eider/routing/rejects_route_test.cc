// The built-in route's SQL, as text: that DuckDB runs it is for the tests of the whole program.
#include "eider/routing/rejects_route.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/iceberg/table_name.h"
#include "eider/routes/route.h"

namespace eider::routing {
namespace {

using ::testing::HasSubstr;

TEST(RejectsRoute, MakesOneRecordOfEachRow) {
  const routes::Route route = RejectsRoute({{"ops"}, "rejects"}, "country",
                                           FileRef{{"s3", "b", "k.csv"}, "", "it's 1", 0, ""});
  EXPECT_EQ(route.partition_key, "(rejects)");
  EXPECT_FALSE(routes::IsPattern(route.partition_key));
  EXPECT_EQ(route.target_table.ToString(), "ops.rejects");
  EXPECT_TRUE(route.create_table);
  EXPECT_TRUE(route.enabled);
  EXPECT_EQ(route.query_sql,
            "SELECT '{s3_input_path}' AS file, 'etag:it''s 1:0' AS version, CAST(NULL AS BIGINT) "
            "AS line, "
            "'country' AS \"column\", "
            "CAST(eider_rejected_row.\"country\" AS VARCHAR) AS value, "
            "'no route for this value of column country' AS reason, "
            "CAST(to_json(eider_rejected_row) AS VARCHAR) AS record, "
            "now() AS rejected_at "
            "FROM '{s3_input_path}' AS eider_rejected_row");
}

TEST(RejectsRoute, NamesOfColumnsEndNeitherLiteralNorIdentifier) {
  const std::string sql = RejectsRoute({{"ops"}, "rejects"}, R"(a b.c"d.it's; DROP)", {}).query_sql;
  EXPECT_THAT(sql, HasSubstr(R"(eider_rejected_row."a b"."c""d"."it's; DROP" AS VARCHAR)"));
  EXPECT_THAT(sql, HasSubstr(R"('no route for this value of column a b.c"d.it''s; DROP' AS)"));
}

TEST(BadRowsRoute, GoesToATableBesideThatOfTheRoute) {
  const routes::Route route = BadRowsRoute(
      {.partition_key = "orders", .target_table = {{"bronze"}, "orders"}, .query_sql = "SELECT 1"});
  EXPECT_EQ(route.target_table.ToString(), "bronze.orders__rejects");
  EXPECT_EQ(route.partition_key, "(rejects)");
  EXPECT_TRUE(route.create_table);
}

}  // namespace
}  // namespace eider::routing
