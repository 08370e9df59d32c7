// The system's clock.
#include "eider/base/clock.h"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <utility>

namespace eider {

TimePoint SystemClock::Now() {
  return std::chrono::time_point_cast<Milliseconds>(std::chrono::system_clock::now());
}

void SystemClock::SleepFor(Milliseconds duration, std::stop_token stop) {
  std::mutex mutex;
  std::condition_variable_any wake;
  std::unique_lock lock(mutex);
  wake.wait_for(lock, std::move(stop), duration, [] { return false; });
}

}  // namespace eider
