// The fast way is for what metadata is full of: integers and plain ASCII strings. A string with an
// escape or a byte beyond ASCII is given to the codec's parser, which decodes and checks it.
#include "eider/iceberg/json_cursor.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>

#include <fmt/format.h>

#include "eider/base/result.h"
#include "eider/codec/json.h"
#include "eider/iceberg/metadata_limits.h"

namespace eider::iceberg {
namespace {

constexpr std::size_t kShownBytesMax = 60;

bool IsSpace(char c) {
  return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

bool EndsScalar(char c) {
  return IsSpace(c) || c == ',' || c == '}' || c == ']' || c == ':';
}

bool IsPlain(char c) {
  return c >= 0x20 && c < 0x7F && c != '\\';
}

bool IsInteger(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  return !text.empty() && std::ranges::all_of(text, is_digit) &&
         (text.size() == 1 || text.front() != '0');
}

}  // namespace

void JsonCursor::PassSpace() {
  while (offset_ < text_.size() && IsSpace(text_[offset_])) ++offset_;
}

bool JsonCursor::Take(char mark) {
  PassSpace();
  if (offset_ == text_.size() || text_[offset_] != mark) return false;
  ++offset_;
  return true;
}

bool JsonCursor::TakeNull() {
  PassSpace();
  const std::string_view rest = text_.substr(offset_);
  if (!rest.starts_with("null") || (rest.size() > 4 && !EndsScalar(rest[4]))) return false;
  offset_ += 4;
  return true;
}

bool JsonCursor::AtEnd() {
  PassSpace();
  return offset_ == text_.size();
}

std::unexpected<Error> JsonCursor::Unexpected(std::string_view wanted) const {
  JsonCursor ahead(*this);
  ahead.PassSpace();
  const std::size_t start = ahead.offset_;
  std::string found = start == text_.size() ? "the end of the text" : "no value";
  if (ahead.PassValue()) {
    const std::string_view value = text_.substr(start, ahead.offset_ - start);
    const bool nested = value.front() == '{' || value.front() == '[';
    if (nested) {
      found = value.front() == '{' ? "an object" : "an array";
    } else {
      found = value.size() > kShownBytesMax ? fmt::format("a value of {} bytes", value.size())
                                            : std::string(value);
    }
  }
  return Fail(Code::kCorrupt, fmt::format(" must be {}, but is {}", wanted, found));
}

std::string JsonCursor::PathStep(std::string_view key_text) {
  const std::size_t quote = key_text.find('"');
  return fmt::format(".{}", key_text.substr(quote + 1, key_text.size() - quote - 2));
}

Result<std::int64_t> JsonCursor::Int64() {
  PassSpace();
  std::size_t end = offset_;
  while (end < text_.size() && !EndsScalar(text_[end])) ++end;
  const std::string_view digits = text_.substr(offset_, end - offset_);
  std::int64_t value = 0;
  if (!IsInteger(digits) ||
      std::from_chars(digits.data(), digits.data() + digits.size(), value).ec != std::errc()) {
    return Unexpected("an integer of 64 bits");
  }
  offset_ = end;
  return value;
}

// Stands at the opening quote; passes the closing one.
bool JsonCursor::PassString() {
  for (std::size_t at = offset_ + 1; at < text_.size();) {
    const std::size_t quote = text_.find('"', at);
    if (quote == std::string_view::npos) return false;
    const std::size_t escape = text_.substr(at, quote - at).find('\\');
    if (escape == std::string_view::npos) {
      offset_ = quote + 1;
      return true;
    }
    at += escape + 2;
  }
  return false;
}

Result<std::string> JsonCursor::String() {
  PassSpace();
  const std::size_t start = offset_;
  if (start == text_.size() || text_[start] != '"' || !PassString()) return Unexpected("a string");
  const std::string_view inside = text_.substr(start + 1, offset_ - start - 2);
  if (std::ranges::all_of(inside, IsPlain)) return std::string(inside);
  EIDER_ASSIGN(const codec::Json decoded, codec::ParseJson(text_.substr(start, offset_ - start)));
  return decoded.get_ref<const std::string&>();
}

// Stands at an opening bracket; passes the one that closes it.
bool JsonCursor::PassNested() {
  int depth = 0;
  while (offset_ < text_.size()) {
    const char c = text_[offset_];
    if (c == '"') {
      if (!PassString()) return false;
      continue;
    }
    ++offset_;
    if (c == '{' || c == '[') {
      if (++depth > kMetadataJsonDepthMax) return false;
    } else if (c == '}' || c == ']') {
      if (--depth == 0) return true;
    }
  }
  return false;
}

bool JsonCursor::PassValue() {
  PassSpace();
  const std::size_t start = offset_;
  const char first = start < text_.size() ? text_[start] : ',';
  if (first == '"') return PassString();
  if (first == '{' || first == '[') return PassNested();
  while (offset_ < text_.size() && !EndsScalar(text_[offset_])) ++offset_;
  return offset_ > start;
}

Result<std::string_view> JsonCursor::Skip() {
  PassSpace();
  const std::size_t start = offset_;
  if (!PassValue()) return Unexpected("a whole value");
  return text_.substr(start, offset_ - start);
}

}  // namespace eider::iceberg
