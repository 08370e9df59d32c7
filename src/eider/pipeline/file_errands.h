// What is left to do for a file when it ends: into its row of the ledger first, then to whoever
// does it.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "eider/base/file_ref.h"
#include "eider/base/result.h"
#include "eider/ledger/ledger.h"
#include "eider/pipeline/file_phases.h"
#include "eider/pipeline/services.h"
#include "eider/routes/route.h"

namespace eider::pipeline {

// What is to be done with the object of a file that is LOADED, or FAILED by this error: what all
// routes of its parts say. Nothing where they say different things, and where another attempt may
// load a file that failed.
std::optional<routes::AfterLoad> ObjectErrandOf(std::span<const routes::Route* const> routes,
                                                const Error* failure);

// Why a file is not loaded that lies where one of its own routes moves or copies files to: it would
// be moved again, and its rows be there twice.
std::optional<Skipped> SkipMovedHere(const Services& services, const Plan& plan,
                                     const FileRef& file);

// The result of a claim that ends now, with the errands of its file.
ledger::LoadResult WithErrands(const Services& services, const ledger::Claim& claim,
                               ledger::LoadResult result,
                               const std::optional<routes::AfterLoad>& object);

// The row of a file whose claim has ended so.
ledger::LoadRecord EndedRecord(const Services& services, const ledger::Claim& claim,
                               ledger::State state, ledger::LoadResult result);

// Files whose end the ledger has. Those without errands are left out.
void HandOnErrands(const Services& services, std::vector<ledger::LoadRecord> ended);

}  // namespace eider::pipeline
