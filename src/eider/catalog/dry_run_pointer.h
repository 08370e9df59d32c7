// The real pointers to read; those that a dry run moves are moved in this process alone.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "eider/base/result.h"
#include "eider/catalog/table_pointer.h"
#include "eider/iceberg/table_name.h"

namespace eider::catalog {

// Safe for concurrent calls.
class DryRunPointer final : public TablePointer {
 public:
  explicit DryRunPointer(std::unique_ptr<TablePointer> pointer) : pointer_(std::move(pointer)) {}

  Result<std::string> Read(const iceberg::TableName& table) override;
  Status Create(const iceberg::TableName& table, const std::string& metadata_location,
                const iceberg::TableMetadata& metadata) override;
  Status Swap(const iceberg::TableName& table, const std::string& expected,
              const std::string& next) override;

  bool swaps_together() const override { return pointer_->swaps_together(); }

  Status SwapAll(std::span<const PointerMove> moves) override;
  Status Drop(const iceberg::TableName& table, const std::string& expected) override;
  Result<std::vector<iceberg::TableName>> List() override;

  // No pointer is moved any more.
  void Forget() {
    const std::lock_guard lock(mutex_);
    moved_.clear();
  }

 private:
  Result<std::string> ReadLocked(const iceberg::TableName& table);

  std::unique_ptr<TablePointer> pointer_;
  std::mutex mutex_;                                                // guards moved_
  std::map<iceberg::TableName, std::optional<std::string>> moved_;  // nothing: dropped
};

}  // namespace eider::catalog
