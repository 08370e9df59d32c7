#include "eider/iceberg/snapshot_json.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "eider/base/result.h"
#include "eider/codec/json.h"
#include "eider/iceberg/json_cursor.h"

namespace eider::iceberg {
namespace {

constexpr std::string_view kOperation = "operation";

Status ReadSummary(JsonCursor& cursor, Snapshot& snapshot) {
  return cursor.Members([&](std::string key) -> Status {
    EIDER_ASSIGN(std::string value, cursor.String());
    if (key == kOperation) {
      snapshot.operation = std::move(value);
    } else {
      // Most writers sort the keys.
      snapshot.summary.insert_or_assign(snapshot.summary.end(), std::move(key), std::move(value));
    }
    return {};
  });
}

Status ReadUnknown(JsonCursor& cursor, std::string key, Snapshot& snapshot) {
  EIDER_ASSIGN(const std::string_view text, cursor.Skip());
  Result<codec::Json> value = codec::ParseJson(text);
  if (!value) return Fail("", std::move(value).error());
  snapshot.unknown[std::move(key)] = *std::move(value);
  return {};
}

// What a snapshot cannot be without, filled while its members are read.
struct Required {
  bool snapshot_id = false;
  bool timestamp_ms = false;
};

bool IsKnown(std::string_view key) {
  return key == "snapshot-id" || key == "parent-snapshot-id" || key == "sequence-number" ||
         key == "timestamp-ms" || key == "manifest-list" || key == "summary" ||
         key == "schema-id" || key == "first-row-id" || key == "added-rows";
}

Status ReadMember(JsonCursor& cursor, std::string key, Snapshot& snapshot, Required& seen) {
  if (!IsKnown(key)) return ReadUnknown(cursor, std::move(key), snapshot);
  if (cursor.TakeNull()) return {};  // null is absent
  if (key == "summary") return ReadSummary(cursor, snapshot);
  if (key == "manifest-list") {
    EIDER_ASSIGN(snapshot.manifest_list, cursor.String());
    return {};
  }
  EIDER_ASSIGN(const std::int64_t value, cursor.Int64());
  if (key == "snapshot-id") {
    snapshot.snapshot_id = value;
    seen.snapshot_id = true;
  } else if (key == "parent-snapshot-id") {
    snapshot.parent_snapshot_id = value;
  } else if (key == "sequence-number") {
    snapshot.sequence_number = value;
  } else if (key == "timestamp-ms") {
    snapshot.timestamp_ms = value;
    seen.timestamp_ms = true;
  } else if (key == "first-row-id") {
    snapshot.first_row_id = value;
  } else if (key == "added-rows") {
    snapshot.added_rows = value;
  } else if (std::in_range<int>(value)) {
    snapshot.schema_id = static_cast<int>(value);
  } else {
    return Fail(Code::kCorrupt, fmt::format(" must be an integer of 32 bits, but is {}", value));
  }
  return {};
}

Result<Snapshot> ReadSnapshot(JsonCursor& cursor) {
  Snapshot snapshot;
  Required seen;
  EIDER_CHECK(cursor.Members(
      [&](std::string key) { return ReadMember(cursor, std::move(key), snapshot, seen); }));
  if (!seen.snapshot_id) return Fail(Code::kCorrupt, ".snapshot-id is missing");
  if (!seen.timestamp_ms) return Fail(Code::kCorrupt, ".timestamp-ms is missing");
  // Old writers of format version 1 listed the manifests in the snapshot itself.
  if (snapshot.manifest_list.empty() && !snapshot.unknown.contains("manifests")) {
    return Fail(Code::kCorrupt, ".manifest-list is missing");
  }
  return snapshot;
}

void AppendString(std::string& out, std::string_view text) {
  const auto plain = [](char c) { return c >= 0x20 && c < 0x7F && c != '"' && c != '\\'; };
  if (std::ranges::all_of(text, plain)) {
    out.append(1, '"').append(text).append(1, '"');
  } else {
    out += codec::ToJsonText(codec::Json(text));
  }
}

void AppendMember(std::string& out, std::string_view key, std::string_view value) {
  AppendString(out, key);
  out += ':';
  AppendString(out, value);
}

void AppendMember(std::string& out, std::string_view key, std::int64_t value) {
  AppendString(out, key);
  out += ':';
  out += fmt::format_int(value).str();
}

void AppendSummary(std::string& out, const Snapshot& snapshot) {
  out += ",\"summary\":{";
  bool first = true;
  const auto member = [&](std::string_view key, std::string_view value) {
    if (!std::exchange(first, false)) out += ',';
    AppendMember(out, key, value);
  };
  if (!snapshot.operation.empty()) member(kOperation, snapshot.operation);
  for (const auto& [key, value] : snapshot.summary) {
    if (key != kOperation) member(key, value);
  }
  out += '}';
}

}  // namespace

Result<std::vector<TableSnapshot>> ReadSnapshots(JsonCursor& cursor, int format_version) {
  std::vector<TableSnapshot> snapshots;
  EIDER_CHECK(cursor.Elements([&]() -> Status {
    const std::size_t start = cursor.offset();
    EIDER_ASSIGN(Snapshot snapshot, ReadSnapshot(cursor));
    if (format_version == 1) {
      snapshot.sequence_number = 0;
      snapshots.emplace_back(std::move(snapshot));
    } else {
      const std::string_view text = cursor.TextSince(start);
      snapshots.emplace_back(std::move(snapshot), std::string(text.substr(text.find('{'))));
    }
    return {};
  }));
  return snapshots;
}

std::string SnapshotToJsonText(const Snapshot& snapshot, int format_version) {
  std::string out = "{";
  AppendMember(out, "snapshot-id", snapshot.snapshot_id);
  const auto number = [&](std::string_view key, std::int64_t value) {
    out += ',';
    AppendMember(out, key, value);
  };
  if (snapshot.parent_snapshot_id) number("parent-snapshot-id", *snapshot.parent_snapshot_id);
  if (format_version > 1) number("sequence-number", snapshot.sequence_number);
  number("timestamp-ms", snapshot.timestamp_ms);
  if (!snapshot.manifest_list.empty()) {
    out += ',';
    AppendMember(out, "manifest-list", snapshot.manifest_list);
  }
  if (!snapshot.operation.empty() || !snapshot.summary.empty()) AppendSummary(out, snapshot);
  if (snapshot.schema_id) number("schema-id", *snapshot.schema_id);
  if (snapshot.first_row_id) number("first-row-id", *snapshot.first_row_id);
  if (snapshot.added_rows) number("added-rows", *snapshot.added_rows);
  for (const auto& [key, value] : snapshot.unknown.items()) {
    out += ',';
    AppendString(out, key);
    out += ':';
    out += codec::ToJsonText(value);
  }
  out += '}';
  return out;
}

void AppendSnapshotsJson(const std::vector<TableSnapshot>& snapshots, int format_version,
                         std::string& out) {
  std::size_t size = 2;
  for (const TableSnapshot& snapshot : snapshots) size += snapshot.json_text().size() + 1;
  out.reserve(out.size() + size);
  out += '[';
  bool first = true;
  for (const TableSnapshot& snapshot : snapshots) {
    if (!std::exchange(first, false)) out += ',';
    if (format_version == 1 || snapshot.json_text().empty()) {
      out += SnapshotToJsonText(snapshot, format_version);
    } else {
      out += snapshot.json_text();
    }
  }
  out += ']';
}

}  // namespace eider::iceberg
