// Columns that tell of each row which file it is of.
#include "eider/engine/lineage.h"

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "eider/base/clock.h"
#include "eider/engine/testing/run_group_fixture.h"

namespace eider::engine {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

// 2026-11-30 12:34:56.789 UTC
constexpr Lineage kAttempt{TimePoint(Milliseconds(1'796'042'096'789))};

class LineageTest : public RunGroup {
 protected:
  static Query With(const FileRef& file, std::string sql = kReadAll) {
    return {.sql = std::move(sql), .input = file, .lineage = kAttempt};
  }

  iceberg::Schema Made(const Query& query) {
    auto made = engine_->Describe(query);
    EXPECT_TRUE(made.has_value()) << (made ? "" : made.error().message);
    return made ? made->schema : iceberg::Schema();
  }

  static FileRef Versioned(FileRef file, std::string version) {
    file.version_id = std::move(version);
    return file;
  }
};

TEST_F(LineageTest, ATableThatIsMadeHasThemBehindTheSqlsColumns) {
  const FileRef file = MakeParquet("SELECT 1::BIGINT AS id");
  Query query = With(file);
  query.rescue = "rest";
  const iceberg::Schema schema = Made(query);
  std::vector<std::string> columns;
  for (const iceberg::Field& field : schema.fields) {
    columns.push_back(field.name + " " + iceberg::ToString(field.type));
  }
  EXPECT_THAT(columns, ElementsAre("id long", "_source_file string", "_source_version string",
                                   "_loaded_at timestamptz", "rest string"));
}

TEST_F(LineageTest, EachRowOfAFileHasItsUriVersionAndTime) {
  const FileRef file = MakeFile("id,x\n1,a\n2,b\n", "odd 'name' {s3_input_path}.csv");
  const Query query = With(file, "SELECT * FROM '{s3_input_path}' ORDER BY id DESC");
  schema_ = Made(query);
  const auto written = engine_->Run(query, Target(schema_), {});
  ASSERT_TRUE(written.has_value()) << written.error().message;
  EXPECT_TRUE(written->is_row_by_row || written->rows_read == 2U);
  const std::string path = Literal(LocalPath(written->files.front()));
  EXPECT_EQ(PlainText(fmt::format("SELECT string_agg(id, ',') FROM read_parquet({})", path)),
            "2,1");
  EXPECT_EQ(PlainText(fmt::format("SELECT count(*) FROM read_parquet({}) WHERE _source_file = {} "
                                  "AND _source_version = {} AND "
                                  "epoch_us(_loaded_at) = 1796042096789000",
                                  path, Literal(file.uri.ToString()), Literal(file.etag))),
            "2");
}

TEST_F(LineageTest, TheObjectsVersionIsToldBeforeItsEtagAndNullWhereNeitherIsKnown) {
  FileRef versioned;
  versioned.version_id = "v1";
  versioned.etag = "e1";
  EXPECT_EQ(SourceVersion(versioned), "v1");
  versioned.version_id.clear();
  EXPECT_EQ(SourceVersion(versioned), "e1");
  FileRef file = MakeParquet("SELECT 1::BIGINT AS id");
  file.etag.clear();
  const Query query = With(file);
  schema_ = Made(query);
  const auto written = engine_->Run(query, Target(schema_), {});
  ASSERT_TRUE(written.has_value()) << written.error().message;
  EXPECT_THAT(RowsIn(written->files),
              StartsWith("{'id': 1, '_source_file': 's3://in/data.parquet', '_source_version': "
                         "NULL"));
}

TEST_F(LineageTest, RowsOfAGroupHaveThoseOfTheirOwnFiles) {
  std::vector<FileRef> files = MakeFiles(9);
  for (std::size_t i = 0; i < files.size(); ++i)
    files[i] = Versioned(files[i], fmt::format("v{}", i));
  for (const char* sql :
       {kReadAll, "SELECT id, '{s3_input_path}' AS f FROM '{s3_input_path}' WHERE id % 2 = 0",
        "WITH s AS (SELECT id, filename AS f FROM read_parquet('{s3_input_path}')) SELECT * FROM s",
        "SELECT 1 AS one FROM read_parquet('{s3_input_path}')"}) {
    SCOPED_TRACE(sql);
    const Query query = With(files.front(), sql);
    schema_ = Made(query);
    const auto group = engine_->RunGroup(query, Inputs(files), Target(schema_), {});
    ASSERT_TRUE(group.has_value()) << group.error().message;
    std::vector<iceberg::DataFile> alone;
    for (std::size_t i = 0; i < files.size(); ++i) {
      const auto written =
          engine_->Run(With(files[i], sql), Target(schema_, fmt::format("a{}", i)), {});
      ASSERT_TRUE(written.has_value()) << written.error().message;
      alone.insert(alone.end(), written->files.begin(), written->files.end());
    }
    EXPECT_EQ(RowsIn(group->files), RowsIn(alone));
    const std::string fifth =
        "'_source_file': 's3://in/5.parquet', '_source_version': v5, "
        "'_loaded_at': '2026-11-30 12:34:56.789+00'";
    EXPECT_NE(RowsIn(group->files).find(fifth), std::string::npos);
    std::filesystem::remove_all(root_ / "lake/t");
  }
}

TEST_F(LineageTest, TextsOfAGroupHaveThoseOfTheirOwnFiles) {
  std::vector<FileRef> files;
  for (int i = 0; i < 5; ++i) {
    files.push_back(MakeFile(fmt::format("{{\"id\": {}}}\n", i), fmt::format("{}.jsonl", i)));
  }
  const Query query = With(files.front(), "SELECT * FROM '{s3_input_path}'");
  schema_ = Made(query);
  const auto group = engine_->RunGroup(query, Inputs(files), Target(schema_), {});
  ASSERT_TRUE(group.has_value()) << group.error().message;
  std::vector<std::string> paths;
  for (const auto& file : group->files) paths.push_back(Literal(LocalPath(file)));
  EXPECT_EQ(PlainText(fmt::format("SELECT count(*) FROM read_parquet([{}]) WHERE _source_file = "
                                  "'s3://in/' || id || '.jsonl'",
                                  fmt::join(paths, ","))),
            "5");
}

TEST_F(LineageTest, PartsOfAFileHaveThem) {
  const FileRef file = MakeFile("id,k\n1,a\n2,b\n", "x.csv");
  Query query = With(file, "SELECT * FROM '{s3_input_path}'");
  schema_ = Made(query);
  query.part = RowFilter{"k", {"a"}};
  Query other = query;
  other.part = RowFilter{"k", {"b"}};
  const std::vector<PartQuery> parts = {{query, Target(schema_, "a")},
                                        {other, Target(schema_, "b")}};
  const auto written = engine_->RunParts(parts, {});
  ASSERT_TRUE(written.has_value()) << written.error().message;
  for (const Written& part : *written) {
    EXPECT_THAT(RowsIn(part.files), HasSubstr("'_source_file': 's3://in/x.csv'"));
  }
}

TEST_F(LineageTest, AColumnOfTheSqlOfSuchANameIsRefused) {
  const FileRef file = MakeParquet("SELECT 1::BIGINT AS id, 'x' AS \"_Loaded_At\"");
  EXPECT_THAT(engine_->Describe(With(file)),
              FailsWith(Code::kInvalid,
                        "the route's SQL gives a column _Loaded_At, and its "
                        "`lineage: true` adds one of that name"));
  EXPECT_TRUE(engine_->Describe({.sql = kReadAll, .input = file}).has_value());
}

TEST_F(LineageTest, AFileWithoutAnyValueMakesNoTableOfThemAlone) {
  const FileRef file = MakeFile("a,b\n,\n", "x.csv");
  EXPECT_THAT(engine_->Describe(With(file, "SELECT * FROM '{s3_input_path}'")),
              FailsWith(Code::kInvalid, "no column has a value in this file"));
}

TEST_F(LineageTest, ATableWithoutThemIsAMismatchOfColumns) {
  const FileRef file = MakeParquet("SELECT 1::BIGINT AS id");
  const iceberg::Schema schema = Described(file);
  EXPECT_THAT(engine_->Run(With(file), Target(schema), {}),
              FailsWith(Code::kInvalid, "_source_file"));
  const auto explained = engine_->Explain(With(file), &schema, "bronze.orders");
  ASSERT_TRUE(explained.has_value());
  ASSERT_EQ(explained->columns.size(), 4U);
  EXPECT_EQ(explained->columns[3].result_column, "_loaded_at");
  EXPECT_EQ(explained->columns[3].how, "extra: no such column in the table");
}

}  // namespace
}  // namespace eider::engine
