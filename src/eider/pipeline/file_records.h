// What the ledger keeps of a file and its parts, as far as they have come.
#pragma once

#include <string>
#include <vector>

#include "eider/ledger/load_history.h"
#include "eider/pipeline/file_phases.h"

namespace eider::pipeline {

// Of a part that has not run.
ledger::PartRecord RecordOf(const PlannedPart& part);

// All of a file's parts; those of earlier claims come first.
std::vector<ledger::PartRecord> RecordsOf(const Plan& plan);
std::vector<ledger::PartRecord> RecordsOf(const Plan& plan, const PreparedParts& parts);

// The whole file. `records`: all of its parts.
ledger::LoadResult ResultOf(const Plan& plan, std::vector<ledger::PartRecord> records);

// What tells whether the SQL that reads the file has changed: the hash of its route's, or of those
// of all its routes.
std::string SqlHashOf(const Plan& plan);

}  // namespace eider::pipeline
