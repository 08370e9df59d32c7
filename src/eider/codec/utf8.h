// UTF-8 text, by RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace eider::codec {

// U+FEFF, with which a text may begin.
inline constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

// An empty text is one.
bool IsUtf8(std::string_view bytes);

struct CodePoint {
  std::uint32_t value = 0;
  std::size_t bytes = 0;  // 0: what the bytes begin with is not UTF-8
};

// The code point that `bytes`, of which there is one at least, begin with.
CodePoint FirstCodePoint(std::string_view bytes);

// `code_point` is at most U+10FFFF and no surrogate.
void AppendUtf8(std::uint32_t code_point, std::string& text);

}  // namespace eider::codec
