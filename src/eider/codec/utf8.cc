// Checking of UTF-8.
#include "eider/codec/utf8.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace eider::codec {

bool IsUtf8(std::string_view bytes) {
  for (std::size_t i = 0; i < bytes.size();) {
    const auto lead = static_cast<unsigned char>(bytes[i]);
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
      return false;
    }
    if (bytes.size() - i < length) return false;
    for (std::size_t j = 1; j < length; ++j) {
      const auto next = static_cast<unsigned char>(bytes[i + j]);
      if ((next & 0xC0U) != 0x80U) return false;
      code_point = (code_point << 6U) | (next & 0x3FU);
    }
    const bool is_surrogate = code_point >= 0xD800 && code_point <= 0xDFFF;
    if (code_point < low || code_point > 0x10FFFF || is_surrogate) return false;
    i += length;
  }
  return true;
}

}  // namespace eider::codec
