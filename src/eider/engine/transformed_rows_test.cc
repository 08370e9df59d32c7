// Rows that go through processes: cat gives back what it gets, so that the way there and back must
// change nothing; others do what a plug-in must not.
#include <sys/wait.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "eider/engine/testing/engine_fixture.h"
#include "eider/engine/then_sql.h"

namespace eider::engine {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class TransformedRowsTest : public EngineFixture {
 protected:
  static Transform Through(std::vector<std::string> command, std::string then_sql = {}) {
    return {.program = {.name = "clean", .command = std::move(command), .folder = "/tmp"},
            .then_sql = std::move(then_sql)};
  }

  static Transform Shell(std::string script) {
    return Through({"/bin/bash", "-c", std::move(script)});
  }

  Query QueryOf(const FileRef& input, Transform transform, std::string sql = kReadAll) {
    return {.sql = std::move(sql), .input = input, .transform = std::move(transform)};
  }

  // Into a table as Describe wants it.
  Result<Written> Load(const Query& query) {
    EIDER_ASSIGN(made_, engine_->Describe(query));
    return Into(query, made_.schema);
  }

  Result<Written> Into(const Query& query, const iceberg::Schema& schema) {
    return engine_->Run(query,
                        {.table_name = "bronze.t",
                         .schema = schema,
                         .data_location = {"s3", "lake", "t/data"},
                         .file_prefix = "run" + std::to_string(++runs_)},
                        {});
  }

  // All rows of what was written, as text.
  std::string RowsOf(const Written& written) {
    std::string rows;
    for (const auto& file : written.files) {
      auto result = Plain("SELECT * FROM read_parquet(" + Literal(LocalPath(file)) + ")");
      rows += result->Collection().ToString();
    }
    return rows;
  }

