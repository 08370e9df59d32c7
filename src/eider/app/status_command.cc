// `eider status`: the ledger in numbers.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "eider/app/commands.h"
#include "eider/app/json_line.h"
#include "eider/app/ledger_commands.h"
#include "eider/app/text_table.h"
#include "eider/base/clock.h"
#include "eider/base/iso_time.h"
#include "eider/base/result.h"
#include "eider/codec/shortened_text.h"
#include "eider/ledger/ledger.h"

namespace eider::app {
namespace {

using ledger::HistoryCount;
using ledger::State;

constexpr std::chrono::minutes kLately{5};

// What a route does with a table.
struct Numbers {
  std::map<State, std::int64_t> files;
  std::optional<TimePoint> oldest;  // of those that wait or are in work
  std::optional<TimePoint> last_loaded;
  std::int64_t rows = 0;
  std::int64_t lately_files = 0;  // loaded in the last minutes
  std::int64_t lately_rows = 0;
};

using Key = std::pair<std::string, std::string>;  // route, table

void AddAll(const std::vector<HistoryCount>& counts, std::map<Key, Numbers>& all) {
  for (const HistoryCount& count : counts) {
    Numbers& numbers = all[{count.route, count.target_table}];
    numbers.files[count.state] += count.files;
    if (count.state == State::kLoaded) {
      numbers.rows += count.rows;
      numbers.last_loaded = count.newest;
    } else if (count.state == State::kWaiting || count.state == State::kClaimed) {
      numbers.oldest = std::min(numbers.oldest.value_or(count.oldest), count.oldest);
    }
  }
}

Numbers Sum(const std::map<Key, Numbers>& all) {
  Numbers sum;
  for (const auto& [key, one] : all) {
    for (const auto& [state, files] : one.files) sum.files[state] += files;
    sum.rows += one.rows;
    sum.lately_files += one.lately_files;
    sum.lately_rows += one.lately_rows;
    if (one.oldest) sum.oldest = std::min(sum.oldest.value_or(*one.oldest), *one.oldest);
    if (one.last_loaded) {
      sum.last_loaded = std::max(sum.last_loaded.value_or(*one.last_loaded), *one.last_loaded);
    }
  }
  return sum;
}

std::int64_t FilesIn(const Numbers& numbers, State state) {
  const auto place = numbers.files.find(state);
  return place == numbers.files.end() ? 0 : place->second;
}

JsonLine TimeOrNull(std::optional<TimePoint> time) {
  return time ? JsonLine(IsoMillis(*time)) : JsonLine(nullptr);
}

JsonLine JsonOf(const Numbers& numbers) {
  JsonLine line = {{"waiting", FilesIn(numbers, State::kWaiting)},
                   {"in_work", FilesIn(numbers, State::kClaimed)},
                   {"loaded", FilesIn(numbers, State::kLoaded)},
                   {"failed", FilesIn(numbers, State::kFailed)},
                   {"held", FilesIn(numbers, State::kHeld)},
                   {"skipped", FilesIn(numbers, State::kSkipped)},
                   {"rows", numbers.rows},
                   {"oldest_open", TimeOrNull(numbers.oldest)},
                   {"last_loaded", TimeOrNull(numbers.last_loaded)},
                   {"loaded_in_5_minutes", numbers.lately_files},
                   {"rows_in_5_minutes", numbers.lately_rows}};
  return line;
}

std::string Age(std::optional<TimePoint> time, TimePoint now) {
  if (!time) return "-";
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now - *time).count();
  if (seconds < 120) return fmt::format("{} s", seconds);
  if (seconds < 7'200) return fmt::format("{} min", seconds / 60);
  return fmt::format("{} h", seconds / 3'600);
}

std::string Name(const std::string& text) {
  return text.empty() ? "-" : codec::ShortName(text);
}

void AddRow(TextTable& table, const Key& key, const Numbers& numbers, TimePoint now) {
  table.Add({Name(key.first), Name(key.second), std::to_string(FilesIn(numbers, State::kWaiting)),
             std::to_string(FilesIn(numbers, State::kClaimed)), Age(numbers.oldest, now),
             std::to_string(FilesIn(numbers, State::kLoaded)),
             std::to_string(FilesIn(numbers, State::kFailed)),
             std::to_string(FilesIn(numbers, State::kHeld)), std::to_string(numbers.lately_files),
             Age(numbers.last_loaded, now)});
}

}  // namespace

Result<int> StatusCommand(Session& session) {
  const TimePoint now = session.program.clock().Now();
  EIDER_ASSIGN(ledger::Ledger* const ledger, session.program.Ledger());
  EIDER_ASSIGN(const auto counts, ledger->Count({}));
  EIDER_ASSIGN(const auto lately, ledger->Count({.state = State::kLoaded, .since = now - kLately}));
  std::map<Key, Numbers> all;
  AddAll(counts, all);
  for (const HistoryCount& count : lately) {
    Numbers& numbers = all[{count.route, count.target_table}];
    numbers.lately_files = count.files;
    numbers.lately_rows = count.rows;
  }
  const Numbers sum = Sum(all);
  Console& console = session.console;
  if (session.is_json) {
    for (const auto& [key, numbers] : all) {
      JsonLine line = {{"route", key.first.empty() ? JsonLine(nullptr) : JsonLine(key.first)},
                       {"table", key.second.empty() ? JsonLine(nullptr) : JsonLine(key.second)}};
      line.update(JsonOf(numbers));
      PrintJson(console, line);
    }
    PrintJson(console, {{"summary", JsonOf(sum)}});
    return kExitDone;
  }
  if (all.empty()) {
    console.out << "the ledger knows no file yet\n";
    return kExitDone;
  }
  TextTable table({{"route"},
                   {"table"},
                   {"waiting", Align::kRight},
                   {"in work", Align::kRight},
                   {"oldest", Align::kRight},
                   {"loaded", Align::kRight},
                   {"failed", Align::kRight},
                   {"held", Align::kRight},
                   {"in 5 min", Align::kRight},
                   {"last", Align::kRight}});
  for (const auto& [key, numbers] : all) AddRow(table, key, numbers, now);
  if (all.size() > 1) AddRow(table, {"all", ""}, sum, now);
  console.out << table.ToString(console.columns);
  return kExitDone;
}

}  // namespace eider::app
