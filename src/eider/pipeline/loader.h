// The loader: files in, outcomes out, for as long as it lives. Each file is claimed, planned,
// prepared and committed, and ends in exactly one Outcome.
//
// Only this room tries a file again or decides its fate. Files of the same table share commits,
// each table in a lane of its own, and who waits there waits for no other table. A bad file fails
// alone. A file whose column values chose several routes has a part in each of their tables, and is
// loaded when every part is in.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <stop_token>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "eider/base/backoff.h"
#include "eider/base/clock.h"
#include "eider/base/file_ref.h"
#include "eider/commit/commit_loop.h"
#include "eider/commit/lanes.h"
#include "eider/engine/query.h"
#include "eider/ledger/ledger.h"
#include "eider/pipeline/crash_journal.h"
#include "eider/pipeline/file_phases.h"
#include "eider/pipeline/file_tally.h"
#include "eider/pipeline/files_in_work.h"
#include "eider/pipeline/lease_keeper.h"
#include "eider/pipeline/load_append.h"
#include "eider/pipeline/outcome.h"
#include "eider/pipeline/prepare_file.h"
#include "eider/pipeline/prepare_group.h"
#include "eider/pipeline/prepared_record.h"
#include "eider/pipeline/services.h"
#include "eider/pipeline/settler.h"

