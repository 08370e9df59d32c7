// The way of rows through the engine: in, projected, out, with the metrics that tell of them.
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "eider/engine/testing/engine_fixture.h"
#include "eider/store/memory_store.h"

namespace eider::engine {
namespace {

using DuckDbEngine = EngineFixture;

// A store that takes no uploads, and counts them.
class FullStore final : public store::MemoryStore {
 public:
  Result<std::unique_ptr<store::ObjectUpload>> StartUpload(const Uri& uri) override {
    ++uploads;
    return Fail(Code::kUnavailable, "no answer for " + uri.ToString());
  }

  int uploads = 0;
};

TEST_F(DuckDbEngine, WritesWhatItReads) {
  const FileRef input = MakeParquet("SELECT i AS id, 'n' || i AS name FROM range(1000) t(i)");
  const iceberg::Schema schema = Described(input);
  const auto files = Run(input, schema);
  ASSERT_TRUE(files.has_value()) << files.error().message;
  ASSERT_EQ(files->size(), 1U);
  const iceberg::DataFile& file = files->front();
  EXPECT_EQ(file.file_path, "s3://lake/t/data/run-0.parquet");
  EXPECT_EQ(file.record_count, 1000);
  EXPECT_EQ(static_cast<std::uintmax_t>(file.file_size_in_bytes),
            std::filesystem::file_size(LocalPath(file)));
  EXPECT_EQ(PlainText("SELECT count(*) || ' ' || sum(id) || ' ' || max(name) FROM '" +
                      LocalPath(file) + "'"),
            "1000 499500 n999");
  EXPECT_THAT(file.split_offsets, testing::ElementsAre(4));
}

TEST_F(DuckDbEngine, WritesIntoALocalWarehouse) {
  const FileRef input = MakeParquet("SELECT 1 AS x");
  const iceberg::Schema schema = Described(input);
  const std::string folder = (root_ / "lake/it's *?").string();
  for (const std::uint64_t target_size : {std::uint64_t{1}, std::uint64_t{1} << 30U}) {
    WriteTarget target{.table_name = "t",
                       .schema = schema,
                       .data_location = {"file", "", folder},
                       .file_prefix = "f" + std::to_string(target_size),
                       .target_file_size_bytes = target_size};
    const auto files = FilesOf({kReadAll, input}, target, {});
    ASSERT_TRUE(files.has_value()) << files.error().message;
    EXPECT_EQ(files->front().file_path,
              "file://" + folder + "/f" + std::to_string(target_size) + "-0.parquet");
    EXPECT_TRUE(std::filesystem::exists(files->front().file_path.substr(7)));
  }
}

TEST_F(DuckDbEngine, WritesFieldIdsOnEveryLevel) {
  const FileRef input = MakeParquet("SELECT 1 AS i, {'a': [1], 'b': MAP {'k': {'z': 2}}} AS s");
  const iceberg::Schema schema = Described(input);
  const auto files = Run(input, schema);
  ASSERT_TRUE(files.has_value()) << files.error().message;
  // Ids are given level by level: i 1, s 2; a 3, b 4; a.element 5, b.key 6, b.value 7; z 8.
  EXPECT_EQ(PlainText("SELECT string_agg(name || '=' || field_id, ' ') FROM parquet_schema(" +
                      Literal(LocalPath(files->front())) + ") WHERE field_id IS NOT NULL"),
            "i=1 s=2 a=3 element=5 b=4 key=6 value=7 z=8");
}

TEST_F(DuckDbEngine, WritesNothingForAnEmptyResult) {
  const FileRef input = MakeParquet("SELECT 1 AS x");
  const std::string sql = "SELECT x FROM '{s3_input_path}' WHERE x > 1";
  const auto files = Run(input, Described(input, sql), sql);
  ASSERT_TRUE(files.has_value()) << files.error().message;
  EXPECT_TRUE(files->empty());
  EXPECT_TRUE(FilesInLake().empty());
}

TEST_F(DuckDbEngine, UsesTheCodecOfTheTable) {
  const FileRef input = MakeParquet("SELECT range AS x FROM range(1000)");
  const iceberg::Schema schema = Described(input);
  for (const auto& [codec, name] :
       std::vector<std::pair<std::string, std::string>>{{"zstd", "ZSTD"},
                                                        {"snappy", "SNAPPY"},
                                                        {"gzip", "GZIP"},
                                                        {"lz4", "LZ4_RAW"},
                                                        {"uncompressed", "UNCOMPRESSED"}}) {
    WriteTarget target{.table_name = "t",
                       .schema = schema,
                       .data_location = {"s3", "lake", codec + "/"},
                       .file_prefix = "f",
                       .compression_codec = codec};
    const auto files = FilesOf({kReadAll, input}, target, {});
    ASSERT_TRUE(files.has_value()) << files.error().message;
    EXPECT_EQ(files->front().file_path, "s3://lake/" + codec + "/f-0.parquet");
    EXPECT_EQ(PlainText("SELECT compression FROM parquet_metadata(" +
                        Literal(LocalPath(files->front())) + ")"),
              name);
  }
  WriteTarget target{.table_name = "t",
                     .schema = schema,
                     .data_location = {"s3", "lake", "t"},
                     .file_prefix = "f",
                     .compression_codec = "lzo"};
  EXPECT_THAT(FilesOf({kReadAll, input}, target, {}), FailsWith(Code::kUnsupported, "lzo"));
}

TEST_F(DuckDbEngine, RotatesIntoFilesNearTheTargetSize) {
  const FileRef input = MakeParquet("SELECT hash(range) AS x, range AS n FROM range(1000000)");
  const iceberg::Schema schema = Described(input);
  WriteTarget target{.table_name = "t",
                     .schema = schema,
                     .data_location = {"s3", "lake", "t"},
                     .file_prefix = "f",
                     .target_file_size_bytes = 2U << 20U};
  const auto files = FilesOf({kReadAll, input}, target, {});
  ASSERT_TRUE(files.has_value()) << files.error().message;
  EXPECT_GT(files->size(), 1U);
  std::int64_t rows = 0;
  for (const iceberg::DataFile& file : *files) {
    rows += file.record_count;
    EXPECT_LT(file.file_size_in_bytes, 6 << 20);
    EXPECT_EQ(static_cast<std::uintmax_t>(file.file_size_in_bytes),
              std::filesystem::file_size(LocalPath(file)));
  }
  EXPECT_EQ(rows, 1000000);
  EXPECT_EQ(FilesInLake().size(), files->size());
  EXPECT_EQ(
      PlainText("SELECT count(DISTINCT n) FROM " + Literal((root_ / "lake/t/*.parquet").string())),
      "1000000");
}

TEST_F(DuckDbEngine, RotationOnceLostTheOrderThatTheSqlAsksFor) {
  const FileRef input = MakeParquet("SELECT hash(range) AS x, range AS n FROM range(1000000)");
  for (const char* sql :
       {"SELECT n, x FROM '{s3_input_path}' ORDER BY x, n",
        "WITH a AS MATERIALIZED (SELECT n, x FROM '{s3_input_path}') SELECT n, x FROM "
        "(SELECT * FROM a ORDER BY x, n) WHERE n >= 0 LIMIT 1000000"}) {
    const iceberg::Schema schema = Described(input, sql);
    WriteTarget target{.table_name = "t",
                       .schema = schema,
                       .data_location = {"s3", "lake", "t"},
                       .file_prefix = "f",
                       .target_file_size_bytes = 2U << 20U};
    const auto files = FilesOf({sql, input}, target, {});
    ASSERT_TRUE(files.has_value()) << files.error().message;
    EXPECT_GT(files->size(), 2U);
    std::string rows;
    for (std::size_t i = 0; i < files->size(); ++i) {
      rows += fmt::format(
          "{}SELECT {} AS f, file_row_number AS r, x FROM read_parquet({}, "
          "file_row_number = true)",
          i == 0 ? "" : " UNION ALL ", i, Literal(LocalPath((*files)[i])));
    }
    EXPECT_EQ(PlainText("SELECT count(*) || ' ' || coalesce(string_agg(f || ':' || r, ' ') FILTER "
                        "(x < p), '') FROM (SELECT f, r, x, lag(x) OVER (ORDER BY f, r) AS p FROM "
                        "(" +
                        rows + "))"),
              "1000000 ")
        << sql;
  }
}

TEST_F(DuckDbEngine, TellsTheOffsetsOfAllRowGroups) {
  const FileRef input = MakeParquet("SELECT range AS n, range % 7 AS d FROM range(500000)");
  const auto files = Run(input, Described(input));
  ASSERT_TRUE(files.has_value()) << files.error().message;
  const auto& offsets = files->front().split_offsets;
  EXPECT_GT(offsets.size(), 2U);
  std::string expected;
  for (const std::int64_t offset : offsets) expected += std::to_string(offset) + " ";
  EXPECT_EQ(PlainText("SELECT string_agg(o, ' ') || ' ' FROM (SELECT min(CASE WHEN "
                      "dictionary_page_offset > 0 THEN dictionary_page_offset ELSE "
                      "data_page_offset END) AS o FROM parquet_metadata(" +
                      Literal(LocalPath(files->front())) +
                      ") GROUP BY row_group_id ORDER BY row_group_id)"),
            expected);
}

TEST_F(DuckDbEngine, KeepsTheOrderThatTheSqlAsksFor) {
  const FileRef input = MakeParquet("SELECT hash(range) AS x FROM range(400000)");
  const std::string sql = "SELECT x FROM '{s3_input_path}' ORDER BY x";
  const auto files = Run(input, Described(input, sql), sql);
  ASSERT_TRUE(files.has_value()) << files.error().message;
  EXPECT_EQ(PlainText("SELECT count(*) FILTER (x < p) FROM (SELECT x, lag(x) OVER () AS p FROM " +
                      Literal(LocalPath(files->front())) + ")"),
            "0");
}

TEST_F(DuckDbEngine, SpillsWhenMemoryIsShort) {
  // Small row groups: a page of the input must fit into memory beside the rest.
  const FileRef input =
      MakeParquet("SELECT hash(range) AS x, repeat('y', 200) || range AS s FROM range(1000000)",
                  "data.parquet", ", ROW_GROUP_SIZE 10000");
  EngineOptions options;
  options.memory_limit_bytes = 64U << 20U;
  engine_.reset();
  OpenEngine(options);
  const std::string sql = "SELECT * FROM '{s3_input_path}' ORDER BY x";
  const iceberg::Schema schema = Described(input, sql);
  for (const std::uint64_t target_size : {std::uint64_t{16} << 20U, std::uint64_t{1} << 40U}) {
    const WriteTarget target{.table_name = "t",
                             .schema = schema,
                             .data_location = {"s3", "lake", "t"},
                             .file_prefix = "f" + std::to_string(target_size),
                             .target_file_size_bytes = target_size};
    const auto files = FilesOf({sql, input}, target, {});
    ASSERT_TRUE(files.has_value()) << target_size << ": " << files.error().message;
    std::int64_t rows = 0;
    for (const iceberg::DataFile& file : *files) rows += file.record_count;
    EXPECT_EQ(rows, 1000000);
  }
}

TEST_F(DuckDbEngine, SaysWhenMemoryIsNotEnough) {
  const FileRef input = MakeParquet("SELECT range AS x FROM range(3000000)");
  EngineOptions options;
  options.memory_limit_bytes = 40U << 20U;
  engine_.reset();
  OpenEngine(options);
  const std::string sql = "SELECT list(x) AS l FROM '{s3_input_path}'";
  const auto files = Run(input, Described(input, sql), sql);
  ASSERT_THAT(files, FailsWith(Code::kOutOfMemory, "memory limit 41943040 bytes"));
  EXPECT_TRUE(FilesInLake().empty());
}

TEST_F(DuckDbEngine, AnOutageOfTheStoreOnceRanTheQueryTwice) {
  FileRef input = MakeParquet("SELECT 1 AS x");
  const iceberg::Schema schema = Described(input);
  FullStore full;
  const std::string bytes = store::ReadAll(*store_, input.uri, 1U << 20U).value();
  ASSERT_TRUE(full.Put(input.uri, bytes, store::PutMode::kIfAbsent));
  input.etag.clear();
  EngineOptions options;
  options.temp_directory = (root_ / "tmp").string();
  const auto engine = OpenDuckDb(full, options).value();
  const WriteTarget target{.table_name = "t",
                           .schema = schema,
                           .data_location = {"s3", "lake", "t"},
                           .file_prefix = "f",
                           .target_file_size_bytes = 1};
  EXPECT_THAT(engine->Run({kReadAll, input}, target, {}),
              FailsWith(Code::kUnavailable, "no answer for s3://lake/t/f-"));
  EXPECT_EQ(full.uploads, 1);
}

TEST_F(DuckDbEngine, ReadsTheFirstRowsByFieldId) {
  const FileRef input = MakeParquet("SELECT range AS id, 'n' || range AS name FROM range(10)");
  iceberg::Schema schema = Described(input);
  const auto files = Run(input, schema);
  ASSERT_TRUE(files.has_value()) << files.error().message;
  schema.fields[0].name = "renamed";  // the file keeps its name, the id tells
  schema.fields.push_back(Column(9, "it's new", Of(iceberg::TypeKind::kDate)));
  const auto preview = engine_->Head(*files, schema, 2, {});
  ASSERT_TRUE(preview.has_value()) << preview.error().message;
  EXPECT_THAT(preview->columns, testing::ElementsAre("renamed", "name", "it's new"));
  EXPECT_THAT(preview->rows, testing::ElementsAre(testing::ElementsAre("0", "n0", "NULL"),
                                                  testing::ElementsAre("1", "n1", "NULL")));
  EXPECT_TRUE(engine_->Head({}, schema, 2, {})->rows.empty());
}

TEST(DuckDbOptions, AreChecked) {
  store::LocalStore store({});
  EngineOptions options;
  options.memory_limit_bytes = 1000;
  EXPECT_THAT(OpenDuckDb(store, options), FailsWith(Code::kInvalid, "memory_limit"));
  options = {};
  options.threads = 0;
  EXPECT_THAT(OpenDuckDb(store, options), FailsWith(Code::kInvalid, "threads"));
  options = {};
  options.temp_directory = "/nonexistent";
  EXPECT_THAT(OpenDuckDb(store, options), FailsWith(Code::kUnavailable, "/nonexistent"));
}

}  // namespace
}  // namespace eider::engine
