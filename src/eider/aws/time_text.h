// The three ways in which AWS writes a time.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "eider/base/clock.h"

namespace eider::aws {

// "20150830T123600Z", of SigV4; its first eight characters are the day.
std::string AmzDate(TimePoint time);

// "Sun, 30 Aug 2015 12:36:00 GMT" (RFC 9110), of the Date header.
std::optional<TimePoint> ParseHttpDate(std::string_view text);

// "2015-08-30T12:36:00Z", "…00.123Z" and "…00+00:00" (RFC 3339), of credentials.
std::optional<TimePoint> ParseIsoTime(std::string_view text);

}  // namespace eider::aws
