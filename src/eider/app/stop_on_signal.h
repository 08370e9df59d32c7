// SIGINT and SIGTERM as a stop request: what is in work ends well instead of being cut off.
#pragma once

#include <signal.h>

#include <atomic>
#include <stop_token>
#include <thread>

namespace eider::app {

// Make it before any other thread: threads that exist already keep the signals' default. A second
// signal, a second of silence after the first, ends the process at once, as if nobody listened.
class StopOnSignal {
 public:
  StopOnSignal();
  ~StopOnSignal();

  StopOnSignal(const StopOnSignal&) = delete;
  StopOnSignal& operator=(const StopOnSignal&) = delete;

  std::stop_token token() const { return source_.get_token(); }

  // The one that asked for the stop; 0: none yet.
  int signal() const { return signal_.load(); }

 private:
  void Listen(const std::stop_token& done);

  sigset_t signals_{};
  sigset_t former_{};
  std::stop_source source_;
  std::atomic<int> signal_ = 0;
  std::jthread listener_;
};

}  // namespace eider::app