namespace eider::pipeline {

struct LoadOptions {
  bool force = false;          // load files again that are LOADED
  bool remake_tables = false;  // make a table anew though files with rows of it are LOADED
  RetryLimits retry;           // of commits
  std::optional<TimePoint> retry_until = {};  // of commits, where the call must end by then
  int files_per_commit = 128;                 // at most
  // How long rows wait for company whose route does not say: long enough for small files to come
  // together, and no longer beside one that takes its time.
  Milliseconds commit_lag{10'000};
  Milliseconds commit_interval{0};  // between the starts of commits to one table
  int workers = 2;                  // files in work at the same time
  int queued_max = 1'000;           // files that wait for a worker
  int group_files = 128;            // small files that one query may read; 1: each is read alone
  std::uint64_t group_bytes = 64ULL << 20U;  // of them together
  Milliseconds lease{300'000};               // renewed while the file is in work
  std::string program;                       // which one this is, for the load history
  CrashJournal* journal = nullptr;           // borrowed; null: none is kept
  OnOutcome observe = {};                    // hears of every file, before who submitted it
  // Keeps the record of rows in place of their commit, and gives its name: files end as kPrepared.
  // Called from several threads. Empty: rows are committed.
  std::function<Result<std::string>(const PreparedRecord& record)> keep_record = {};
  // Of each file only this piece is prepared. Nothing: the whole.
  std::optional<engine::Piece> piece = {};
  // Hands a file on that is too much for this process, before it is read, and gives the reason for
  // the ledger, where it is HELD; nothing: it is loaded here. Called from several threads. Empty:
  // all are.
  std::function<Result<std::optional<std::string>>(const ledger::Claim& claim, const Plan& plan)>
      hand_on = {};
};

// A file is a suspect when so many of its claims broke off, when a reader crashed on it, or when a
// process of this run ended while it had the file in work. Suspects are read in a child each.
inline constexpr int kBrokenOffMax = 2;

// Files whose rows wait for a commit, at most: while there are more, no other file is begun.
inline constexpr std::size_t kAwaitingCommitMax = 10'000;

// Safe for concurrent calls from several threads. Borrows the services.
class Loader {
 public:
  // Once `stop` is requested, files that are not begun stay so, those that are in work end as soon
  // as they can, and what waits for its commit is committed.
  Loader(const Services& services, LoadOptions options, std::stop_token stop);

  // Waits for all.
  ~Loader();

  Loader(const Loader&) = delete;
  Loader& operator=(const Loader&) = delete;

  // Takes the files in their order: of several that may make a table the first does. Waits while
  // LoadOptions::queued_max wait already. `on_outcome` is called once for each, one call at a time,
  // from any thread.
  void Submit(std::span<const FileRef> files, const OnOutcome& on_outcome);

  // From now on files that are not begun, and those that are submitted yet, end as kNotBegun; what
  // is in work goes on.
  void HandBack();

  // Returns when every file that was submitted has its outcome.
  void Drain();

 private:
  struct Queued {
    FileRef file;
    std::size_t place = 0;
    OnOutcome on_outcome;
  };

  // Rows that are committed in one step.
  using Together = std::vector<WaitingRows>;
  // shared: as RowsShare::file.
  using Tally = std::shared_ptr<FileTally>;
  using Tallies = std::set<Tally>;

  using Lot = std::vector<Claimed>;        // planned side by side
  using Group = std::vector<PlannedFile>;  // of one route
  using Task = std::variant<Lot, Group>;
  using PlanEnd = std::variant<PlannedFile, Skipped, Failed>;

  void AddWorkers(std::size_t files);
  void Work(bool waits);
  std::optional<Task> Next(bool waits);
  Lot TakeLot();
  bool IsSmall(const Claimed& file) const;
  void Wait(std::unique_lock<std::mutex>& lock);
  bool HasEnoughInLanes() const;
  bool MustLeaveSome() const;
  void LeaveNotBegun(std::unique_lock<std::mutex>& lock);
  void ClaimSome(std::unique_lock<std::mutex>& lock);
  void Claim(std::vector<Queued> files);
  bool IsSuspect(const ledger::Claim& claim) const;
  bool IsAlone(const ledger::Claim& claim) const;

  void PrepareLot(Lot lot);
  void Sort(PlannedFile file, std::vector<Group>& groups) const;
  void PutReady(std::vector<Group> groups);
  void PrepareGroup(Group group);
  Result<PreparedGroup> RunTogether(Group& group, const catalog::LoadedTable& table);
  std::size_t PrepareTogether(Group& group, const catalog::LoadedTable& table);
  void PrepareApart(PlannedFile file);
  PlanEnd PlanSafely(Claimed& file, Opened opened);
  void SettleUnplanned(Claimed& file, const std::optional<PlanEnd>& end);
  bool IsHandedOn(PlannedFile& file);
  Result<std::optional<catalog::LoadedTable>> LoadOrAwait(const PlannedFile& file);
  Result<Prepared> PrepareSafely(PlannedFile& file);
  TableMaking MakingOf(const Claimed& file);

  static Tally NewTally(PlannedFile file, PreparedParts parts);
  void AwaitCommits(Tally file);
  void HandOn(WaitingRows rows);
  void KeepRecord(std::vector<Tally> files, Together rows);
  void AddToLane(Together rows);
  void AddToLane(WaitingRows rows);

  void Commit(std::vector<Together> items);
  void TakeCommitted(WaitingRows& rows, const commit::Committed& committed, const StepTimes& taken,
                     Tallies& done, Tallies& others);
  void ReadApart(const WaitingRows& rows);
  void SettleAll(const Tallies& done);
  void NotePrepared(std::size_t files);
  void NoteOutcome();
  RetryLimits RetryLimitsNow() const;
  Milliseconds ShareOfTimeLeft(int divisor, Milliseconds longest) const;
  Milliseconds GroupTimeFor(const Group& group) const;

  const Services& services_;
  std::optional<Services> alone_;  // the same with an engine of a process of its own
  const LoadOptions options_;
  const std::stop_token stop_;
  LeaseKeeper leases_;
  Settler settler_;
  FilesInWork in_work_;

  std::mutex mutex_;  // of what follows
  std::condition_variable changed_;
  std::size_t places_ = 0;  // files submitted so far
  std::deque<Queued> queued_;
  std::deque<Claimed> claimed_;
  std::deque<Group> ready_;
  std::vector<std::unique_ptr<GroupQuery>> left_behind_;  // queries that have not ended in time
  std::deque<Claimed> suspects_;                          // last: they keep no other file waiting
  bool is_claiming_ = false;
  bool is_closing_ = false;
  bool hands_back_ = false;
  std::size_t unprepared_ = 0;  // submitted, and neither in a lane nor settled
  std::size_t untold_ = 0;      // submitted, and without an outcome
  std::size_t idle_ = 0;        // workers
  std::vector<std::jthread> workers_;

  commit::Lanes<Together> lanes_;
  const std::stop_callback<std::function<void()>> on_stop_;
};

}  // namespace eider::pipeline
