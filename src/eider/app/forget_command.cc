// `eider forget`: files that are loaded may be loaded again.
#include <limits>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "eider/app/commands.h"
#include "eider/app/history_text.h"
#include "eider/app/json_line.h"
#include "eider/app/ledger_commands.h"
#include "eider/app/time_text.h"
#include "eider/base/file_ref.h"
#include "eider/base/result.h"
#include "eider/base/uri.h"
#include "eider/ledger/ledger.h"

namespace eider::app {
namespace {

// Every version of the file that is known, or of those below a folder.
Result<std::vector<ledger::LoadRecord>> FindRecords(ledger::Ledger& ledger,
                                                    const std::vector<std::string>& uris) {
  std::vector<ledger::LoadRecord> found;
  for (const std::string& text : uris) {
    EIDER_ASSIGN(const Uri uri, Uri::Parse(text));
    const std::string whole = uri.ToString();
    EIDER_ASSIGN(auto records,
                 ledger.Query({.uri_prefix = whole, .limit = std::numeric_limits<int>::max()}));
    const std::size_t before = found.size();
    for (ledger::LoadRecord& record : records) {
      if (whole.ends_with('/') || record.file.uri == uri) found.push_back(std::move(record));
    }
    if (found.size() == before) {
      return Fail(Code::kInvalid, fmt::format("the ledger knows no file {}", whole));
    }
  }
  return found;
}

}  // namespace

Result<int> ForgetCommand(Session& session, const ForgetOptions& options) {
  EIDER_ASSIGN(ledger::Ledger* const ledger, session.program.Ledger());
  EIDER_ASSIGN(const auto records, FindRecords(*ledger, options.uris));
  if (!session.is_json) PrintHistory(session, records);
  if (!options.yes) {
    EIDER_ASSIGN(const bool is_meant,
                 Confirm(session.console, session.is_json,
                         fmt::format("Forget {}? Rows that they gave stay in their tables, and "
                                     "would be there twice once they are loaded again.",
                                     Counted(records.size(), "file"))));
    if (!is_meant) return kExitFailed;
  }
  std::vector<FileRef> files;
  for (const ledger::LoadRecord& record : records) files.push_back(record.file);
  EIDER_CHECK(ledger->Forget(files, fmt::format("forgotten by an operator on {}",
                                                IsoSeconds(session.program.clock().Now()))));
  if (session.is_json) {
    PrintJson(session.console, {{"summary", {{"forgotten", files.size()}}}});
  } else {
    session.console.out << fmt::format("forgot {}; what names them loads them again\n",
                                       Counted(files.size(), "file"));
  }
  return kExitDone;
}

}  // namespace eider::app
