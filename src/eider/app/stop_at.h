// A time as a stop request.
#pragma once

#include <functional>
#include <stop_token>
#include <thread>

#include "eider/base/clock.h"

namespace eider::app {

// Requests a stop at `time`, or when `other` is requested before.
class StopAt {
 public:
  StopAt(Clock& clock, TimePoint time, const std::stop_token& other);

  StopAt(const StopAt&) = delete;
  StopAt& operator=(const StopAt&) = delete;

  std::stop_token token() const { return source_.get_token(); }

 private:
  std::stop_source source_;
  std::stop_callback<std::function<void()>> on_other_;
  std::jthread thread_;  // last: stops before the rest goes
};

}  // namespace eider::app
