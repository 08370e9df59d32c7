// Events as those who send them made them: tests/golden/events.
#pragma once

#include <fstream>
#include <iterator>
#include <string>

namespace eider::source {

inline std::string GoldenEvent(const std::string& name) {
  std::ifstream file(EIDER_SOURCE_DIR "/tests/golden/events/" + name);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace eider::source
