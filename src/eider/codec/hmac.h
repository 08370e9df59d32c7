// HMAC-SHA256 (RFC 2104), and the comparison of secrets.
#pragma once

#include <string>
#include <string_view>

namespace eider::codec {

// The 32 bytes of the code.
std::string HmacSha256(std::string_view key, std::string_view bytes);

// Whether both are the same; the time that it takes tells nothing of where they differ.
bool SecretsMatch(std::string_view given, std::string_view expected);

}  // namespace eider::codec
