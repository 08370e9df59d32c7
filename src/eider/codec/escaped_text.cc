#include "eider/codec/escaped_text.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "eider/codec/utf8.h"

namespace eider::codec {
namespace {

struct Range {
  std::uint32_t first;
  std::uint32_t last;
};

// Unicode 15.1: the general categories Cc, Cf, Zl and Zp, without the signs of Cf that show, what
// has the property Default_Ignorable_Code_Point, and what looks like a blank and is none: Zs, the
// empty pattern of Braille (2800) and the null notehead (1D159). Sorted.
constexpr auto kHidden = std::to_array<Range>({
    {0x00, 0x1F},       {0x7F, 0xA0},       {0xAD, 0xAD},       {0x34F, 0x34F},
    {0x61C, 0x61C},     {0x70F, 0x70F},     {0x115F, 0x1160},   {0x1680, 0x1680},
    {0x17B4, 0x17B5},   {0x180B, 0x180F},   {0x2000, 0x200F},   {0x2028, 0x202F},
    {0x205F, 0x206F},   {0x2800, 0x2800},   {0x3000, 0x3000},   {0x3164, 0x3164},
    {0xFE00, 0xFE0F},   {0xFEFF, 0xFEFF},   {0xFFA0, 0xFFA0},   {0xFFF0, 0xFFFB},
    {0x13430, 0x1343F}, {0x1BCA0, 0x1BCA3}, {0x1D159, 0x1D159}, {0x1D173, 0x1D17A},
    {0xE0000, 0xE0FFF},
});

bool IsHidden(std::uint32_t code_point) {
  const auto* const range =
      std::ranges::lower_bound(kHidden, code_point, {}, [](const Range& r) { return r.last; });
  return range != kHidden.end() && range->first <= code_point;
}

void AppendHidden(std::uint32_t code_point, std::string& text) {
  switch (code_point) {
    case '\n':
      text += "\\n";
      return;
    case '\r':
      text += "\\r";
      return;
    case '\t':
      text += "\\t";
      return;
    default:
      text += code_point < 0x80 ? fmt::format("\\x{:02x}", code_point)
                                : fmt::format("\\u{{{:x}}}", code_point);
  }
}

std::string Escaped(std::string_view bytes, bool keeps_lines) {
  std::string text;
  text.reserve(bytes.size());
  while (!bytes.empty()) {
    const CodePoint next = FirstCodePoint(bytes);
    if (next.bytes == 0) {
      text += fmt::format("\\x{:02x}", static_cast<unsigned char>(bytes.front()));
    } else if (next.value == '\\') {
      text += "\\\\";
    } else if (IsHidden(next.value) && !(next.value == '\n' && keeps_lines)) {
      AppendHidden(next.value, text);
    } else {
      text += bytes.substr(0, next.bytes);
    }
    bytes.remove_prefix(std::max<std::size_t>(next.bytes, 1));
  }
  return text;
}

// `escape_above` writes a code point above U+FFFF.
template <typename EscapeAbove>
std::string EscapedInQuotes(std::string_view document, const EscapeAbove& escape_above) {
  std::string text;
  text.reserve(document.size());
  while (!document.empty()) {
    const CodePoint next = FirstCodePoint(document);
    const std::size_t length = std::max<std::size_t>(next.bytes, 1);
    if (next.bytes == 0 || next.value == '\n' || !IsHidden(next.value)) {
      text += document.substr(0, length);
    } else {
      text +=
          next.value < 0x10000 ? fmt::format("\\u{:04x}", next.value) : escape_above(next.value);
    }
    document.remove_prefix(length);
  }
  return text;
}

// The value of 1 to 6 lower-case hexadecimal digits.
std::optional<std::uint32_t> HexValue(std::string_view digits) {
  if (digits.empty() || digits.size() > 6) return std::nullopt;
  std::uint32_t value = 0;
  for (const char c : digits) {
    const std::size_t digit = std::string_view("0123456789abcdef").find(c);
    if (digit == std::string_view::npos) return std::nullopt;
    value = value * 16 + static_cast<std::uint32_t>(digit);
  }
  return value;
}

// Takes what stands behind a backslash from the front of `rest`; false where it is no escape.
bool TakeEscape(std::string_view& rest, std::string& bytes) {
  if (rest.empty()) return false;
  const char kind = rest.front();
  rest.remove_prefix(1);
  constexpr std::string_view kLetters = "\\nrt";
  constexpr std::string_view kMeanings = "\\\n\r\t";
  if (const std::size_t at = kLetters.find(kind); at != std::string_view::npos) {
    bytes += kMeanings[at];
    return true;
  }
  if (kind == 'x') {
    const auto value = HexValue(rest.substr(0, 2));
    if (!value || rest.size() < 2) return false;
    bytes += static_cast<char>(*value);
    rest.remove_prefix(2);
    return true;
  }
  const std::size_t end = rest.find('}');
  if (kind != 'u' || !rest.starts_with('{') || end == std::string_view::npos) return false;
  const auto value = HexValue(rest.substr(1, end - 1));
  if (!value || !IsHidden(*value)) return false;
  AppendUtf8(*value, bytes);
  rest.remove_prefix(end + 1);
  return true;
}

}  // namespace

std::string EscapeText(std::string_view bytes) {
  return Escaped(bytes, false);
}

std::string EscapeLines(std::string_view bytes) {
  return Escaped(bytes, true);
}

std::optional<std::string> UnescapeText(std::string_view text) {
  std::string bytes;
  std::string_view rest = text;
  while (!rest.empty()) {
    const char next = rest.front();
    rest.remove_prefix(1);
    if (next != '\\') {
      bytes += next;
    } else if (!TakeEscape(rest, bytes)) {
      return std::nullopt;
    }
  }
  // Only what EscapeText writes: one text for each sequence of bytes, and no other.
  return EscapeText(bytes) == text ? std::optional(bytes) : std::nullopt;
}

std::string EscapeInJson(std::string_view json) {
  return EscapedInQuotes(json, [](std::uint32_t above) {
    const std::uint32_t offset = above - 0x10000;
    return fmt::format("\\u{:04x}\\u{:04x}", 0xD800U + (offset >> 10U),
                       0xDC00U + (offset & 0x3FFU));
  });
}

std::string EscapeInYaml(std::string_view yaml) {
  return EscapedInQuotes(yaml, [](std::uint32_t above) { return fmt::format("\\U{:08x}", above); });
}

std::string PercentEncoded(std::string_view bytes) {
  constexpr std::string_view kPlain = "-._~/:";
  std::string text;
  for (const char c : bytes) {
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                          (c >= '0' && c <= '9') || kPlain.find(c) != std::string_view::npos;
    if (is_plain) {
      text += c;
    } else {
      text += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return text;
}

}  // namespace eider::codec
