#include "eider/iceberg/table_log_json.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "eider/base/result.h"
#include "eider/codec/json.h"
#include "eider/iceberg/json_cursor.h"
#include "eider/iceberg/table_metadata.h"

namespace eider::iceberg {
namespace {

constexpr std::string_view kTimestamp = "timestamp-ms";
constexpr std::string_view kSnapshotId = "snapshot-id";
constexpr std::string_view kMetadataFile = "metadata-file";

// Reads one entry: its time and its other member, by `read_value()`. What else it has is passed.
template <typename Entry, typename ReadValue>
Result<Entry> ReadEntry(JsonCursor& cursor, std::string_view value_key,
                        const ReadValue& read_value) {
  Entry entry;
  bool has_time = false;
  bool has_value = false;
  EIDER_CHECK(cursor.Members([&](const std::string& key) -> Status {
    if (key != kTimestamp && key != value_key) {
      EIDER_ASSIGN(const std::string_view text, cursor.Skip());
      Result<codec::Json> value = codec::ParseJson(text);
      if (!value) return Fail("", std::move(value).error());
      return {};
    }
    if (cursor.TakeNull()) return {};  // null is absent
    if (key == kTimestamp) {
      EIDER_ASSIGN(entry.timestamp_ms, cursor.Int64());
      has_time = true;
      return {};
    }
    has_value = true;
    return read_value(entry);
  }));
  if (!has_time) return Fail(Code::kCorrupt, fmt::format(".{} is missing", kTimestamp));
  if (!has_value) return Fail(Code::kCorrupt, fmt::format(".{} is missing", value_key));
  return entry;
}

void AppendNumber(std::string& out, std::int64_t number) {
  const fmt::format_int digits(number);
  out.append(digits.data(), digits.size());
}

}  // namespace

Result<std::vector<SnapshotLogEntry>> ReadSnapshotLog(JsonCursor& cursor) {
  std::vector<SnapshotLogEntry> log;
  EIDER_CHECK(cursor.Elements([&]() -> Status {
    EIDER_ASSIGN(
        log.emplace_back(),
        ReadEntry<SnapshotLogEntry>(cursor, kSnapshotId, [&](SnapshotLogEntry& entry) -> Status {
          EIDER_ASSIGN(entry.snapshot_id, cursor.Int64());
          return {};
        }));
    return {};
  }));
  return log;
}

Result<std::vector<MetadataLogEntry>> ReadMetadataLog(JsonCursor& cursor) {
  std::vector<MetadataLogEntry> log;
  EIDER_CHECK(cursor.Elements([&]() -> Status {
    EIDER_ASSIGN(
        log.emplace_back(),
        ReadEntry<MetadataLogEntry>(cursor, kMetadataFile, [&](MetadataLogEntry& entry) -> Status {
          EIDER_ASSIGN(entry.metadata_file, cursor.String());
          return {};
        }));
    return {};
  }));
  return log;
}

void AppendSnapshotLogJson(const std::vector<SnapshotLogEntry>& log, std::string& out) {
  out += '[';
  bool first = true;
  for (const SnapshotLogEntry& entry : log) {
    out += std::exchange(first, false) ? "{\"snapshot-id\":" : ",{\"snapshot-id\":";
    AppendNumber(out, entry.snapshot_id);
    out += ",\"timestamp-ms\":";
    AppendNumber(out, entry.timestamp_ms);
    out += '}';
  }
  out += ']';
}

void AppendMetadataLogJson(const std::vector<MetadataLogEntry>& log, std::string& out) {
  out += '[';
  bool first = true;
  for (const MetadataLogEntry& entry : log) {
    out += std::exchange(first, false) ? "{\"metadata-file\":" : ",{\"metadata-file\":";
    out += codec::ToJsonText(codec::Json(entry.metadata_file));
    out += ",\"timestamp-ms\":";
    AppendNumber(out, entry.timestamp_ms);
    out += '}';
  }
  out += ']';
}

}  // namespace eider::iceberg
