// What became of a file, as a line for machines.
#pragma once

#include <cstdint>
#include <string>

#include "eider/app/json_line.h"
#include "eider/ledger/load_history.h"
#include "eider/pipeline/outcome.h"

namespace eider::app {

// "9 rows would be written: 10 read, 1 filtered", without what is not known.
std::string CountsText(std::int64_t rows, const ledger::RowCounts& counts);

// file, state, route, table, rows with their counts, snapshot_id, error, code with its place,
// milliseconds, steps and, where there are any, parts, left_out and note; null for what is not
// known.
JsonLine OutcomeLine(const pipeline::Outcome& outcome);

}  // namespace eider::app
