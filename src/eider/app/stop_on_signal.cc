// A thread that waits for signals; every other thread has them blocked.
#include "eider/app/stop_on_signal.h"

#include <pthread.h>
#include <signal.h>
#include <time.h>

#include <stop_token>

namespace eider::app {

StopOnSignal::StopOnSignal() {
  ::sigemptyset(&signals_);
  ::sigaddset(&signals_, SIGINT);
  ::sigaddset(&signals_, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &signals_, &former_);
  listener_ = std::jthread([this](const std::stop_token& done) { Listen(done); });
}

StopOnSignal::~StopOnSignal() {
  listener_.request_stop();
  ::pthread_kill(listener_.native_handle(), SIGTERM);  // only wakes it
  listener_.join();
  ::pthread_sigmask(SIG_SETMASK, &former_, nullptr);
}

void StopOnSignal::Listen(const std::stop_token& done) {
  while (true) {
    int signal = 0;
    ::sigwait(&signals_, &signal);
    if (done.stop_requested()) return;
    if (source_.stop_requested()) {
      ::signal(signal, SIG_DFL);
      ::pthread_sigmask(SIG_UNBLOCK, &signals_, nullptr);
      ::raise(signal);
    }
    signal_ = signal;
    source_.request_stop();
    // Who sends a signal to the process and to its group sends it twice: GNU timeout does.
    const timespec moment{.tv_sec = 1, .tv_nsec = 0};
    while (::sigtimedwait(&signals_, nullptr, &moment) > 0) {
      if (done.stop_requested()) return;
    }
  }
}

}  // namespace eider::app
