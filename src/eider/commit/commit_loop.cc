// Attempts, one after the other, until the work is in or given up.
#include "eider/commit/commit_loop.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
#include <optional>
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
#include "eider/iceberg/table_metadata.h"

namespace eider::commit {
namespace {

// The attempts of one commit.
class Attempts {
 public:
  Attempts(const Uses& uses, std::span<TableWork* const> work) : uses_(uses), work_(work) {}

  // One attempt. kConflict, kUnavailable, kOutcomeUnknown: another may succeed.
  Status Try();

  bool outcome_is_unknown() const { return outcome_is_unknown_; }

 private:
  using Bases = std::vector<catalog::LoadedTable>;

  std::vector<TableWork*> Open() const;
  std::optional<Bases> KnownBases() const;
  Result<Bases> LoadBases() const;
  Status TryOn(const Bases& bases);
  bool HasMoved(const TableWork& work, const iceberg::TableMetadata& table) const;
  Status Commit(std::span<TableWork* const> work, std::span<const catalog::TableCommit> commits);

  const Uses& uses_;
  std::span<TableWork* const> work_;
  bool is_first_ = true;
  bool outcome_is_unknown_ = false;
  // The snapshot of main that an attempt of unknown outcome was made on; nothing: of none.
  std::map<iceberg::TableName, std::optional<std::int64_t>> bases_of_unknown_;
};

// What the process knows of the tables is enough for the first attempt, as only the swap of the
// catalog decides. If that was too old, it counts for nothing.
Status Attempts::Try() {
  const auto known = std::exchange(is_first_, false) ? KnownBases() : std::nullopt;
  if (!known) {
    EIDER_ASSIGN(const Bases bases, LoadBases());
    return TryOn(bases);
  }
  const Status tried = TryOn(*known);
  if (tried || tried.error().code == Code::kOutcomeUnknown) return tried;
  const auto bases = LoadBases();
  const auto location = &catalog::LoadedTable::metadata_location;
  if (!bases || std::ranges::equal(*known, *bases, {}, location, location)) return tried;
  return TryOn(*bases);
}

std::vector<TableWork*> Attempts::Open() const {
  std::vector<TableWork*> open;
  std::ranges::copy_if(work_, std::back_inserter(open),
                       [](const TableWork* work) { return !work->is_done(); });
  return open;
}

std::optional<Attempts::Bases> Attempts::KnownBases() const {
  Bases bases;
  for (const TableWork* work : Open()) {
    auto known = uses_.catalog.Known(work->table());
    if (!known) return std::nullopt;
    bases.push_back(*std::move(known));
  }
  return bases;
}

Result<Attempts::Bases> Attempts::LoadBases() const {
  Bases bases;
  for (const TableWork* work : Open()) {
    EIDER_ASSIGN(catalog::LoadedTable base, uses_.catalog.Load(work->table()));
    bases.push_back(std::move(base));
  }
  return bases;
}

// `bases`: of the work that is open, in its order.
Status Attempts::TryOn(const Bases& bases) {
  std::vector<TableWork*> open;
  std::vector<catalog::TableCommit> commits;
  bool has_moved = false;
  for (auto base = bases.begin(); TableWork * work : Open()) {
    const catalog::LoadedTable& state = *base++;
    EIDER_CHECK(work->LookAt(*state.metadata));
    if (work->is_done()) continue;
    has_moved |= HasMoved(*work, *state.metadata);
    open.push_back(work);
    commits.push_back({work->table(), state, {}});
  }
  if (open.empty()) return {};
  // An unknown attempt can still arrive while every table stands where that attempt wanted it;
  // should it, the next attempt is a conflict and the look after that finds it. Once one of them
  // has moved it is lost.
  if (has_moved) outcome_is_unknown_ = false;
  for (std::size_t i = 0; i < open.size(); ++i) {
    EIDER_ASSIGN(commits[i].change, open[i]->Prepare(*commits[i].base.metadata));
  }
  return Commit(open, commits);
}

// Whether the table has moved on since the attempt whose outcome is unknown.
bool Attempts::HasMoved(const TableWork& work, const iceberg::TableMetadata& table) const {
  const auto base = bases_of_unknown_.find(work.table());
  return base != bases_of_unknown_.end() && table.current_snapshot_id != base->second;
}

Status Attempts::Commit(std::span<TableWork* const> work,
                        std::span<const catalog::TableCommit> commits) {
  const auto committed = uses_.catalog.CommitAll(commits);
  if (committed) {
    for (TableWork* done : work) done->Taken();
    return {};
  }
  if (committed.error().code == Code::kOutcomeUnknown) {
    outcome_is_unknown_ = true;
    for (const catalog::TableCommit& commit : commits) {
      bases_of_unknown_[commit.table] = commit.base.metadata->current_snapshot_id;
    }
  } else if (!outcome_is_unknown_) {
    for (TableWork* lost : work) lost->DiscardAttempt();
  }
  return std::unexpected(committed.error());
}

bool AnotherAttemptMaySucceed(Code code) {
  return code == Code::kConflict || code == Code::kUnavailable || code == Code::kOutcomeUnknown;
}

// How long until the next attempt; nothing: there is none.
class Waits {
 public:
  Waits(const Uses& uses, const RetryLimits& limits, const std::stop_token& stop)
      : backoff_(limits, uses.clock, uses.random), stop_(stop) {}

  std::optional<Milliseconds> Next(Code code) {
    if (!AnotherAttemptMaySucceed(code)) return std::nullopt;
    const auto wait = backoff_.NextWait();
    if (!wait || !stop_.stop_requested()) return wait;
    if (after_stop_++ == kRepeatsAfterStop) return std::nullopt;
    return Milliseconds(0);
  }

  int retries() const { return backoff_.retries(); }

 private:
  Backoff backoff_;
  const std::stop_token& stop_;
  int after_stop_ = 0;
};

std::string TableNames(std::span<TableWork* const> work) {
  std::vector<std::string> names;
  for (const TableWork* one : work) names.push_back(one->table().ToString());
  return fmt::format("{}", fmt::join(names, " and "));
}

}  // namespace

Committed CommitWork(const Uses& uses, std::span<TableWork* const> work, const RetryLimits& limits,
                     const std::stop_token& stop) {
  const std::string tables = TableNames(work);
  Waits waits(uses, limits, stop);
  Attempts attempts(uses, work);
  while (true) {
    const Status tried = attempts.Try();
    if (tried) return {tried, waits.retries()};
    const Error& error = tried.error();
    if (const auto wait = waits.Next(error.code)) {
      uses.log.info("commit to {} is tried again in {} ms: {}", tables, wait->count(),
                    error.message);
      uses.clock.SleepFor(*wait, stop);
      continue;
    }
    const std::string doing =
        fmt::format("cannot commit to table {} after {} retries", tables, waits.retries());
    if (attempts.outcome_is_unknown()) {
      return {Fail(Code::kOutcomeUnknown,
                   fmt::format("{}: {}; the rows may be in, the next run looks for them first",
                               doing, error.message)),
              waits.retries()};
    }
    for (TableWork* lost : work) {
      if (!lost->is_done()) lost->DiscardAll();
    }
    return {Fail(doing, error), waits.retries()};
  }
}

}  // namespace eider::commit