  NewTable made_;
  int runs_ = 0;
};

TEST_F(TransformedRowsTest, PassingThroughChangesNothing) {
  const auto input = MakeParquet(
      "SELECT * FROM (VALUES "
      "(true, 1::TINYINT, (-32768)::SMALLINT, 7::INTEGER, 9223372036854775807, 1.5::FLOAT, 0.1, "
      "123456789012345678901234567890.12345678::DECIMAL(38,8), DATE '0001-01-01', "
      "TIME '23:59:59.999999', TIMESTAMP '2026-12-24 12:00:00.123456', "
      "TIMESTAMPTZ '2026-12-24 12:00:00+02', TIMESTAMP_NS '2026-12-24 12:00:00.123456', "
      "'ñ' || chr(0) || 'x', '\\x00\\xFF'::BLOB, "
      "UUID '12345678-1234-1234-1234-123456789abc', [1, NULL], {'a': 'x', 'b': [{'c': 2.5}]}, "
      "MAP {'k': 1, 'l': NULL}), "
      "(NULL, NULL, NULL, NULL, NULL, 'nan', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, "
      "NULL, NULL, NULL, NULL)) "
      "AS t(b, i1, i2, i4, i8, f, d, n, day, t, ts, tz, ns, s, bin, u, l, st, m)");
  const auto straight = Load({.sql = kReadAll, .input = input});
  ASSERT_TRUE(straight) << straight.error().message;
  const iceberg::Schema schema = made_.schema;
  const auto through =
      Load(QueryOf(input, Through({"cat"}, "SELECT * REPLACE (u::UUID AS u) FROM transformed")));
  ASSERT_TRUE(through) << through.error().message;
  EXPECT_EQ(made_.schema, schema);
  EXPECT_EQ(RowsOf(*through), RowsOf(*straight));
  EXPECT_EQ(through->transformed, (Transformed{"clean", 2, 2}));
  EXPECT_EQ(through->rows_read, 2U);
}

TEST_F(TransformedRowsTest, TypesThatArrowHasNotGoAsTheNearestThatLosesNothing) {
  const auto input = MakeParquet("SELECT range AS id FROM range(4)");
  const auto written = Load(QueryOf(
      input, Through({"cat"}, "SELECT n, z, u, typeof(n) || typeof(u) AS t FROM transformed"),
      "SELECT sum(id) AS n, TIMETZ '12:00:00+02' AS z, "
      "UUID '12345678-1234-1234-1234-123456789abc' AS u FROM read_parquet('{s3_input_path}')"));
  ASSERT_TRUE(written) << written.error().message;
  EXPECT_THAT(RowsOf(*written),
              AllOf(HasSubstr("[ 6]"), HasSubstr("DECIMAL(38,0)VARCHAR"), HasSubstr("12:00:00+02"),
                    HasSubstr("12345678-1234-1234-1234-123456789abc")));
}

TEST_F(TransformedRowsTest, TheExampleInCppDoublesAmounts) {
  const auto build = std::filesystem::read_symlink("/proc/self/exe").parent_path() / "../../..";
  Transform transform = Through({(build / "eider_plugin_double").string()});
  transform.program.memory_limit_bytes = 1ULL << 46U;  // a sanitizer's shadow is large
  for (int file = 0; file < 2; ++file) {
    const auto input = MakeParquet("SELECT range AS id, range / 4 AS amount FROM range(10000)",
                                   std::to_string(file));
    const auto written = Load(QueryOf(input, transform, kReadAll));
    ASSERT_TRUE(written) << written.error().message;
    ASSERT_EQ(written->files.size(), 1U);
    EXPECT_EQ(PlainText("SELECT (count(*), count(*) FILTER (amount = id / 2)) FROM read_parquet(" +
                        Literal(LocalPath(written->files.front())) + ")"),
              "(10000, 10000)");
  }
}

TEST_F(TransformedRowsTest, ManyRowsGoThroughWithinTheirMemory) {
  OpenEngine({.memory_limit_bytes = 128U << 20U});
  const auto input = MakeParquet("SELECT range AS id, repeat('x', 200) AS t FROM range(1000000)");
  const auto written = Load(QueryOf(input, Through({"cat"})));
  ASSERT_TRUE(written) << written.error().message;
  EXPECT_EQ(written->transformed, (Transformed{"clean", 1'000'000, 1'000'000}));
  std::string files;
  for (const auto& file : written->files) {
    files += (files.empty() ? "" : ", ") + Literal(LocalPath(file));
  }
  EXPECT_EQ(PlainText("SELECT (count(DISTINCT id), count(*), sum(id)) FROM read_parquet([" + files +
                      "])"),
            "(1000000, 1000000, 499999500000)");
}

TEST_F(TransformedRowsTest, TextFilesAreReadAsTheSqlReadsThem) {
  const auto input = MakeFile("id,day\n1,2026-12-24\n2,\n", "a.csv");
  const auto written =
      Load(QueryOf(input, Through({"cat"}), "SELECT * FROM read_csv('{s3_input_path}')"));
  ASSERT_TRUE(written) << written.error().message;
  EXPECT_THAT(RowsOf(*written), AllOf(HasSubstr("2026-12-24"), HasSubstr("NULL")));
  EXPECT_THAT(written->readers, HasSubstr("read_csv("));
}

TEST_F(TransformedRowsTest, AColumnWithoutValuesHasTheTypeOfTheTable) {
  const iceberg::Schema schema{.fields = {Column(1, "Id", Of(iceberg::TypeKind::kLong)),
                                          Column(2, "day", Of(iceberg::TypeKind::kDate))}};
  for (const char* const text : {"id,day\n1,\n", "id,day\n"}) {
    const auto written = Into(QueryOf(MakeFile(text, "a.csv"), Through({"cat"}),
                                      "SELECT * FROM read_csv('{s3_input_path}')"),
                              schema);
    ASSERT_TRUE(written) << text << written.error().message;
  }
}

TEST_F(TransformedRowsTest, ThenSqlIsOverWhatCameBack) {
  const auto input = MakeParquet("SELECT range AS id, 'g' || range % 2 AS g FROM range(10)");
  const auto one = Load(QueryOf(
      input, Through({"cat"}, "SELECT g, sum(id)::BIGINT AS n FROM transformed GROUP BY g")));
  ASSERT_TRUE(one) << one.error().message;
  EXPECT_THAT(RowsOf(*one), AllOf(HasSubstr("[ g0, g1]"), HasSubstr("[ 20, 25]")));
  EXPECT_EQ(one->transformed, (Transformed{"clean", 10, 10}));
  for (const char* const twice :
       {"SELECT count(*) AS n FROM transformed a JOIN transformed b USING (id)",
        "WITH x AS (FROM transformed) SELECT count(*) AS n FROM x JOIN x y USING (id)"}) {
    const auto joined = Load(QueryOf(input, Through({"cat"}, twice)));
    ASSERT_TRUE(joined) << joined.error().message;
    EXPECT_THAT(RowsOf(*joined), HasSubstr("10"));
  }
  const auto limited = Load(QueryOf(input, Through({"cat"}, "FROM transformed LIMIT 3")));
  ASSERT_TRUE(limited) << limited.error().message;
  EXPECT_EQ(limited->transformed, (Transformed{"clean", 10, 10}));
}

TEST_F(TransformedRowsTest, ThenSqlMayReadNothingElse) {
  const auto input = MakeParquet("SELECT 1 AS id");
  for (const auto& [sql, why] : std::vector<std::pair<std::string, std::string>>{
           {"SELECT * FROM other", "there is no table other; the one that there is is transformed"},
           {"SELECT * FROM read_csv('/etc/passwd')", "it may read no files"},
           {"SELECT * FROM eider_arrow_rows()", "there is no table function"},
           {"DROP TABLE transformed", "found DROP"},
           {"SELECT 1; SELECT 2", "found 2 statements"}}) {
    EXPECT_THAT(Load(QueryOf(input, Through({"cat"}, sql))), FailsWith(Code::kInvalid, why)) << sql;
    EXPECT_THAT(CheckThenSql(sql), FailsWith(Code::kInvalid, why)) << sql;
  }
  EXPECT_TRUE(CheckThenSql("SELECT id + 1 AS id FROM transformed"));
  EXPECT_THAT(Load({.sql = "SELECT * FROM eider_arrow_rows()", .input = input}),
              FailsWith(Code::kInvalid, "there is no table function"));
}

TEST_F(TransformedRowsTest, TypesOfTheRouteAreOfWhatCameBack) {
  const auto input = MakeFile("day\n24/12/2026\n", "a.csv");
  Query query = QueryOf(input, Through({"cat"}),
                        "SELECT * FROM read_csv('{s3_input_path}', all_varchar = true)");
  query.types = {{"day", "DATE '%d/%m/%Y'"}};
  query.lineage = Lineage{};
  const auto written = Load(query);
  ASSERT_TRUE(written) << written.error().message;
  EXPECT_EQ(made_.schema.fields.front().type, Of(iceberg::TypeKind::kDate));
  EXPECT_THAT(RowsOf(*written), AllOf(HasSubstr("2026-12-24"), HasSubstr("s3://in/a.csv")));
  query.types.emplace("dya", "DATE");
  EXPECT_THAT(Into(query, made_.schema), FailsWith(Code::kInvalid, "name column dya"));
}

TEST_F(TransformedRowsTest, WhatDoesNotFitTheTableIsToldAndRescued) {
  const auto input = MakeParquet("SELECT 'x' AS id");
  const iceberg::Schema schema{.fields = {Column(1, "id", Of(iceberg::TypeKind::kLong)),
                                          Column(2, "rest", Of(iceberg::TypeKind::kString))}};
  Query query = QueryOf(input, Through({"cat"}));
  EXPECT_THAT(Into(query, schema), FailsWith(Code::kInvalid, "id"));
  EXPECT_THAT(FilesInLake(), IsEmpty());
  query.rescue = "rest";
  const auto written = Into(query, schema);
  ASSERT_TRUE(written) << written.error().message;
  EXPECT_THAT(RowsOf(*written), HasSubstr(R"({"id":"x"})"));
  EXPECT_EQ(written->rescued.rows, 1U);
}

TEST_F(TransformedRowsTest, OneProcessHasManyFiles) {
  const std::string log = (root_ / "tmp" / "pids").string();
  const Transform logged = Shell("echo $$ >> " + log + "; exec cat");
  const iceberg::Schema schema{.fields = {Column(1, "id", Of(iceberg::TypeKind::kLong))}};
  for (int i = 0; i < 5; ++i) {
    const auto input = MakeParquet("SELECT 1::BIGINT AS id", std::to_string(i) + ".parquet");
    ASSERT_TRUE(Into(QueryOf(input, logged), schema));
  }
  EXPECT_EQ(PlainText("SELECT count(*) FROM read_csv(" + Literal(log) + ", header = false)"), "1");
}

TEST_F(TransformedRowsTest, ABadFileIsTheFilesFaultAndTheNextOneLoads) {
  const iceberg::Schema schema{.fields = {Column(1, "id", Of(iceberg::TypeKind::kLong))}};
  const auto bad = MakeFile("PAR1 and no more", "bad.parquet");
  const auto failed = Into(QueryOf(bad, Through({"cat"})), schema);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, Code::kCorrupt) << failed.error().message;
  EXPECT_THAT(failed.error().message, AllOf(HasSubstr("bad.parquet"), Not(HasSubstr("plug-in"))));
  const auto late = MakeFile("id\n1\n" + std::string(3'000'000, ' ') + "\nx\"y\n", "late.csv");
  EXPECT_FALSE(Into(
      QueryOf(late, Through({"cat"}), "SELECT id::BIGINT AS id FROM read_csv('{s3_input_path}')"),
      schema));
  EXPECT_TRUE(Into(QueryOf(MakeParquet("SELECT 1 AS id"), Through({"cat"})), schema));
}

