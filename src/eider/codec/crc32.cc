// By zlib.
#include "eider/codec/crc32.h"

#include <cstdint>
#include <string_view>

#include <zlib.h>

namespace eider::codec {

std::uint32_t Crc32(std::string_view bytes, std::uint32_t before) {
  return static_cast<std::uint32_t>(
      crc32_z(before, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

}  // namespace eider::codec
