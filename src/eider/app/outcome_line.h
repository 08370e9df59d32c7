// What became of a file, as a line for machines.
#pragma once

#include <string_view>

#include "eider/app/json_line.h"
#include "eider/pipeline/load_files.h"

namespace eider::app {

std::string_view FateName(pipeline::Fate fate);  // "LOADED", "SKIPPED", "FAILED", "HELD"

// file, state, route, table, rows, snapshot_id, error, code, milliseconds and, where there are any,
// parts and note; null for what is not known.
JsonLine OutcomeLine(const pipeline::Outcome& outcome);

}  // namespace eider::app
