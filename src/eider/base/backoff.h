// How long to wait before the next attempt: exponential backoff with full jitter, inside limits.
//
// Source: AWS Architecture Blog, "Exponential Backoff And Jitter"; the limits carry the names of
// Iceberg's table properties `commit.retry.*`.
#pragma once

#include <optional>

#include "eider/base/clock.h"
#include "eider/base/random.h"

namespace eider {

struct RetryLimits {
  int num_retries = 10;                   // attempts after the first
  Milliseconds min_wait{100};             // cap of the first wait
  Milliseconds max_wait{60'000};          // cap of every wait
  Milliseconds total_timeout{1'800'000};  // from the first attempt on
};

// One operation's attempts. Used by one thread; borrows clock and random.
class Backoff {
 public:
  Backoff(const RetryLimits& limits, Clock& clock, Random& random);

  // The wait before the next attempt, or nothing when the attempts or the time are used up.
  std::optional<Milliseconds> NextWait();

  int retries() const { return retries_; }

 private:
  RetryLimits limits_;
  Clock& clock_;
  Random& random_;
  TimePoint start_;
  int retries_ = 0;
};

}  // namespace eider
