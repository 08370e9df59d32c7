// What the settings of `eider serve`'s server must be together.
#pragma once

#include <string>
#include <vector>

#include "eider/config/config.h"

namespace eider::config {

// One line each; none: all is right.
std::vector<std::string> ServerProblems(const Config::Serve& serve);

}  // namespace eider::config
