// What a command tells of the files that it loads: a line each, a bar on a terminal, and a sum.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "eider/app/commands.h"
#include "eider/app/progress_bar.h"
#include "eider/app/work_journal.h"
#include "eider/base/clock.h"
#include "eider/base/result.h"
#include "eider/pipeline/outcome.h"
#include "eider/pipeline/services.h"
#include "eider/source/command_line.h"
#include "eider/source/s3_event.h"

namespace eider::app {

struct RunReportOptions {
  bool dry_run = false;
  bool verbose = false;  // a line for every file, also where many are skipped
};

// Prints outcomes as they come and counts them. Used by one thread at a time; borrows the session.
class RunReport {
 public:
  RunReport(Session& session, std::size_t files, const RunReportOptions& options);

  void Add(const pipeline::Outcome& outcome);
  // Records as FAILED, and tells, a file that was named and cannot be loaded.
  void AddUnreachable(const pipeline::Services& services, const source::Unreachable& lost);

  void AddBadRecord(const source::BadRecord& record);
  void AddBadPrepared(const std::string& name, const Error& error);

  // The exit code. `signal`: what stopped the run; 0: nothing did.
  int Finish(int signal);

 private:
  bool IsOneOfMany(const pipeline::Outcome& outcome) const;
  bool IsToldByTheBar(const pipeline::Outcome& outcome) const;
  bool IsOnTerminal() const;
  std::size_t Count(pipeline::Fate fate) const;

  Session& session_;
  const RunReportOptions options_;
  Console& console_;
  ProgressBar bar_;
  TimePoint started_;
  std::size_t counts_[pipeline::kFates] = {};
  std::size_t skipped_silently_ = 0;
  std::int64_t rows_ = 0;
  std::int64_t rejected_ = 0;
  WorkJournal* journal_;
};

}  // namespace eider::app
