// The files that options of `eider history` and `eider redrive` name.
#pragma once

#include "eider/app/ledger_commands.h"
#include "eider/base/clock.h"
#include "eider/base/result.h"
#include "eider/ledger/load_history.h"

namespace eider::app {

// Errors: kInvalid (a state or time that is none).
Result<ledger::HistoryFilter> FilterOf(const HistoryOptions& options, TimePoint now);

}  // namespace eider::app
