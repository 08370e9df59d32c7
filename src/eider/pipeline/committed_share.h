// What a commit gave to one file of the rows that waited for it.
#pragma once

#include "eider/commit/commit_loop.h"
#include "eider/pipeline/load_append.h"
#include "eider/pipeline/step_times.h"

namespace eider::pipeline {

// Notes it in the file's tally: the snapshot that has its rows, or why they are not in. Needs the
// tally's lock where other parts of the file wait, too.
void TakeShare(const WaitingRows& rows, const RowsShare& share, const commit::Committed& committed,
               const StepTimes& taken);

}  // namespace eider::pipeline
