#include "eider/pipeline/committed_share.h"

#include "eider/pipeline/file_tally.h"

namespace eider::pipeline {

void TakeShare(const WaitingRows& rows, const RowsShare& share, const commit::Committed& committed,
               const StepTimes& taken) {
  FileTally& file = *share.file;
  file.commit_retries += committed.retries;
  file.file.steps.Add(taken);
  if (rows.snapshot_id) {
    file.parts[share.part].record.is_loaded = true;
    file.parts[share.part].record.snapshot_id = rows.snapshot_id;
  } else {
    file.errors[share.part] = rows.refused ? *rows.refused : committed.status.error();
  }
}

}  // namespace eider::pipeline
