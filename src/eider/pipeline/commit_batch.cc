// The commit loop: load, drop what is in already, prepare, commit, and on a lost race wait and
// repeat.
#include "eider/pipeline/commit_batch.h"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "eider/base/backoff.h"
#include "eider/base/clock.h"
#include "eider/base/result.h"
#include "eider/catalog/catalog.h"
#include "eider/iceberg/append.h"
#include "eider/iceberg/snapshot.h"
#include "eider/iceberg/table_change.h"
#include "eider/iceberg/table_metadata.h"
#include "eider/iceberg/table_name.h"
#include "eider/ledger/ledger.h"
#include "eider/pipeline/commit_tokens.h"

namespace eider::pipeline {
namespace {

void AddCounts(const std::vector<PartLoad*>& parts, iceberg::Summary& summary) {
  std::vector<ledger::RowCounts> counts;
  for (const PartLoad* part : parts) counts.push_back(part->counts);
  const ledger::RowCounts sum = ledger::Sum(counts);
  if (sum.read) summary[std::string(kRowsReadKey)] = std::to_string(*sum.read);
  if (sum.filtered) summary[std::string(kRowsFilteredKey)] = std::to_string(*sum.filtered);
  if (sum.rejected > 0) summary[std::string(kRowsRejectedKey)] = std::to_string(sum.rejected);
}

// What one commit does to one table, over all its attempts. The append is kept over the attempts,
// so that its manifest is reused, and made anew only when the set of parts shrinks.
class TableAppend {
 public:
  TableAppend(const Rooms& rooms, std::vector<PartLoad*> parts)
      : rooms_(rooms), parts_(std::move(parts)), table_(parts_.front()->table()) {}

  const iceberg::TableName& table() const { return table_; }

  bool is_done() const { return parts_.empty(); }

  // Finds out what is in the table already, by an attempt of ours or by somebody else.
  Status LookAt(const iceberg::TableMetadata& table);

  // Whether the table has moved on since the attempt whose outcome is unknown.
  bool HasMoved(const iceberg::TableMetadata& table) const {
    return table.current_snapshot_id != unknown_attempt_parent_;
  }

  Result<catalog::TableCommit> Prepare(const catalog::LoadedTable& base);

  // What follows an attempt.
  void TakeSnapshot();  // it is in
  void DiscardMergedManifest();
  void DiscardAttempt();  // it surely is not

  void NoteUnknown(const iceberg::TableMetadata& base) {
    unknown_attempt_parent_ = base.current_snapshot_id;
  }

  // Undoes everything written so far; only while no outcome is unknown.
  void DiscardAll();

 private:
  Status CheckSameTable(const iceberg::TableMetadata& table) const;
  void DropPartsAlreadyIn(const iceberg::TableMetadata& table);
  void StartAppend();
  void DiscardAppend();

  const Rooms& rooms_;
  std::vector<PartLoad*> parts_;  // not yet known to be in
  iceberg::TableName table_;
  std::unique_ptr<iceberg::Append> append_;
  std::optional<std::int64_t> unknown_attempt_parent_;  // main when the unknown attempt was made
};

Status TableAppend::LookAt(const iceberg::TableMetadata& table) {
  if (append_ && table.FindSnapshot(append_->snapshot_id()) != nullptr) {
    TakeSnapshot();
    return {};
  }
  EIDER_CHECK(CheckSameTable(table));
  DropPartsAlreadyIn(table);
  return {};
}

Status TableAppend::CheckSameTable(const iceberg::TableMetadata& table) const {
  for (const PartLoad* part : parts_) {
    if (part->table_uuid != table.table_uuid) {
      return Fail(
          Code::kInvalid,
          fmt::format("table {} was dropped and made again while its file was loaded: it was "
                      "{} and is {}; load the file again",
                      table_.ToString(), part->table_uuid, table.table_uuid));
    }
  }
  return {};
}

void TableAppend::DropPartsAlreadyIn(const iceberg::TableMetadata& table) {
  const std::size_t dropped = std::erase_if(parts_, [&](PartLoad* part) {
    const auto snapshot_id = FindToken(table, part->commit_token);
    if (!snapshot_id) return false;
    RemoveDataFiles(rooms_, *part);
    part->data_files.clear();
    part->snapshot_id = snapshot_id;
    part->was_in = true;
    return true;
  });
  if (dropped > 0) DiscardAppend();
}

Result<catalog::TableCommit> TableAppend::Prepare(const catalog::LoadedTable& base) {
  if (!append_) StartAppend();
  EIDER_ASSIGN(iceberg::TableChange change,
               append_->Prepare(*base.metadata, UnixMillis(rooms_.clock.Now())));
  return catalog::TableCommit{table_, base, std::move(change)};
}

void TableAppend::StartAppend() {
  iceberg::Append::Options options;
  std::vector<std::string> tokens;
  for (const PartLoad* part : parts_) {
    options.files.insert(options.files.end(), part->data_files.begin(), part->data_files.end());
    tokens.push_back(part->commit_token);
  }
  options.summary[std::string(kCommitTokensKey)] = JoinTokens(tokens);
  AddCounts(parts_, options.summary);
  append_ = std::make_unique<iceberg::Append>(rooms_.store, rooms_.random, std::move(options));
}

void TableAppend::DiscardAppend() {
  if (!append_) return;
  if (const Status discarded = append_->DiscardAll(); !discarded) {
    rooms_.log.warn("manifests of a commit on {} that was given up stay: {}", table_.ToString(),
                    discarded.error().message);
  }
  append_.reset();
}

void TableAppend::DiscardAttempt() {
  if (const Status discarded = append_->DiscardAttempt(); !discarded) {
    rooms_.log.warn("files of a lost attempt on {} stay: {}", table_.ToString(),
                    discarded.error().message);
  }
}

void TableAppend::DiscardAll() {
  if (is_done()) return;
  DiscardAppend();
  for (const PartLoad* part : parts_) RemoveDataFiles(rooms_, *part);
}

void TableAppend::TakeSnapshot() {
  for (PartLoad* part : parts_) part->snapshot_id = append_->snapshot_id();
  parts_.clear();
}

// Only when the last attempt is known to be the one that is in: another may refer to the manifest.
void TableAppend::DiscardMergedManifest() {
  if (const Status discarded = append_->DiscardMerged(); !discarded) {
    rooms_.log.warn("a manifest of {} that was merged stays: {}", table_.ToString(),
                    discarded.error().message);
  }
}

// Attempts of one commit to one table, or to several at once.
class CommitAttempts {
 public:
  CommitAttempts(const Rooms& rooms, const std::vector<PartLoad*>& parts);

