// Pointers in a map under one mutex.
#include "eider/catalog/memory_table_pointer.h"

#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "eider/base/result.h"
#include "eider/catalog/pointer_error.h"

namespace eider::catalog {

Result<std::string> MemoryTablePointer::Read(const iceberg::TableName& table) {
  const std::scoped_lock lock(mutex_);
  const auto found = locations_.find(table);
  if (found == locations_.end()) return std::unexpected(NoSuchTable(table));
  return found->second;
}

Status MemoryTablePointer::Create(const iceberg::TableName& table,
                                  const std::string& metadata_location,
                                  const iceberg::TableMetadata& /*metadata*/) {
  const std::scoped_lock lock(mutex_);
  if (!locations_.emplace(table, metadata_location).second) {
    return std::unexpected(TableExists(table));
  }
  return {};
}

Status MemoryTablePointer::SwapAll(std::span<const PointerMove> moves) {
  const std::scoped_lock lock(mutex_);
  for (const PointerMove& move : moves) EIDER_CHECK(CheckLocked(move));
  for (const PointerMove& move : moves) locations_.insert_or_assign(move.table, move.next);
  return {};
}

Status MemoryTablePointer::Drop(const iceberg::TableName& table, const std::string& expected) {
  const std::scoped_lock lock(mutex_);
  EIDER_CHECK(CheckLocked({table, expected, ""}));
  locations_.erase(table);
  return {};
}

Status MemoryTablePointer::CheckLocked(const PointerMove& move) const {
  const auto found = locations_.find(move.table);
  if (found == locations_.end()) return std::unexpected(NoSuchTable(move.table));
  if (found->second == move.expected) return {};
  return std::unexpected(TableMoved(move.table, move.expected, found->second));
}

Result<std::vector<iceberg::TableName>> MemoryTablePointer::List() {
  const std::scoped_lock lock(mutex_);
  std::vector<iceberg::TableName> names;
  for (const auto& [name, location] : locations_) names.push_back(name);
  return names;
}

}  // namespace eider::catalog
