// A limit of requests in a second that lets short crowds pass.
#pragma once

#include <algorithm>
#include <mutex>

#include "eider/base/clock.h"

namespace eider::web {

// Safe for concurrent calls from several threads. Borrows the clock.
class TokenBucket {
 public:
  // `per_second` is at least 1. A crowd of so many passes at once.
  TokenBucket(int per_second, Clock& clock)
      : per_second_(per_second), clock_(clock), tokens_(per_second), filled_at_(clock.Now()) {}

  // Whether one more request may pass now.
  bool Take() {
    const std::lock_guard lock(mutex_);
    const TimePoint now = clock_.Now();
    // A clock that was put back gives nothing, and takes nothing away.
    const auto passed = std::max(now - filled_at_, Milliseconds(0));
    filled_at_ = now;
    const double filled = tokens_ + per_second_ * static_cast<double>(passed.count()) / 1'000;
    tokens_ = std::min(filled, per_second_);
    if (tokens_ < 1) return false;
    tokens_ -= 1;
    return true;
  }

 private:
  const double per_second_;
  Clock& clock_;
  std::mutex mutex_;  // guards what follows
  double tokens_;
  TimePoint filled_at_;
};

}  // namespace eider::web
