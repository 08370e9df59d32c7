// Bounds cut by code point or by byte, upper ones raised in the last unit that can be.
#include "eider/iceberg/bound_truncation.h"

#include <algorithm>
#include <cstdint>

namespace eider::iceberg {
namespace {

constexpr char32_t kMaxCodePoint = 0x10FFFF;
constexpr char32_t kFirstSurrogate = 0xD800;
constexpr char32_t kAfterSurrogates = 0xE000;

// Byte length of the sequence that `lead` opens.
std::size_t SequenceLength(char lead) {
  const auto byte = static_cast<std::uint8_t>(lead);
  if (byte < 0x80) return 1;
  if (byte < 0xE0) return 2;
  return byte < 0xF0 ? 3 : 4;
}

// Byte offset just after the first `count` code points.
std::size_t PrefixBytes(std::string_view utf8, std::size_t count) {
  std::size_t offset = 0;
  for (; count > 0 && offset < utf8.size(); --count) offset += SequenceLength(utf8[offset]);
  return std::min(offset, utf8.size());
}

char32_t LastCodePoint(std::string_view utf8, std::size_t start) {
  const std::size_t length = utf8.size() - start;
  const auto lead = static_cast<std::uint8_t>(utf8[start]);
  if (length == 1) return lead;
  char32_t code_point = lead & (0xFFU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    code_point = (code_point << 6U) | (static_cast<std::uint8_t>(utf8[start + i]) & 0x3FU);
  }
  return code_point;
}

void AppendCodePoint(std::string& out, char32_t c) {
  const auto tail = [&](unsigned shift) {
    out.push_back(static_cast<char>(0x80U | ((c >> shift) & 0x3FU)));
  };
  if (c < 0x80) {
    out.push_back(static_cast<char>(c));
  } else if (c < 0x800) {
    out.push_back(static_cast<char>(0xC0U | (c >> 6U)));
    tail(0);
  } else if (c < 0x10000) {
    out.push_back(static_cast<char>(0xE0U | (c >> 12U)));
    tail(6);
    tail(0);
  } else {
    out.push_back(static_cast<char>(0xF0U | (c >> 18U)));
    tail(12);
    tail(6);
    tail(0);
  }
}

}  // namespace

std::string TruncateLowerBound(std::string_view utf8, std::size_t length_code_points) {
  return std::string(utf8.substr(0, PrefixBytes(utf8, length_code_points)));
}

std::optional<std::string> TruncateUpperBound(std::string_view utf8,
                                              std::size_t length_code_points) {
  const std::size_t kept = PrefixBytes(utf8, length_code_points);
  if (kept == utf8.size()) return std::string(utf8);

  std::string bound(utf8.substr(0, kept));
  while (!bound.empty()) {
    std::size_t start = bound.size() - 1;
    while (start > 0 && (static_cast<std::uint8_t>(bound[start]) & 0xC0U) == 0x80U) --start;
    char32_t last = LastCodePoint(bound, start);
    bound.resize(start);
    if (last >= kMaxCodePoint) continue;  // raise the one before instead
    if (++last == kFirstSurrogate) last = kAfterSurrogates;
    AppendCodePoint(bound, last);
    return bound;
  }
  return std::nullopt;
}

std::string TruncateBinaryLowerBound(std::string_view bytes, std::size_t length_bytes) {
  return std::string(bytes.substr(0, length_bytes));
}

std::optional<std::string> TruncateBinaryUpperBound(std::string_view bytes,
                                                    std::size_t length_bytes) {
  if (bytes.size() <= length_bytes) return std::string(bytes);

  std::string bound(bytes.substr(0, length_bytes));
  while (!bound.empty()) {
    const auto last = static_cast<std::uint8_t>(bound.back());
    bound.pop_back();
    if (last == 0xFF) continue;  // raise the one before instead
    bound.push_back(static_cast<char>(last + 1));
    return bound;
  }
  return std::nullopt;
}

}  // namespace eider::iceberg
