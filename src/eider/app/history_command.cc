// `eider history`: the ledger, newest first.
#include <cstddef>
#include <ostream>
#include <vector>

#include <fmt/format.h>

#include "eider/app/commands.h"
#include "eider/app/history_filter.h"
#include "eider/app/history_sql.h"
#include "eider/app/history_text.h"
#include "eider/app/ledger_commands.h"
#include "eider/base/result.h"
#include "eider/ledger/ledger.h"

namespace eider::app {

Result<int> HistoryCommand(Session& session, const HistoryOptions& options) {
  if (!options.sql.empty()) return AskHistory(session, options);
  EIDER_ASSIGN(const ledger::HistoryFilter filter,
               FilterOf(options, session.program.clock().Now()));
  EIDER_ASSIGN(ledger::Ledger* const ledger, session.program.Ledger());
  EIDER_ASSIGN(const std::vector<ledger::LoadRecord> records, ledger->Query(filter));
  if (records.empty() && !session.is_json) {
    session.console.out << "nothing in the load history fits\n";
    return kExitDone;
  }
  PrintHistory(session, records);
  if (!session.is_json && records.size() == static_cast<std::size_t>(options.limit)) {
    session.console.err << fmt::format(
        "{} files; --limit N shows more, --skip {} those before them\n", options.limit,
        options.skip + options.limit);
  }
  return kExitDone;
}

}  // namespace eider::app
