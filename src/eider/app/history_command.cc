// `eider history`: the ledger, newest first.
#include <algorithm>
#include <array>
#include <cctype>
#include <chrono>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "eider/app/commands.h"
#include "eider/app/json_line.h"
#include "eider/app/text_table.h"
#include "eider/base/clock.h"
#include "eider/base/result.h"
#include "eider/ledger/ledger.h"

namespace eider::app {
namespace {

Result<std::optional<ledger::State>> ParseState(std::string text) {
  if (text.empty()) return std::nullopt;
  std::ranges::transform(text, text.begin(),
                         [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  constexpr std::array kStates = {ledger::State::kClaimed, ledger::State::kLoaded,
                                  ledger::State::kFailed};
  for (const ledger::State state : kStates) {
    if (text == ledger::StateName(state)) return state;
  }
  return Fail(Code::kInvalid, fmt::format("--state is CLAIMED, LOADED or FAILED, not '{}'", text));
}

std::string TimeText(TimePoint time) {
  return fmt::format("{:%F %T}", std::chrono::floor<std::chrono::seconds>(time));
}

std::string IsoTime(TimePoint time) {
  return fmt::format("{:%FT%T}.{:03}Z", std::chrono::floor<std::chrono::seconds>(time),
                     UnixMillis(time) % 1000);
}

JsonLine JsonOf(const ledger::LoadRecord& record) {
  const auto text_or_null = [](const std::string& text) {
    return text.empty() ? JsonLine(nullptr) : JsonLine(text);
  };
  return {{"file", record.file.uri.ToString()},
          {"state", ledger::StateName(record.state)},
          {"route", text_or_null(record.result.route)},
          {"table", text_or_null(record.result.target_table)},
          {"rows", record.result.rows},
          {"snapshot_id",
           record.result.snapshot_id ? JsonLine(*record.result.snapshot_id) : JsonLine(nullptr)},
          {"error", text_or_null(record.error)},
          {"attempts", record.attempts},
          {"size_bytes", record.file.size_bytes},
          {"etag", text_or_null(record.file.etag)},
          {"version_id", text_or_null(record.file.version_id)},
          {"commit_token", record.commit_token},
          {"owner", text_or_null(record.owner)},
          {"first_seen", IsoTime(record.first_seen)},
          {"claimed_at", IsoTime(record.claimed_at)},
          {"finished_at",
           record.finished_at ? JsonLine(IsoTime(*record.finished_at)) : JsonLine(nullptr)}};
}

}  // namespace

Result<int> HistoryCommand(Session& session, const HistoryOptions& options) {
  ledger::HistoryFilter filter;
  EIDER_ASSIGN(filter.state, ParseState(options.state));
  filter.uri_prefix = options.uri_prefix;
  filter.target_table = options.table;
  filter.limit = options.limit;
  EIDER_ASSIGN(ledger::Ledger* const ledger, session.rooms.Ledger());
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
               result.target_table.empty() ? "-" : result.target_table,
               result.snapshot_id ? std::to_string(*result.snapshot_id) : "-",
               record.file.uri.ToString()},
              record.error);
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
