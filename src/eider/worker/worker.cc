#include "eider/worker/worker.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "eider/base/backoff.h"
#include "eider/base/clock.h"
#include "eider/base/file_ref.h"
#include "eider/base/result.h"
#include "eider/pipeline/may_pass.h"
#include "eider/pipeline/settler.h"
#include "eider/source/command_line.h"

namespace eider::worker {
namespace {

using pipeline::Fate;
using pipeline::MayPass;
using pipeline::Outcome;
using source::Settlement;

constexpr std::size_t kDeliveriesAtOnce = 100;

// Between two questions to a source that does not answer: for ever, and no longer apart than this.
constexpr RetryLimits kAskAgain{.num_retries = 1 << 30,
                                .min_wait = Milliseconds(1'000),
                                .max_wait = Milliseconds(60'000),
                                .total_timeout = Milliseconds::max()};

}  // namespace

Settlement SettlementOf(const Outcome& outcome) {
  switch (outcome.fate) {
    case Fate::kLoaded:
    case Fate::kHeld:
    case Fate::kPrepared:
    case Fate::kSuperseded:
      return Settlement::kDone;
    case Fate::kSkipped:
      return outcome.is_in_work_elsewhere ? Settlement::kAgain : Settlement::kDone;
    case Fate::kNotBegun:
      return Settlement::kHandedBack;
    case Fate::kFailed:
      break;
  }
  if (outcome.leaves_its_place) return Settlement::kDone;
  return outcome.error && MayPass(outcome.error->code) ? Settlement::kAgain : Settlement::kWrong;
}

Worker::Worker(const pipeline::Services& services, WorkerOptions options,
               std::vector<source::EventSource*> sources)
    : services_(services),
      options_(std::move(options)),
      loader_(services, options_.load, interrupt_.get_token()) {
  for (source::EventSource* source : sources) feeds_.emplace_back().source = source;
}

void Worker::Run(const std::stop_token& stop) {
  std::vector<std::jthread> settlers;
  for (Feed& feed : feeds_) settlers.emplace_back([this, &feed] { SettleAll(feed); });
  {
    std::vector<std::jthread> receivers;
    for (Feed& feed : feeds_) {
      receivers.emplace_back([this, &feed, stop] { ReceiveAll(feed, stop); });
    }
    TryStalled(stop);
    loader_.HandBack();  // also what receivers wait to submit
  }
  HandBackStalled();
  Drain();
}

void Worker::Drain() {
  {
    std::jthread limit([this](const std::stop_token& is_over) {
      services_.clock.SleepFor(options_.drain, is_over);
      if (!is_over.stop_requested()) interrupt_.request_stop();
    });
    loader_.Drain();
  }
  const std::lock_guard lock(mutex_);
  is_over_ = true;
  changed_.notify_all();
}

void Worker::ReceiveAll(Feed& feed, const std::stop_token& stop) {
  std::optional<Backoff> backoff;
  while (AwaitRoom(feed, stop)) {
    auto received = feed.source->Receive(kDeliveriesAtOnce, stop);
    if (!received) {
      if (stop.stop_requested()) return;
      NoteProblem(feed, received.error());
      if (!backoff) backoff.emplace(kAskAgain, services_.clock, services_.random);
      services_.clock.SleepFor(backoff->NextWait().value_or(kAskAgain.max_wait), stop);
      continue;
    }
    NoteProblem(feed, {});
    backoff.reset();
    for (source::Delivery& delivery : *received) Take(feed, std::move(delivery));
  }
}

// False when the stop is requested.
bool Worker::AwaitRoom(Feed& feed, const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  const bool has_room = changed_.wait(lock, stop, [&] {
    return problem_.empty() && feed.open < static_cast<std::size_t>(options_.deliveries_max);
  });
  return has_room && !stop.stop_requested();
}

// A source that is away for long is told of once, and when it is back.
void Worker::NoteProblem(Feed& feed, const Error& error) {
  std::unique_lock lock(mutex_);
  const bool is_new = feed.problem.empty() != error.message.empty();
  feed.problem = error.message;
  lock.unlock();
  if (!is_new) return;
  if (error.message.empty()) {
    services_.log.warn("{}: is there again", feed.source->name());
  } else {
    services_.log.error("{}: {}; asking again until it is there", feed.source->name(),
                        error.message);
  }
}

void Worker::Take(Feed& feed, source::Delivery delivery) {
  for (const std::string& problem : delivery.problems) {
    services_.log.error("{}: a delivery is not usable: {}", feed.source->name(), problem);
  }
  source::Listing found = source::Complete(std::move(delivery.files), services_.store);
  std::vector<FileRef> files;
  std::vector<source::Unreachable> lost;
  {
    const std::lock_guard lock(mutex_);
    const std::size_t number = numbers_++;
    open_[number] = {&feed, std::move(delivery.id)};
    ++feed.open;
    for (std::string& problem : delivery.problems) book_.Fail(number, std::move(problem));
    for (FileRef& file : found.files) {
      if (book_.Add(number, file)) files.push_back(std::move(file));
    }
    for (source::Unreachable& file : found.unreachable) {
      if (book_.Add(number, file.file)) lost.push_back(std::move(file));
    }
    book_.Close(number);
    TakeEnded();
  }
  for (const source::Unreachable& file : lost) {
    TakeOutcome(pipeline::FailFile(services_, file.file, file.error));
  }
  Submit(files);
}

void Worker::Submit(const std::vector<FileRef>& files) {
  loader_.Submit(files, [this](const Outcome& outcome) { TakeOutcome(outcome); });
}

// Until the stop: one of the files that wait asks for the ledger, and when it answers all follow.
void Worker::TryStalled(const std::stop_token& stop) {
  std::optional<Backoff> backoff;
  while (true) {
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, stop, [this] { return !stalled_.empty(); });
    }
    if (stop.stop_requested()) return;
    if (!backoff) backoff.emplace(kAskAgain, services_.clock, services_.random);
    services_.clock.SleepFor(backoff->NextWait().value_or(kAskAgain.max_wait), stop);
    if (stop.stop_requested()) return;
    std::unique_lock lock(mutex_);
    const bool is_first = !problem_.empty();
    if (!is_first) backoff.reset();
    std::vector<FileRef> files = std::exchange(stalled_, {});
    if (is_first) {
      stalled_.assign(std::make_move_iterator(files.begin() + 1),
                      std::make_move_iterator(files.end()));
      files.resize(1);
    }
    lock.unlock();
    Submit(files);
  }
}

void Worker::HandBackStalled() {
  const std::lock_guard lock(mutex_);
  is_stopping_ = true;
  for (const FileRef& file : std::exchange(stalled_, {})) book_.End(file, Settlement::kHandedBack);
  TakeEnded();
}

// Whether the file waits here for the ledger, or at a stop is handed back as those that do.
bool Worker::KeepsBack(const Outcome& outcome) {
  if (!outcome.is_unclaimed || !outcome.error || !MayPass(outcome.error->code)) return false;
  const std::lock_guard lock(mutex_);
  if (is_stopping_) {
    book_.End(outcome.file, Settlement::kHandedBack);
    TakeEnded();
    return true;
  }
  if (problem_.empty()) {
    services_.log.error("{}; nothing is loaded until the ledger answers", outcome.error->message);
  }
  problem_ = outcome.error->message;
  stalled_.push_back(outcome.file);
  changed_.notify_all();
  return true;
}

// With the mutex held.
void Worker::EndStall() {
  if (problem_.empty()) return;
  problem_.clear();
  services_.log.warn("the ledger answers again");
  changed_.notify_all();
}

void Worker::TakeOutcome(const Outcome& outcome) {
  if (KeepsBack(outcome)) return;
  if (options_.on_outcome) options_.on_outcome(outcome);
  const std::string why = outcome.error ? outcome.error->message : outcome.note;
  const std::lock_guard lock(mutex_);
  if (!outcome.is_unclaimed && outcome.fate != Fate::kNotBegun) EndStall();
  book_.End(outcome.file, SettlementOf(outcome), why);
  TakeEnded();
}

// With the mutex held.
void Worker::TakeEnded() {
  for (source::DeliveryBook::Ended& ended : book_.TakeEnded()) {
    auto open = open_.extract(ended.delivery);
    open.mapped().feed->ended.push_back({std::move(open.mapped().id), ended.as});
    changed_.notify_all();
  }
}

void Worker::SettleAll(Feed& feed) {
  while (true) {
    std::vector<source::Settled> ended;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return !feed.ended.empty() || is_over_; });
      if (feed.ended.empty()) return;
      const std::size_t count = std::min(feed.ended.size(), kDeliveriesAtOnce);
      const auto end = feed.ended.begin() + static_cast<std::ptrdiff_t>(count);
      std::move(feed.ended.begin(), end, std::back_inserter(ended));
      feed.ended.erase(feed.ended.begin(), end);
    }
    const Status settled = feed.source->Settle(ended);
    if (!settled) {
      services_.log.warn("{}: {} could not be settled and will come again: {}", feed.source->name(),
                         ended.size(), settled.error().message);
    }
    const std::lock_guard lock(mutex_);
    feed.open -= ended.size();
    changed_.notify_all();
  }
}

std::string Worker::problem() const {
  const std::lock_guard lock(mutex_);
  return problem_;
}

std::vector<SourceStatus> Worker::status() const {
  const std::lock_guard lock(mutex_);
  std::vector<SourceStatus> all;
  for (const Feed& feed : feeds_) {
    all.push_back({feed.source->name(), feed.open, feed.problem});
  }
  return all;
}

}  // namespace eider::worker
