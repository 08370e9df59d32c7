// Moves in memory, over what the catalog says.
#include "eider/catalog/dry_run_pointer.h"

#include <algorithm>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "eider/base/result.h"
#include "eider/catalog/pointer_error.h"
#include "eider/iceberg/table_name.h"

namespace eider::catalog {

Result<std::string> DryRunPointer::Read(const iceberg::TableName& table) {
  const std::lock_guard lock(mutex_);
  return ReadLocked(table);
}

Result<std::string> DryRunPointer::ReadLocked(const iceberg::TableName& table) {
  const auto moved = moved_.find(table);
  if (moved == moved_.end()) return pointer_->Read(table);
  if (!moved->second) return std::unexpected(NoSuchTable(table));
  return *moved->second;
}

Status DryRunPointer::Create(const iceberg::TableName& table, const std::string& metadata_location,
                             const iceberg::TableMetadata& /*metadata*/) {
  const std::lock_guard lock(mutex_);
  const auto present = ReadLocked(table);
  if (present) return std::unexpected(TableExists(table));
  if (present.error().code != Code::kNotFound) return std::unexpected(present.error());
  moved_.insert_or_assign(table, metadata_location);
  return {};
}

Status DryRunPointer::Swap(const iceberg::TableName& table, const std::string& expected,
                           const std::string& next) {
  const PointerMove move{table, expected, next};
  return SwapAll({&move, 1});
}

Status DryRunPointer::SwapAll(std::span<const PointerMove> moves) {
  const std::lock_guard lock(mutex_);
  for (const PointerMove& move : moves) {
    EIDER_ASSIGN(const std::string present, ReadLocked(move.table));
    if (present != move.expected) {
      return std::unexpected(TableMoved(move.table, move.expected, present));
    }
  }
  for (const PointerMove& move : moves) moved_.insert_or_assign(move.table, move.next);
  return {};
}

Status DryRunPointer::Drop(const iceberg::TableName& table, const std::string& expected) {
  const std::lock_guard lock(mutex_);
  EIDER_ASSIGN(const std::string present, ReadLocked(table));
  if (present != expected) return std::unexpected(TableMoved(table, expected, present));
  moved_.insert_or_assign(table, std::nullopt);
  return {};
}

Result<std::vector<iceberg::TableName>> DryRunPointer::List() {
  const std::lock_guard lock(mutex_);
  EIDER_ASSIGN(auto tables, pointer_->List());
  for (const auto& [table, location] : moved_) {
    if (location) {
      tables.push_back(table);
    } else {
      std::erase(tables, table);
    }
  }
  std::ranges::sort(tables);
  const auto repeated = std::ranges::unique(tables);
  tables.erase(repeated.begin(), repeated.end());
  return tables;
}

}  // namespace eider::catalog