  // One attempt. kConflict, kUnavailable, kOutcomeUnknown: another may succeed.
  Status Try();

  bool outcome_is_unknown() const { return outcome_is_unknown_; }

  void DiscardAll() {
    for (TableAppend& table : tables_) table.DiscardAll();
  }

 private:
  Status Commit(std::span<TableAppend* const> tables,
                std::span<const catalog::TableCommit> commits);

  const Rooms& rooms_;
  std::vector<TableAppend> tables_;
  bool outcome_is_unknown_ = false;
};

CommitAttempts::CommitAttempts(const Rooms& rooms, const std::vector<PartLoad*>& parts)
    : rooms_(rooms) {
  std::map<iceberg::TableName, std::vector<PartLoad*>> by_table;
  for (PartLoad* part : parts) by_table[part->table()].push_back(part);
  for (auto& [name, of_table] : by_table) tables_.emplace_back(rooms, std::move(of_table));
}

Status CommitAttempts::Try() {
  std::vector<TableAppend*> open;
  std::vector<catalog::LoadedTable> bases;
  bool has_moved = false;
  for (TableAppend& table : tables_) {
    if (table.is_done()) continue;
    EIDER_ASSIGN(catalog::LoadedTable base, rooms_.catalog.Load(table.table()));
    EIDER_CHECK(table.LookAt(*base.metadata));
    if (table.is_done()) continue;
    has_moved |= table.HasMoved(*base.metadata);
    open.push_back(&table);
    bases.push_back(std::move(base));
  }
  if (open.empty()) return {};
  // An unknown attempt can still arrive while every table stands where that attempt wanted it;
  // should it, the next attempt is a conflict and the look after that finds it. Once one of them
  // has moved it is lost.
  if (has_moved) outcome_is_unknown_ = false;
  std::vector<catalog::TableCommit> commits;
  for (std::size_t i = 0; i < open.size(); ++i) {
    EIDER_ASSIGN(commits.emplace_back(), open[i]->Prepare(bases[i]));
  }
  return Commit(open, commits);
}

Status CommitAttempts::Commit(std::span<TableAppend* const> tables,
                              std::span<const catalog::TableCommit> commits) {
  const auto committed = rooms_.catalog.CommitAll(commits);
  if (committed) {
    for (TableAppend* table : tables) {
      table->TakeSnapshot();
      table->DiscardMergedManifest();
    }
    return {};
  }
  if (committed.error().code == Code::kOutcomeUnknown) {
    outcome_is_unknown_ = true;
    for (std::size_t i = 0; i < tables.size(); ++i) {
      tables[i]->NoteUnknown(*commits[i].base.metadata);
    }
  } else if (!outcome_is_unknown_) {
    for (TableAppend* table : tables) table->DiscardAttempt();
  }
  return std::unexpected(committed.error());
}

bool AnotherAttemptMaySucceed(Code code) {
  return code == Code::kConflict || code == Code::kUnavailable || code == Code::kOutcomeUnknown;
}

std::string TableNames(const std::vector<PartLoad*>& parts) {
  std::set<std::string> names;
  for (const PartLoad* part : parts) names.insert(part->table().ToString());
  return fmt::format("{}", fmt::join(names, " and "));
}

}  // namespace

Status CommitBatch(const Rooms& rooms, const std::vector<PartLoad*>& parts,
                   const RetryLimits& limits) {
  const std::string tables = TableNames(parts);
  Backoff backoff(limits, rooms.clock, rooms.random);
  CommitAttempts attempts(rooms, parts);
  while (true) {
    const Status tried = attempts.Try();
    for (PartLoad* part : parts) part->commit_retries = backoff.retries();
    if (tried) return tried;
    const Error& error = tried.error();
    const auto wait = AnotherAttemptMaySucceed(error.code) ? backoff.NextWait() : std::nullopt;
    if (wait) {
      rooms.log.info("commit to {} is tried again in {} ms: {}", tables, wait->count(),
                     error.message);
      rooms.clock.SleepFor(*wait, std::stop_token());
      continue;
    }
    const std::string doing =
        fmt::format("cannot commit to table {} after {} retries", tables, backoff.retries());
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
