// One commit of the files of several loads to one table, over all its attempts.
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

// Commits the data files of `loads` (same table, each with data files) in one snapshot and sets
// each load's snapshot id. A load whose token somebody else committed meanwhile gets that snapshot,
// and its own files are removed. On an error no load is in, and their files are removed; except for
// kOutcomeUnknown, where they may be in and everything is kept.
Status CommitBatch(const Rooms& rooms, std::vector<FileLoad*> loads, const RetryLimits& limits);

}  // namespace eider::pipeline
