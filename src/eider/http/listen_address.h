// Where a server listens, as people write it: "127.0.0.1:8080", "[::1]:8080", "0.0.0.0:80".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "eider/base/result.h"

namespace eider::http {

struct ListenAddress {
  std::string host;  // an IP address, without brackets
  std::uint16_t port = 0;
  bool is_loopback = false;  // 127.0.0.0/8 or ::1
};

// `localhost` is 127.0.0.1; other names are none, because one may have many addresses.
// Errors: kInvalid with what is wrong and how it is written.
Result<ListenAddress> ParseListenAddress(std::string_view text);

}  // namespace eider::http
