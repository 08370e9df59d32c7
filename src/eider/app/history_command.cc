// `eider history`: the ledger, newest first.
#include <algorithm>
#include <cctype>
#include <chrono>
#include <cstdint>
#include <optional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "eider/app/commands.h"
#include "eider/app/json_line.h"
#include "eider/app/outcome_line.h"
#include "eider/app/text_table.h"
#include "eider/app/time_text.h"
#include "eider/base/result.h"
#include "eider/codec/shortened_text.h"
#include "eider/ledger/ledger.h"

namespace eider::app {
namespace {

Result<std::optional<ledger::State>> ParseState(std::string text) {
  if (text.empty()) return std::nullopt;
  std::ranges::transform(text, text.begin(),
                         [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  if (const auto state = ledger::StateOf(text)) return state;
  return Fail(Code::kInvalid, fmt::format("--state is {}, not '{}'", ledger::StateNames(), text));
}

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
  line += fmt::format(", {} {}", part.rows, part.rows == 1 ? "row" : "rows");
  if (part.snapshot_id) line += fmt::format(", snapshot {}", *part.snapshot_id);
  return line + ", loaded";
}

}  // namespace

Result<int> HistoryCommand(Session& session, const HistoryOptions& options) {
  ledger::HistoryFilter filter;
  EIDER_ASSIGN(filter.state, ParseState(options.state));
  filter.uri_prefix = options.uri_prefix;
  filter.target_table = options.table;
  filter.limit = options.limit;
  EIDER_ASSIGN(ledger::Ledger* const ledger, session.program.Ledger());
  EIDER_ASSIGN(const std::vector<ledger::LoadRecord> records, ledger->Query(filter));
  Console& console = session.console;
  TextTable table({{"time (UTC)"},
                   {"state"},
                   {"rows", Align::kRight},
                   {"table"},
                   {"snapshot", Align::kRight},
                   {"file"}});
  for (const ledger::LoadRecord& record : records) {
    if (session.is_json) {
      PrintJson(console, JsonOf(record));
      continue;
    }
    const ledger::LoadResult& result = record.result;
    table.Add({TimeText(record.finished_at.value_or(record.claimed_at)),
               std::string(ledger::StateName(record.state)),
               record.state == ledger::State::kLoaded ? std::to_string(result.rows) : "-",
               result.target_table.empty() ? "-" : codec::ShortName(result.target_table),
               result.snapshot_id ? std::to_string(*result.snapshot_id) : "-",
               record.file.uri.ToString()},
              codec::ShortMessage(record.error));
    for (const ledger::PartRecord& part : result.parts) table.AddNote(LineOf(part));
  }
  if (session.is_json) return kExitDone;
  if (records.empty()) {
    console.out << "nothing in the load history fits\n";
  } else {
    console.out << table.ToString(console.columns);
    if (records.size() == static_cast<std::size_t>(options.limit)) {
      console.err << fmt::format("the newest {}; --limit N shows more\n", options.limit);
    }
  }
  return kExitDone;
}

}  // namespace eider::app
