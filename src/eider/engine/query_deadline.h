// What ends a query before its time: a stop from outside, or the end of its time.
#pragma once

#include <atomic>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

#include "eider/base/clock.h"
#include "eider/base/result.h"
#include "eider/engine/sql_engine.h"

namespace eider::engine {

// Used by one thread; the token is for all. Borrows nothing: the outer stop is shared.
class QueryDeadline {
 public:
  // `options` outlive it.
  QueryDeadline(const std::stop_token& outer, const EngineOptions& options);

  std::stop_token token() const { return stop_.get_token(); }

  // From now on the query has this much time; without a limit, that of the options. Once the time
  // is over the token stays stopped, and a query that goes on all the same is stuck.
  void Start(std::optional<Milliseconds> limit);

  // Time no longer counts.
  void Pause() { timer_ = {}; }

  // The error of a query that this deadline stopped, instead of its own; others as they are.
  Error Explain(Error error, const std::string& file) const;

 private:
  void Watch(Milliseconds limit, const std::stop_token& no_longer);

  const EngineOptions& options_;
  std::stop_source stop_;
  std::stop_callback<std::function<void()>> on_outer_;
  std::optional<Milliseconds> limit_;
  std::atomic<bool> is_over_ = false;
  std::jthread timer_;
};

}  // namespace eider::engine
