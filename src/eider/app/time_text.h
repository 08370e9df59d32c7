// Times as the commands and the log print them, all of them in UTC.
#pragma once

#include <string>

#include "eider/base/clock.h"

namespace eider::app {

// "2024-01-31 10:00:00", for people.
std::string TimeText(TimePoint time);

// "2024-01-31T10:00:00Z".
std::string IsoSeconds(TimePoint time);

// "2024-01-31T10:00:00.123Z".
std::string IsoMillis(TimePoint time);

}  // namespace eider::app
