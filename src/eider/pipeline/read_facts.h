// What routing may ask of a file, answered by the store and the engine.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "eider/base/file_ref.h"
#include "eider/base/result.h"
#include "eider/pipeline/services.h"
#include "eider/routing/file_facts.h"
#include "eider/store/prefetch.h"

namespace eider::pipeline {

// Used by one thread. Borrows all.
class ReadFacts final : public routing::FileFacts {
 public:
  // `opening` is made when it is needed first, and may be there already.
  ReadFacts(const Services& services, const FileRef& file,
            std::unique_ptr<const store::Prefetch>& opening, std::stop_token stop)
      : services_(services), file_(file), opening_(opening), stop_(std::move(stop)) {}

  const FileRef& file() const override { return file_; }

  Result<std::optional<std::string>> ObjectMetadata(std::string_view name) override;
  Result<std::optional<std::string>> ObjectTag(std::string_view name) override;
  Result<std::optional<std::string>> ParquetMetadata(std::string_view name) override;
  Result<std::vector<routing::ColumnValue>> ColumnValues(std::string_view column,
                                                         int values_max) override;

 private:
  const store::Prefetch& Opening();

  using TextByName = std::map<std::string, std::string>;

  const Services& services_;
  const FileRef& file_;
  std::unique_ptr<const store::Prefetch>& opening_;
  std::stop_token stop_;
  std::optional<TextByName> tags_;
  std::optional<TextByName> parquet_metadata_;
  std::map<std::string, std::vector<routing::ColumnValue>, std::less<>> column_values_;
};

}  // namespace eider::pipeline
