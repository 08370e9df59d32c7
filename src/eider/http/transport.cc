#include "eider/http/transport.h"

#include <string_view>

namespace eider::http {

std::string_view Response::Find(std::string_view name) const {
  for (const Header& header : headers) {
    if (header.name == name) return header.value;
  }
  return {};
}

}  // namespace eider::http
