// Requirements checked and updates applied, as a REST catalog would do it on its side.
#include "eider/iceberg/table_change.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/format.h>

#include "eider/base/result.h"
#include "eider/iceberg/snapshot_json.h"
#include "eider/iceberg/table_metadata.h"

namespace eider::iceberg {
namespace {

constexpr std::string_view kPreviousVersionsMax = "write.metadata.previous-versions-max";
constexpr std::int64_t kPreviousVersionsMaxDefault = 100;

std::optional<std::int64_t> RefSnapshotId(const TableMetadata& metadata, const std::string& ref) {
  const auto found = metadata.refs.find(ref);
  if (found == metadata.refs.end()) return {};
  return found->second.snapshot_id;
}

std::string Shown(std::optional<std::int64_t> snapshot_id) {
  return snapshot_id ? fmt::format("snapshot {}", *snapshot_id) : std::string("no snapshot");
}

std::string LowerCase(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return text;
}

Status Check(const TableMetadata& base, const AssertTableUuid& requirement) {
  if (LowerCase(base.table_uuid) == LowerCase(requirement.uuid)) return {};
  return Fail(Code::kConflict,
              fmt::format("another table has taken this one's name; expected UUID {}, found {}",
                          requirement.uuid, base.table_uuid));
}

Status Check(const TableMetadata& base, const AssertRefSnapshotId& requirement) {
  const std::optional<std::int64_t> found = RefSnapshotId(base, requirement.ref);
  if (found == requirement.snapshot_id) return {};
  return Fail(Code::kConflict,
              fmt::format("branch or tag '{}' has moved on; expected {}, found {}", requirement.ref,
                          Shown(requirement.snapshot_id), Shown(found)));
}

Status Check(const TableMetadata& base, const AssertCurrentSchemaId& requirement) {
  if (base.current_schema_id == requirement.schema_id) return {};
  return Fail(Code::kConflict,
              fmt::format("the table's schema has changed; expected schema id {}, found {}",
                          requirement.schema_id, base.current_schema_id));
}

Status Check(const TableMetadata& base, const AssertLastAssignedFieldId& requirement) {
  if (base.last_column_id == requirement.field_id) return {};
  return Fail(Code::kConflict,
              fmt::format("the table has got other columns; expected last field id {}, found {}",
                          requirement.field_id, base.last_column_id));
}

bool HasSchema(const TableMetadata& table, int schema_id) {
  return std::ranges::count(table.schemas, schema_id, &Schema::schema_id) > 0;
}

Status CheckNewSnapshot(const TableMetadata& table, const Snapshot& snapshot) {
  const std::int64_t id = snapshot.snapshot_id;
  const auto refuse = [&](std::string_view why) {
    return Fail(Code::kInvalid, fmt::format("cannot add snapshot {}: {}", id, why));
  };
  if (table.FindSnapshot(id) != nullptr) return refuse("the table has a snapshot of this id");
  if (snapshot.manifest_list.empty()) return refuse("it has no manifest list");
  if (snapshot.operation.empty()) return refuse("its summary has no operation");
  if (!snapshot.schema_id) return refuse("it has no schema id");
  if (!HasSchema(table, *snapshot.schema_id)) {
    return refuse(fmt::format("the table has no schema of its schema id {}", *snapshot.schema_id));
  }
  if (table.format_version == 1 && snapshot.sequence_number != 0) {
    return refuse(fmt::format("format version 1 has no sequence numbers, it has {}",
                              snapshot.sequence_number));
  }
  if (table.format_version > 1 && snapshot.sequence_number <= table.last_sequence_number) {
    return refuse(fmt::format("its sequence number {} is not above the table's last {}",
                              snapshot.sequence_number, table.last_sequence_number));
  }
  if (table.format_version < 3) return {};
  if (!snapshot.first_row_id || !snapshot.added_rows || *snapshot.added_rows < 0) {
    return refuse("it has no row ids (first-row-id, added-rows)");
  }
  if (*snapshot.first_row_id < table.next_row_id) {
    return refuse(fmt::format("its rows begin with id {}, and the table's next is {}",
                              *snapshot.first_row_id, table.next_row_id));
  }
  return {};
}

Status Apply(TableMetadata& table, const AddSchema& update) {
  if (HasSchema(table, update.schema.schema_id)) {
    return Fail(Code::kInvalid, fmt::format("cannot add schema {}: the table has one of this id",
                                            update.schema.schema_id));
  }
  table.schemas.push_back(update.schema);
  table.last_column_id = std::max(table.last_column_id, update.last_column_id);
  return {};
}

Status Apply(TableMetadata& table, const SetCurrentSchema& update) {
  if (!HasSchema(table, update.schema_id)) {
    return Fail(Code::kInvalid, fmt::format("cannot set schema {}: the table has none of this id",
                                            update.schema_id));
  }
  table.current_schema_id = update.schema_id;
  return {};
}

Status Apply(TableMetadata& table, const AddSnapshot& update) {
  EIDER_CHECK(CheckNewSnapshot(table, update.snapshot));
  Snapshot snapshot = update.snapshot;
  snapshot.timestamp_ms = NextTimestampMs(table, snapshot.timestamp_ms);
  table.last_updated_ms = snapshot.timestamp_ms;
  table.last_sequence_number = snapshot.sequence_number;
  if (table.format_version > 2) table.next_row_id = *snapshot.first_row_id + *snapshot.added_rows;
  // Printed here, once, and not with every commit that comes after.
  std::string text = SnapshotToJsonText(snapshot, 2);
  table.snapshots.emplace_back(std::move(snapshot), std::move(text));
  return {};
}

Status Apply(TableMetadata& table, const SetSnapshotRef& update) {
  const SnapshotRef& target = update.target;
  const bool is_main = update.ref == kMainBranch;
  if (target.type != "branch" && (is_main || target.type != "tag")) {
    return Fail(Code::kInvalid, fmt::format("cannot set ref '{}': a ref is a branch or a tag, and "
                                            "main a branch, not '{}'",
                                            update.ref, target.type));
  }
  if (table.FindSnapshot(target.snapshot_id) == nullptr) {
    return Fail(Code::kInvalid, fmt::format("cannot set ref '{}': the table has no snapshot {}",
                                            update.ref, target.snapshot_id));
  }
  table.refs[update.ref] = target;
  if (is_main && table.current_snapshot_id != target.snapshot_id) {
    table.current_snapshot_id = target.snapshot_id;
    table.snapshot_log.push_back({table.last_updated_ms, target.snapshot_id});
  }
  return {};
}

Status Apply(TableMetadata& table, const UpgradeFormatVersion& update) {
  const int version = update.format_version;
  if (version < table.format_version || version > kFormatVersionMax) {
    return Fail(Code::kInvalid, fmt::format("cannot change format version {} to {}",
                                            table.format_version, version));
  }
  if (table.table_uuid.empty()) {
    return Fail(Code::kInvalid, "cannot change the format version of a table without a UUID");
  }
  table.format_version = version;
  return {};
}

void LogMetadataFile(const TableMetadata& base, const std::string& location, TableMetadata& next) {
  std::vector<MetadataLogEntry>& log = next.metadata_log;
  log.push_back({base.last_updated_ms, location});
  const std::int64_t kept = std::max<std::int64_t>(
      1, next.PropertyAsInt(kPreviousVersionsMax, kPreviousVersionsMaxDefault));
  if (std::ssize(log) > kept) log.erase(log.begin(), log.end() - kept);
}

}  // namespace

SetSnapshotRef MoveBranch(const TableMetadata& base, const std::string& branch,
                          std::int64_t snapshot_id) {
  SnapshotRef target{.snapshot_id = snapshot_id, .type = "branch"};
  if (const auto found = base.refs.find(branch); found != base.refs.end()) {
    target.unknown = found->second.unknown;
  }
  return {branch, std::move(target)};
}

std::int64_t NextTimestampMs(const TableMetadata& base, std::int64_t now_ms) {
  std::int64_t latest = std::max(now_ms, base.last_updated_ms);
  if (!base.snapshot_log.empty()) latest = std::max(latest, base.snapshot_log.back().timestamp_ms);
  if (!base.metadata_log.empty()) latest = std::max(latest, base.metadata_log.back().timestamp_ms);
  return latest;
}

Result<TableMetadata> ApplyChange(const TableMetadata& base, const TableChange& change,
                                  const ChangeContext& context) {
  for (const TableRequirement& requirement : change.requirements) {
    EIDER_CHECK(std::visit([&](const auto& each) { return Check(base, each); }, requirement));
  }
  TableMetadata next = base;
  next.last_updated_ms = NextTimestampMs(base, context.now_ms);
  for (const TableUpdate& update : change.updates) {
    EIDER_CHECK(std::visit([&](const auto& each) { return Apply(next, each); }, update));
  }
  LogMetadataFile(base, context.base_metadata_location, next);
  return next;
}

std::vector<std::string> ExpiredMetadataFiles(const TableMetadata& base,
                                              const TableMetadata& next) {
  std::set<std::string_view> kept;
  for (const MetadataLogEntry& entry : next.metadata_log) kept.insert(entry.metadata_file);
  std::vector<std::string> expired;
  for (const MetadataLogEntry& entry : base.metadata_log) {
    if (!kept.contains(entry.metadata_file)) expired.push_back(entry.metadata_file);
  }
  return expired;
}

}  // namespace eider::iceberg
