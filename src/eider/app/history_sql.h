// `eider history --sql`: a question in SQL over the ledger.
#pragma once

#include "eider/app/commands.h"
#include "eider/app/ledger_commands.h"
#include "eider/base/result.h"

namespace eider::app {

// The ledger's records that the options leave are the table `history`, in a file of this process
// alone that is gone afterwards. Errors: those of LoadHistory::ListByUri and
// engine::AnswerQuestion; kInvalid (an option), kUnavailable (the file).
Result<int> AskHistory(Session& session, const HistoryOptions& options);

}  // namespace eider::app
