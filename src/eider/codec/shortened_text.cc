#include "eider/codec/shortened_text.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

#include <fmt/format.h>

namespace eider::codec {
namespace {

constexpr std::size_t kMarkBytesMax = 48;  // the mark with the longest number
constexpr std::size_t kContinuationBytesMax = 3;
constexpr std::string_view kWhiteSpace = " \t\r\n";

// Whether the byte goes on with a character that began before it.
bool GoesOn(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U;
}

// The end of a beginning of at most `size` bytes. Bytes that are not UTF-8 are cut anywhere.
std::size_t EndOfHead(std::string_view text, std::size_t size) {
  std::size_t end = size;
  while (end > 0 && size - end < kContinuationBytesMax && GoesOn(text[end])) --end;
  return GoesOn(text[end]) ? size : end;
}

std::size_t StartOfTail(std::string_view text, std::size_t size) {
  const std::size_t first = text.size() - size;
  std::size_t start = first;
  while (start < text.size() && start - first < kContinuationBytesMax && GoesOn(text[start])) {
    ++start;
  }
  return start < text.size() && GoesOn(text[start]) ? first : start;
}

}  // namespace

std::string Shortened(std::string_view text, std::size_t bytes_max) {
  if (text.size() <= bytes_max) return std::string(text);
  const std::size_t kept = std::max(bytes_max, kMarkBytesMax) - kMarkBytesMax;
  const std::size_t tail_bytes = kept / 3;
  const std::size_t end = EndOfHead(text, kept - tail_bytes);
  const std::size_t start = StartOfTail(text, tail_bytes);
  return fmt::format("{}… ({} bytes more) …{}", text.substr(0, end), start - end,
                     text.substr(start));
}

std::string_view Beginning(std::string_view text, std::size_t bytes_max) {
  return text.size() <= bytes_max ? text : text.substr(0, EndOfHead(text, bytes_max));
}

std::string ShortName(std::string_view name) {
  return Shortened(name, kNameBytesMax);
}

FilePlace ShortPlace(FilePlace place) {
  place.column = ShortName(place.column);
  if (place.value) place.value = Shortened(*place.value, kWordBytesMax);
  return place;
}

std::string ShortMessage(std::string_view message) {
  std::string text;
  while (!message.empty()) {
    const std::size_t end = std::min(message.find_first_of(kWhiteSpace), message.size());
    text += Shortened(message.substr(0, end), kWordBytesMax);
    message.remove_prefix(end);
    const std::size_t next = std::min(message.find_first_not_of(kWhiteSpace), message.size());
    text += message.substr(0, next);
    message.remove_prefix(next);
  }
  return Shortened(text, kMessageBytesMax);
}

}  // namespace eider::codec
