// What the last hour did, in steps of ten seconds: for the plots of the dashboard.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <vector>

#include "eider/base/clock.h"

namespace eider::web {

struct SeriesPoint {
  std::uint64_t loaded = 0;  // files
  std::uint64_t failed = 0;
  std::uint64_t rows = 0;
  std::uint64_t bytes = 0;
  double lag_seconds_max = 0;  // of the files that were loaded
  double lag_seconds_sum = 0;
};

// Safe for concurrent calls from several threads. Borrows the clock.
class Series {
 public:
  static constexpr std::size_t kSteps = 360;
  static constexpr Milliseconds kStep{10'000};

  explicit Series(Clock& clock) : clock_(clock) {}

  // Adds up what happened now.
  void Add(const SeriesPoint& point);

  // All steps, the present one, which is not over yet, at the end.
  std::vector<SeriesPoint> Read() const;

 private:
  struct Slot {
    std::int64_t step = -1;  // since 1970; another one than asked for: nothing happened in that
    SeriesPoint point;
  };

  std::int64_t Step() const { return UnixMillis(clock_.Now()) / kStep.count(); }

  Clock& clock_;
  mutable std::mutex mutex_;  // guards what follows
  std::array<Slot, kSteps> slots_;
};

}  // namespace eider::web
