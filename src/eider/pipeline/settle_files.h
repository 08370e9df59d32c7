// The end of a file's way: its fate in the ledger, and the outcome that is reported.
#pragma once

#include <functional>
#include <mutex>
#include <span>
#include <string>

#include "eider/base/file_ref.h"
#include "eider/base/result.h"
#include "eider/ledger/ledger.h"
#include "eider/pipeline/file_load.h"
#include "eider/pipeline/lease_keeper.h"
#include "eider/pipeline/load_files.h"

namespace eider::pipeline {

// Every call that ends a file reports it, one at a time. Safe for concurrent calls from several
// threads. Borrows all.
class Settler {
 public:
  Settler(const Rooms& rooms, LeaseKeeper& leases,
          const std::function<void(const Outcome&)>& report)
      : rooms_(rooms), leases_(leases), report_(report) {}

  // Files with nothing left to commit: loaded, held, skipped or failed, as their parts say. Those
  // that are loaded are finished in one step of the ledger.
  void Settle(std::span<FileLoad* const> loads);

  void Fail(FileLoad& load, const Error& error);

  // A claimed file that a stop came before.
  void GiveBack(FileLoad& load);

  // The parts of a file that goes on. Errors: those of Ledger::RecordParts.
  Status RecordParts(FileLoad& load);

  // The same where a failure hinders nobody: the file's way goes on without it.
  void RecordLatestParts(FileLoad& load);

  // Files that were never ours.
  void ReportFailed(const FileRef& file, const Error& error);
  void ReportNotBegun(const FileRef& file);
  void ReportUnclaimed(const FileRef& file, const ledger::ClaimOutcome& claim);

 private:
  void Finish(std::span<FileLoad* const> loads);
  void SetAside(FileLoad& load, ledger::State state, const std::string& reason);
  Outcome OutcomeOf(const FileLoad& load, Fate fate) const;
  void Report(const Outcome& outcome);

  const Rooms& rooms_;
  LeaseKeeper& leases_;
  const std::function<void(const Outcome&)>& report_;
  std::mutex report_mutex_;
};

}  // namespace eider::pipeline
