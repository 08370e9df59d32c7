// A thread that sleeps until the time has come.
#include "eider/app/stop_at.h"

#include <stop_token>

#include "eider/base/clock.h"

namespace eider::app {

StopAt::StopAt(Clock& clock, TimePoint time, const std::stop_token& other)
    : on_other_(other, [this] { source_.request_stop(); }),
      thread_([this, &clock, time](const std::stop_token& done) {
        clock.SleepFor(time - clock.Now(), done);
        if (!done.stop_requested()) source_.request_stop();
      }) {}

}  // namespace eider::app
