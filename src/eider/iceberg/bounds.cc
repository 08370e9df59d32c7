// Values to single-value serialization. Every width is written out by shifting, so that the bytes
// are the same on any machine.
#include "eider/iceberg/bounds.h"

#include <algorithm>
#include <bit>
#include <concepts>
#include <cstddef>

#include <fmt/format.h>

#include "eider/codec/hex.h"

namespace eider::iceberg {
namespace {

constexpr std::size_t kUuidTextLength = 36;

template <std::unsigned_integral T>
std::string LittleEndian(T bits) {
  std::string bytes;
  for (std::size_t i = 0; i < sizeof(T); ++i) {
    bytes.push_back(static_cast<char>((bits >> (8 * i)) & 0xFFU));
  }
  return bytes;
}

}  // namespace

std::string SerializeInt(std::int32_t value) {
  return LittleEndian(static_cast<std::uint32_t>(value));
}

std::string SerializeLong(std::int64_t value) {
  return LittleEndian(static_cast<std::uint64_t>(value));
}

std::string SerializeFloat(float value) {
  return LittleEndian(std::bit_cast<std::uint32_t>(value));
}

std::string SerializeDouble(double value) {
  return LittleEndian(std::bit_cast<std::uint64_t>(value));
}

std::string SerializeBoolean(bool value) {
  return value ? std::string(1, 1) : std::string(1, 0);
}

std::string SerializeDecimal(Int128 unscaled) {
  std::string bytes;
  // From the last byte on, until what is left is nothing but the sign of the byte just written.
  bool complete = false;
  while (!complete) {
    const auto byte = static_cast<std::uint8_t>(unscaled & 0xFF);
    bytes.push_back(static_cast<char>(byte));
    unscaled >>= 8;
    complete = unscaled == ((byte & 0x80U) != 0 ? -1 : 0);
  }
  std::ranges::reverse(bytes);
  return bytes;
}

Result<std::string> SerializeUuid(std::string_view text) {
  const auto refuse = [&] {
    return Fail(Code::kInvalid, fmt::format("not a UUID in canonical text: `{}`", text));
  };
  if (text.size() != kUuidTextLength) return refuse();
  std::string digits;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (i == 8 || i == 13 || i == 18 || i == 23) {
      if (text[i] != '-') return refuse();
      continue;
    }
    digits += text[i];
  }
  auto bytes = codec::HexDecode(digits);
  if (!bytes) return refuse();
  return bytes;
}

}  // namespace eider::iceberg
