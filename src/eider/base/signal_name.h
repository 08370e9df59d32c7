// Signals as people read them.
#pragma once

#include <string.h>

#include <string_view>

namespace eider {

// "Segmentation fault"; "unknown" for what is no signal.
inline std::string_view SignalName(int number) {
  const char* const name = ::sigdescr_np(number);
  return name == nullptr ? "unknown" : name;
}

}  // namespace eider
