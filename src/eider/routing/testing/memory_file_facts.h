// Facts of a file that are given in advance: for tests and benchmarks. Counts what it is asked for.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "eider/base/file_ref.h"
#include "eider/base/result.h"
#include "eider/base/uri.h"
#include "eider/routing/file_facts.h"

namespace eider::routing {

class MemoryFileFacts final : public FileFacts {
 public:
  using Texts = std::map<std::string, std::string, std::less<>>;

  explicit MemoryFileFacts(std::string_view uri) { file_.uri = Uri::Parse(uri).value(); }

  const FileRef& file() const override { return file_; }

  Result<std::optional<std::string>> ObjectMetadata(std::string_view name) override {
    return Ask("object-metadata", name, object_metadata);
  }

  Result<std::optional<std::string>> ObjectTag(std::string_view name) override {
    return Ask("object-tag", name, object_tags);
  }

  Result<std::optional<std::string>> ParquetMetadata(std::string_view name) override {
    return Ask("parquet-metadata", name, parquet_metadata);
  }

  Result<std::vector<ColumnValue>> ColumnValues(std::string_view column, int values_max) override {
    ++asked[fmt::format("column:{}", column)];
    const auto found = columns.find(column);
    if (found == columns.end()) {
      return Fail(Code::kInvalid, fmt::format("no such column: '{}'", column));
    }
    if (found->second.size() > static_cast<std::size_t>(values_max)) {
      return Fail(Code::kInvalid,
                  fmt::format("column {} has more than {} values", column, values_max));
    }
    return found->second;
  }

  Texts object_metadata;
  Texts object_tags;
  Texts parquet_metadata;
  std::map<std::string, std::vector<ColumnValue>, std::less<>> columns;
  std::map<std::string, int> asked;  // "object-tag:NAME" to how often; file() is free

 private:
  Result<std::optional<std::string>> Ask(std::string_view kind, std::string_view name,
                                         const Texts& texts) {
    ++asked[fmt::format("{}:{}", kind, name)];
    const auto found = texts.find(name);
    if (found == texts.end()) return std::nullopt;
    return found->second;
  }

  FileRef file_;
};

}  // namespace eider::routing
