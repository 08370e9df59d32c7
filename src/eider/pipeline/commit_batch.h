// One commit of parts of several files to their table, over all its attempts.
//
// A commit has three outcomes: committed, conflict, unknown. After an unknown one the table is
// loaded and looked at before anything else, and nothing is deleted while the outcome is unknown.
#pragma once

#include <vector>

#include "eider/base/backoff.h"
#include "eider/base/result.h"
#include "eider/pipeline/file_load.h"
#include "eider/pipeline/load_files.h"

namespace eider::pipeline {

// Commits the data files of `parts` (each has some) in one snapshot of their table and sets each
// part's snapshot id. Parts of several tables, where the catalog commits them together, are in all
// at once. A part whose token somebody else committed meanwhile gets that snapshot, and its own
// files are removed. On an error no part is in that has no snapshot id, and the files of those are
// removed; except for kOutcomeUnknown, where they may be in and everything is kept.
Status CommitBatch(const Rooms& rooms, const std::vector<PartLoad*>& parts,
                   const RetryLimits& limits);

}  // namespace eider::pipeline
