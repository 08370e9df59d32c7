// What is told of a query before it runs: its SQL, columns, problems and rows, and a sample.
#include <map>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "eider/engine/testing/engine_fixture.h"

namespace eider::engine {
namespace {

using iceberg::TypeKind;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class Explaining : public EngineFixture {
 protected:
  Explanation Explained(const Query& query, const iceberg::Schema* table) {
    auto explanation = engine_->Explain(query, table, "bronze.orders");
    EXPECT_TRUE(explanation.has_value()) << explanation.error().message;
    return explanation ? *explanation : Explanation{};
  }

  // "id BIGINT -> id long: same" for each column.
  static std::vector<std::string> Lines(const Explanation& explanation) {
    std::vector<std::string> lines;
    for (const ExplainedColumn& column : explanation.columns) {
      lines.push_back(fmt::format("{} {} -> {} {}: {}", column.result_column, column.result_type,
                                  column.table_column, column.table_type, column.how));
    }
    return lines;
  }
};

TEST_F(Explaining, ShowsTheBoundSql) {
  const FileRef input = MakeParquet("SELECT 1 AS x", "it's.parquet");
  const Explanation explanation =
      Explained({"select x, '{s3_input_path}' as f from '{s3_input_path}'", input}, nullptr);
  EXPECT_EQ(explanation.sql,
            "SELECT x, 's3://in/it''s.parquet' AS f FROM \"s3://in/it's.parquet\"");
  EXPECT_EQ(explanation.input_bytes, input.size_bytes);
}

// The options of a reader call, by name.
std::map<std::string, std::string> OptionsOf(const ExplainedReader& reader) {
  return {reader.options.begin(), reader.options.end()};
}

TEST_F(Explaining, TellsTheOptionsThatReadAFile) {
  const FileRef input = MakeFile("id;;a;a\n1;2;3;4\n", "x.csv");
  const Explanation explanation =
      Explained({"SELECT * FROM read_csv('{s3_input_path}')", input}, nullptr);
  ASSERT_EQ(explanation.readers.size(), 1U);
  const ExplainedReader& reader = explanation.readers.front();
  EXPECT_EQ(reader.reader, "read_csv");
  EXPECT_EQ(reader.file, input.uri.ToString());
  EXPECT_THAT(reader.renamed, ElementsAre("column1 (no name)", "a_1 (a)"));
  const auto options = OptionsOf(reader);
  EXPECT_EQ(options.at("delim"), "';'");
  EXPECT_EQ(options.at("header"), "true");
  EXPECT_EQ(options.at("compression"), "'uncompressed'");
  EXPECT_THAT(options.at("columns"), HasSubstr("'a_1': 'BIGINT'"));
}

TEST_F(Explaining, TellsTheOptionsOfAReaderThatDecidesItself) {
  const FileRef input = MakeFile("id,a\n1,2\n", "x.csv");
  const Explanation explanation = Explained(
      {"SELECT * FROM read_csv('{s3_input_path}', ignore_errors = true)", input}, nullptr);
  ASSERT_EQ(explanation.readers.size(), 1U);
  const auto options = OptionsOf(explanation.readers.front());
  EXPECT_EQ(options.at("ignore_errors"), "true");
  EXPECT_EQ(options.at("sample_size"), "-1");
}

TEST_F(Explaining, AColumnThatIsLeftOutOfANewTableIsNoProblem) {
  const FileRef input = MakeFile("id,note\n1,\n2,\n", "x.csv");
  const Explanation explanation =
      Explained({"SELECT * FROM read_csv('{s3_input_path}')", input}, nullptr);
  EXPECT_THAT(Lines(explanation),
              ElementsAre("id BIGINT -> id long: same",
                          "note VARCHAR ->  : left out of the new table: it has no value"));
  EXPECT_THAT(explanation.problems, IsEmpty());
}

TEST_F(Explaining, TellsATypeOfNoColumn) {
  const FileRef input = MakeFile("id,note\n1,x\n", "x.csv");
  Query query{"SELECT * FROM read_csv('{s3_input_path}')", input};
  query.types = {{"note", "VARCHAR"}, {"nota", "DATE"}};
  const Explanation explanation = Explained(query, nullptr);
  EXPECT_THAT(explanation.problems, ElementsAre(HasSubstr("did you mean 'note'?")));
  EXPECT_EQ(Lines(explanation)[1],
            "note text -> note string: VARCHAR by the route's types, value by value");
}

TEST_F(Explaining, SetsTheColumnsBesideThoseOfTheTable) {
  const FileRef input = MakeParquet(
      "SELECT 1::BIGINT AS id, 2::INTEGER AS small, 3::UBIGINT AS wide, 'x' AS name, "
      "1.5::DOUBLE AS price, {'a': 1::INTEGER} AS s, 7 AS more, 'must' AS must");
  iceberg::Type nested = Of(TypeKind::kStruct);
  nested.fields = {Column(10, "a", Of(TypeKind::kLong))};
  const iceberg::Schema table{
      .fields = {Column(1, "id", Of(TypeKind::kLong)), Column(2, "small", Of(TypeKind::kLong)),
                 Column(3, "wide", Of(TypeKind::kLong)), Column(4, "NAME", Of(TypeKind::kString)),
                 Column(5, "price", Of(TypeKind::kFloat)), Column(6, "s", nested),
                 Column(7, "later", Of(TypeKind::kDate)),
                 Column(8, "needed", Of(TypeKind::kString), true),
                 Column(9, "must", Of(TypeKind::kString), true)}};
  const Explanation explanation = Explained({kReadAll, input}, &table);
  EXPECT_THAT(
      Lines(explanation),
      ElementsAre(
          "id BIGINT -> id long: same", "small INTEGER -> small long: cast to BIGINT",
          "wide UBIGINT -> wide long: cast to BIGINT, checked value by value",
          "name VARCHAR -> NAME string: same", "price DOUBLE -> price float: may lose something",
          "s STRUCT(a INTEGER) -> s struct<a: long>: cast to STRUCT(a BIGINT)",
          "  -> later date: null (missing, optional)", "  -> needed string: missing, required",
          "must VARCHAR -> must string: same, checked for nulls",
          "more INTEGER ->  : extra: no such column in the table"));
  ASSERT_EQ(explanation.problems.size(), 3U);
  // The same that a run fails with.
  const auto files = FilesOf({kReadAll, input},
                             {.table_name = "bronze.orders",
                              .schema = table,
                              .data_location = {"s3", "lake", "t"},
                              .file_prefix = "run"},
                             {});
  ASSERT_FALSE(files.has_value());
  for (const std::string& problem : explanation.problems) {
    EXPECT_THAT(files.error().message, HasSubstr(problem));
  }
}

TEST_F(Explaining, TellsHowANewTableWouldBe) {
  const FileRef input = MakeParquet("SELECT 1::TINYINT AS x, 'a' AS s");
  EXPECT_THAT(Lines(Explained({kReadAll, input}, nullptr)),
              ElementsAre("x TINYINT -> x int: cast to INTEGER", "s VARCHAR -> s string: same"));
  const Explanation impossible =
      Explained({"SELECT INTERVAL 1 DAY AS i FROM '{s3_input_path}'", input}, nullptr);
  EXPECT_THAT(impossible.problems, ElementsAre(HasSubstr("INTERVAL has no Iceberg type")));
  EXPECT_THAT(Lines(impossible), ElementsAre("i INTERVAL ->  : no table can be made"));
}

TEST_F(Explaining, TellsWhichValuesOfJsonComeAsTheTableHasThem) {
  const FileRef input = MakeFile(
      "{\"i\":1,\"l\":1,\"big\":2147483648,\"d\":1.5,\"w\":1,\"b\":true,\"s\":\"x\",\"m\":1}\n"
      "{\"i\":2,\"l\":2,\"big\":3,\"d\":2,\"w\":2,\"b\":null,\"s\":\"y\",\"m\":\"2\"}\n",
      "x.jsonl");
  const iceberg::Schema table{
      .fields = {Column(1, "i", Of(TypeKind::kInt)), Column(2, "l", Of(TypeKind::kLong)),
                 Column(3, "big", Of(TypeKind::kInt)), Column(4, "d", Of(TypeKind::kDouble)),
                 Column(5, "w", Of(TypeKind::kDouble)), Column(6, "b", Of(TypeKind::kBoolean)),
                 Column(7, "s", Of(TypeKind::kString)), Column(8, "m", Of(TypeKind::kLong))}};
  Query query{"SELECT * FROM read_json('{s3_input_path}')", input};
  const auto columns_of = [&] {
    return OptionsOf(Explained(query, &table).readers.front())["columns"];
  };
  EXPECT_EQ(columns_of(),
            "{'i': 'INTEGER', 'l': 'BIGINT', 'big': 'VARCHAR', 'd': 'DOUBLE', 'w': 'VARCHAR', "
            "'b': 'BOOLEAN', 's': 'VARCHAR', 'm': 'VARCHAR'}");
  // What the route says of a column is held against its text.
  query.types = {{"l", "BIGINT"}};
  EXPECT_THAT(columns_of(), HasSubstr("'l': 'VARCHAR'"));
  // A column that goes to two is the same for both.
  query = {"SELECT i, i AS s, l, l AS i2 FROM read_json('{s3_input_path}')", input};
  EXPECT_THAT(columns_of(), HasSubstr("'i': 'VARCHAR', 'l': 'VARCHAR'"));
  // So is one of a file that is read twice.
  query = {
      "SELECT a.l, b.l AS s FROM read_json('{s3_input_path}') a, read_json('{s3_input_path}') b "
      "WHERE a.i = b.i",
      input};
  EXPECT_THAT(columns_of(), HasSubstr("'i': 'BIGINT', 'l': 'VARCHAR'"));
}

TEST_F(Explaining, EstimatesRows) {
  const FileRef input = MakeParquet("SELECT range AS x FROM range(12345)");
  const Explanation all = Explained({kReadAll, input}, nullptr);
  EXPECT_EQ(all.rows, 12345U);
  EXPECT_TRUE(all.rows_are_exact);
  const Explanation some =
      Explained({"SELECT x FROM '{s3_input_path}' WHERE x % 7 = 3", input}, nullptr);
  EXPECT_LT(some.rows, 12345U);
  EXPECT_FALSE(some.rows_are_exact);
  const Explanation one =
      Explained({"SELECT count(*) AS n FROM '{s3_input_path}'", input}, nullptr);
  EXPECT_LE(one.rows, 12345U);
  const Query part{.sql = kReadAll, .input = input, .part = RowFilter{"x", {"5"}}};
  EXPECT_FALSE(Explained(part, nullptr).rows_are_exact);
}

TEST_F(Explaining, FailsWhereARunWould) {
  const FileRef input = MakeParquet("SELECT 1 AS x");
  EXPECT_THAT(engine_->Explain({"SELECT nope FROM '{s3_input_path}'", input}, nullptr, "t"),
              FailsWith(Code::kInvalid, "nope"));
  const Query part{.sql = kReadAll, .input = input, .part = RowFilter{"y", {"5"}}};
  EXPECT_THAT(engine_->Explain(part, nullptr, "t"), FailsWith(Code::kInvalid, "no column y"));
  EXPECT_THAT(engine_->Sample(part, 3), FailsWith(Code::kInvalid, "no column y"));
}

TEST_F(Explaining, SamplesTheFirstRows) {
  const FileRef input =
      MakeParquet("SELECT i AS x, CASE WHEN i % 2 = 0 THEN 'even' END AS s FROM range(100) t(i)");
  const std::string sql = "SELECT x, s FROM '{s3_input_path}' ORDER BY x DESC";
  const auto sample = engine_->Sample({sql, input}, 3);
  ASSERT_TRUE(sample.has_value()) << sample.error().message;
  EXPECT_THAT(sample->columns, ElementsAre("x", "s"));
  EXPECT_THAT(sample->rows, ElementsAre(ElementsAre("99", "NULL"), ElementsAre("98", "even"),
                                        ElementsAre("97", "NULL")));
  const Query part{.sql = sql, .input = input, .part = RowFilter{"s", {"even"}}};
  EXPECT_THAT(engine_->Sample(part, 1)->rows, ElementsAre(ElementsAre("98", "even")));
  EXPECT_THAT(engine_->Sample({kReadAll, input}, 0)->rows, IsEmpty());
  EXPECT_THAT(FilesInLake(), IsEmpty());
}

}  // namespace
}  // namespace eider::engine
