#include "eider/app/history_text.h"

#include <cstdint>
#include <optional>
#include <ostream>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "eider/app/json_line.h"
#include "eider/app/outcome_line.h"
#include "eider/app/text_table.h"
#include "eider/app/time_text.h"
#include "eider/codec/shortened_text.h"

namespace eider::app {
namespace {

JsonLine TextOrNull(const std::string& text) {
  return text.empty() ? JsonLine(nullptr) : JsonLine(text);
}

JsonLine NumberOrNull(std::optional<std::int64_t> number) {
  return number ? JsonLine(*number) : JsonLine(nullptr);
}

// A route that nobody numbered has the version 0.
JsonLine VersionOrNull(std::int64_t version) {
  return version == 0 ? JsonLine(nullptr) : JsonLine(version);
}

JsonLine JsonOf(const std::vector<ledger::PartRecord>& parts) {
  JsonLine lines = JsonLine::array();
  for (const ledger::PartRecord& part : parts) {
    JsonLine line = PartLine(part);
    line["commit_token"] = part.commit_token;
    line["route_version"] = VersionOrNull(part.route_version);
    line["sql_hash"] = TextOrNull(part.sql_hash);
    lines.push_back(std::move(line));
  }
  return lines;
}

JsonLine JsonOf(const ledger::LoadRecord& record) {
  JsonLine line = {{"file", record.file.uri.ToString()},
                   {"state", ledger::StateName(record.state)},
                   {"route", TextOrNull(record.result.route)},
                   {"route_version", VersionOrNull(record.result.route_version)},
                   {"sql_hash", TextOrNull(record.result.sql_hash)},
                   {"table", TextOrNull(record.result.target_table)},
                   {"rows", record.result.rows},
                   {"snapshot_id", NumberOrNull(record.result.snapshot_id)},
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
  return line;
}

// "part orders -> bronze.orders, 9 rows, snapshot 77, loaded".
std::string LineOf(const ledger::PartRecord& part) {
  std::string line = fmt::format("part {} -> {}", codec::ShortName(part.route),
                                 codec::ShortName(part.target_table));
  if (!part.is_loaded) return line + ", missing";
  line += ", " + Counted(part.rows, "row");
  if (part.snapshot_id) line += fmt::format(", snapshot {}", *part.snapshot_id);
  return line + ", loaded";
}

void PrintForPeople(Console& console, std::span<const ledger::LoadRecord> records) {
  TextTable table({{"time (UTC)"},
                   {"state"},
                   {"rows", Align::kRight},
                   {"table"},
                   {"snapshot", Align::kRight},
                   {"file"}});
  for (const ledger::LoadRecord& record : records) {
    const ledger::LoadResult& result = record.result;
    table.Add({TimeText(ledger::ChangedAt(record)), std::string(ledger::StateName(record.state)),
               record.state == ledger::State::kLoaded ? std::to_string(result.rows) : "-",
               result.target_table.empty() ? "-" : codec::ShortName(result.target_table),
               result.snapshot_id ? std::to_string(*result.snapshot_id) : "-",
               record.file.uri.ToString()},
              codec::ShortMessage(record.error));
    for (const ledger::PartRecord& part : result.parts) table.AddNote(LineOf(part));
  }
  console.out << table.ToString(console.columns);
}

}  // namespace

std::string HistoryLine(const ledger::LoadRecord& record) {
  return JsonLineText(JsonOf(record));
}

void PrintHistory(Session& session, std::span<const ledger::LoadRecord> records) {
  if (!session.is_json) return PrintForPeople(session.console, records);
  for (const ledger::LoadRecord& record : records) PrintJson(session.console, JsonOf(record));
}

}  // namespace eider::app
