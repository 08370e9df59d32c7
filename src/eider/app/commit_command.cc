// `eider commit`: what records hold comes into its tables, in batches.
#include <cstddef>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "eider/app/commands.h"
#include "eider/app/pipeline_services.h"
#include "eider/app/prepared_commands.h"
#include "eider/app/prepared_records.h"
#include "eider/app/run_report.h"
#include "eider/app/stop_on_signal.h"
#include "eider/base/result.h"
#include "eider/pipeline/commit_prepared.h"
#include "eider/pipeline/prepared_pieces.h"

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

// What is wrong with its pieces keeps the file out.
void AddPiece(pipeline::PreparedRecord record, pipeline::PreparedPieces& pieces, Batches& batches,
              RunReport& report) {
  const std::string file = record.files.front()->file.claim.file.uri.ToString();
  auto whole = pieces.Add(std::move(record));
  if (!whole) return report.AddBadPrepared(file, whole.error());
  if (*whole) batches.Add(**std::move(whole));
}

void TellLacking(const pipeline::PreparedPieces::Lacking& lacking, RunReport& report) {
  constexpr std::size_t kNumbersMax = 10;
  const std::string file = lacking.file.uri.ToString();
  std::vector<std::string> numbers;
  for (const int number : lacking.missing) {
    if (numbers.size() == kNumbersMax) {
      numbers.push_back(fmt::format("{} more", lacking.missing.size() - kNumbersMax));
      break;
    }
    numbers.push_back(std::to_string(number));
  }
  const std::string text = fmt::format(
      "{}: of its {} pieces these are not prepared: {}; nothing of it is in before all are: "
      "prepare them with `--part K/{}`",
      file, lacking.of, fmt::join(numbers, ", "), lacking.of);
  report.AddBadPrepared(file, {Code::kNotFound, text});
}

}  // namespace

Result<int> CommitCommand(Session& session, const CommitOptions& options) {
  const StopOnSignal stop;
  EIDER_ASSIGN(const pipeline::Services services, LoadServices(session));
  RunReport report(session, 0, {.verbose = options.verbose});
  pipeline::PreparedPieces pieces;
  Batches batches(services, LoadOptionsOf(session), options.files_per_commit, report, stop.token());
  for (const std::string& argument : options.records) {
    EIDER_CHECK(EachRecord(session, argument, [&](FoundRecord found) {
      if (stop.token().stop_requested()) return false;
      if (found.record && found.record->piece) {
        AddPiece(*std::move(found.record), pieces, batches, report);
      } else if (found.record) {
        batches.Add(*std::move(found.record));
      } else {
        report.AddBadPrepared(found.uri.ToString(), found.record.error());
      }
      return true;
    }));
  }
  if (!stop.token().stop_requested()) {
    batches.Commit();
    for (const auto& lacking : pieces.Incomplete()) TellLacking(lacking, report);
  }
  const int exit_code = report.Finish(stop.signal());
  // Records that it did not come to are nothing that failed, and not in.
  return stop.signal() == 0 ? exit_code : kExitSignal + stop.signal();
}

}  // namespace eider::app
