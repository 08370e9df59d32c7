// CRC-32 of bytes, as gzip, zlib and Parquet have it (ISO 3309).
#pragma once

#include <cstdint>
#include <string_view>

namespace eider::codec {

// `before` is the checksum of the bytes in front of these.
std::uint32_t Crc32(std::string_view bytes, std::uint32_t before = 0);

}  // namespace eider::codec
