#include "eider/codec/utf8.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace eider::codec {

bool IsUtf8(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t length = FirstCodePoint(bytes).bytes;
    if (length == 0) return false;
    bytes.remove_prefix(length);
  }
  return true;
}

CodePoint FirstCodePoint(std::string_view bytes) {
  const auto lead = static_cast<unsigned char>(bytes.front());
  std::size_t length = 1;
  std::uint32_t low = 0;
  std::uint32_t code_point = lead;
  if (lead >= 0xF0U && lead <= 0xF4U) {
    length = 4, low = 0x10000, code_point = lead & 0x07U;
  } else if (lead >= 0xE0U && lead < 0xF0U) {
    length = 3, low = 0x800, code_point = lead & 0x0FU;
  } else if (lead >= 0xC2U && lead < 0xE0U) {
    length = 2, low = 0x80, code_point = lead & 0x1FU;
  } else if (lead >= 0x80U) {
    return {};
  }
  if (bytes.size() < length) return {};
  for (std::size_t i = 1; i < length; ++i) {
    const auto next = static_cast<unsigned char>(bytes[i]);
    if ((next & 0xC0U) != 0x80U) return {};
    code_point = (code_point << 6U) | (next & 0x3FU);
  }
  const bool is_surrogate = code_point >= 0xD800 && code_point <= 0xDFFF;
  if (code_point < low || code_point > 0x10FFFF || is_surrogate) return {};
  return {code_point, length};
}

void AppendUtf8(std::uint32_t code_point, std::string& text) {
  const auto add = [&](std::uint32_t byte) { text += static_cast<char>(byte); };
  if (code_point < 0x80) return add(code_point);
  if (code_point < 0x800) {
    add(0xC0U | (code_point >> 6U));
  } else {
    if (code_point < 0x10000) {
      add(0xE0U | (code_point >> 12U));
    } else {
      add(0xF0U | (code_point >> 18U));
      add(0x80U | ((code_point >> 12U) & 0x3FU));
    }
    add(0x80U | ((code_point >> 6U) & 0x3FU));
  }
  add(0x80U | (code_point & 0x3FU));
}

}  // namespace eider::codec
