// What is remembered of tables, and of how many.
#include "eider/catalog/seen_tables.h"

#include <cstddef>
#include <mutex>
#include <optional>
#include <string>

namespace eider::catalog {
namespace {

using iceberg::TableName;

// Tables whose last state is kept.
constexpr std::size_t kRememberedMax = 256;

}  // namespace

std::optional<LoadedTable> SeenTables::Known(const TableName& table) {
  const std::scoped_lock lock(mutex_);
  const auto found = seen_.find(table);
  if (found == seen_.end() || found->second.is_changed_by_others) return std::nullopt;
  return found->second.state;
}

std::optional<LoadedTable> SeenTables::At(const TableName& table, const std::string& location) {
  const std::scoped_lock lock(mutex_);
  const auto found = seen_.find(table);
  if (found == seen_.end()) return std::nullopt;
  Seen& seen = found->second;
  if (seen.state.metadata_location != location) return std::nullopt;
  seen.is_changed_by_others = false;
  return seen.state;
}

void SeenTables::Remember(const TableName& table, const LoadedTable& state, Writer writer) {
  const std::scoped_lock lock(mutex_);
  const auto found = seen_.find(table);
  if (found != seen_.end()) {
    found->second.state = state;
    if (writer == Writer::kOther) found->second.is_changed_by_others = true;
    return;
  }
  if (seen_.size() >= kRememberedMax) seen_.erase(seen_.begin());
  seen_.emplace(table, Seen{state});
}

void SeenTables::NoteConflict(const TableName& table) {
  const std::scoped_lock lock(mutex_);
  const auto found = seen_.find(table);
  if (found != seen_.end()) found->second.is_changed_by_others = true;
}

}  // namespace eider::catalog
