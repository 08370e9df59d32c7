#include "eider/app/history_text.h"

#include <cstdint>
#include <ostream>
#include <span>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "eider/app/json_line.h"
#include "eider/app/text_table.h"
#include "eider/app/time_text.h"
#include "eider/codec/shortened_text.h"
#include "eider/ledger/record_json.h"

namespace eider::app {
namespace {

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
    if (!record.afterwards.empty()) table.AddNote(record.afterwards);
  }
  console.out << table.ToString(console.columns);
}

}  // namespace

std::string HistoryLine(const ledger::LoadRecord& record) {
  return codec::JsonLineText(ledger::RecordJson(record));
}

void PrintHistory(Session& session, std::span<const ledger::LoadRecord> records) {
  if (!session.is_json) return PrintForPeople(session.console, records);
  for (const ledger::LoadRecord& record : records)
    PrintJson(session.console, ledger::RecordJson(record));
}

}  // namespace eider::app
