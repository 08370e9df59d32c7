// The commit loop: load, drop what is in already, prepare, commit, and on a lost race wait and
// repeat.
#include "eider/pipeline/commit_batch.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "eider/base/backoff.h"
#include "eider/base/clock.h"
#include "eider/base/result.h"
#include "eider/catalog/catalog.h"
#include "eider/iceberg/append.h"
#include "eider/iceberg/table_change.h"
#include "eider/iceberg/table_metadata.h"
#include "eider/pipeline/commit_tokens.h"

namespace eider::pipeline {
namespace {

// Attempts of one commit. The append is kept over the attempts, so that its manifest is reused, and
// made anew only when the set of loads shrinks.
class CommitAttempts {
 public:
  CommitAttempts(const Rooms& rooms, std::vector<FileLoad*> loads)
      : rooms_(rooms), loads_(std::move(loads)), table_(loads_.front()->table) {}

  // One attempt. kConflict, kUnavailable, kOutcomeUnknown: another may succeed.
  Status Try();

  bool outcome_is_unknown() const { return outcome_is_unknown_; }

  // Undoes everything written so far; only while the outcome is not unknown.
  void DiscardAll();

 private:
  Status CheckSameTable(const iceberg::TableMetadata& table) const;
  void DropLoadsAlreadyIn(const iceberg::TableMetadata& table);
  Status CommitOnTopOf(const catalog::LoadedTable& base);
  void StartAppend();
  void DiscardAppend();
  void TakeSnapshot();  // the append is in
  void DiscardMergedManifest();

  const Rooms& rooms_;
  std::vector<FileLoad*> loads_;  // not yet known to be in
  iceberg::TableName table_;
  std::unique_ptr<iceberg::Append> append_;
  bool outcome_is_unknown_ = false;
  std::optional<std::int64_t> unknown_attempt_parent_;  // main when the unknown attempt was made
};

Status CommitAttempts::Try() {
  EIDER_ASSIGN(const catalog::LoadedTable base, rooms_.catalog.Load(table_));
  if (append_ && base.metadata->FindSnapshot(append_->snapshot_id()) != nullptr) {
    TakeSnapshot();
    return {};
  }
  // An unknown attempt can still arrive while main stands where that attempt wanted it; should it,
  // the next attempt is a conflict and the look after that finds it. Once main has moved it is
  // lost.
  if (base.metadata->current_snapshot_id != unknown_attempt_parent_) outcome_is_unknown_ = false;
  EIDER_CHECK(CheckSameTable(*base.metadata));
  DropLoadsAlreadyIn(*base.metadata);
  if (loads_.empty()) return {};
  return CommitOnTopOf(base);
}

Status CommitAttempts::CheckSameTable(const iceberg::TableMetadata& table) const {
  for (const FileLoad* load : loads_) {
    if (load->table_uuid != table.table_uuid) {
      return Fail(
          Code::kInvalid,
          fmt::format("table {} was dropped and made again while its file was loaded: it was "
                      "{} and is {}; load the file again",
                      table_.ToString(), load->table_uuid, table.table_uuid));
    }
  }
  return {};
}

void CommitAttempts::DropLoadsAlreadyIn(const iceberg::TableMetadata& table) {
  const std::size_t dropped = std::erase_if(loads_, [&](FileLoad* load) {
    const auto snapshot_id = FindToken(table, load->claim.commit_token);
    if (!snapshot_id) return false;
    RemoveDataFiles(rooms_, *load);
    load->data_files.clear();
    load->result.snapshot_id = snapshot_id;
    load->rows_are_in = true;
    return true;
  });
  if (dropped > 0) DiscardAppend();
}

Status CommitAttempts::CommitOnTopOf(const catalog::LoadedTable& base) {
  if (!append_) StartAppend();
  EIDER_ASSIGN(const iceberg::TableChange change,
               append_->Prepare(*base.metadata, UnixMillis(rooms_.clock.Now())));
  const auto committed = rooms_.catalog.Commit(table_, base, change);
  if (committed) {
    TakeSnapshot();
    DiscardMergedManifest();
    return {};
  }
  if (committed.error().code == Code::kOutcomeUnknown) {
    outcome_is_unknown_ = true;
    unknown_attempt_parent_ = base.metadata->current_snapshot_id;
  } else if (!outcome_is_unknown_) {
    if (const Status discarded = append_->DiscardAttempt(); !discarded) {
      rooms_.log.warn("files of a lost attempt on {} stay: {}", table_.ToString(),
                      discarded.error().message);
    }
  }
  return std::unexpected(committed.error());
}

void CommitAttempts::StartAppend() {
  iceberg::Append::Options options;
  std::vector<std::string> tokens;
  for (const FileLoad* load : loads_) {
    options.files.insert(options.files.end(), load->data_files.begin(), load->data_files.end());
    tokens.push_back(load->claim.commit_token);
  }
  options.summary[std::string(kCommitTokensKey)] = JoinTokens(tokens);
  append_ = std::make_unique<iceberg::Append>(rooms_.store, rooms_.random, std::move(options));
}

void CommitAttempts::DiscardAppend() {
  if (!append_) return;
  if (const Status discarded = append_->DiscardAll(); !discarded) {
    rooms_.log.warn("manifests of a commit on {} that was given up stay: {}", table_.ToString(),
                    discarded.error().message);
  }
  append_.reset();
}

void CommitAttempts::DiscardAll() {
  DiscardAppend();
  for (const FileLoad* load : loads_) RemoveDataFiles(rooms_, *load);
}

void CommitAttempts::TakeSnapshot() {
  for (FileLoad* load : loads_) load->result.snapshot_id = append_->snapshot_id();
}

// Only when the last attempt is known to be the one that is in: another may refer to the manifest.
void CommitAttempts::DiscardMergedManifest() {
  if (const Status discarded = append_->DiscardMerged(); !discarded) {
    rooms_.log.warn("a manifest of {} that was merged stays: {}", table_.ToString(),
                    discarded.error().message);
  }
}

bool AnotherAttemptMaySucceed(Code code) {
  return code == Code::kConflict || code == Code::kUnavailable || code == Code::kOutcomeUnknown;
}

}  // namespace

Status CommitBatch(const Rooms& rooms, std::vector<FileLoad*> loads, const RetryLimits& limits) {
  const std::vector<FileLoad*> all = loads;
  const std::string table = loads.front()->table.ToString();
  Backoff backoff(limits, rooms.clock, rooms.random);
  CommitAttempts attempts(rooms, std::move(loads));
  while (true) {
    const Status tried = attempts.Try();
    for (FileLoad* load : all) load->commit_retries = backoff.retries();
    if (tried) return tried;
    const Error& error = tried.error();
    const auto wait = AnotherAttemptMaySucceed(error.code) ? backoff.NextWait() : std::nullopt;
    if (wait) {
      rooms.log.info("commit to {} is tried again in {} ms: {}", table, wait->count(),
                     error.message);
      rooms.clock.SleepFor(*wait, std::stop_token());
      continue;
    }
    const std::string doing =
        fmt::format("cannot commit to table {} after {} retries", table, backoff.retries());
    if (attempts.outcome_is_unknown()) {
      return Fail(Code::kOutcomeUnknown,
                  fmt::format("{}: {}; the rows may be in, the next run looks for them first",
                              doing, error.message));
    }
    attempts.DiscardAll();
    return Fail(doing, error);
  }
}

}  // namespace eider::pipeline
