// An engine that reads nothing, for tests of what is around it: a file has as many rows as bytes.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "eider/base/result.h"
#include "eider/engine/sql_engine.h"

namespace eider::engine {

// A file with "bad" in its key is corrupt, alone and in a group; one with "odd" is like no other; a
// group with a "slow" one is done only after a stop.
// Safe for concurrent calls.
class PretendEngine final : public SqlEngine {
 public:
  // The sizes of all groups that were read.
  std::vector<std::size_t> groups() {
    const std::lock_guard lock(mutex_);
    return groups_;
  }

  int runs() const { return runs_; }

  // Called once, before the next group is done.
  void OnNextGroup(std::function<void()> call) {
    const std::lock_guard lock(mutex_);
    on_group_ = std::move(call);
  }

  // Called once, before the next file that is read alone is done.
  void OnNextRun(std::function<void()> call) {
    const std::lock_guard lock(mutex_);
    on_run_ = std::move(call);
  }

  Status Check(const std::string& /*sql*/) override { return {}; }

  Result<NewTable> Describe(const Query& /*query*/) override {
    NewTable made;
    made.schema.fields.push_back({1, "id", false, iceberg::Type{iceberg::TypeKind::kLong}, {}});
    return made;
  }

  Result<std::optional<NewTable>> DescribeRows(const Query& query,
                                               std::stop_token /*stop*/) override {
    EIDER_CHECK(CheckGood(query.input));
    if (query.input.size_bytes == 0) return std::nullopt;
    return Describe(query);
  }

  Result<Written> Run(const Query& query, const WriteTarget& target,
                      std::stop_token /*stop*/) override {
    ++runs_;
    CallOnce(on_run_);
    EIDER_CHECK(CheckGood(query.input));
    Written written;
    written.rows_read = query.input.size_bytes;
    written.is_row_by_row = true;
    AddFile(query.input.size_bytes, target, written.files);
    return written;
  }

  Result<GroupWritten> RunGroup(const Query& query, std::span<const InputFile> files,
                                const WriteTarget& target, std::stop_token stop) override {
    if (query.sql.find("count(") != std::string::npos) {
      return Fail(Code::kUnsupported, "the query makes one row of many");
    }
    GroupWritten written;
    std::uint64_t rows = 0;
    std::size_t size = 0;
    for (const InputFile& input : files) {
      EIDER_CHECK(CheckGood(input.file));
      auto& share = written.shares.emplace_back();
      const bool is_odd = input.file.uri.key.find("odd") != std::string::npos;
      if (is_odd && &input != files.data()) continue;
      if (input.file.uri.key.find("slow") != std::string::npos) AwaitStop(stop);
      ++size;
      rows += input.file.size_bytes;
      share = {static_cast<std::int64_t>(input.file.size_bytes), input.file.size_bytes};
    }
    AddFile(rows, target, written.files);
    {
      const std::lock_guard lock(mutex_);
      groups_.push_back(size);
    }
    CallOnce(on_group_);
    return written;
  }

  Result<Written> RunRejects(const PartQuery& /*part*/, const WriteTarget& /*rejects*/,
                             std::stop_token /*stop*/) override {
    return Fail(Code::kUnsupported, "no rejects");
  }

  Result<std::vector<Written>> RunParts(std::span<const PartQuery> parts,
                                        std::stop_token stop) override {
    std::vector<Written> written;
    for (const PartQuery& part : parts) {
      EIDER_ASSIGN(written.emplace_back(), Run(part.query, part.target, stop));
    }
    return written;
  }

  Result<Explanation> Explain(const Query& /*query*/, const iceberg::Schema* /*table*/,
                              const std::string& /*table_name*/) override {
    return Explanation{};
  }

  Result<Exported> Export(const Query& /*query*/, RowFormat /*format*/,
                          std::optional<std::uint64_t> /*rows_max*/, const TakeBytes& /*take*/,
                          std::stop_token /*stop*/) override {
    return Exported{};
  }

  Result<Preview> FirstRows(const Query& /*query*/, int /*rows_max*/) override { return Preview{}; }

  Result<Preview> Sample(const Query& /*query*/, int /*rows_max*/) override { return Preview{}; }

  Result<std::vector<std::optional<std::string>>> DistinctValues(
      const InputFile& /*input*/, const std::string& /*column*/, int /*values_max*/,
      std::stop_token /*stop*/) override {
    return std::vector<std::optional<std::string>>{};
  }

  Result<std::map<std::string, std::string>> ParquetMetadata(const InputFile& /*input*/,
                                                             std::stop_token /*stop*/) override {
    return std::map<std::string, std::string>{};
  }

  Result<Preview> Head(const std::vector<iceberg::DataFile>& /*files*/,
                       const iceberg::Schema& /*schema*/, int /*rows_max*/,
                       const std::optional<RowFilter>& /*only*/) override {
    return Preview{};
  }

 private:
  void CallOnce(std::function<void()>& call) {
    std::function<void()> taken;
    {
      const std::lock_guard lock(mutex_);
      std::swap(taken, call);
    }
    if (taken) taken();
  }

  static void AwaitStop(const std::stop_token& stop) {
    std::mutex mutex;
    std::unique_lock lock(mutex);
    std::condition_variable_any().wait(lock, stop, [] { return false; });
  }

  static Status CheckGood(const FileRef& file) {
    if (file.uri.key.find("bad") == std::string::npos) return {};
    return Fail(Code::kCorrupt, "a bad file: " + file.uri.ToString());
  }

  static void AddFile(std::uint64_t rows, const WriteTarget& target,
                      std::vector<iceberg::DataFile>& files) {
    if (rows == 0) return;
    iceberg::DataFile& file = files.emplace_back();
    file.file_path = target.data_location.Child(target.file_prefix + "-0.parquet").ToString();
    file.record_count = static_cast<std::int64_t>(rows);
    file.file_size_in_bytes = 1;
  }

  std::atomic<int> runs_ = 0;
  std::mutex mutex_;
  std::vector<std::size_t> groups_;
  std::function<void()> on_group_;
  std::function<void()> on_run_;
};

}  // namespace eider::engine
