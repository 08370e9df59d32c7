// Routing strategies on one line: a list whose items may be regular expressions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "eider/base/result.h"

namespace eider::config {

// The non-empty items between the commas outside of (), [] and {}, trimmed. Brackets are read as in
// regular expressions: a backslash takes the meaning of the next character, and within [] other
// brackets stand for themselves. Errors: kInvalid when a bracket is not closed.
Result<std::vector<std::string>> SplitStrategies(std::string_view text);

}  // namespace eider::config
