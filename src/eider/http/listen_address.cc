// Host and port, told apart at the last colon.
#include "eider/http/listen_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "eider/base/result.h"

namespace eider::http {
namespace {

std::unexpected<Error> Malformed(std::string_view text, std::string_view why) {
  return Fail(Code::kInvalid,
              fmt::format("the address '{}' to listen on {}; it is written like 127.0.0.1:8080, "
                          "[::1]:8080, or 0.0.0.0:8080 for all of this machine's",
                          text, why));
}

}  // namespace

Result<ListenAddress> ParseListenAddress(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return Malformed(text, "has no port");
  std::string_view host = text.substr(0, colon);
  const std::string_view port = text.substr(colon + 1);
  ListenAddress address;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), address.port);
  if (error != std::errc() || end != port.data() + port.size()) {
    return Malformed(text, "has no port between 0 and 65535");
  }
  const bool has_brackets = host.size() >= 2 && host.starts_with('[') && host.ends_with(']');
  if (has_brackets) host = host.substr(1, host.size() - 2);
  address.host = host == "localhost" && !has_brackets ? "127.0.0.1" : std::string(host);
  in6_addr six{};
  in_addr four{};
  if (has_brackets && ::inet_pton(AF_INET6, address.host.c_str(), &six) == 1) {
    address.is_loopback = IN6_IS_ADDR_LOOPBACK(&six);
  } else if (!has_brackets && ::inet_pton(AF_INET, address.host.c_str(), &four) == 1) {
    address.is_loopback = (ntohl(four.s_addr) >> 24U) == 127;
  } else if (host.find(':') != std::string_view::npos && !has_brackets) {
    return Malformed(text, "needs brackets around its IPv6 address");
  } else {
    return Malformed(text, "has no IP address before its port");
  }
  return address;
}

}  // namespace eider::http
