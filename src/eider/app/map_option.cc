#include "eider/app/map_option.h"

#include <cstddef>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "eider/base/result.h"
#include "eider/codec/json.h"

namespace eider::app {

Result<codec::Json> MapOf(const MapOption& option, const std::vector<std::string>& texts) {
  codec::Json map = codec::Json::object();
  for (const std::string& text : texts) {
    const std::size_t end = text.find('=');
    if (end == std::string::npos || end == 0) {
      return Fail(Code::kInvalid,
                  fmt::format("{} must be {}: '{}'", option.flag, option.form, text));
    }
    const std::string name = text.substr(0, end);
    if (map.contains(name)) {
      return Fail(Code::kInvalid, fmt::format("{} names {} twice", option.flag, name));
    }
    map[name] = text.substr(end + 1);
  }
  return map;
}

}  // namespace eider::app