TEST_F(TransformedRowsTest, WhatAPluginMustNotDoFailsItsFileAndLeavesNothing) {
  const iceberg::Schema schema{.fields = {Column(1, "id", Of(iceberg::TypeKind::kLong))}};
  const auto input = MakeParquet("SELECT range AS id FROM range(200000)");
  const std::string late = "head -c 400000; echo late >&2; ";
  for (const auto& [script, why] : std::vector<std::pair<std::string, std::string>>{
           {"echo no module named pandas >&2; exit 1", "no module named pandas"},
           {late + "exit 9", "(exit code 9)"},
           {late + "kill -KILL $$", "(signal 9: Killed)"},
           {late + "exit 0", "ended before"},
           {"echo this is no stream; cat > /dev/null", "no Arrow stream: 'this is no stream"},
           {late + "head -c 9000000 /dev/urandom; cat > /dev/null", ""},
           {"(head -c 8; head -c 1000000 /dev/urandom; cat > /dev/null)", "no Arrow stream"},
           {"exec < /dev/null; exec cat", "ended"}}) {
    const auto written = Into(QueryOf(input, Shell(script)), schema);
    ASSERT_FALSE(written) << script;
    EXPECT_EQ(written.error().code, Code::kPluginFailed) << script << written.error().message;
    EXPECT_THAT(written.error().message, AllOf(HasSubstr("plug-in 'clean'"), HasSubstr(why)))
        << script;
    EXPECT_THAT(FilesInLake(), IsEmpty()) << script;
  }
}

