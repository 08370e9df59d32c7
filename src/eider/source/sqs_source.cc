// One queue's loop: receive, keep hidden, settle.
//
// Locks: `mutex_` guards what is in flight and is never held during a call; `changing_` is held
// during calls that change visibilities, so that none extends what Settle has given back.
#include "eider/source/sqs_source.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <iterator>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "eider/base/clock.h"
#include "eider/base/result.h"
#include "eider/source/delivery.h"
#include "eider/source/event_source.h"
#include "eider/source/sqs_in_flight.h"
#include "eider/source/sqs_queue.h"

namespace eider::source {
namespace {

using std::chrono::seconds;

constexpr std::size_t kMessagesMax = 10;             // of one call
constexpr Milliseconds kHeldBackPause = seconds(1);  // between looks at a queue with groups at work
constexpr Milliseconds kFlightMax = std::chrono::hours(12);
constexpr int kTicksPerVisibility = 6;
constexpr int kExtendTicks = 2;  // a third of the visibility at the latest

int SecondsOf(Milliseconds duration) {
  return static_cast<int>(std::chrono::duration_cast<seconds>(duration).count());
}

SqsInFlight::Limits LimitsOf(bool is_fifo, Milliseconds visibility) {
  const Milliseconds tick = visibility / kTicksPerVisibility;
  return {.is_fifo = is_fifo,
          .extend_ticks = kExtendTicks,
          .flight_ticks_max = static_cast<int>((kFlightMax - visibility) / tick)};
}

int Doubled(int first_seconds, int receive_count, int max_seconds) {
  int delay = first_seconds;
  for (int i = 1; i < receive_count && delay < max_seconds; ++i) delay *= 2;
  return std::min(delay, max_seconds);
}

int DelaySeconds(Settlement settlement, int receive_count) {
  switch (settlement) {
    case Settlement::kAgain:
      return Doubled(1, receive_count, 300);
    case Settlement::kWrong:
      return Doubled(30, receive_count, 900);
    case Settlement::kDone:
    case Settlement::kHandedBack:
      break;
  }
  return 0;
}

std::vector<SqsVisibility> Visible(std::vector<std::string> receipts) {
  std::vector<SqsVisibility> changes;
  for (std::string& receipt : receipts) changes.push_back({std::move(receipt), 0});
  return changes;
}

// What one call of Settle has to do.
struct ToSettle {
  std::vector<std::string> done;         // receipts
  std::vector<std::string> done_groups;  // of them
  std::vector<std::string> unseen;       // those behind one that comes again, the last one first
  std::vector<SqsVisibility> again;
};

class SqsSource final : public EventSource {
 public:
  SqsSource(SqsSourceOptions options, SqsDeps deps)
      : options_(std::move(options)),
        clock_(deps.clock),
        queue_(deps, options_.queue_url),
        name_(fmt::format("sqs {}", queue_.name())),
        in_flight_(LimitsOf(queue_.is_fifo(), options_.visibility)),
        extender_([this](const std::stop_token& stop) { KeepHidden(stop); }) {}

  ~SqsSource() override {
    extender_.request_stop();
    extender_.join();
    // Where this fails they are seen again when their visibility ends.
    static_cast<void>(queue_.ChangeVisibility(Visible(in_flight_.DropUngiven())));
  }

  SqsSource(const SqsSource&) = delete;
  SqsSource& operator=(const SqsSource&) = delete;

  const std::string& name() const override { return name_; }

  Result<std::vector<Delivery>> Receive(std::size_t deliveries_max,
                                        const std::stop_token& stop) override;
  Status Settle(std::span<const Settled> settled) override;

 private:
  Status Poll(std::size_t deliveries_max, bool is_holding_back, const std::stop_token& stop);
  ToSettle TakeOut(std::span<const Settled> settled);
  Status GiveBack(const ToSettle& work);
  void KeepHidden(const std::stop_token& stop);
  Status ExtendDue(const std::stop_token& stop);

