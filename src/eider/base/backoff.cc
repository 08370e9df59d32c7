// Exponential backoff with full jitter.
#include "eider/base/backoff.h"

#include <algorithm>
#include <cstdint>
#include <optional>

#include "eider/base/clock.h"
#include "eider/base/random.h"

namespace eider {

Backoff::Backoff(const RetryLimits& limits, Clock& clock, Random& random)
    : limits_(limits), clock_(clock), random_(random), start_(clock.Now()) {}

std::optional<Milliseconds> Backoff::NextWait() {
  if (retries_ >= limits_.num_retries) return std::nullopt;
  Milliseconds cap = limits_.min_wait;
  for (int i = 0; i < retries_ && cap < limits_.max_wait; ++i) cap *= 2;
  cap = std::min(cap, limits_.max_wait);
  const auto span = static_cast<std::uint64_t>(std::max<std::int64_t>(cap.count(), 0)) + 1;
  const Milliseconds wait(static_cast<std::int64_t>(random_.Next() % span));
  if (clock_.Now() + wait - start_ > limits_.total_timeout) return std::nullopt;
  ++retries_;
  return wait;
}

}  // namespace eider
