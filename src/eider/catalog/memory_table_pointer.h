// Table pointers in memory, for tests and dry runs: the same contract, gone with the object.
#pragma once

#include <map>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "eider/base/result.h"
#include "eider/catalog/table_pointer.h"

namespace eider::catalog {

class MemoryTablePointer final : public TablePointer {
 public:
  Result<std::string> Read(const iceberg::TableName& table) override;
  Status Create(const iceberg::TableName& table, const std::string& metadata_location,
                const iceberg::TableMetadata& metadata) override;

  Status Swap(const PointerMove& move) override { return SwapAll({&move, 1}); }

  bool swaps_together() const override { return true; }

  Status SwapAll(std::span<const PointerMove> moves) override;
  Status Drop(const iceberg::TableName& table, const std::string& expected) override;
  Result<std::vector<iceberg::TableName>> List() override;

 private:
  Status CheckLocked(const PointerMove& move) const;

  std::mutex mutex_;
  std::map<iceberg::TableName, std::string> locations_;
};

}  // namespace eider::catalog
