// The states of tables as this process has seen them last.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "eider/catalog/catalog.h"
#include "eider/iceberg/table_name.h"

namespace eider::catalog {

// Safe for concurrent calls from several threads.
class SeenTables {
 public:
  enum class Writer : std::uint8_t { kSelf, kOther };

  // The last state, unless others were seen to change the table lately.
  std::optional<LoadedTable> Known(const iceberg::TableName& table);

  // The last state, if its metadata is at `location`: the table is as it was.
  std::optional<LoadedTable> At(const iceberg::TableName& table, const std::string& location);

  void Remember(const iceberg::TableName& table, const LoadedTable& state, Writer writer);

  // Others have changed the table.
  void NoteConflict(const iceberg::TableName& table);

 private:
  struct Seen {
    LoadedTable state;
    bool is_changed_by_others = false;  // lately
  };

  std::mutex mutex_;  // guards seen_
  std::map<iceberg::TableName, Seen> seen_;
};

}  // namespace eider::catalog
