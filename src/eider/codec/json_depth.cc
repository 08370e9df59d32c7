// The states: kBefore where a value may begin, kAfter behind or inside of one that has no brackets.
#include "eider/codec/json_depth.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>

#include "eider/codec/utf8.h"

namespace eider::codec {
namespace {

bool IsSpace(char c) {
  return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

using Bytes = std::array<bool, 256>;

constexpr Bytes BytesOf(std::string_view characters) {
  Bytes bytes{};
  for (const char c : characters) bytes[static_cast<unsigned char>(c)] = true;
  return bytes;
}

// What changes the state inside of a string, and behind or inside of a value without brackets.
constexpr Bytes kStringStops = BytesOf("\"\\\n");
constexpr Bytes kAfterStops = BytesOf("\",:{}[]");

const char* FirstOf(const Bytes& stops, const char* at, const char* end) {
  while (at != end && !stops[static_cast<unsigned char>(*at)]) ++at;
  return at;
}

}  // namespace

// A bracket opens a value only where one may begin; false: one level too many.
bool JsonDepth::Open() {
  if (state_ == State::kAfter && depth_ > 0) {
    state_ = State::kNoJson;
    return true;
  }
  state_ = State::kBefore;
  return ++depth_ <= depth_max_;
}

void JsonDepth::Step(char c) {
  switch (c) {
    case '"':
      state_ = State::kString;
      return;
    case '}':
    case ']':
      if (depth_ > 0) --depth_;
      state_ = State::kAfter;
      return;
    case ',':
    case ':':
      state_ = State::kBefore;
      return;
    default:
      if (!IsSpace(c)) state_ = State::kAfter;
  }
}

std::optional<std::uint64_t> JsonDepth::Feed(std::string_view bytes) {
  if (passed_ == 0 && bytes.starts_with(kByteOrderMark)) {
    passed_ += kByteOrderMark.size();
    bytes.remove_prefix(kByteOrderMark.size());
  }
  const char* const begin = bytes.data();
  const char* const end = begin + bytes.size();
  for (const char* at = begin; at != end && may_be_json_; ++at) {
    if (state_ == State::kString) at = FirstOf(kStringStops, at, end);
    if (state_ == State::kAfter) at = FirstOf(kAfterStops, at, end);
    if (at == end) break;
    const char c = *at;
    if (state_ == State::kStart) {
      if (IsSpace(c)) continue;
      may_be_json_ = c == '{' || c == '[';
    }
    if (state_ == State::kNoJson) {
      const void* line = std::memchr(at, '\n', static_cast<std::size_t>(end - at));
      if (line == nullptr) break;
      at = static_cast<const char*>(line);
      state_ = State::kBefore;
      depth_ = 0;
    } else if (state_ == State::kEscape) {
      state_ = State::kString;
    } else if (state_ == State::kString) {
      if (c == '"') state_ = State::kAfter;
      if (c == '\\') state_ = State::kEscape;
      if (c == '\n') {  // no JSON: a string has none
        state_ = State::kBefore;
        depth_ = 0;
      }
    } else if (c == '{' || c == '[') {
      if (!Open()) return passed_ + static_cast<std::uint64_t>(at - begin);
    } else {
      Step(c);
    }
  }
  passed_ += bytes.size();
  return std::nullopt;
}

}  // namespace eider::codec