  const SqsSourceOptions options_;
  Clock& clock_;
  SqsQueue queue_;
  const std::string name_;
  std::mutex changing_;
  std::mutex mutex_;  // guards what follows
  std::condition_variable_any ready_;
  SqsInFlight in_flight_;
  TimePoint one_at_a_time_until_{};
  std::optional<Error> extending_failed_;
  std::jthread extender_;
};

Result<std::vector<Delivery>> SqsSource::Receive(std::size_t deliveries_max,
                                                 const std::stop_token& stop) {
  bool is_holding_back = false;
  {
    const std::scoped_lock lock(mutex_);
    if (extending_failed_) {
      return std::unexpected(*std::exchange(extending_failed_, std::nullopt));
    }
    if (deliveries_max == 0 || in_flight_.has_ready()) return in_flight_.TakeReady(deliveries_max);
    is_holding_back = in_flight_.holds_back();
  }
  const Status polled = Poll(deliveries_max, is_holding_back, stop);
  if (!polled && polled.error().code != Code::kCancelled) return std::unexpected(polled.error());
  std::unique_lock lock(mutex_);
  if (is_holding_back) {
    // The next of a group is given as soon as its turn comes.
    ready_.wait_for(lock, stop, std::min(kHeldBackPause, options_.wait),
                    [this] { return in_flight_.has_ready(); });
  }
  return in_flight_.TakeReady(deliveries_max);
}

// Waits at the queue, but not where a message that is here already may have its turn meanwhile.
Status SqsSource::Poll(std::size_t deliveries_max, bool is_holding_back,
                       const std::stop_token& stop) {
  SqsAsk ask{.messages_max = std::min(deliveries_max, kMessagesMax),
             .visibility_seconds = SecondsOf(options_.visibility),
             .wait_seconds = is_holding_back ? 0 : SecondsOf(options_.wait)};
  {
    const std::scoped_lock lock(mutex_);
    if (clock_.Now() < one_at_a_time_until_) ask.messages_max = 1;
  }
  EIDER_ASSIGN(std::vector<SqsMessage> messages, queue_.Receive(ask, stop));
  const std::scoped_lock lock(mutex_);
  for (SqsMessage& message : messages) in_flight_.Add(std::move(message));
  return {};
}

Status SqsSource::Settle(std::span<const Settled> settled) {
  const ToSettle work = TakeOut(settled);
  const auto deleted = queue_.Delete(work.done);
  {
    // Also where one could not be deleted: its files are in, and it comes again for nothing.
    const std::scoped_lock lock(mutex_);
    for (const std::string& group : work.done_groups) in_flight_.Advance(group);
  }
  ready_.notify_all();
  const Status given_back = GiveBack(work);
  if (!deleted) return std::unexpected(deleted.error());
  return given_back;
}

// From now on they are not extended, and whatever comes under their ids has come anew.
ToSettle SqsSource::TakeOut(std::span<const Settled> settled) {
  ToSettle work;
  const std::scoped_lock lock(mutex_);
  for (const Settled& one : settled) {
    auto message = in_flight_.Remove(one.id);
    if (!message) continue;
    if (one.as == Settlement::kDone) {
      work.done.push_back(std::move(message->receipt));
      work.done_groups.push_back(std::move(message->group));
      continue;
    }
    const int delay = DelaySeconds(one.as, message->receive_count);
    work.again.push_back({std::move(message->receipt), delay});
    std::ranges::move(in_flight_.DropBehind(message->group), std::back_inserter(work.unseen));
    // Those that are received behind one that fails are counted as received, though nobody looks at
    // them: they would be taken for poison with it. So it is met alone the next time.
    if (queue_.is_fifo() && one.as != Settlement::kHandedBack) {
      one_at_a_time_until_ =
          std::max(one_at_a_time_until_, clock_.Now() + seconds(delay) + options_.visibility);
    }
  }
  return work;
}

// The first of a group is given back last: until then the queue gives nobody anything of the group.
Status SqsSource::GiveBack(const ToSettle& work) {
  const std::scoped_lock lock(changing_);
  EIDER_CHECK(queue_.ChangeVisibility(Visible(work.unseen)));
  EIDER_CHECK(queue_.ChangeVisibility(work.again));
  return {};
}

void SqsSource::KeepHidden(const std::stop_token& stop) {
  while (true) {
    clock_.SleepFor(options_.visibility / kTicksPerVisibility, stop);
    if (stop.stop_requested()) return;
    const Status extended = ExtendDue(stop);
    if (extended) continue;
    // What may pass is tried again at the next tick; of the rest the caller has to hear.
    const Code code = extended.error().code;
    if (code != Code::kDenied && code != Code::kNotFound) continue;
    const std::scoped_lock lock(mutex_);
    extending_failed_ = extended.error();
  }
}

Status SqsSource::ExtendDue(const std::stop_token& stop) {
  std::vector<std::string> unseen;
  {
    const std::scoped_lock lock(mutex_);
    in_flight_.Tick();
    unseen = in_flight_.LetGo();
  }
  while (true) {
    const std::scoped_lock changing(changing_);
    EIDER_CHECK(queue_.ChangeVisibility(Visible(std::exchange(unseen, {})), stop));
    std::vector<SqsInFlight::Held> due;
    {
      const std::scoped_lock lock(mutex_);
      due = in_flight_.Due(kMessagesMax);
    }
    if (due.empty()) return {};
    std::vector<SqsVisibility> changes;
    for (const SqsInFlight::Held& held : due) {
      changes.push_back({held.receipt, SecondsOf(options_.visibility)});
    }
    EIDER_ASSIGN(const std::vector<std::size_t> lost, queue_.ChangeVisibility(changes, stop));
    const std::scoped_lock lock(mutex_);
    for (std::size_t place = 0; place < due.size(); ++place) {
      if (std::ranges::find(lost, place) == lost.end()) {
        in_flight_.Extended(due[place]);
      } else {
        std::ranges::move(in_flight_.Lost(due[place]), std::back_inserter(unseen));
      }
    }
  }
}

}  // namespace

std::unique_ptr<EventSource> NewSqsSource(SqsSourceOptions options, SqsDeps deps) {
  return std::make_unique<SqsSource>(std::move(options), deps);
}

}  // namespace eider::source
