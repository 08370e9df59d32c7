// What the tests of the engine share: a folder that stands for bucket `in`, one for bucket `lake`,
// an engine over both, and a DuckDB of their own that makes the input files.
#pragma once

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <span>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include <duckdb/main/connection.hpp>
#include <duckdb/main/database.hpp>
#include <duckdb/main/materialized_query_result.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/engine/sql_engine.h"
#include "eider/store/local_store.h"

namespace eider::engine {

class EngineFixture : public testing::Test {
 protected:
  static constexpr const char* kReadAll = "SELECT * FROM read_parquet('{s3_input_path}')";

  // Not a static object: DuckDB must be gone before its thread-local state is, at the end of main.
  static void SetUpTestSuite() { plain_ = std::make_unique<duckdb::DuckDB>(nullptr); }

  static void TearDownTestSuite() { plain_.reset(); }

  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "eider-test-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    root_ = name;
    for (const char* folder : {"in", "other", "lake", "tmp"}) {
      std::filesystem::create_directory(root_ / folder);
    }
    store_ = std::make_unique<store::LocalStore>(
        std::map<std::string, std::string>{{"in", (root_ / "in").string()},
                                           {"other", (root_ / "other").string()},
                                           {"lake", (root_ / "lake").string()}});
    OpenEngine({});
  }

  void TearDown() override {
    engine_.reset();
    std::filesystem::remove_all(root_);
  }

  void OpenEngine(EngineOptions options) {
    options.temp_directory = (root_ / "tmp").string();
    auto engine = OpenDuckDb(*store_, options);
    ASSERT_TRUE(engine.has_value()) << engine.error().message;
    engine_ = *std::move(engine);
  }

  // Runs SQL in a plain DuckDB with all rights.
  static duckdb::unique_ptr<duckdb::MaterializedQueryResult> Plain(const std::string& sql) {
    duckdb::Connection connection(*plain_);
    auto result = connection.Query(sql);
    if (result->HasError()) throw std::runtime_error(sql + ": " + result->GetError());
    return result;
  }

  static std::string PlainText(const std::string& sql) {
    auto result = Plain(sql);
    return result->RowCount() == 0 ? "(no rows)" : result->GetValue(0, 0).ToString();
  }

  static std::string Literal(const std::string& text) { return duckdb::Value(text).ToSQLString(); }

  // Makes s3://in/<key> as a Parquet file with the rows of `select`.
  FileRef MakeParquet(const std::string& select, const std::string& key = "data.parquet",
                      const std::string& options = "") {
    const std::string made = (root_ / "made").string();
    Plain("COPY (" + select + ") TO " + Literal(made) + " (FORMAT parquet" + options + ")");
    return Adopt(made, key);
  }

  FileRef MakeFile(const std::string& content, const std::string& key) {
    const std::string made = (root_ / "made").string();
    std::ofstream(made, std::ios::binary) << content;
    return Adopt(made, key);
  }

  FileRef Adopt(const std::string& made, const std::string& key) {
    const std::filesystem::path path = root_ / "in" / key;
    std::filesystem::create_directories(path.parent_path());
    std::filesystem::rename(made, path);
    return Ref({"s3", "in", key});
  }

  FileRef Ref(const Uri& uri) {
    const auto info = store_->Stat(uri);
    EXPECT_TRUE(info.has_value()) << uri.ToString();
    if (!info) return {};
    return {uri, info->version_id, info->etag, info->size_bytes, ""};
  }

  Result<std::vector<iceberg::DataFile>> Run(const FileRef& input, const iceberg::Schema& schema,
                                             const std::string& sql = kReadAll,
                                             std::stop_token stop = {}) {
    const WriteTarget target{.table_name = "bronze.orders",
                             .schema = schema,
                             .data_location = {"s3", "lake", "t/data"},
                             .file_prefix = "run"};
    return FilesOf({sql, input}, target, stop);
  }

  // The data files of a run.
  Result<std::vector<iceberg::DataFile>> FilesOf(const Query& query, const WriteTarget& target,
                                                 std::stop_token stop = {}) {
    EIDER_ASSIGN(Written written, engine_->Run(query, target, std::move(stop)));
    return std::move(written.files);
  }

  // The data files of each part.
  Result<std::vector<std::vector<iceberg::DataFile>>> FilesOf(std::span<const PartQuery> parts,
                                                              std::stop_token stop = {}) {
    EIDER_ASSIGN(std::vector<Written> written, engine_->RunParts(parts, std::move(stop)));
    std::vector<std::vector<iceberg::DataFile>> files;
    for (Written& part : written) files.push_back(std::move(part.files));
    return files;
  }

  // The schema that a new table would get, or a failed test.
  iceberg::Schema Described(const FileRef& input, const std::string& sql = kReadAll) {
    auto schema = engine_->Describe({sql, input});
    EXPECT_TRUE(schema.has_value()) << (schema ? "" : schema.error().message);
    return schema ? schema->schema : iceberg::Schema{};
  }

  // The local path of what Run wrote, for reading by the plain DuckDB.
  std::string LocalPath(const iceberg::DataFile& file) const {
    const std::string prefix = "s3://lake/";
    return (root_ / "lake" / file.file_path.substr(prefix.size())).string();
  }

  std::vector<std::string> FilesInLake() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root_ / "lake")) {
      if (entry.is_regular_file()) names.push_back(entry.path().filename().string());
    }
    return names;
  }

  inline static std::unique_ptr<duckdb::DuckDB> plain_;

  std::filesystem::path root_;
  std::unique_ptr<store::LocalStore> store_;
  std::unique_ptr<SqlEngine> engine_;
};

inline iceberg::Field Column(int id, std::string name, iceberg::Type type, bool required = false) {
  return {id, std::move(name), required, std::move(type), {}};
}

inline iceberg::Type Of(iceberg::TypeKind kind) {
  return iceberg::Type{kind};
}

MATCHER_P2(FailsWith, code, text, "") {
  if (arg.has_value()) {
    *result_listener << "it succeeded";
    return false;
  }
  *result_listener << CodeName(arg.error().code) << ": " << arg.error().message;
  return arg.error().code == code && arg.error().message.find(text) != std::string::npos;
}

}  // namespace eider::engine
