// Which queries change how DuckDB's allocator treats freed memory.
#include "eider/engine/freed_pages.h"

#include <sys/types.h>

#include <cstddef>
#include <string>

#include "eider/engine/testing/engine_fixture.h"

extern "C" [[gnu::weak]] int duckdb_je_mallctl(const char* name, void* old_value,
                                               std::size_t* old_size, void* new_value,
                                               std::size_t new_size);

namespace eider::engine {
namespace {

using FreedPages = EngineFixture;

ssize_t DecayMilliseconds() {
  ssize_t milliseconds = -2;
  std::size_t size = sizeof(milliseconds);
  EXPECT_EQ(duckdb_je_mallctl("arenas.dirty_decay_ms", &milliseconds, &size, nullptr, 0), 0);
  return milliseconds;
}

TEST_F(FreedPages, GoBackAtOnceWithManyColumnsOnly) {
  if (duckdb_je_mallctl == nullptr) GTEST_SKIP() << "this DuckDB has no jemalloc";
  ssize_t usual = 1000;
  ASSERT_EQ(duckdb_je_mallctl("arenas.dirty_decay_ms", nullptr, nullptr, &usual, sizeof(usual)), 0);
  std::string columns = "1 AS c0";
  for (std::size_t i = 1; i < kManyColumns; ++i) columns += ", 1 AS c" + std::to_string(i);
  const FileRef narrow = MakeParquet("SELECT 1 AS x", "narrow.parquet");
  const FileRef wide = MakeParquet("SELECT " + columns, "wide.parquet");
  ASSERT_TRUE(Run(narrow, Described(narrow)).has_value());
  EXPECT_EQ(DecayMilliseconds(), 1000);
  const iceberg::Schema schema = Described(wide);
  const WriteTarget target{.table_name = "t",
                           .schema = schema,
                           .data_location = {"s3", "lake", "wide"},
                           .file_prefix = "f"};
  ASSERT_TRUE(FilesOf({kReadAll, wide}, target, {}).has_value());
  EXPECT_EQ(DecayMilliseconds(), 0);
}

}  // namespace
}  // namespace eider::engine
