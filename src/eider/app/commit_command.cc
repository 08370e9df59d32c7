// `eider commit`: what records hold comes into its tables, in batches.
#include <cstddef>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "eider/app/commands.h"
#include "eider/app/pipeline_services.h"
#include "eider/app/prepared_commands.h"
#include "eider/app/prepared_records.h"
#include "eider/app/run_report.h"
#include "eider/app/stop_on_signal.h"
#include "eider/base/result.h"
#include "eider/pipeline/commit_prepared.h"

namespace eider::app {
namespace {

using pipeline::Outcome;

// Records until there are enough files for a commit.
class Batches {
 public:
  Batches(const pipeline::Services& services, const pipeline::LoadOptions& options,
          std::size_t files_max, RunReport& report, const std::stop_token& stop)
      : commit_(services, options, stop), files_max_(files_max), report_(report) {}

  void Add(pipeline::PreparedRecord record) {
    if (files_ + record.files.size() > files_max_) Commit();
    files_ += record.files.size();
    records_.push_back(std::move(record));
  }

  void Commit() {
    if (records_.empty()) return;
    commit_.Commit(std::exchange(records_, {}),
                   [this](const Outcome& outcome) { report_.Add(outcome); });
    files_ = 0;
  }

 private:
  pipeline::PreparedCommit commit_;
  const std::size_t files_max_;
  RunReport& report_;
  std::vector<pipeline::PreparedRecord> records_;
  std::size_t files_ = 0;
};

}  // namespace

Result<int> CommitCommand(Session& session, const CommitOptions& options) {
  const StopOnSignal stop;
  EIDER_ASSIGN(const pipeline::Services services, LoadServices(session));
  RunReport report(session, 0, {.verbose = options.verbose});
  Batches batches(services, LoadOptionsOf(session), options.files_per_commit, report, stop.token());
  for (const std::string& argument : options.records) {
    EIDER_CHECK(EachRecord(session, argument, [&](FoundRecord found) {
      if (stop.token().stop_requested()) return false;
      if (found.record) {
        batches.Add(*std::move(found.record));
      } else {
        report.AddBadPrepared(found.uri.ToString(), found.record.error());
      }
      return true;
    }));
  }
  if (!stop.token().stop_requested()) batches.Commit();
  const int exit_code = report.Finish(stop.signal());
  // Records that it did not come to are nothing that failed, and not in.
  return stop.signal() == 0 ? exit_code : kExitSignal + stop.signal();
}

}  // namespace eider::app
