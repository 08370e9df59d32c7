// What the ledger knows of a file, for machines: in docs/formats.md.
#pragma once

#include "eider/base/result.h"
#include "eider/codec/json_line.h"
#include "eider/ledger/load_history.h"

namespace eider::ledger {

// rows_read, rows_filtered, rows_rejected; null for what is not known.
void AddCounts(codec::JsonLine& line, const RowCounts& counts);

// line, column, value; null for what is not known.
void AddPlace(codec::JsonLine& line, const FilePlace& place);

// route, values, table, loaded, rows with their counts, snapshot_id.
codec::JsonLine PartJson(const PartRecord& part);

// All of it; null for what is not known.
codec::JsonLine RecordJson(const LoadRecord& record);

}  // namespace eider::ledger
