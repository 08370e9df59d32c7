// A ring whose slots know their time, so that nothing has to be cleared while nothing happens.
#include "eider/web/series.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <vector>

namespace eider::web {

void Series::Add(const SeriesPoint& point) {
  const std::int64_t step = Step();
  const std::lock_guard lock(mutex_);
  Slot& slot = slots_[static_cast<std::size_t>(step) % kSteps];
  if (slot.step != step) slot = {step, {}};
  slot.point.loaded += point.loaded;
  slot.point.failed += point.failed;
  slot.point.rows += point.rows;
  slot.point.bytes += point.bytes;
  slot.point.lag_seconds_sum += point.lag_seconds_sum;
  slot.point.lag_seconds_max = std::max(slot.point.lag_seconds_max, point.lag_seconds_max);
}

std::vector<SeriesPoint> Series::Read() const {
  const std::int64_t last = Step();
  std::vector<SeriesPoint> points;
  points.reserve(kSteps);
  const std::lock_guard lock(mutex_);
  for (std::int64_t step = last - static_cast<std::int64_t>(kSteps) + 1; step <= last; ++step) {
    const Slot& slot = slots_[static_cast<std::size_t>(step) % kSteps];
    points.push_back(slot.step == step ? slot.point : SeriesPoint());
  }
  return points;
}

}  // namespace eider::web
