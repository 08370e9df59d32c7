// Whether bytes are UTF-8 text, by RFC 3629.
#pragma once

#include <string_view>

namespace eider::codec {

// No overlong forms, no surrogates, nothing above U+10FFFF. An empty text is one.
bool IsUtf8(std::string_view bytes);

}  // namespace eider::codec
