// Rows that go to tables of rejects: those that a query sets aside, and those whose value has no
// route.
#pragma once

#include <cstdint>
#include <stop_token>

#include "eider/base/result.h"
#include "eider/engine/sql_engine.h"
#include "eider/iceberg/schema.h"
#include "eider/ledger/ledger.h"
#include "eider/pipeline/file_phases.h"
#include "eider/pipeline/services.h"

namespace eider::pipeline {

// One more part of a file: the rows that `ran`, the query of another part, has set aside. It is
// committed before that part is: whoever finds the part's token in the target table knows that its
// rejects are in theirs. Errors: those of the catalog and of SqlEngine::RunRejects, kOutcomeUnknown
// (an earlier load broke off, and its proof has expired).
Result<PreparedPart> PrepareRejects(const Services& services, const ledger::Claim& claim,
                                    const PlannedPart& of_part, const engine::PartQuery& ran,
                                    std::uint64_t rows, const std::stop_token& stop);

// Where the built-in route for values without a route reads into a table that an earlier program
// made, with fewer columns: the query of those.
void FitRejects(const iceberg::Schema& table, engine::Query& query);

}  // namespace eider::pipeline
