// A snapshot of a table, and how the table's metadata holds it. Source: Iceberg specification,
// "Snapshots".
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

namespace eider::iceberg {

using Summary = std::map<std::string, std::string>;  // without "operation"

struct Snapshot {
  std::int64_t snapshot_id = 0;
  std::optional<std::int64_t> parent_snapshot_id;
  std::int64_t sequence_number = 0;
  std::int64_t timestamp_ms = 0;
  std::string manifest_list;  // URI; empty in a v1 snapshot that lists its manifests itself
  std::string operation;      // "append", "overwrite", …; empty where the writer gave none
  Summary summary;
  std::optional<int> schema_id;
  // Row lineage of format version 3: the ids that its manifests were given begin here.
  std::optional<std::int64_t> first_row_id = {};
  std::optional<std::int64_t> added_rows = {};  // so many ids, at the least one for each new row
  nlohmann::json unknown = nlohmann::json::object();

  bool operator==(const Snapshot&) const = default;
};

// A snapshot that is part of a table: it never changes again, so that every later state of the
// table holds this very one, and with it the text that it has in metadata files of format
// version 2. A commit then costs what it adds, not what the table has gathered.
class TableSnapshot {
 public:
  // Not explicit: a snapshot is what this is. Without a text it is printed field by field.
  TableSnapshot(Snapshot snapshot,
                std::string json_text = {})  // NOLINT(google-explicit-constructor)
      : content_(
            std::make_shared<const Content>(Content{std::move(snapshot), std::move(json_text)})) {}

  operator const Snapshot&() const {  // NOLINT(google-explicit-constructor)
    return content_->snapshot;
  }

  const Snapshot* operator->() const { return &content_->snapshot; }

  const Snapshot& operator*() const { return content_->snapshot; }

  std::string_view json_text() const { return content_->json_text; }

  bool operator==(const TableSnapshot& other) const {
    return content_ == other.content_ || content_->snapshot == other.content_->snapshot;
  }

 private:
  struct Content {
    Snapshot snapshot;
    std::string json_text;
  };

  // shared: states of a table differ by one snapshot and have hundreds in common.
  std::shared_ptr<const Content> content_;
};

}  // namespace eider::iceberg
