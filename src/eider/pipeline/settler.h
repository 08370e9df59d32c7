// The end of a file's way: its fate in the ledger, and the outcome that is told.
#pragma once

#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "eider/base/file_ref.h"
#include "eider/base/result.h"
#include "eider/ledger/ledger.h"
#include "eider/pipeline/file_phases.h"
#include "eider/pipeline/file_tally.h"
#include "eider/pipeline/lease_keeper.h"
#include "eider/pipeline/outcome.h"
#include "eider/pipeline/services.h"

namespace eider::pipeline {

// Of files that are SKIPPED because a stop came first.
inline constexpr std::string_view kNotBegunReason =
    "stopped before the file was begun; the next run loads it";

// Whoever ends a file tells its outcome, one at a time. Safe for concurrent calls from several
// threads, each about other files. Borrows services and leases.
class Settler {
 public:
  // `program`: which one loads, for the load history. `observe` hears of every file, before who
  // submitted it; it may be empty.
  Settler(const Services& services, LeaseKeeper& leases, std::string program, OnOutcome observe)
      : services_(services),
        leases_(leases),
        program_(std::move(program)),
        observe_(std::move(observe)) {}

  // Files with nothing left to commit: loaded, held or failed, as their parts say. Those that are
  // loaded are finished in one step of the ledger.
  void Settle(std::span<FileTally* const> files);

  // `plan`: as far as the file came; null: it came to none.
  void Fail(Claimed& file, const Plan* plan, const Error& error);
  void Fail(FileTally& file, const Error& error);
  void Skip(Claimed& file, const Skipped& skipped);
  void Hold(PlannedFile& file, const HeldBack& held);

  // Files whose rows are in data files that the record of that name has: HELD until the record is
  // committed, in one step of the ledger. With `is_unclaimed` nothing of it is kept there.
  void SetAsidePrepared(std::span<FileTally* const> files, const std::string& record,
                        bool is_unclaimed);

  // A claimed file that a stop came before.
  void GiveBack(Claimed& file);

  // The parts of a file that goes on. Errors: those of Ledger::RecordParts.
  Status RecordParts(FileTally& file);

  // The same where a failure hinders nobody: the file's way goes on without it.
  void RecordLatestParts(FileTally& file);

  // Files that no claim of ours is for.
  void TellFailed(const FileRef& file, const Error& error, const OnOutcome& on_outcome);
  void TellNotBegun(const FileRef& file, const OnOutcome& on_outcome);
  void TellUnclaimed(const FileRef& file, const ledger::ClaimOutcome& claim,
                     const OnOutcome& on_outcome);

 private:
  void Finish(std::span<FileTally* const> files);
  void SetAside(Claimed& file, ledger::LoadResult result, ledger::State state,
                const std::string& reason);
  void End(Claimed& file, Outcome outcome);
  Outcome OutcomeOf(const Claimed& file, Fate fate, ledger::LoadResult result) const;
  Outcome OutcomeOf(const FileTally& file, Fate fate) const;
  ledger::LoadResult ResultSoFar(const Plan* plan) const;
  ledger::LoadResult ResultOfTally(const FileTally& file) const;
  void Tell(Outcome outcome, const OnOutcome& on_outcome);

  const Services& services_;
  LeaseKeeper& leases_;
  const std::string program_;
  const OnOutcome observe_;
  std::mutex tell_mutex_;
};

// Records as FAILED a file that cannot even be claimed or read, or is superseded: it is in the load
// history, not lost.
Outcome FailFile(const Services& services, const FileRef& file, const Error& error);

}  // namespace eider::pipeline
