// Deliveries to files, files to outcomes, outcomes to the answer.
#include "eider/app/lambda_invocation.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "eider/app/json_line.h"
#include "eider/app/outcome_line.h"
#include "eider/app/stop_at.h"
#include "eider/base/clock.h"
#include "eider/base/file_ref.h"
#include "eider/base/result.h"
#include "eider/codec/shortened_text.h"
#include "eider/ledger/ledger.h"
#include "eider/metrics/embedded_metrics.h"
#include "eider/pipeline/load_files.h"
#include "eider/pipeline/settler.h"
#include "eider/routes/store_health.h"
#include "eider/source/command_line.h"
#include "eider/source/lambda_event.h"
#include "eider/source/lambda_runtime.h"

namespace eider::app {
namespace {

using pipeline::Fate;
using pipeline::Outcome;
using Identity = std::pair<Uri, std::string>;  // with FileRef::Version

constexpr Milliseconds kMarginMax{2'000};
constexpr Milliseconds kLeaseAfterDeadline{5'000};
constexpr std::size_t kReasonsMax = 10;
constexpr std::size_t kReasonBytesMax = 500;

Identity IdentityOf(const FileRef& file) {
  return {file.uri, file.Version()};
}

// By which commits of several files are told apart.
std::optional<std::int64_t> FirstSnapshotOf(const ledger::LoadResult& result) {
  if (result.snapshot_id || result.parts.empty()) return result.snapshot_id;
  return result.parts.front().snapshot_id;
}

// What the metrics count.
struct Counts {
  std::int64_t loaded = 0;
  std::int64_t skipped = 0;     // loaded before
  std::int64_t failed = 0;      // to be tried again
  std::int64_t in_work = 0;     // elsewhere; to be looked at again
  std::int64_t held = 0;        // by disabled routes; the ledger has them
  std::int64_t superseded = 0;  // replaced or gone since the event
  std::int64_t rows = 0;
  std::int64_t rejected = 0;                   // rows in tables of rejects
  std::map<std::int64_t, int> commit_retries;  // by snapshot: several files share one

  std::int64_t CommitRetries() const {
    std::int64_t sum = 0;
    for (const auto& [snapshot, retries] : commit_retries) sum += retries;
    return sum;
  }
};

// The work of one invocation.
class Work {
 public:
  Work(const LambdaRooms& rooms, const source::Invocation& invocation)
      : rooms_(rooms), invocation_(invocation), started_(rooms.pipeline.clock.Now()) {}

  LambdaAnswer Run(const std::stop_token& stop);

 private:
  void AddDelivery(std::size_t index, const source::Delivery& delivery);
  void AddProblem(std::size_t index, const std::string& problem);
  void Load(const std::stop_token& stop);
  void CutOffInTime(const std::stop_token& is_over);
  void TakeOutcome(const Outcome& outcome, bool is_gone);
  bool IsContentGone(const Outcome& outcome) const;
  void Count(const Outcome& outcome, bool is_gone);
  void PrintLine(JsonLine line, std::string_view level);
  void PrintMetrics();
  LambdaAnswer Answer() const;

  const LambdaRooms& rooms_;
  const source::Invocation& invocation_;
  TimePoint started_;
  source::LambdaEvent event_;
  std::vector<FileRef> files_;                            // each identity once
  std::mutex mutex_;                                      // of what follows, while files load
  std::set<Identity> in_work_;                            // without an outcome yet
  std::map<Identity, std::vector<std::size_t>> waiting_;  // deliveries by their files
  std::set<std::size_t> failed_;                          // deliveries
  std::vector<std::string> reasons_;                      // why
  Counts counts_;
};

LambdaAnswer Work::Run(const std::stop_token& stop) {
  auto event = source::ParseLambdaEvent(invocation_.event);
  if (!event) {
    const std::string message =
        codec::ShortMessage("the event is not usable: " + event.error().message);
    PrintLine({{"message", message}, {"code", CodeName(event.error().code)}}, "error");
    return {"", source::RuntimeError{"Eider.BadEvent", message}};
  }
  event_ = *std::move(event);
  for (std::size_t i = 0; i < event_.deliveries.size(); ++i) AddDelivery(i, event_.deliveries[i]);
  Load(stop);
  PrintMetrics();
  return Answer();
}

void Work::AddDelivery(std::size_t index, const source::Delivery& delivery) {
  for (const std::string& problem : delivery.problems) AddProblem(index, problem);
  for (const FileRef& file : delivery.files) {
    source::Listing found = source::Complete({file}, rooms_.pipeline.store);
    for (FileRef& complete : found.files) {
      auto& deliveries = waiting_[IdentityOf(complete)];
      deliveries.push_back(index);
      if (deliveries.size() == 1) files_.push_back(std::move(complete));
    }
    for (const source::Unreachable& lost : found.unreachable) {
      waiting_[IdentityOf(lost.file)].push_back(index);
      const Outcome failed = pipeline::FailFile(rooms_.pipeline, lost.file, lost.error);
      TakeOutcome(failed, IsContentGone(failed));
    }
  }
}

void Work::AddProblem(std::size_t index, const std::string& problem) {
  failed_.insert(index);
  reasons_.push_back(problem);
  JsonLine line = {
      {"message", codec::ShortMessage("a record of the event is not usable: " + problem)}};
  if (event_.is_sqs) line["message_id"] = event_.deliveries[index].id;
  PrintLine(std::move(line), "error");
}

void Work::Load(const std::stop_token& stop) {
  if (files_.empty()) return;
  Clock& clock = rooms_.pipeline.clock;
  const TimePoint stop_time = StopTimeFor(started_, invocation_.deadline);
  const StopAt stop_at(clock, stop_time, stop);
  pipeline::LoadOptions options = rooms_.load;
  options.retry_until = stop_time;
  // Whoever dies at the deadline must not hold its files much longer.
  options.lease = std::max(invocation_.deadline - started_, Milliseconds(0)) + kLeaseAfterDeadline;
  for (const FileRef& file : files_) in_work_.insert(IdentityOf(file));
  std::jthread watch;
  if (rooms_.cut_off) {
    watch = std::jthread([this](const std::stop_token& is_over) { CutOffInTime(is_over); });
  }
  pipeline::LoadFiles(
      rooms_.pipeline, files_, options,
      [this](const Outcome& outcome) {
        const bool is_gone = IsContentGone(outcome);  // asks the store: nobody waits for that
        const std::lock_guard lock(mutex_);
        TakeOutcome(outcome, is_gone);
      },
      stop_at.token());
}

// A query that is deaf to the stop would keep the answer until the function is ended, and with it
// the messages of files that are loaded.
void Work::CutOffInTime(const std::stop_token& is_over) {
  Clock& clock = rooms_.pipeline.clock;
  clock.SleepFor(CutOffTimeFor(started_, invocation_.deadline) - clock.Now(), is_over);
  const std::lock_guard lock(mutex_);  // nothing else is told any more
  if (is_over.stop_requested()) return;
  for (const FileRef& file : files_) {
    if (!in_work_.contains(IdentityOf(file))) continue;
    Outcome outcome;
    outcome.file = file;
    outcome.error = Error{Code::kDeadlineExceeded,
                          "still in work when the function's time was over; a query that does not "
                          "stop is read in a process of its own the next time"};
    outcome.duration = clock.Now() - started_;
    TakeOutcome(outcome, false);
  }
  PrintMetrics();
  rooms_.cut_off(invocation_, Answer());
}

void Work::TakeOutcome(const Outcome& outcome, bool is_gone) {
  in_work_.erase(IdentityOf(outcome.file));
  const bool is_done = is_gone || outcome.fate == Fate::kLoaded || outcome.fate == Fate::kHeld ||
                       (outcome.fate == Fate::kSkipped && !outcome.is_in_work_elsewhere);
  Count(outcome, is_gone);
  if (!is_done) {
    const std::string why = outcome.error ? outcome.error->message : outcome.note;
    reasons_.push_back(fmt::format("{}: {}", outcome.file.uri.ToString(), why));
    for (const std::size_t index : waiting_[IdentityOf(outcome.file)]) failed_.insert(index);
  }
  JsonLine line = OutcomeLine(outcome);
  line["done"] = is_done;
  line["commit_retries"] = outcome.commit_retries;
  const pipeline::StepTimes& steps = outcome.steps;
  line["steps"] = {{"ledger", steps.ledger.count()},
                   {"route", steps.route.count()},
                   {"table", steps.table.count()},
                   {"query", steps.query.count()},
                   {"commit", steps.commit.count()}};
  PrintLine(std::move(line), is_done ? (is_gone ? "warning" : "info") : "error");
}

// Whether the file failed because the event's content is not there any more, as the store itself
// says. Trying again would find it as little; news of the newer content comes in an event of its
// own. Whatever else keeps the store from saying so leaves it failed, to come back.
bool Work::IsContentGone(const Outcome& outcome) const {
  if (outcome.fate != Fate::kFailed || !outcome.error) return false;
  const Code code = outcome.error->code;
  if (code != Code::kNotFound && code != Code::kConflict) return false;
  const auto present = rooms_.pipeline.store.Stat(outcome.file.uri);
  if (!present) return present.error().code == Code::kNotFound;
  const FileRef& file = outcome.file;
  if (!file.version_id.empty() && !present->version_id.empty()) {
    return file.version_id != present->version_id;
  }
  if (file.etag.empty() || file.etag == present->etag) return false;
  // Any web server has an ETag for its pages: the store itself must refuse the one of the event.
  const auto opened = rooms_.pipeline.store.Open(file.uri, {.etag = file.etag});
  return !opened &&
         (opened.error().code == Code::kConflict || opened.error().code == Code::kNotFound);
}

void Work::Count(const Outcome& outcome, bool is_gone) {
  if (is_gone) {
    ++counts_.superseded;
  } else if (outcome.fate == Fate::kFailed || outcome.fate == Fate::kNotBegun) {
    ++counts_.failed;
  } else if (outcome.fate == Fate::kSkipped) {
    ++(outcome.is_in_work_elsewhere ? counts_.in_work : counts_.skipped);
  } else {
    ++(outcome.fate == Fate::kHeld ? counts_.held : counts_.loaded);
    counts_.rows += outcome.result.rows;
    counts_.rejected += outcome.result.counts.rejected;
    if (const auto snapshot_id = FirstSnapshotOf(outcome.result)) {
      counts_.commit_retries[*snapshot_id] = outcome.commit_retries;
    }
  }
}

void Work::PrintLine(JsonLine line, std::string_view level) {
  JsonLine whole = {{"level", level}, {"request_id", invocation_.request_id}};
  if (!invocation_.trace_id.empty()) whole["trace_id"] = invocation_.trace_id;
  whole.update(line);
  rooms_.print(JsonLineText(whole));
}

void Work::PrintMetrics() {
  using metrics::Unit;
  const TimePoint now = rooms_.pipeline.clock.Now();
  routes::ServedInstead routes;
  if (rooms_.route_health != nullptr) routes = rooms_.route_health->TakeServed();
  if (routes.is_any()) rooms_.pipeline.log.warn(routes::ServedInsteadText(routes));
  const auto line = metrics::ToEmbeddedMetricLine(
      {.name_space = "Eider",
       .time = now,
       .properties = {{"FunctionName", rooms_.function_name, true},
                      {"request_id", invocation_.request_id, false}},
       .metrics = {{"FilesLoaded", Unit::kCount, counts_.loaded},
                   {"FilesSkipped", Unit::kCount, counts_.skipped},
                   {"FilesFailed", Unit::kCount, counts_.failed},
                   {"FilesInWork", Unit::kCount, counts_.in_work},
                   {"FilesHeld", Unit::kCount, counts_.held},
                   {"FilesSuperseded", Unit::kCount, counts_.superseded},
                   {"RowsLoaded", Unit::kCount, counts_.rows},
                   {"RowsRejected", Unit::kCount, counts_.rejected},
                   {"CommitRetries", Unit::kCount, counts_.CommitRetries()},
                   {"RoutesServedStale", Unit::kCount, routes.stale},
                   {"RoutesServedFromSnapshot", Unit::kCount, routes.from_next},
                   {"DurationMs", Unit::kMilliseconds, (now - started_).count()}}});
  if (line) rooms_.print(*line);
}

LambdaAnswer Work::Answer() const {
  if (event_.is_sqs) {
    JsonLine items = JsonLine::array();
    for (const std::size_t index : failed_) {
      items.push_back({{"itemIdentifier", event_.deliveries[index].id}});
    }
    return {JsonLine{{"batchItemFailures", std::move(items)}}.dump(), std::nullopt};
  }
  if (!failed_.empty()) {
    std::string message = fmt::format("{} not loaded", reasons_.size());
    for (std::size_t i = 0; i < std::min(reasons_.size(), kReasonsMax); ++i) {
      message +=
          (i == 0 ? ": " : "; ") + TextForJson(codec::Shortened(reasons_[i], kReasonBytesMax));
    }
    return {"", source::RuntimeError{"Eider.FilesFailed", std::move(message)}};
  }
  JsonLine answer = {{"loaded", counts_.loaded},
                     {"skipped", counts_.skipped},
                     {"held", counts_.held},
                     {"superseded", counts_.superseded},
                     {"rows", counts_.rows}};
  if (counts_.rejected > 0) answer["rows_rejected"] = counts_.rejected;
  return {answer.dump(), std::nullopt};
}

}  // namespace

TimePoint CutOffTimeFor(TimePoint now, TimePoint deadline) {
  constexpr int kQuarter = 4;
  return deadline - (deadline - StopTimeFor(now, deadline)) / kQuarter;
}

TimePoint StopTimeFor(TimePoint now, TimePoint deadline) {
  constexpr int kTenth = 10;
  const Milliseconds left = std::max(deadline - now, Milliseconds(0));
  return deadline - std::min(kMarginMax, left / kTenth);
}

LambdaAnswer HandleInvocation(const LambdaRooms& rooms, const source::Invocation& invocation,
                              const std::stop_token& stop) {
  return Work(rooms, invocation).Run(stop);
}

}  // namespace eider::app
