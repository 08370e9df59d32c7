// Base64 (RFC 4648, section 4), with its padding and without line ends.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace eider::codec {

std::string ToBase64(std::string_view bytes);

// Nothing where the text is no Base64.
std::optional<std::string> FromBase64(std::string_view text);

}  // namespace eider::codec
