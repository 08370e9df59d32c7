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

QueryDeadline::QueryDeadline(const std::stop_token& outer)
    : on_outer_(outer, [this] { stop_.request_stop(); }) {}

void QueryDeadline::Start(std::optional<Milliseconds> limit) {
  Pause();
  limit_ = limit;
  if (!limit) return;
  timer_ = std::jthread([this, time = *limit](const std::stop_token& no_longer) {
    std::mutex mutex;
    std::condition_variable_any ended;
    std::unique_lock lock(mutex);
    ended.wait_for(lock, no_longer, time, [] { return false; });
    if (no_longer.stop_requested()) return;
    is_over_ = true;
    stop_.request_stop();
  });
}

Error QueryDeadline::Explain(Error error, const std::string& file) const {
  if (error.code != Code::kCancelled || !is_over_) return error;
  return {Code::kDeadlineExceeded,
          fmt::format("the query of the route took longer than it may: {} ms (engine.timeout_ms of "
                      "the route); file {}",
                      limit_->count(), file)};
}

}  // namespace eider::engine