TEST_F(TransformedRowsTest, AHangIsEndedByTheTimeOfThePluginOrTheQuery) {
  const iceberg::Schema schema{.fields = {Column(1, "id", Of(iceberg::TypeKind::kLong))}};
  const auto input = MakeParquet("SELECT range AS id FROM range(1000000)");
  for (const char* const script : {"sleep 100", "head -c 200000; sleep 100"}) {
    Query query = QueryOf(input, Shell(script));
    query.transform->program.timeout = Milliseconds(200);
    EXPECT_THAT(Into(query, schema), FailsWith(Code::kPluginFailed, "in 200 ms"));
    query.transform->program.timeout.reset();
    query.limits.timeout = Milliseconds(200);
    EXPECT_THAT(Into(query, schema), FailsWith(Code::kDeadlineExceeded, "data.parquet"));
    EXPECT_THAT(FilesInLake(), IsEmpty());
  }
}

TEST_F(TransformedRowsTest, OneThatIsNotThereIsToldByName) {
  const auto input = MakeParquet("SELECT 1 AS id");
  EXPECT_THAT(Load(QueryOf(input, Through({"no-such-program"}))),
              FailsWith(Code::kPluginFailed, "no program 'no-such-program' in PATH"));
}

TEST_F(TransformedRowsTest, BadRowsCannotBeSetAside) {
  Query query = QueryOf(MakeParquet("SELECT 1 AS id"), Through({"cat"}));
  query.reject.emplace();
  EXPECT_THAT(Load(query), FailsWith(Code::kUnsupported, "on_bad_rows"));
}

