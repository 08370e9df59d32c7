// What the loader does with rows that are in data files: commits them, and settles their files.

#include <algorithm>
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "eider/base/result.h"
#include "eider/base/uri.h"
#include "eider/commit/commit_loop.h"
#include "eider/iceberg/manifest.h"
#include "eider/iceberg/table_name.h"
#include "eider/pipeline/committed_share.h"
#include "eider/pipeline/load_append.h"
#include "eider/pipeline/loader.h"

namespace eider::pipeline {

Loader::Tally Loader::NewTally(PlannedFile file, PreparedParts parts) {
  auto tally = std::make_shared<FileTally>();  // shared: as RowsShare::file
  tally->file = std::move(file.file);
  tally->plan = std::move(file.plan);
  tally->errors.resize(parts.size());
  tally->parts = std::move(parts);
  return tally;
}

// Puts what waits for a commit into the lanes: in one step where the catalog can, else table by
// table. Rows come behind their rejects (PrepareRejects).
void Loader::AwaitCommits(Tally file) {
  Together waiting;
  std::vector<std::optional<std::size_t>> place(file->parts.size());  // of each part, in `waiting`
  for (std::size_t i = 0; i < file->parts.size(); ++i) {
    PreparedPart& part = file->parts[i];
    if (!part.written) continue;
    Written written = *std::exchange(part.written, std::nullopt);
    std::vector<RowsShare> shares{{file, i, part.plan.commit_token, part.record.counts}};
    place[i] = waiting.size();
    waiting.push_back({.table = part.plan.table(),
                       .table_uuid = std::move(written.table_uuid),
                       .data_files = std::move(written.data_files),
                       .shares = std::move(shares),
                       .evolution = std::move(written.evolution)});
  }
  file->waiting = static_cast<int>(waiting.size());
  // Of a piece without rows, too, whoever puts pieces together is to know.
  if (waiting.empty() && !options_.piece) return SettleAll({file});
  if (file->plan.is_fan_out()) {
    if (const Status planned = settler_.RecordParts(*file); !planned) {
      for (const WaitingRows& rows : waiting) RemoveRows(services_, rows);
      return settler_.Fail(*file, Annotate("cannot record the file's parts", planned.error()));
    }
  }
  if (options_.keep_record) return KeepRecord({file}, std::move(waiting));
  if (services_.catalog.commits_together()) return AddToLane(std::move(waiting));
  std::vector<bool> is_behind(waiting.size());
  for (std::size_t i = 0; i < file->parts.size(); ++i) {
    const auto rows_of = file->parts[i].rejects_of;
    if (!place[i] || !rows_of || !place[*rows_of]) continue;
    WaitingRows& rows = waiting[*place[*rows_of]];
    waiting[*place[i]].behind = std::make_unique<WaitingRows>(std::move(rows));
    is_behind[*place[*rows_of]] = true;
  }
  for (std::size_t i = 0; i < waiting.size(); ++i) {
    if (!is_behind[i]) AddToLane(std::move(waiting[i]));
  }
}

// What a record names is there, also after a loss of power.
void Loader::KeepRecord(std::vector<Tally> files, Together rows) {
  const PreparedRecord record{.program = options_.program,
                              .prepared_at = services_.clock.Now(),
                              .files = std::move(files),
                              .rows = std::move(rows),
                              .piece = options_.piece};
  const auto name = [&]() -> Result<std::string> {
    std::vector<Uri> data_files;
    for (const WaitingRows& one : record.rows) {
      for (const iceberg::DataFile& file : one.data_files) {
        EIDER_ASSIGN(Uri uri, Uri::Parse(file.file_path));
        data_files.push_back(std::move(uri));
      }
    }
    EIDER_CHECK(services_.store.Sync(data_files));
    return options_.keep_record(record);
  }();
  if (!name) {
    for (const WaitingRows& one : record.rows) RemoveRows(services_, one);
  }
  std::vector<FileTally*> tallies;
  for (const Tally& file : record.files) tallies.push_back(file.get());
  if (name) return settler_.SetAsidePrepared(tallies, *name, record.piece.has_value());
  for (FileTally* file : tallies) {
    settler_.Fail(*file, Annotate("cannot keep its prepared record", name.error()));
  }
}

void Loader::AddToLane(WaitingRows rows) {
  Together alone;
  alone.push_back(std::move(rows));
  AddToLane(std::move(alone));
}

void Loader::AddToLane(Together rows) {
  commit::TableSet tables;
  Milliseconds lag = Milliseconds::max();
  std::size_t files = 0;
  for (const WaitingRows& one : rows) {
    tables.insert(one.table);
    files = std::max(files, one.shares.size());
    const RowsShare& share = one.shares.front();
    lag = std::min(
        lag, share.file->parts[share.part].plan.route.commit_lag.value_or(options_.commit_lag));
  }
  const TimePoint due = services_.clock.Now() + lag;
  lanes_.Add(tables, std::move(rows), files, due);
}

void Loader::Commit(std::vector<Together> items) {
  std::map<iceberg::TableName, std::vector<WaitingRows*>> by_table;
  for (Together& item : items) {
    for (WaitingRows& rows : item) by_table[rows.table].push_back(&rows);
  }
  std::vector<std::unique_ptr<LoadAppend>> appends;
  std::vector<commit::TableWork*> work;
  for (auto& [table, rows] : by_table) {
    appends.push_back(std::make_unique<LoadAppend>(services_, std::move(rows)));
    work.push_back(appends.back().get());
  }
  StepTimes taken;
  const commit::Committed committed = [&] {
    const StepTimer timer(services_.clock, taken, Step::kCommit);
    return commit::CommitWork({services_.catalog, services_.clock, services_.random, services_.log},
                              work, RetryLimitsNow(), stop_);
  }();
  Tallies done;
  Tallies others;
  for (Together& item : items) {
    for (WaitingRows& rows : item) {
      TakeCommitted(rows, committed, taken, done, others);
    }
  }
  for (const auto& file : others) {
    const std::lock_guard lock(file->mutex);
    if (file->waiting > 0) settler_.RecordLatestParts(*file);
  }
  SettleAll(done);
}

// Whoever takes the last part of a file settles it.
void Loader::TakeCommitted(WaitingRows& rows, const commit::Committed& committed,
                           const StepTimes& taken, Tallies& done, Tallies& others) {
  if (rows.is_apart) return ReadApart(rows);
  for (const RowsShare& share : rows.shares) {
    FileTally& file = *share.file;
    const std::lock_guard lock(file.mutex);
    TakeShare(rows, share, committed, taken);
    others.insert(share.file);
    if (--file.waiting == 0) done.insert(share.file);
  }
  if (!rows.behind) return;
  if (rows.snapshot_id) return AddToLane(std::move(*rows.behind));
  RemoveRows(services_, *rows.behind);
  TakeCommitted(*rows.behind, {committed.status, 0}, StepTimes(), done, others);
}

// Files of a group some of which another load has brought in meanwhile: their data files cannot be
// taken apart, so that each is looked at by itself. So are files whose table has another schema by
// now than they were written for.
void Loader::ReadApart(const WaitingRows& rows) {
  std::vector<Group> apart;
  for (const RowsShare& share : rows.shares) {
    apart.emplace_back().push_back({std::move(share.file->file), std::move(share.file->plan), {}});
  }
  {
    const std::lock_guard lock(mutex_);
    unprepared_ += apart.size();
    lanes_.Expect(true);
  }
  const std::size_t files = apart.size();
  PutReady(std::move(apart));
  AddWorkers(files);
}

void Loader::SettleAll(const Tallies& done) {
  std::vector<FileTally*> files;
  for (const auto& file : done) files.push_back(file.get());
  if (!files.empty()) settler_.Settle(files);
}

RetryLimits Loader::RetryLimitsNow() const {
  RetryLimits limits = options_.retry;
  limits.total_timeout = ShareOfTimeLeft(1, limits.total_timeout);
  return limits;
}

}  // namespace eider::pipeline
