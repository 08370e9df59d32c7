// A ledger in a temporary folder, for the tests of its file.
#pragma once

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "eider/base/clock.h"
#include "eider/base/file_ref.h"
#include "eider/base/random.h"
#include "eider/base/result.h"
#include "eider/ledger/sqlite_ledger.h"

namespace eider::ledger {

class SqliteLedgerFixture : public testing::Test {
 protected:
  SqliteLedgerFixture() {
    std::string pattern = std::filesystem::temp_directory_path() / "eider-ledger-XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
    path_ = folder_ / "ledger.db";
  }

  ~SqliteLedgerFixture() override { std::filesystem::remove_all(folder_); }

  std::unique_ptr<Ledger> Open() {
    auto ledger = OpenSqliteLedger(path_, clock_, random_);
    EXPECT_TRUE(ledger) << ledger.error().message;
    return ledger ? *std::move(ledger) : nullptr;
  }

  Error OpenFails() {
    auto ledger = OpenSqliteLedger(path_, clock_, random_);
    EXPECT_FALSE(ledger);
    return ledger ? Error{} : ledger.error();
  }

  std::string Bytes() const {
    std::ifstream file(path_, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  static std::vector<FileRef> Files(int count) {
    std::vector<FileRef> files;
    for (int i = 0; i < count; ++i) {
      files.push_back({{"s3", "src", "f" + std::to_string(i)}, "", "e", 1, ""});
    }
    return files;
  }

  SystemClock clock_;
  SystemRandom random_;
  std::filesystem::path folder_;
  std::string path_;
};

}  // namespace eider::ledger
