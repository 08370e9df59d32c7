// What fits no column of the table goes into one of them as JSON; all else is as without it.
#include <string>
#include <utility>

#include "eider/engine/testing/engine_fixture.h"

namespace eider::engine {
namespace {

using iceberg::Schema;
using iceberg::Type;
using iceberg::TypeKind;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class Rescue : public EngineFixture {
 protected:
  Result<Written> Load(const FileRef& input, const Schema& schema,
                       const std::string& sql = "SELECT * FROM '{s3_input_path}'") {
    const WriteTarget target{.table_name = "bronze.orders",
                             .schema = schema,
                             .data_location = {"s3", "lake", "t/data"},
                             .file_prefix = "run"};
    return engine_->Run({.sql = sql, .input = input, .rescue = "rest"}, target, {});
  }

  // The rows as the plain DuckDB shows them, texts with brackets or quotes in quotes; or the error.
  std::string Rows(const Result<Written>& written) {
    if (!written) return written.error().message;
    if (written->files.empty()) return "(none)";
    return PlainText("SELECT string_agg(t::VARCHAR, ';' ORDER BY id) FROM " +
                     Literal(LocalPath(written->files.front())) + " t");
  }

  // id, then a column v of the type, then the one for the rest.
  static Schema Table(Type type, bool required = false) {
    return {.fields = {Column(1, "id", Of(TypeKind::kLong)),
                       Column(2, "v", std::move(type), required),
                       Column(3, "rest", Of(TypeKind::kString))}};
  }
};

TEST_F(Rescue, TellsRowsAndColumns) {
  const auto input = MakeFile("id,v,more\n1,5,\n2,x,y\n3,7,z\n", "a.csv");
  const auto written = Load(input, Table(Of(TypeKind::kInt)));
  EXPECT_EQ(Rows(written),
            "{'id': 1, 'v': 5, 'rest': NULL};"
            R"({'id': 2, 'v': NULL, 'rest': '{"v":"x","more":"y"}'};)"
            R"({'id': 3, 'v': 7, 'rest': '{"more":"z"}'})");
  ASSERT_TRUE(written);
  EXPECT_EQ(written->rescued.rows, 2U);
  EXPECT_THAT(written->rescued.columns, ElementsAre("v", "more"));
}

TEST_F(Rescue, OfConstantsCountsEachRow) {
  const auto input = MakeParquet("SELECT i::BIGINT AS id FROM range(3000) t(i)");
  const auto written =
      Load(input, Table(Of(TypeKind::kInt)), "SELECT id, 5 AS more FROM '{s3_input_path}'");
  ASSERT_TRUE(written) << written.error().message;
  EXPECT_EQ(written->rescued.rows, 3000U);
}

TEST_F(Rescue, NothingWhereAllFits) {
  const auto written =
      Load(MakeParquet("SELECT 1::BIGINT AS id, 2::BIGINT AS v, NULL::VARCHAR AS w"),
           Table(Of(TypeKind::kInt)));
  EXPECT_EQ(Rows(written), "{'id': 1, 'v': 2, 'rest': NULL}");
  ASSERT_TRUE(written);
  EXPECT_EQ(written->rescued.rows, 0U);
  EXPECT_THAT(written->rescued.columns, IsEmpty());
}

TEST_F(Rescue, OfAListWithOneWrongElementIsTheList) {
  Type list = Of(TypeKind::kList);
  list.fields = {Column(90, "element", Of(TypeKind::kInt), true)};
  const auto input = MakeParquet(
      "SELECT unnest([1, 2, 3])::BIGINT AS id, "
      "unnest([[1, 2], [3, 5000000000], [4, NULL]])::BIGINT[] AS v");
  EXPECT_EQ(Rows(Load(input, Table(list))),
            "{'id': 1, 'v': [1, 2], 'rest': NULL};"
            R"({'id': 2, 'v': NULL, 'rest': '{"v":[3,5000000000]}'};)"
            R"({'id': 3, 'v': NULL, 'rest': '{"v":[4,null]}'})");
}

TEST_F(Rescue, IsNoWayForARequiredColumn) {
  const auto input = MakeFile("id,v\n1,5\n2,x\n", "a.csv");
  const auto written = Load(input, Table(Of(TypeKind::kInt), true));
  ASSERT_FALSE(written);
  EXPECT_THAT(written.error().message, HasSubstr("column v of table bronze.orders is int"));
  EXPECT_EQ(written.error().place.line, 3U);
}

TEST_F(Rescue, NeedsAColumnOfTheTable) {
  const auto input = MakeFile("id,v\n1,5\n", "a.csv");
  const Schema schema{.fields = {Column(1, "id", Of(TypeKind::kLong))}};
  EXPECT_THAT(Rows(Load(input, schema)), HasSubstr("table bronze.orders has no column rest"));
  const Schema wrong{.fields = {Column(1, "rest", Of(TypeKind::kInt))}};
  EXPECT_THAT(Rows(Load(input, wrong)), HasSubstr("is int: it must be an optional string"));
  const auto own = MakeFile("id,REST\n1,5\n", "b.csv");
  EXPECT_THAT(Rows(Load(own, Table(Of(TypeKind::kInt)))),
              HasSubstr("the result has a column rest"));
}

TEST_F(Rescue, ColumnIsTheLastOfANewTable) {
  const auto made = engine_->Describe({.sql = "SELECT * FROM '{s3_input_path}'",
                                       .input = MakeFile("id,v\n1,5\n", "a.csv"),
                                       .rescue = "rest"});
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(made->schema.fields.back(), Column(3, "rest", Of(TypeKind::kString)));
}

TEST_F(Rescue, OfAColumnThereTwiceIsRefused) {
  const auto input = MakeParquet("SELECT 1::BIGINT AS id");
  EXPECT_THAT(Rows(Load(input, Table(Of(TypeKind::kInt)),
                        "SELECT id, 1 AS more, 2 AS more FROM '{s3_input_path}'")),
              HasSubstr("column more of the result is there twice"));
}

}  // namespace
}  // namespace eider::engine
