// Records of the ledger, for people and for machines.
#pragma once

#include <span>
#include <string>

#include "eider/app/commands.h"
#include "eider/ledger/load_history.h"

namespace eider::app {

// What --json prints of a record, without the end of the line.
std::string HistoryLine(const ledger::LoadRecord& record);

// A row each, with error and parts below it; or, with --json, a line each.
void PrintHistory(Session& session, std::span<const ledger::LoadRecord> records);

}  // namespace eider::app
