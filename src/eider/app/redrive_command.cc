// `eider redrive`: files that failed, once more.
#include <limits>
#include <ostream>
#include <vector>

#include <fmt/format.h>

#include "eider/app/commands.h"
#include "eider/app/history_filter.h"
#include "eider/app/history_text.h"
#include "eider/app/json_line.h"
#include "eider/app/ledger_commands.h"
#include "eider/base/result.h"
#include "eider/ledger/ledger.h"
#include "eider/source/command_line.h"

namespace eider::app {
namespace {

void TellNumber(Session& session, std::size_t files, const char* key, const char* text) {
  if (session.is_json) {
    PrintJson(session.console, {{"summary", {{key, files}}}});
  } else {
    session.console.out << fmt::format("{} {}\n", Counted(files, "file"), text);
  }
}

}  // namespace

Result<int> RedriveCommand(Session& session, const RedriveOptions& options) {
  EIDER_ASSIGN(ledger::HistoryFilter filter,
               FilterOf(options.files, session.program.clock().Now()));
  filter.state = ledger::State::kFailed;
  filter.limit = std::numeric_limits<int>::max();
  EIDER_ASSIGN(ledger::Ledger* const ledger, session.program.Ledger());
  EIDER_ASSIGN(const std::vector<ledger::LoadRecord> records, ledger->Query(filter));
  if (records.empty()) {
    TellNumber(session, 0, "redriven", "failed and fit");
    return kExitDone;
  }
  if (options.dry_run) {
    PrintHistory(session, records);
    TellNumber(session, records.size(), "would_redrive", "would be loaded again");
    return kExitDone;
  }
  RunOptions run;
  for (const ledger::LoadRecord& record : records) run.files.push_back(record.file);
  source::AddPresentVersions(run.files, session.program.store());
  if (!options.announce) return RunCommand(session, run);
  EIDER_CHECK(ledger->Announce(run.files));
  TellNumber(session, run.files.size(), "announced", "wait for a worker (eider serve)");
  return kExitDone;
}

}  // namespace eider::app
