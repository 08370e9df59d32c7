// SHA-256 (FIPS 180-4) of bytes in memory.
#pragma once

#include <string>
#include <string_view>

namespace eider::codec {

// The digest's 32 bytes.
std::string Sha256(std::string_view bytes);

// The digest as 64 lower-case hexadecimal digits.
std::string Sha256Hex(std::string_view bytes);

}  // namespace eider::codec
