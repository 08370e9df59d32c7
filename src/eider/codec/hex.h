// Bytes as lower-case hexadecimal text and back.
#pragma once

#include <string>
#include <string_view>

#include "eider/base/result.h"

namespace eider::codec {

std::string HexEncode(std::string_view bytes);

// Takes digits of either case. Errors: kInvalid (odd length, another character).
Result<std::string> HexDecode(std::string_view hex);

}  // namespace eider::codec
