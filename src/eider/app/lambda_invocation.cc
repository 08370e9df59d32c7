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
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "eider/app/json_line.h"
#include "eider/app/outcome_line.h"
#include "eider/app/overflow.h"
#include "eider/app/stop_at.h"
#include "eider/base/clock.h"
#include "eider/base/file_ref.h"
#include "eider/base/result.h"
#include "eider/codec/json_line.h"
#include "eider/codec/shortened_text.h"
#include "eider/ledger/load_history.h"
#include "eider/metrics/embedded_metrics.h"
#include "eider/pipeline/load_files.h"
#include "eider/pipeline/overflow.h"
#include "eider/pipeline/settler.h"
#include "eider/routes/store_health.h"
#include "eider/source/command_line.h"
#include "eider/source/delivery_book.h"
#include "eider/source/lambda_event.h"
#include "eider/source/lambda_runtime.h"
#include "eider/worker/worker.h"

namespace eider::app {
namespace {

using pipeline::Fate;
using pipeline::Outcome;

constexpr Milliseconds kMarginMax{2'000};
constexpr Milliseconds kLeaseAfterDeadline{5'000};
constexpr std::size_t kReasonsMax = 10;
constexpr std::size_t kReasonBytesMax = 500;

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
  std::int64_t held = 0;        // for whatever reason; the ledger has them
  std::int64_t handed_on = 0;   // of them, to `overflow`
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

// A message that asks for a piece of a file.
struct PieceDelivery {
  std::size_t delivery = 0;
  FileRef file;
  source::FilePiece piece;
};

// The work of one invocation.
class InvocationWork {
 public:
  InvocationWork(const LambdaDeps& deps, const source::Invocation& invocation)
      : deps_(deps), invocation_(invocation), started_(deps.pipeline.clock.Now()) {}

  LambdaAnswer Run(const std::stop_token& stop);

 private:
  void AddDelivery(std::size_t index, const source::Delivery& delivery);
  void TellUnreachable();
  void AddProblem(std::size_t index, const std::string& problem);
  void Load(const std::stop_token& stop);
  void LoadPieces(const pipeline::LoadOptions& options, const std::stop_token& stop);
  void CutOffInTime(const std::stop_token& is_over);
  void TakeOutcome(const Outcome& outcome);
  void Count(const Outcome& outcome);
  void PrintLine(JsonLine line, std::string_view level);
  void PrintMetrics();
  LambdaAnswer Answer();

  const LambdaDeps& deps_;
  const source::Invocation& invocation_;
  TimePoint started_;
  source::LambdaEvent event_;
  std::vector<FileRef> files_;                    // each identity once
  std::vector<source::Unreachable> unreachable_;  // the same
  std::vector<PieceDelivery> pieces_;
  std::mutex mutex_;  // of what follows, while files load
  source::DeliveryBook book_;
  std::set<std::size_t> open_pieces_;  // deliveries of pieces that have not ended well
  Counts counts_;
};

LambdaAnswer InvocationWork::Run(const std::stop_token& stop) {
  auto event = source::ParseLambdaEvent(invocation_.event);
  if (!event) {
    const std::string message =
        codec::ShortMessage("the event is not usable: " + event.error().message);
    PrintLine({{"message", message}, {"code", CodeName(event.error().code)}}, "error");
    return {"", source::RuntimeError{"Eider.BadEvent", message}};
  }
  event_ = *std::move(event);
  for (std::size_t i = 0; i < event_.deliveries.size(); ++i) AddDelivery(i, event_.deliveries[i]);
  TellUnreachable();
  Load(stop);
  PrintMetrics();
  return Answer();
}

void InvocationWork::AddDelivery(std::size_t index, const source::Delivery& delivery) {
  if (deps_.pieces != nullptr && event_.is_sqs && delivery.piece && delivery.problems.empty()) {
    pieces_.push_back({index, delivery.files.front(), *delivery.piece});
    open_pieces_.insert(index);
    return;
  }
  for (const std::string& problem : delivery.problems) AddProblem(index, problem);
  for (const FileRef& file : delivery.files) {
    source::Listing found = source::Complete({file}, deps_.pipeline.store);
    for (FileRef& complete : found.files) {
      if (book_.Add(index, complete)) files_.push_back(std::move(complete));
    }
    for (source::Unreachable& lost : found.unreachable) {
      if (book_.Add(index, lost.file)) unreachable_.push_back(std::move(lost));
    }
  }
  book_.Close(index);
}

// After all deliveries are known: several may wait for one of these files.
void InvocationWork::TellUnreachable() {
  for (const source::Unreachable& lost : unreachable_) {
    TakeOutcome(pipeline::FailFile(deps_.pipeline, lost.file, lost.error));
  }
}

void InvocationWork::AddProblem(std::size_t index, const std::string& problem) {
  book_.Fail(index, problem);
  JsonLine line = {
      {"message", codec::ShortMessage("a record of the event is not usable: " + problem)}};
  if (event_.is_sqs) line["message_id"] = event_.deliveries[index].id;
  PrintLine(std::move(line), "error");
}

void InvocationWork::Load(const std::stop_token& stop) {
  if (files_.empty() && pieces_.empty()) return;
  Clock& clock = deps_.pipeline.clock;
  const TimePoint stop_time = StopTimeFor(started_, invocation_.deadline);
  const StopAt stop_at(clock, stop_time, stop);
  pipeline::LoadOptions options = deps_.load;
  options.retry_until = stop_time;
  if (Overflow* const overflow = deps_.overflow) {
    options.hand_on = [this, overflow, stop_time](const ledger::Claim& claim,
                                                  const pipeline::Plan& plan) {
      return overflow->HandOn({deps_.pipeline, stop_time, event_.queue_arn}, claim, plan);
    };
  }
  // Whoever dies at the deadline must not hold its files much longer.
  options.lease = std::max(invocation_.deadline - started_, Milliseconds(0)) + kLeaseAfterDeadline;
  std::jthread watch;
  if (deps_.cut_off) {
    watch = std::jthread([this](const std::stop_token& is_over) { CutOffInTime(is_over); });
  }
  pipeline::LoadFiles(
      deps_.pipeline, files_, options,
      [this](const Outcome& outcome) {
        const std::lock_guard lock(mutex_);
        TakeOutcome(outcome);
      },
      stop_at.token());
  options.hand_on = {};
  LoadPieces(options, stop_at.token());
}

// One after the other: each uses all processors. What there is no time for comes again.
void InvocationWork::LoadPieces(const pipeline::LoadOptions& options, const std::stop_token& stop) {
  for (const PieceDelivery& piece : pieces_) {
    if (stop.stop_requested()) return;
    const Outcome outcome =
        deps_.pieces->Load(deps_.pipeline, options, piece.file, piece.piece, stop);
    const std::lock_guard lock(mutex_);
    const bool is_done = worker::SettlementOf(outcome) == source::Settlement::kDone;
    if (is_done) open_pieces_.erase(piece.delivery);
    Count(outcome);
    JsonLine line = OutcomeLine(outcome);
    line["done"] = is_done;
    PrintLine(std::move(line), is_done ? "info" : "error");
  }
}

// A query that is deaf to the stop would keep the answer until the function is ended, and with it
// the messages of files that are loaded.
void InvocationWork::CutOffInTime(const std::stop_token& is_over) {
  Clock& clock = deps_.pipeline.clock;
  clock.SleepFor(CutOffTimeFor(started_, invocation_.deadline) - clock.Now(), is_over);
  const std::lock_guard lock(mutex_);  // nothing else is told any more
  if (is_over.stop_requested()) return;
  for (const FileRef& file : book_.Open()) {
    Outcome outcome;
    outcome.file = file;
    outcome.error = Error{Code::kDeadlineExceeded,
                          "still in work when the function's time was over; a query that does not "
                          "stop is read in a process of its own the next time"};
    outcome.duration = clock.Now() - started_;
    TakeOutcome(outcome);
  }
  PrintMetrics();
  deps_.cut_off(invocation_, Answer());
}

void InvocationWork::TakeOutcome(const Outcome& outcome) {
  const source::Settlement settlement = worker::SettlementOf(outcome);
  const bool is_superseded = outcome.fate == Fate::kSuperseded;
  const bool is_done = settlement == source::Settlement::kDone;
  Count(outcome);
  if (deps_.overflow != nullptr) deps_.overflow->Note(outcome);
  const std::string why = outcome.error ? outcome.error->message : outcome.note;
  book_.End(outcome.file, settlement, fmt::format("{}: {}", outcome.file.uri.ToString(), why));
  JsonLine line = OutcomeLine(outcome);
  line["done"] = is_done;
  line["commit_retries"] = outcome.commit_retries;
  PrintLine(std::move(line), is_done ? (is_superseded ? "warning" : "info") : "error");
}

void InvocationWork::Count(const Outcome& outcome) {
  if (outcome.fate == Fate::kPrepared) return;  // counts where all of its file comes in
  if (outcome.fate == Fate::kSuperseded) {
    ++counts_.superseded;
  } else if (outcome.fate == Fate::kFailed || outcome.fate == Fate::kNotBegun) {
    ++counts_.failed;
  } else if (outcome.fate == Fate::kSkipped) {
    ++(outcome.is_in_work_elsewhere ? counts_.in_work : counts_.skipped);
  } else {
    ++(outcome.fate == Fate::kHeld ? counts_.held : counts_.loaded);
    if (outcome.note.starts_with(pipeline::kHandedOn)) ++counts_.handed_on;
    counts_.rows += outcome.result.rows;
    counts_.rejected += outcome.result.counts.rejected;
    if (const auto snapshot_id = FirstSnapshotOf(outcome.result)) {
      counts_.commit_retries[*snapshot_id] = outcome.commit_retries;
    }
  }
}

void InvocationWork::PrintLine(JsonLine line, std::string_view level) {
  JsonLine whole = {{"level", level}, {"request_id", invocation_.request_id}};
  if (!invocation_.trace_id.empty()) whole["trace_id"] = invocation_.trace_id;
  whole.update(line);
  deps_.print(codec::JsonLineText(whole));
}

void InvocationWork::PrintMetrics() {
  using metrics::Unit;
  const TimePoint now = deps_.pipeline.clock.Now();
  routes::ServedInstead routes;
  if (deps_.route_health != nullptr) routes = deps_.route_health->TakeServed();
  if (routes.is_any()) deps_.pipeline.log.warn(routes::ServedInsteadText(routes));
  const auto line = metrics::ToEmbeddedMetricLine(
      {.name_space = "Eider",
       .time = now,
       .properties = {{"FunctionName", deps_.function_name, true},
                      {"request_id", invocation_.request_id, false}},
       .metrics = {{"FilesLoaded", Unit::kCount, counts_.loaded},
                   {"FilesSkipped", Unit::kCount, counts_.skipped},
                   {"FilesFailed", Unit::kCount, counts_.failed},
                   {"FilesInWork", Unit::kCount, counts_.in_work},
                   {"FilesHeld", Unit::kCount, counts_.held},
                   {"FilesHandedOn", Unit::kCount, counts_.handed_on},
                   {"FilesSuperseded", Unit::kCount, counts_.superseded},
                   {"RowsLoaded", Unit::kCount, counts_.rows},
                   {"RowsRejected", Unit::kCount, counts_.rejected},
                   {"CommitRetries", Unit::kCount, counts_.CommitRetries()},
                   {"RoutesServedStale", Unit::kCount, routes.stale},
                   {"RoutesServedFromSnapshot", Unit::kCount, routes.from_next},
                   {"DurationMs", Unit::kMilliseconds, (now - started_).count()}}});
  if (line) deps_.print(*line);
}

LambdaAnswer InvocationWork::Answer() {
  std::vector<source::DeliveryBook::Ended> ended = book_.TakeEnded();
  std::ranges::sort(ended, {}, &source::DeliveryBook::Ended::delivery);
  if (event_.is_sqs) {
    JsonLine items = JsonLine::array();
    for (const auto& delivery : ended) {
      if (delivery.as == source::Settlement::kDone) continue;
      items.push_back({{"itemIdentifier", event_.deliveries[delivery.delivery].id}});
    }
    for (const std::size_t piece : open_pieces_) {
      items.push_back({{"itemIdentifier", event_.deliveries[piece].id}});
    }
    return {JsonLine{{"batchItemFailures", std::move(items)}}.dump(), std::nullopt};
  }
  // There is one delivery: the whole event.
  const std::vector<std::string>& reasons = ended.front().reasons;
  if (ended.front().as != source::Settlement::kDone) {
    std::string message = fmt::format("{} not loaded", reasons.size());
    for (std::size_t i = 0; i < std::min(reasons.size(), kReasonsMax); ++i) {
      message += (i == 0 ? ": " : "; ") +
                 codec::TextForJson(codec::Shortened(reasons[i], kReasonBytesMax));
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

LambdaAnswer HandleInvocation(const LambdaDeps& deps, const source::Invocation& invocation,
                              const std::stop_token& stop) {
  return InvocationWork(deps, invocation).Run(stop);
}

}  // namespace eider::app
