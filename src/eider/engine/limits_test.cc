// Limits of single queries below those of the engine.
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "eider/engine/query_deadline.h"
#include "eider/engine/sandbox_pool.h"
#include "eider/engine/testing/engine_fixture.h"

namespace eider::engine {
namespace {

using iceberg::TypeKind;
using testing::HasSubstr;
using testing::IsEmpty;

class Limits : public EngineFixture {
 protected:
  static constexpr const char* kEndless =
      "SELECT sum(a.range * b.range)::BIGINT AS x FROM '{s3_input_path}', range(100000000) a, "
      "range(1000000) b";

  WriteTarget Target(const std::string& table) const {
    return {.table_name = table,
            .schema = schema_,
            .data_location = {"s3", "lake", table},
            .file_prefix = "run"};
  }

  const iceberg::Schema schema_{.fields = {Column(1, "x", Of(TypeKind::kLong))}};
};

TEST_F(Limits, ATimeoutEndsTheQuery) {
  const FileRef input = MakeParquet("SELECT 1::BIGINT AS x");
  Query query{.sql = kEndless, .input = input};
  query.limits.timeout = Milliseconds(200);
  const auto files = FilesOf(query, Target("t"), {});
  ASSERT_THAT(files, FailsWith(Code::kDeadlineExceeded, "engine.timeout_ms"));
  EXPECT_THAT(files.error().message, HasSubstr("200 ms"));
  EXPECT_THAT(files.error().message, HasSubstr("s3://in/data.parquet"));
  EXPECT_THAT(engine_->Sample(query, 1), FailsWith(Code::kDeadlineExceeded, "200 ms"));
  EXPECT_THAT(FilesInLake(), IsEmpty());
  query.sql = kReadAll;
  query.limits.timeout = Milliseconds(600'000);
  EXPECT_TRUE(FilesOf(query, Target("t"), {}).has_value());
}

TEST_F(Limits, ATimeoutOfOnePartEndsAll) {
  const FileRef input = MakeParquet("SELECT i::BIGINT AS x FROM range(2) t(i)");
  std::vector<PartQuery> parts;
  for (const char* sql : {kReadAll, kEndless}) {
    const std::string table = "t" + std::to_string(parts.size());
    Query query{.sql = sql, .input = input, .part = RowFilter{"x", {table.substr(1)}}};
    query.limits.timeout = Milliseconds(300);
    parts.push_back({std::move(query), Target(table)});
  }
  const auto files = FilesOf(parts);
  ASSERT_THAT(files, FailsWith(Code::kDeadlineExceeded, "300 ms"));
  EXPECT_THAT(files.error().message, HasSubstr("part of table t1"));
  EXPECT_THAT(FilesInLake(), IsEmpty());
}

TEST_F(Limits, MemoryBelowTheEnginesIsKept) {
  const FileRef input = MakeParquet("SELECT range AS x FROM range(3000000)");
  const std::string hungry = "SELECT len(list(x))::BIGINT AS x FROM '{s3_input_path}'";
  Query query{.sql = hungry, .input = input};
  EXPECT_TRUE(FilesOf(query, Target("all"), {}).has_value());
  query.limits.memory_limit_bytes = 32ULL << 20U;
  EXPECT_THAT(FilesOf(query, Target("t"), {}),
              FailsWith(Code::kOutOfMemory, "memory limit 33554432 bytes"));
  query.limits.memory_limit_bytes = 1;
  EXPECT_THAT(FilesOf(query, Target("t"), {}), FailsWith(Code::kInvalid, "too small: 1 bytes"));
  query.limits = {.memory_limit_bytes = {}, .threads = 0, .timeout = {}};
  EXPECT_THAT(FilesOf(query, Target("t"), {}),
              FailsWith(Code::kInvalid, "engine.threads must be at least 1"));
}

// Seen: in a function of 128 MB files of a few bytes failed, for readers' buffers of 32 MB.
TEST_F(Limits, SmallCsvFilesAreReadWithLittleMemory) {
  const std::string line(1'900'000, '0');  // nearly the longest that is taken
  Query query{.sql = "SELECT x FROM read_csv('{s3_input_path}')",
              .input = MakeFile("x,y\n1,a\n" + line + "2," + "b\n", "a.csv")};
  query.limits.memory_limit_bytes = 32ULL << 20U;
  const auto files = FilesOf(query, Target("t"), {});
  ASSERT_TRUE(files.has_value()) << files.error().message;
  EXPECT_EQ(PlainText("SELECT sum(x) FROM " + Literal(LocalPath(files->front()))), "3");
  // An option of the SQL stays as it is.
  query.sql = "SELECT x FROM read_csv('{s3_input_path}', buffer_size = 100000000)";
  const auto own = FilesOf(query, Target("own"), {});
  ASSERT_THAT(own, FailsWith(Code::kOutOfMemory, "s3://in/a.csv"));
  EXPECT_THAT(own.error().message, HasSubstr("give more by engine.memory_limit"));
}

TEST_F(Limits, PartsOfDifferentLimitsRunEachWithinItsOwn) {
  const FileRef input = MakeParquet("SELECT i::BIGINT AS x FROM range(3000) t(i)");
  std::vector<PartQuery> parts;
  for (int i = 0; i < 4; ++i) {
    const std::string table = "t" + std::to_string(i);
    Query query{.sql = kReadAll, .input = input, .part = RowFilter{"x", {std::to_string(i)}}};
    if (i % 2 == 1) query.limits.memory_limit_bytes = 64ULL << 20U;
    parts.push_back({std::move(query), Target(table)});
  }
  const auto files = FilesOf(parts);
  ASSERT_TRUE(files.has_value()) << files.error().message;
  for (int i = 0; i < 4; ++i) {
    const auto index = static_cast<std::size_t>(i);
    EXPECT_EQ(PlainText("SELECT x FROM " + Literal(LocalPath((*files)[index].front()))),
              std::to_string(i));
  }
  // All or none, whatever the limits.
  parts[3].query.sql = "SELECT CAST(error('mine') AS BIGINT) AS x FROM '{s3_input_path}'";
  std::filesystem::remove_all(root_ / "lake");
  std::filesystem::create_directory(root_ / "lake");
  EXPECT_THAT(engine_->RunParts(parts, {}), FailsWith(Code::kInvalid, "part of table t3"));
  EXPECT_THAT(FilesInLake(), IsEmpty());
}

TEST_F(Limits, AreSandboxesOfWhichAFewAreKept) {
  EngineOptions options;
  options.temp_directory = (root_ / "tmp").string();
  auto pool = SandboxPool::Open(options);
  ASSERT_TRUE(pool.has_value()) << pool.error().message;
  const auto with_memory = [&](std::uint64_t megabytes) {
    return (*pool)->For({.memory_limit_bytes = megabytes << 20U, .threads = {}, .timeout = {}});
  };
  const SharedSandbox base = *(*pool)->For({});
  EXPECT_EQ(*with_memory(1ULL << 20U), base);  // above the engine's own
  EXPECT_EQ(*(*pool)->For({.memory_limit_bytes = {}, .threads = 64, .timeout = Milliseconds(1)}),
            base);
  const SharedSandbox first = *with_memory(100);
  EXPECT_NE(first, base);
  EXPECT_EQ(first->options().memory_limit_bytes, 100ULL << 20U);
  EXPECT_EQ(*with_memory(100), first);
  for (std::uint64_t megabytes = 101; megabytes < 101 + SandboxPool::kLimitsMax; ++megabytes) {
    EXPECT_TRUE(with_memory(megabytes).has_value());
  }
  EXPECT_NE(*with_memory(100), first);  // forgotten for those used later
  EXPECT_EQ(
      (*(*pool)->For({.memory_limit_bytes = {}, .threads = 1, .timeout = {}}))->options().threads,
      1);
}

TEST(QueryDeadline, TellsItsEndFromAStop) {
  const Error cancelled{Code::kCancelled, "the query was stopped"};
  const EngineOptions options;
  std::stop_source outer;
  QueryDeadline stopped(outer.get_token(), options);
  stopped.Start(Milliseconds(600'000));
  outer.request_stop();
  EXPECT_TRUE(stopped.token().stop_requested());
  EXPECT_EQ(stopped.Explain(cancelled, "f").code, Code::kCancelled);

  std::stop_source never;
  QueryDeadline over(never.get_token(), options);
  over.Start(Milliseconds(1));
  while (!over.token().stop_requested()) std::this_thread::yield();
  EXPECT_EQ(over.Explain(cancelled, "f").code, Code::kDeadlineExceeded);
  EXPECT_EQ(over.Explain({Code::kCorrupt, "x"}, "f").code, Code::kCorrupt);

  QueryDeadline paused(never.get_token(), options);
  paused.Start(Milliseconds(600'000));
  paused.Pause();
  paused.Start(std::nullopt);
  EXPECT_FALSE(paused.token().stop_requested());
}

}  // namespace
}  // namespace eider::engine
