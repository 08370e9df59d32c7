// An option of the command line that is given once for each entry of a map.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "eider/base/result.h"
#include "eider/codec/json.h"

namespace eider::app {

struct MapOption {
  std::string_view flag;
  std::string_view form;  // of a text, with an example
};

// The map of "name=value" texts. Errors: kInvalid (no '=', a name twice).
Result<codec::Json> MapOf(const MapOption& option, const std::vector<std::string>& texts);

}  // namespace eider::app
