#include "eider/ledger/record_json.h"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "eider/base/iso_time.h"
#include "eider/codec/shortened_text.h"

namespace eider::ledger {

using codec::JsonLine;

namespace {

JsonLine TextOrNull(const std::string& text) {
  return text.empty() ? JsonLine(nullptr) : JsonLine(text);
}

JsonLine IdOrNull(std::optional<std::int64_t> number) {
  return number ? JsonLine(*number) : JsonLine(nullptr);
}

// A route that nobody numbered has the version 0.
JsonLine VersionOrNull(std::int64_t version) {
  return version == 0 ? JsonLine(nullptr) : JsonLine(version);
}

JsonLine JsonOf(const std::vector<PartRecord>& parts) {
  JsonLine lines = JsonLine::array();
  for (const PartRecord& part : parts) {
    JsonLine line = PartJson(part);
    line["commit_token"] = part.commit_token;
    line["route_version"] = VersionOrNull(part.route_version);
    line["sql_hash"] = TextOrNull(part.sql_hash);
    lines.push_back(std::move(line));
  }
  return lines;
}

}  // namespace

void AddCounts(JsonLine& line, const RowCounts& counts) {
  const auto number_or_null = [](std::optional<std::int64_t> number) {
    return number ? JsonLine(*number) : JsonLine(nullptr);
  };
  line["rows_read"] = number_or_null(counts.read);
  line["rows_filtered"] = number_or_null(counts.filtered);
  line["rows_rejected"] = counts.rejected;
}

void AddPlace(JsonLine& line, const FilePlace& place) {
  const FilePlace shown = codec::ShortPlace(place);
  line["line"] = shown.line == 0 ? JsonLine(nullptr) : JsonLine(shown.line);
  line["column"] = shown.column.empty() ? JsonLine(nullptr) : JsonLine(shown.column);
  line["value"] = shown.value ? JsonLine(*shown.value) : JsonLine(nullptr);
}

JsonLine PartJson(const PartRecord& part) {
  JsonLine values = JsonLine::array();
  for (const auto& value : part.values) values.push_back(value ? JsonLine(*value) : JsonLine());
  JsonLine line = {
      {"route", part.route},
      {"values", std::move(values)},
      {"table", part.target_table},
      {"loaded", part.is_loaded},
      {"rows", part.rows},
      {"snapshot_id", part.snapshot_id ? JsonLine(*part.snapshot_id) : JsonLine(nullptr)}};
  AddCounts(line, part.counts);
  return line;
}

JsonLine RecordJson(const LoadRecord& record) {
  JsonLine line = {{"file", record.file.uri.ToString()},
                   {"state", StateName(record.state)},
                   {"route", TextOrNull(record.result.route)},
                   {"route_version", VersionOrNull(record.result.route_version)},
                   {"sql_hash", TextOrNull(record.result.sql_hash)},
                   {"table", TextOrNull(record.result.target_table)},
                   {"rows", record.result.rows},
                   {"snapshot_id", IdOrNull(record.result.snapshot_id)},
                   {"readers", TextOrNull(record.result.readers)},
                   {"parts", JsonOf(record.result.parts)},
                   {"error", TextOrNull(codec::ShortMessage(record.error))},
                   {"code", TextOrNull(record.error_code)},
                   {"attempts", record.attempts},
                   {"broken_off", record.broken_off},
                   {"size_bytes", record.file.size_bytes},
                   {"etag", TextOrNull(record.file.etag)},
                   {"version_id", TextOrNull(record.file.version_id)},
                   {"commit_token", record.commit_token},
                   {"owner", TextOrNull(record.owner)},
                   {"first_seen", IsoMillis(record.first_seen)},
                   {"claimed_at", IsoMillis(record.claimed_at)},
                   {"finished_at", record.finished_at ? JsonLine(IsoMillis(*record.finished_at))
                                                      : JsonLine(nullptr)}};
  AddCounts(line, record.result.counts);
  AddPlace(line, record.error_place);
  line["afterwards"] = TextOrNull(record.afterwards);
  return line;
}

}  // namespace eider::ledger
