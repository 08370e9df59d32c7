// What a Scan of the ledger's table in DynamoDB is asked to leave out.
//
// Source: Amazon DynamoDB Developer Guide, "Filter expressions for the Scan operation".
#pragma once

#include "eider/codec/json.h"
#include "eider/ledger/load_history.h"

namespace eider::ledger {

// Fields of the request for the files of the filter, as far as DynamoDB can tell: Fits (history.h)
// looks at the rest.
codec::Json HistoryScan(const HistoryFilter& filter);

// The same for files that wait or are in work.
codec::Json OpenScan();

// The same for files with errands.
codec::Json ErrandsScan();

}  // namespace eider::ledger
