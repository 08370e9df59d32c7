// A thread that waits for the end of the time, or to be told that nobody does any more.
#include "eider/engine/query_deadline.h"

#include <condition_variable>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "eider/base/result.h"

namespace eider::engine {

namespace {

// True when the time has passed, false when nobody waits for its end any more.
bool Pass(Milliseconds time, const std::stop_token& no_longer) {
  std::mutex mutex;
  std::condition_variable_any ended;
  std::unique_lock lock(mutex);
  ended.wait_for(lock, no_longer, time, [] { return false; });
  return !no_longer.stop_requested();
}

}  // namespace

QueryDeadline::QueryDeadline(const std::stop_token& outer, const EngineOptions& options)
    : options_(options), on_outer_(outer, [this] { stop_.request_stop(); }) {}

void QueryDeadline::Start(std::optional<Milliseconds> limit) {
  Pause();
  limit_ = limit ? limit : options_.timeout;
  if (!limit_) return;
  timer_ = std::jthread(
      [this, time = *limit_](const std::stop_token& no_longer) { Watch(time, no_longer); });
}

void QueryDeadline::Watch(Milliseconds limit, const std::stop_token& no_longer) {
  if (!Pass(limit, no_longer)) return;
  is_over_ = true;
  stop_.request_stop();
  if (!options_.on_stuck || !Pass(kStuckAfter, no_longer)) return;
  options_.on_stuck(fmt::format("a query does not stop {} ms after its time of {} ms was over",
                                kStuckAfter.count(), limit.count()));
}

Error QueryDeadline::Explain(Error error, const std::string& file) const {
  if (error.code != Code::kCancelled || !is_over_) return error;
  return {Code::kDeadlineExceeded,
          fmt::format("the query took longer than it may: {} ms (engine.timeout_ms of the route or "
                      "of the configuration); file {}",
                      limit_->count(), file)};
}

}  // namespace eider::engine
