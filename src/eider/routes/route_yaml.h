// Routes as the text of a YAML file that reads back as the same routes.
#pragma once

#include <span>
#include <string>

#include "eider/routes/route.h"

namespace eider::routes {

// SQL of several plain lines stays several lines. Bytes that are not UTF-8 become U+FFFD.
std::string ToYaml(std::span<const Route> routes);

}  // namespace eider::routes
