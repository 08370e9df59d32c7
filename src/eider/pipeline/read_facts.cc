// Each fact from where it is cheapest: the answer that opened the object, the footer, one column.
#include "eider/pipeline/read_facts.h"

#include <cctype>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "eider/base/lower_case.h"
#include "eider/base/result.h"
#include "eider/engine/sql_engine.h"
#include "eider/routing/file_facts.h"
#include "eider/store/object_store.h"

namespace eider::pipeline {
namespace {

std::optional<std::string> FindText(const std::map<std::string, std::string>& texts,
                                    const std::string& name) {
  const auto found = texts.find(name);
  return found == texts.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace

const store::Prefetch& ReadFacts::Opening() {
  if (!opening_) {
    opening_ = std::make_unique<const store::Prefetch>(services_.store, file_, stop_);
  }
  return *opening_;
}

Result<std::optional<std::string>> ReadFacts::ObjectMetadata(std::string_view name) {
  EIDER_ASSIGN(const store::SharedReader reader, Opening().Reader());
  return FindText(reader->info().metadata, LowerCase(name));
}

Result<std::optional<std::string>> ReadFacts::ObjectTag(std::string_view name) {
  if (!tags_) {
    EIDER_ASSIGN(tags_, services_.store.Tags(file_.uri, file_.version_id));
  }
  return FindText(*tags_, std::string(name));
}

Result<std::optional<std::string>> ReadFacts::ParquetMetadata(std::string_view name) {
  if (!parquet_metadata_) {
    EIDER_ASSIGN(parquet_metadata_, services_.engine.ParquetMetadata({file_, &Opening()}, stop_));
  }
  return FindText(*parquet_metadata_, std::string(name));
}

Result<std::vector<routing::ColumnValue>> ReadFacts::ColumnValues(std::string_view column,
                                                                  int values_max) {
  const auto known = column_values_.find(column);
  if (known != column_values_.end()) return known->second;
  EIDER_ASSIGN(auto values, services_.engine.DistinctValues(
                                {file_, &Opening()}, std::string(column), values_max, stop_));
  return column_values_.emplace(column, std::move(values)).first->second;
}

}  // namespace eider::pipeline
