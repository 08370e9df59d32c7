// Several files by one query, held against each of them alone.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "eider/engine/testing/engine_fixture.h"

namespace eider::engine {

MATCHER_P2(HasRows, rows, rows_read, "") {
  *result_listener << arg.rows << " of " << arg.rows_read.value_or(0);
  return arg.rows == rows && arg.rows_read == std::optional<std::uint64_t>(rows_read);
}

class RunGroup : public EngineFixture {
 protected:
  // Files of 0, 1, 2, … thousand rows and some: of more than one chunk, of one, of none.
  std::vector<FileRef> MakeFiles(int count, const std::string& folder = "") {
    std::vector<FileRef> files;
    for (int i = 0; i < count; ++i) {
      files.push_back(MakeParquet(
          fmt::format("SELECT ({} * 100000 + i)::BIGINT AS id, 'n' || (i % 7) AS name, "
                      "(i * 0.5)::DOUBLE AS price, i % 5 = 0 AS flag FROM range({}) t(i)",
                      i, i % 4 == 3 ? 0 : i * 1013 + 1),
          fmt::format("{}{}.parquet", folder, i)));
    }
    return files;
  }

  static std::vector<InputFile> Inputs(const std::vector<FileRef>& files) {
    std::vector<InputFile> inputs;
    for (const FileRef& file : files) inputs.push_back({file});
    return inputs;
  }

  WriteTarget Target(const iceberg::Schema& schema, std::string prefix = "group") const {
    return {.table_name = "bronze.orders",
            .schema = schema,
            .data_location = {"s3", "lake", "t/data"},
            .file_prefix = std::move(prefix)};
  }

  Result<GroupWritten> Group(const std::string& sql, const std::vector<FileRef>& files) {
    return Group({.sql = sql, .input = files.front()}, files);
  }

  Result<GroupWritten> Group(const Query& query, const std::vector<FileRef>& files) {
    schema_ = Described(files.front(), query.sql);
    return engine_->RunGroup(query, Inputs(files), Target(schema_), {});
  }

  // All rows of data files as one text, whatever their order.
  std::string RowsIn(const std::vector<iceberg::DataFile>& files) const {
    if (files.empty()) return "";
    std::vector<std::string> paths;
    for (const iceberg::DataFile& file : files) paths.push_back(Literal(LocalPath(file)));
    return PlainText(
        fmt::format("SELECT string_agg(x, ' ' ORDER BY x) FROM (SELECT CAST(t AS VARCHAR) AS x "
                    "FROM read_parquet([{}]) t)",
                    fmt::join(paths, ",")));
  }

  // What the group gives is what its files give one by one.
  void ExpectAsAlone(const std::string& sql, const std::vector<FileRef>& files) {
    SCOPED_TRACE(sql);
    const auto group = Group(sql, files);
    ASSERT_TRUE(group.has_value()) << group.error().message;
    ASSERT_EQ(group->shares.size(), files.size());
    std::vector<iceberg::DataFile> alone;
    for (std::size_t i = 0; i < files.size(); ++i) {
      const auto written =
          engine_->Run({sql, files[i]}, Target(schema_, fmt::format("a{}", i)), {});
      ASSERT_TRUE(written.has_value()) << written.error().message;
      std::int64_t rows = 0;
      for (const iceberg::DataFile& file : written->files) rows += file.record_count;
      alone.insert(alone.end(), written->files.begin(), written->files.end());
      ASSERT_TRUE(group->shares[i].has_value()) << i;
      EXPECT_EQ(group->shares[i]->rows, rows) << i;
      EXPECT_EQ(group->shares[i]->rows_read, written->rows_read) << i;
    }
    EXPECT_EQ(RowsIn(group->files), RowsIn(alone));
    std::filesystem::remove_all(root_ / "lake/t");
  }

  iceberg::Schema schema_;

  // What is wrong with the last of three is told by its own run.
  void ExpectOnlyTheLastLeftOut(const std::string& sql, const std::vector<FileRef>& files) {
    ASSERT_EQ(files.size(), 3U);
    const auto group = engine_->RunGroup({sql, files.front()}, Inputs(files), Target(schema_), {});
    ASSERT_TRUE(group.has_value()) << group.error().message;
    EXPECT_TRUE(group->shares[0].has_value());
    EXPECT_TRUE(group->shares[1].has_value());
    EXPECT_FALSE(group->shares[2].has_value());
    EXPECT_FALSE(engine_->Run({sql, files.back()}, Target(schema_), {}).has_value());
  }
};

}  // namespace eider::engine
