// Times as the commands and the log print them, all of them in UTC.
#pragma once

#include <string>
#include <string_view>

#include "eider/base/clock.h"
#include "eider/base/result.h"

namespace eider::app {

// "2024-01-31 10:00:00", for people.
std::string TimeText(TimePoint time);

// "2024-01-31T10:00:00Z".
std::string IsoSeconds(TimePoint time);

// A time as people write it: "2024-01-31", "2024-01-31T10:00:00Z" with or without seconds, with a
// blank in place of the T, or "90s", "15m", "12h", "7d" before `now`. All in UTC. Errors: kInvalid.
Result<TimePoint> ParseTime(std::string_view text, TimePoint now);

}  // namespace eider::app
