// What the loader's workers do with files: plan them, read those together that may be, and hand
// their rows on.

#include <algorithm>
#include <climits>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <mutex>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "eider/base/in_parallel.h"
#include "eider/base/result.h"
#include "eider/pipeline/loader.h"
#include "eider/pipeline/prepare_group.h"

namespace eider::pipeline {
namespace {

// For an earlier file to make a table.
constexpr Milliseconds kTableWait{60'000};

// For the query over a group, and of it for each file and each MB: many times what it takes. If it
// hangs, it is on one of the files, and the others are loaded apart.
constexpr Milliseconds kGroupTime{1'000};
constexpr Milliseconds kGroupTimeOfFile{10};
constexpr Milliseconds kGroupTimeOfMegabyte{500};

// Files that are planned side by side.
constexpr std::size_t kPlannersMax = 8;

const routes::Route& RouteOf(const PlannedFile& file) {
  return file.plan.parts.front().route;
}

// What a reader crashed on for the first time, with what follows from it.
Error OfSuspect(const ledger::Claim& claim, Error error) {
  const bool is_known = claim.crash && claim.crash->message == error.message;
  if (error.code != Code::kReaderCrashed || is_known) return error;
  error.message +=
      "; it is not read again until its content, its route or the program changes, or until it is "
      "loaded with --force";
  return error;
}

}  // namespace

// Plans the files and sorts them into groups; other workers take those behind the first one.
void Loader::PrepareLot(Lot lot) {
  std::vector<std::optional<PlanEnd>> ends(lot.size());
  InParallel(lot.size(), kPlannersMax, [&](std::size_t i) {
    Claimed& file = lot[i];
    file.started = services_.clock.Now();
    if (stop_.stop_requested()) return;
    ends[i] = PlanSafely(file, lot.size() > 1 ? Opened::kWhenNeeded : Opened::kAtOnce);
  });
  std::vector<Group> groups;
  for (std::size_t i = 0; i < lot.size(); ++i) {
    const std::size_t place = lot[i].place;
    auto* const planned = ends[i] ? std::get_if<PlannedFile>(&*ends[i]) : nullptr;
    if (planned != nullptr) planned->plan.piece = options_.piece;
    if (planned != nullptr && !IsHandedOn(*planned)) {
      Sort(std::move(*planned), groups);
      continue;
    }
    if (planned == nullptr) SettleUnplanned(lot[i], ends[i]);
    in_work_.HasTables(place);
    NotePrepared(1);
  }
  if (groups.empty()) return;
  PutReady({std::make_move_iterator(groups.begin() + 1), std::make_move_iterator(groups.end())});
  PrepareGroup(std::move(groups.front()));
}

// Nothing: the stop came first.
void Loader::SettleUnplanned(Claimed& file, const std::optional<PlanEnd>& end) {
  if (!end) {
    settler_.GiveBack(file);
  } else if (const auto* failed = std::get_if<Failed>(&*end)) {
    settler_.Fail(file, failed->plan ? &*failed->plan : nullptr, failed->error);
  } else {
    settler_.Skip(file, std::get<Skipped>(*end));
  }
}

// Whether the file was handed on, or failed because it could not be: it has its outcome then.
bool Loader::IsHandedOn(PlannedFile& file) {
  if (!options_.hand_on) return false;
  const auto reason = options_.hand_on(file.file.claim, file.plan);
  if (reason && !*reason) return false;
  if (reason) {
    settler_.Hold(file, {.why = **reason});
  } else {
    settler_.Fail(file.file, &file.plan, reason.error());
  }
  return true;
}

// To the files of its route that are read together, or alone.
void Loader::Sort(PlannedFile file, std::vector<Group>& groups) const {
  if (MayShare(file)) {
    const auto group = std::ranges::find_if(groups, [&](const Group& one) {
      return MayShare(one.front()) && RouteOf(one.front()) == RouteOf(file) &&
             static_cast<int>(one.size()) < RouteOf(file).engine.group_files.value_or(INT_MAX);
    });
    if (group != groups.end()) return group->push_back(std::move(file));
  }
  groups.emplace_back().push_back(std::move(file));
}

// Until a worker takes them nobody waits for the tables that they make.
void Loader::PutReady(std::vector<Group> groups) {
  if (groups.empty()) return;
  for (const Group& group : groups) {
    for (const PlannedFile& file : group) in_work_.HasTables(file.file.place);
  }
  const std::lock_guard lock(mutex_);
  std::ranges::move(groups, std::back_inserter(ready_));
  changed_.notify_all();
}

// The files of a group are read together where they can be, the others apart. A table that is
// missing is made by the first of them.
void Loader::PrepareGroup(Group group) {
  for (const PlannedFile& file : group) {
    in_work_.Begin(file.file.place);
    TellTables(file.plan, MakingOf(file.file));
  }
  while (group.size() > 1 && !stop_.stop_requested()) {
    const auto table = LoadOrAwait(group.front());
    if (!table) break;
    if (!*table) {
      Group others(std::make_move_iterator(group.begin() + 1),
                   std::make_move_iterator(group.end()));
      std::vector<Group> behind;
      behind.push_back(std::move(others));
      PutReady(std::move(behind));
      return PrepareApart(std::move(group.front()));
    }
    for (const PlannedFile& file : group) in_work_.HasTables(file.file.place);
    if (PrepareTogether(group, **table) < 2) break;
  }
  if (group.empty()) return;
  std::vector<Group> others;
  for (std::size_t i = 1; i < group.size(); ++i)
    others.emplace_back().push_back(std::move(group[i]));
  PutReady(std::move(others));
  PrepareApart(std::move(group.front()));
}

// The table of a group, which an earlier file may be making just now. Nothing: it is for the file
// to make it.
Result<std::optional<catalog::LoadedTable>> Loader::LoadOrAwait(const PlannedFile& file) {
  const iceberg::TableName& name = RouteOf(file).target_table;
  auto table = LoadTable(services_, name);
  if (!table || *table) return table;
  in_work_.AwaitEarlier(file.file.place, name, ShareOfTimeLeft(2, kTableWait), stop_);
  return LoadTable(services_, name);
}

// A query that does not come back in time is left behind, to end when it can: its files go on
// apart.
Result<PreparedGroup> Loader::RunTogether(Group& group, const catalog::LoadedTable& table) {
  EIDER_ASSIGN(auto query, GroupQuery::Start(services_, group, table, stop_));
  auto prepared = query->Await(group, GroupTimeFor(group));
  if (!prepared && prepared.error().code == Code::kDeadlineExceeded) {
    const std::lock_guard lock(mutex_);
    left_behind_.push_back(std::move(query));
  }
  return prepared;
}

// Takes the files out of the group that one query could read; how many.
std::size_t Loader::PrepareTogether(Group& group, const catalog::LoadedTable& table) {
  CrashJournal* const journal = options_.journal;
  for (const PlannedFile& file : group) {
    if (journal != nullptr) journal->Begin(file.file.claim.file);
  }
  auto prepared = RunTogether(group, table);
  for (const PlannedFile& file : group) {
    if (journal != nullptr) journal->End(file.file.claim.file);
  }
  if (!prepared) {
    services_.log.debug("{} files of route '{}' are read one by one: {}", group.size(),
                        RouteOf(group.front()).partition_key, prepared.error().message);
    return 0;
  }
  WaitingRows rows{RouteOf(group.front()).target_table,
                   prepared->written.table_uuid,
                   std::move(prepared->written.data_files),
                   {}};
  Tallies done;
  Group apart;
  std::size_t taken = 0;
  for (std::size_t i = 0; i < group.size(); ++i) {
    if (!prepared->parts[i]) {
      apart.push_back(std::move(group[i]));
      continue;
    }
    ++taken;
    PreparedParts parts;
    parts.push_back(*std::move(prepared->parts[i]));
    const Tally file = NewTally(std::move(group[i]), std::move(parts));
    const PreparedPart& part = file->parts.front();
    if (part.record.is_loaded) {
      done.insert(file);
      continue;
    }
    file->waiting = 1;
    rows.shares.push_back({file, 0, part.plan.commit_token, part.record.counts});
  }
  group = std::move(apart);
  SettleAll(done);
  if (!rows.shares.empty()) HandOn(std::move(rows));
  NotePrepared(taken);
  return taken;
}

void Loader::HandOn(WaitingRows rows) {
  if (!options_.keep_record) return AddToLane(std::move(rows));
  std::vector<Tally> files;
  for (const RowsShare& share : rows.shares) files.push_back(share.file);
  Together alone;
  alone.push_back(std::move(rows));
  KeepRecord(std::move(files), std::move(alone));
}

void Loader::PrepareApart(PlannedFile file) {
  const std::size_t place = file.file.place;
  if (stop_.stop_requested()) {
    settler_.GiveBack(file.file);
  } else if (auto prepared = PrepareSafely(file); !prepared) {
    settler_.Fail(file.file, &file.plan, prepared.error());
  } else if (const auto* held = std::get_if<HeldBack>(&*prepared)) {
    settler_.Hold(file, *held);
  } else {
    AwaitCommits(NewTally(std::move(file), std::get<PreparedParts>(*std::move(prepared))));
  }
  in_work_.HasTables(place);
  NotePrepared(1);
}

// Asks about a suspect in a process of its own, and notes every other file while it is in work:
// should this process die of it, the next one knows.
Loader::PlanEnd Loader::PlanSafely(Claimed& file, Opened opened) {
  const FileRef ref = file.claim.file;
  if (IsAlone(file.claim)) {
    PlanEnd end = PlanFile(*alone_, file, options_.program, MakingOf(file), opened, stop_);
    if (auto* failed = std::get_if<Failed>(&end))
      failed->error = OfSuspect(file.claim, failed->error);
    return end;
  }
  if (options_.journal != nullptr) options_.journal->Begin(ref);
  PlanEnd end = PlanFile(services_, file, options_.program, MakingOf(file), opened, stop_);
  if (options_.journal != nullptr) options_.journal->End(ref);
  return end;
}

// The same for its queries.
Result<Prepared> Loader::PrepareSafely(PlannedFile& file) {
  const ledger::Claim& claim = file.file.claim;
  if (IsAlone(claim)) {
    auto parts = PrepareParts(*alone_, file, MakingOf(file.file), stop_);
    if (!parts) return std::unexpected(OfSuspect(claim, parts.error()));
    return parts;
  }
  if (options_.journal != nullptr) options_.journal->Begin(claim.file);
  auto parts = PrepareParts(services_, file, MakingOf(file.file), stop_);
  if (options_.journal != nullptr) options_.journal->End(claim.file);
  return parts;
}

bool Loader::IsAlone(const ledger::Claim& claim) const {
  return alone_ && IsSuspect(claim);
}

// Half of the time that is left is for the file that waits.
TableMaking Loader::MakingOf(const Claimed& file) {
  return {&in_work_, file.place, ShareOfTimeLeft(2, kTableWait), options_.remake_tables};
}

// Where the load has an end, a quarter of its time at most.
Milliseconds Loader::GroupTimeFor(const Group& group) const {
  Milliseconds time = kGroupTime;
  std::uint64_t bytes = 0;
  for (const PlannedFile& file : group) {
    time += kGroupTimeOfFile;
    bytes += file.file.claim.file.size_bytes;
  }
  time += kGroupTimeOfMegabyte * (bytes >> 20U);
  return ShareOfTimeLeft(4, time);
}

}  // namespace eider::pipeline