TEST_F(TransformedRowsTest, PartsOfParquetGoThroughEachByItself) {
  const auto input = MakeParquet("SELECT range AS id, 'k' || range % 2 AS k FROM range(10)");
  const iceberg::Schema schema{.fields = {Column(1, "id", Of(iceberg::TypeKind::kLong)),
                                          Column(2, "k", Of(iceberg::TypeKind::kString))}};
  std::vector<PartQuery> parts;
  for (const char* const value : {"k0", "k1"}) {
    Query query = QueryOf(input, Through({"cat"}));
    query.part = RowFilter{"k", {value}};
    parts.push_back({query,
                     {.table_name = value,
                      .schema = schema,
                      .data_location = {"s3", "lake", value},
                      .file_prefix = "run"}});
  }
  const auto written = engine_->RunParts(parts, {});
  ASSERT_TRUE(written) << written.error().message;
  for (const Written& part : *written) EXPECT_EQ(part.transformed, (Transformed{"clean", 5, 5}));
  parts[0].query.input = MakeFile("id,k\n1,k0\n", "a.csv");
  parts[0].query.sql = "SELECT * FROM read_csv('{s3_input_path}')";
  EXPECT_THAT(engine_->Run(parts[0].query, parts[0].target, {}),
              FailsWith(Code::kUnsupported, "column k tells the parts"));
}

TEST_F(TransformedRowsTest, EverybodyWhoLooksSeesWhatALoadSees) {
  const Query query = QueryOf(MakeParquet("SELECT range AS id FROM range(100000)"),
                              Through({"cat"}, "SELECT id * 2 AS twice FROM transformed"));
  const auto preview = engine_->FirstRows(query, 2);
  ASSERT_TRUE(preview) << preview.error().message;
  EXPECT_THAT(preview->columns, ElementsAre("twice"));
  EXPECT_THAT(preview->rows, ElementsAre(ElementsAre("0"), ElementsAre("2")));
  const auto made = engine_->DescribeRows(query, {});
  ASSERT_TRUE(made && *made);
  ASSERT_EQ((*made)->schema.fields.size(), 1U);
  EXPECT_EQ((*made)->schema.fields.front().name, "twice");
  const auto explained = engine_->Explain(query, nullptr, "bronze.t");
  ASSERT_TRUE(explained) << explained.error().message;
  EXPECT_THAT(explained->problems, IsEmpty());
  ASSERT_EQ(explained->columns.size(), 1U);
  EXPECT_EQ(explained->columns.front().result_column, "twice");
}

}  // namespace
}  // namespace eider::engine
