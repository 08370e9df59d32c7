// Several files by one query: the same rows as each alone, told apart by their files.
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "eider/engine/testing/run_group_fixture.h"
#include "eider/store/prefetch.h"

namespace eider::engine {
namespace {

using testing::ElementsAre;
using testing::Eq;
using testing::IsEmpty;
using testing::Optional;
using Share = GroupWritten::Share;

TEST_F(RunGroup, GivesTheRowsOfEachFile) {
  const auto files = MakeFiles(9);
  ExpectAsAlone(kReadAll, files);
  ExpectAsAlone("SELECT * FROM '{s3_input_path}'", files);
  ExpectAsAlone("FROM parquet_scan('{s3_input_path}') AS t SELECT t.id, upper(t.name) AS name",
                files);
  ExpectAsAlone(
      "SELECT id::INTEGER AS id, price::DECIMAL(12, 2) AS price, 1 AS one FROM "
      "read_parquet('{s3_input_path}')",
      files);
  ExpectAsAlone(
      "SELECT id, name FROM (SELECT *, id + 1 AS next FROM "
      "read_parquet('{s3_input_path}')) WHERE next % 2 = 0",
      files);
  ExpectAsAlone("SELECT * FROM read_parquet('{s3_input_path}', file_row_number = true)", files);
  ExpectAsAlone("SELECT id, file_row_number AS n FROM read_parquet('{s3_input_path}')", files);
}

TEST_F(RunGroup, CountsWhatFiltersLeave) {
  const auto files = MakeFiles(9);
  ExpectAsAlone("SELECT * FROM read_parquet('{s3_input_path}') WHERE id % 3 = 0", files);
  ExpectAsAlone("SELECT * FROM read_parquet('{s3_input_path}') WHERE id BETWEEN 200000 AND 400100",
                files);
  ExpectAsAlone("SELECT name FROM read_parquet('{s3_input_path}') WHERE flag AND price > 100",
                files);
  ExpectAsAlone("SELECT 1 AS one FROM read_parquet('{s3_input_path}') WHERE id < 0", files);
  ExpectAsAlone("SELECT * FROM read_parquet('{s3_input_path}') WHERE false", files);
}

TEST_F(RunGroup, CountsWithSeveralThreadsAndFiles) {
  OpenEngine({.threads = 4});
  const auto files = MakeFiles(40);
  ExpectAsAlone("SELECT * FROM read_parquet('{s3_input_path}') WHERE id % 2 = 0", files);
  WriteTarget target = Target(schema_, "rotated");
  target.target_file_size_bytes = 1;
  const auto group = engine_->RunGroup({kReadAll, files.front()}, Inputs(files), target, {});
  ASSERT_TRUE(group.has_value()) << group.error().message;
  EXPECT_GT(group->files.size(), 1U);
  std::vector<std::int64_t> rows;
  for (const auto& share : group->shares) rows.push_back(share.value_or(Share()).rows);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    EXPECT_EQ(rows[i], i % 4 == 3 ? 0 : static_cast<std::int64_t>(i) * 1013 + 1) << i;
  }
}

TEST_F(RunGroup, BindsTheMarkerOfEachRow) {
  const auto files = MakeFiles(5);
  ExpectAsAlone("SELECT id, '{s3_input_path}' AS source FROM read_parquet('{s3_input_path}')",
                files);
  ExpectAsAlone("SELECT id, filename FROM read_parquet('{s3_input_path}')", files);
  ExpectAsAlone("SELECT * FROM read_parquet('{s3_input_path}', filename = true)", files);
  ExpectAsAlone(
      "SELECT *, 'from {s3_input_path}: {s3_input_path}' AS twice FROM "
      "read_parquet('{s3_input_path}', filename = 'path') WHERE path LIKE '%1%'",
      files);
  ExpectAsAlone(
      "SELECT id, regexp_extract('{s3_input_path}', '([0-9]+)[.]parquet', 1)::INTEGER AS n "
      "FROM '{s3_input_path}' WHERE '{s3_input_path}' NOT LIKE '%/2.parquet'",
      files);
  ExpectAsAlone(
      "WITH source AS (SELECT *, parse_filename('{s3_input_path}') AS file FROM "
      "read_parquet('{s3_input_path}')), kept AS (SELECT * FROM source WHERE flag) "
      "SELECT id, file || ' ' || '{s3_input_path}' AS file FROM kept",
      files);
}

TEST_F(RunGroup, BindsTheMarkerInEveryExpression) {
  const auto files = MakeFiles(3);
  for (const char* expression :
       {"CASE WHEN flag THEN '{s3_input_path}' ELSE name END",
        "regexp_replace('s3://in/1.parquet', '{s3_input_path}', name)",
        "{'a': '{s3_input_path}', 'b': [upper('{s3_input_path}')]}",
        "'{s3_input_path}' IN ('s3://in/1.parquet', name)", "coalesce(NULL, '{s3_input_path}')",
        "('{s3_input_path}')[1:5] || len('{s3_input_path}')", "filename = '{s3_input_path}'",
        "concat_ws('/', '{s3_input_path}', NULL, id)", "split_part('{s3_input_path}', '/', 4)",
        "try_cast(split_part('{s3_input_path}', '/', 4)[1] AS INTEGER)", "'{s3_input_path}'::BLOB",
        "format('{}', '{s3_input_path}')"}) {
    ExpectAsAlone(std::string("SELECT id, ") + expression + " AS x FROM '{s3_input_path}'", files);
  }
  EXPECT_THAT(Group("SELECT strftime(DATE '2024-01-01', '{s3_input_path}') AS x FROM "
                    "'{s3_input_path}'",
                    files),
              FailsWith(Code::kInvalid, "must be a constant"));
  // In a lambda the row is not known.
  EXPECT_THAT(Group("SELECT list_transform([name], n -> n || '{s3_input_path}') AS x FROM "
                    "'{s3_input_path}'",
                    files),
              FailsWith(Code::kUnsupported, "no row is known"));
}

TEST_F(RunGroup, BindsTheMarkerBesideAColumnOfThatName) {
  std::vector<FileRef> files;
  for (const char* name : {"it's one", "{s3_input_path} *?", "three"}) {
    files.push_back(
        MakeParquet("SELECT 'own' AS filename, 1 AS file_index", std::string(name) + ".parquet"));
  }
  ExpectAsAlone("SELECT *, '{s3_input_path}' AS source FROM read_parquet('{s3_input_path}')",
                files);
}

TEST_F(RunGroup, KeepsColumnsOfFolders) {
  std::vector<FileRef> files = MakeFiles(3, "year=2024/month=01/");
  const auto more = MakeFiles(3, "year=2025/month=11/");
  files.insert(files.end(), more.begin(), more.end());
  ExpectAsAlone(kReadAll, files);
  ExpectAsAlone("SELECT * FROM read_parquet('{s3_input_path}') WHERE year = 2025", files);
  files.push_back(MakeFiles(2, "year=other/month=11/").back());
  files.push_back(MakeFiles(2, "month=11/").back());
  const auto group = Group(kReadAll, files);
  ASSERT_TRUE(group.has_value()) << group.error().message;
  EXPECT_TRUE(group->shares[5].has_value());
  EXPECT_FALSE(group->shares[6].has_value());
  EXPECT_FALSE(group->shares[7].has_value());
}

TEST_F(RunGroup, ReadsNestedAndWideTypes) {
  std::vector<FileRef> files;
  for (int i = 0; i < 3; ++i) {
    files.push_back(MakeParquet(
        fmt::format(
            "SELECT [{0}, NULL] AS list, {{'a': {0}, 'b': ['x']}} AS pair, MAP {{'k': {0}}} "
            "AS map, TIMESTAMPTZ '2024-01-0{1} 12:00:00Z' AS at, NULL::VARCHAR AS none, "
            "DATE '2024-02-01' AS day FROM range(3000)",
            i, i + 1),
        fmt::format("{}.parquet", i)));
  }
  ExpectAsAlone(kReadAll, files);
  ExpectAsAlone("SELECT pair, list_transform(list, x -> x + 1) AS list FROM '{s3_input_path}'",
                files);
}

// Before it opens another file than the first.
TEST_F(RunGroup, RefusesWhatIsNoRowByRow) {
  auto files = MakeFiles(3);
  files[1].uri.key = "gone.parquet";
  for (const char* sql : {
           "SELECT count(*) AS n FROM '{s3_input_path}'",
           "SELECT name, sum(price) AS sum FROM '{s3_input_path}' GROUP BY name",
           "SELECT DISTINCT name FROM '{s3_input_path}'",
           "SELECT id, row_number() OVER (ORDER BY id) AS n FROM '{s3_input_path}'",
           "SELECT * FROM '{s3_input_path}' QUALIFY row_number() OVER (PARTITION BY name) = 1",
           "SELECT * FROM '{s3_input_path}' LIMIT 10",
           "SELECT * FROM '{s3_input_path}' ORDER BY id",
           "SELECT * FROM '{s3_input_path}' OFFSET 1",
           "SELECT * FROM '{s3_input_path}' USING SAMPLE 50%",
           "SELECT * FROM '{s3_input_path}' TABLESAMPLE reservoir(2)",
           "SELECT a.id FROM '{s3_input_path}' a JOIN '{s3_input_path}' b USING (id)",
           "SELECT id FROM '{s3_input_path}' UNION ALL SELECT id FROM '{s3_input_path}'",
           "SELECT id FROM '{s3_input_path}', range(2)",
           "SELECT id FROM '{s3_input_path}' UNION ALL SELECT 1",
           "SELECT id, unnest([1, 2]) AS n FROM '{s3_input_path}'",
           "SELECT id FROM '{s3_input_path}' WHERE id > (SELECT 5)",
           "SELECT id FROM '{s3_input_path}' WHERE EXISTS (FROM '{s3_input_path}')",
           "SELECT id, random() AS r FROM '{s3_input_path}'",
           "SELECT id, uuid() AS u FROM '{s3_input_path}'",
           "SELECT id FROM '{s3_input_path}' WHERE random() < 0.5",
           "SELECT id, file_index FROM '{s3_input_path}'",
           "SELECT * FROM read_parquet('{s3_input_path}') WITH ORDINALITY",
           "SELECT id FROM read_parquet(['{s3_input_path}', '{s3_input_path}'])",
           "SELECT path_in_schema AS p FROM parquet_metadata('{s3_input_path}')",
           "SELECT 1 AS one WHERE '{s3_input_path}' <> ''",
           "WITH t AS MATERIALIZED (FROM '{s3_input_path}') SELECT a.id FROM t a, t b WHERE a.id = "
           "b.id",
       }) {
    SCOPED_TRACE(sql);
    EXPECT_THAT(engine_->RunGroup({sql, files.front()}, Inputs(files), Target(schema_), {}),
                FailsWith(Code::kUnsupported, "together"));
  }
  EXPECT_THAT(FilesInLake(), IsEmpty());
}

TEST_F(RunGroup, RefusesWhatIsOfOneFile) {
  const auto files = MakeFiles(2);
  Query query{.sql = kReadAll, .input = files.front()};
  query.part = RowFilter{"name", {"n1"}};
  EXPECT_THAT(Group(query, files), FailsWith(Code::kUnsupported, "part"));
  query = {.sql = kReadAll, .input = files.front(), .inputs = {{"s3", "other", ""}}};
  EXPECT_THAT(Group(query, files), FailsWith(Code::kUnsupported, "beside"));
  query = {.sql = kReadAll, .input = files.front()};
  query.reject = records::RejectLimit{};
  EXPECT_THAT(engine_->RunGroup(query, Inputs(files), Target(schema_), {}),
              FailsWith(Code::kUnsupported, "aside"));
  query = {.sql = kReadAll, .input = files.front()};
  query.tables.emplace_back();
  EXPECT_THAT(engine_->RunGroup(query, Inputs(files), Target(schema_), {}),
              FailsWith(Code::kUnsupported, "beside"));
  EXPECT_THAT(FilesInLake(), IsEmpty());
}

TEST_F(RunGroup, LeavesFilesOfOtherColumnsOut) {
  std::vector<FileRef> files;
  int next = 0;
  for (const char* select : {
           "SELECT 1::BIGINT AS a, 'x' AS b",
           "SELECT 1::BIGINT AS a",
           "SELECT 2::BIGINT AS a, 'x' AS b FROM range(2)",
           "SELECT 1::INTEGER AS a, 'x' AS b",
           "SELECT 'x' AS b, 1::BIGINT AS a",
           "SELECT 1::BIGINT AS A, 'x' AS b",
           "SELECT 1::BIGINT AS a, 'x'::BLOB AS b",
           "SELECT 1::BIGINT AS a, 'x' AS b, 1 AS c",
           "SELECT 3::BIGINT AS a, 'y' AS b FROM range(3)",
       }) {
    files.push_back(MakeParquet(select, fmt::format("{}.parquet", next++)));
  }
  files.push_back(MakeFile("a,b\n1,x\n", "9.parquet"));
  files.push_back(files.front());
  const auto group = Group(kReadAll, files);
  ASSERT_TRUE(group.has_value()) << group.error().message;
  EXPECT_THAT(
      group->shares,
      ElementsAre(Optional(HasRows(1, 1U)), Eq(std::nullopt), Optional(HasRows(2, 2U)),
                  Eq(std::nullopt), Eq(std::nullopt), Eq(std::nullopt), Eq(std::nullopt),
                  Eq(std::nullopt), Optional(HasRows(3, 3U)), Eq(std::nullopt), Eq(std::nullopt)));
  EXPECT_EQ(PlainText("SELECT string_agg(a || b, ' ' ORDER BY a, b) FROM " +
                      Literal(LocalPath(group->files.front()))),
            "1x 2x 2x 3y 3y 3y");
}

TEST_F(RunGroup, LeavesFilesOfAnotherReaderOut) {
  const std::vector<FileRef> files{MakeParquet("SELECT 1 AS a", "a.parquet"),
                                   MakeParquet("SELECT 1 AS a", "b.csv"),
                                   MakeParquet("SELECT 1 AS a", "c")};
  const auto by_name = Group("FROM '{s3_input_path}'", files);
  ASSERT_TRUE(by_name.has_value()) << by_name.error().message;
  EXPECT_FALSE(by_name->shares[1].has_value());
  EXPECT_FALSE(by_name->shares[2].has_value());
  ExpectAsAlone(kReadAll, files);
}

TEST_F(RunGroup, OneFileIsAGroup) {
  ExpectAsAlone(kReadAll, MakeFiles(1));
}

TEST_F(RunGroup, FilesWithoutRowsWriteNone) {
  const auto files = MakeFiles(4);
  const auto group = Group(kReadAll, {files[3]});
  ASSERT_TRUE(group.has_value()) << group.error().message;
  EXPECT_THAT(group->files, IsEmpty());
  EXPECT_THAT(group->shares, ElementsAre(Optional(HasRows(0, 0U))));
  EXPECT_THAT(FilesInLake(), IsEmpty());
}

// Bytes of its pages are overwritten.
TEST_F(RunGroup, ACorruptFileFailsAll) {
  const auto files = MakeFiles(6);
  schema_ = Described(files.front());
  const std::filesystem::path path = root_ / "in" / files[5].uri.key;
  {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(64);
    file << std::string(512, '\xFF');
  }
  std::vector<FileRef> now;
  for (const FileRef& file : files) now.push_back(Ref(file.uri));
  const auto group = engine_->RunGroup({kReadAll, now.front()}, Inputs(now), Target(schema_), {});
  EXPECT_FALSE(group.has_value());
  EXPECT_THAT(FilesInLake(), IsEmpty());
}

TEST_F(RunGroup, AFileThatCannotBeOpenedIsLeftOut) {
  auto files = MakeFiles(3);
  schema_ = Described(files.front());
  MakeParquet("SELECT 1::BIGINT AS id, 'other' AS name, 1.5::DOUBLE AS price, true AS flag",
              files[2].uri.key);
  ExpectOnlyTheLastLeftOut(kReadAll, files);  // replaced
  files[2].uri.key = "gone.parquet";
  ExpectOnlyTheLastLeftOut(kReadAll, files);
}

TEST_F(RunGroup, HostileParquetIsLeftOut) {
  auto files = MakeFiles(2);
  schema_ = Described(files.front());
  files.push_back(
      MakeFile("PAR1" + std::string(64, 'x') + "\xFF\xFF\x01" + '\0' + "PAR1", "h.parquet"));
  ExpectOnlyTheLastLeftOut(kReadAll, files);
  std::swap(files.front(), files.back());
  const auto alone = engine_->Run({kReadAll, files.front()}, Target(schema_), {});
  ASSERT_FALSE(alone.has_value());
  EXPECT_THAT(engine_->RunGroup({kReadAll, files.front()}, Inputs(files), Target(schema_), {}),
              FailsWith(alone.error().code, alone.error().message));
}

// DuckDB's reader would cut them. tests/golden/make_parquet_times.py states the values.
TEST_F(RunGroup, TimesOfEachFileAreLookedAt) {
  std::vector<FileRef> files;
  for (const char* name : {"nanos_whole.parquet", "nanos_cut.parquet"}) {
    std::filesystem::copy(std::string(EIDER_SOURCE_DIR "/tests/golden/parquet/") + name,
                          root_ / "made");
    files.push_back(Adopt((root_ / "made").string(), name));
  }
  ExpectAsAlone(kReadAll, {files.front()});
  EXPECT_THAT(engine_->RunGroup({kReadAll, files.front()}, Inputs(files), Target(schema_), {}),
              FailsWith(Code::kInvalid, "nanos_cut.parquet"));
}

TEST_F(RunGroup, AValueThatDoesNotFitFailsAll) {
  std::vector<FileRef> files;
  for (const char* value : {"1", "5000000000"}) {
    files.push_back(
        MakeParquet(fmt::format("SELECT {}::BIGINT AS x", value), std::string(value) + ".parquet"));
  }
  const iceberg::Schema schema{.fields = {Column(1, "x", Of(iceberg::TypeKind::kInt))}};
  EXPECT_THAT(engine_->RunGroup({kReadAll, files.front()}, Inputs(files), Target(schema), {}),
              FailsWith(Code::kInvalid, "x"));
  EXPECT_THAT(FilesInLake(), IsEmpty());
}

TEST_F(RunGroup, ReadsWhatIsBeingOpened) {
  const auto files = MakeFiles(3);
  schema_ = Described(files.front());
  std::vector<std::unique_ptr<store::Prefetch>> openings;
  std::vector<InputFile> inputs;
  for (const FileRef& file : files) {
    openings.push_back(std::make_unique<store::Prefetch>(*store_, file, std::stop_token()));
    inputs.push_back({file, openings.back().get()});
  }
  for (const auto& opening : openings) ASSERT_TRUE(opening->Reader().has_value());
  for (const FileRef& file : files) std::filesystem::remove(root_ / "in" / file.uri.key);
  const auto group = engine_->RunGroup({kReadAll, files.front()}, inputs, Target(schema_), {});
  ASSERT_TRUE(group.has_value()) << group.error().message;
  EXPECT_EQ(group->shares[2]->rows, 2027);
}

TEST_F(RunGroup, AStopEndsIt) {
  const auto files = MakeFiles(3);
  schema_ = Described(files.front());
  std::stop_source stop;
  stop.request_stop();
  EXPECT_THAT(engine_->RunGroup({kReadAll, files.front()}, Inputs(files), Target(schema_),
                                stop.get_token()),
              FailsWith(Code::kCancelled, ""));
}

TEST_F(RunGroup, RouteSqlCannotCallItsFunctions) {
  const auto files = MakeFiles(1);
  for (const char* name : {"eider_file_text('{s3_input_path}', 'x')", "eider_tally(id, 'x')"}) {
    EXPECT_THAT(engine_->Check(fmt::format("SELECT {} FROM '{{s3_input_path}}'", name)),
                FailsWith(Code::kInvalid, "no function"));
  }
}

}  // namespace
}  // namespace eider::engine
