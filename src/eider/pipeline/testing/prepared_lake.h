// A lake in memory whose loads are cut in two.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "eider/base/file_ref.h"
#include "eider/base/result.h"
#include "eider/base/uri.h"
#include "eider/pipeline/commit_prepared.h"
#include "eider/pipeline/prepared_record.h"
#include "eider/pipeline/testing/pretend_lake.h"

namespace eider::pipeline {

// A lake whose loads keep the texts of their records.
struct PreparedLake : PretendLake {
  void Prepare(const std::vector<FileRef>& files) {
    options.keep_record = [this](const PreparedRecord& record) -> Result<std::string> {
      const std::lock_guard lock(mutex);
      // The engine that reads nothing writes nothing.
      for (const WaitingRows& rows : record.rows) {
        for (const iceberg::DataFile& file : rows.data_files) {
          const std::string bytes(static_cast<std::size_t>(file.file_size_in_bytes), 'x');
          EIDER_ASSIGN(const Uri uri, Uri::Parse(file.file_path));
          EIDER_CHECK(store.Put(uri, bytes, store::PutMode::kReplace));
        }
      }
      texts.push_back(PreparedText(record));
      return fmt::format("record {}", texts.size());
    };
    Load(files);
    options.keep_record = {};
  }

  // As a process of its own would that finds these records.
  std::vector<Outcome> Commit(const std::vector<std::string>& found) {
    std::vector<PreparedRecord> records;
    for (const std::string& text : found) {
      auto parsed = ParsePrepared(text, "the record");
      EXPECT_TRUE(parsed) << parsed.error().message;
      if (parsed) records.push_back(*std::move(parsed));
    }
    std::vector<Outcome> told;
    PreparedCommit(services, options, {}).Commit(std::move(records), [&](const Outcome& outcome) {
      told.push_back(outcome);
    });
    return told;
  }

  std::int64_t RowsOfAll() {
    std::int64_t rows = 0;
    for (int i = 0; i < kTables; ++i) rows += CountRows(fmt::format("b{}", i));
    return rows;
  }

  // A file that is there, which a failure is looked up for.
  FileRef Stored(int bucket, std::string key) {
    FileRef file = File(bucket, std::move(key));
    EXPECT_TRUE(store.Put(file.uri, "abc", store::PutMode::kReplace));
    file.etag = store.Stat(file.uri).value().etag;
    return file;
  }

  std::vector<ledger::LoadRecord> InState(ledger::State state) {
    return ledger->Query({.state = state}).value();
  }

  std::mutex mutex;
  std::vector<std::string> texts;
};

}  // namespace eider::pipeline
