// Times as machines read them.
#pragma once

#include <string>

#include "eider/base/clock.h"

namespace eider {

// "2024-01-31T10:00:00.123Z".
std::string IsoMillis(TimePoint time);

}  // namespace eider
