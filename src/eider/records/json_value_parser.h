// A strict parser of one JSON value (RFC 8259), which tells its shape.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "eider/codec/utf8.h"
#include "eider/records/byte_word.h"
#include "eider/records/json_shape.h"
#include "eider/records/text_scan.h"

namespace eider::records {

inline bool IsJsonSpace(char c) {
  return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

// The first quote, backslash or control character; `end` where there is none.
inline const char* StringStop(const char* at, const char* end) {
  for (; end - at >= static_cast<std::ptrdiff_t>(kWordBytes); at += kWordBytes) {
    const std::uint64_t word = LoadWord(at);
    const std::uint64_t found =
        Equal(word, Spread('"')) | Equal(word, Spread('\\')) | BelowBlank(word);
    if (found != 0) return at + FirstByte(found);
  }
  while (at != end && *at != '"' && *at != '\\' && static_cast<unsigned char>(*at) >= ' ') ++at;
  return at;
}

// Parses one value and grows a shape by it. After a failure `at` is where it happened; at the end
// of the text more of it might have helped.
class JsonValueParser {
 public:
  JsonValueParser(const char* begin, const char* end, int depth_max)
      : at(begin), end_(end), depth_max_(depth_max) {}

  // False: no value, or an unfinished one.
  bool Value(JsonShape& shape, int depth = 0) {
    Spaces();
    if (at == end_) return false;
    switch (*at) {
      case '{':
        return Object(shape, depth + 1);
      case '[':
        return List(shape, depth + 1);
      case '"': {
        std::string_view text;
        if (!String(text)) return false;
        shape.AddString(text);
        return true;
      }
      case 't':
        shape.AddBoolean();
        return Word("true");
      case 'f':
        shape.AddBoolean();
        return Word("false");
      case 'n':
        shape.AddNull();
        return Word("null");
      default:
        return Number(shape);
    }
  }

  const char* at;
  std::uint64_t lines = 0;  // that ended in the value
  bool is_too_deep = false;

 private:
  void Spaces() {
    if (at == end_ || static_cast<unsigned char>(*at) > ' ') return;  // as most often
    for (; at != end_ && IsJsonSpace(*at); ++at) lines += *at == '\n' ? 1 : 0;
  }

  bool Letter(char letter) {
    Spaces();
    if (at == end_ || *at != letter) return false;
    ++at;
    return true;
  }

  bool Word(std::string_view word) {
    for (const char c : word) {
      if (at == end_ || *at != c) return false;
      ++at;
    }
    return true;
  }

  bool Digits() {
    const char* const begin = at;
    while (at != end_ && IsDigit(*at)) ++at;
    return at != begin;
  }

  bool Number(JsonShape& shape) {
    const char* const begin = at;
    if (at != end_ && *at == '-') ++at;
    if (at != end_ && *at == '0') {
      ++at;
    } else if (!Digits()) {
      return false;
    }
    if (at != end_ && *at == '.') {
      ++at;
      if (!Digits()) return false;
    }
    if (at != end_ && (*at == 'e' || *at == 'E')) {
      ++at;
      if (at != end_ && (*at == '+' || *at == '-')) ++at;
      if (!Digits()) return false;
    }
    shape.AddNumber({begin, at});
    return true;
  }

  bool String(std::string_view& text) {
    const char* const begin = ++at;
    while (true) {
      at = StringStop(at, end_);
      if (at == end_) return false;
      if (*at == '"') {
        text = {begin, at++};
        return true;
      }
      if (*at != '\\' || ++at == end_) return false;
      ++at;
    }
  }

  bool Enter(int depth) {
    is_too_deep = is_too_deep || depth > depth_max_;
    if (is_too_deep) return false;
    ++at;
    Spaces();
    return true;
  }

  bool Object(JsonShape& shape, int depth) {
    if (!Enter(depth)) return false;
    shape.AddObject();
    if (Letter('}')) return true;
    std::size_t hint = 0;
    do {
      Spaces();
      JsonShape* const field = Key(shape, hint);
      if (field == nullptr || !Letter(':') || !Value(*field, depth)) return false;
    } while (Letter(','));
    return Letter('}');
  }

  // The shape of a key's values; null: there is no key.
  JsonShape* Key(JsonShape& shape, std::size_t& hint) {
    const JsonField* const expected = shape.Expected(hint);
    const std::string_view ahead(at, end_);
    if (expected && !expected->quoted.empty() && ahead.starts_with(expected->quoted)) {
      at += expected->quoted.size();
      ++hint;
      return expected->shape.get();
    }
    std::string_view key;
    if (at == end_ || *at != '"' || !String(key) || !codec::IsUtf8(key)) return nullptr;
    const bool has_escape = key.find('\\') != std::string_view::npos;
    return has_escape ? &EscapedField(shape, key, hint) : &shape.Field(key, false, hint);
  }

  // Invalid escapes stay as they are: the reader refuses them.
  static JsonShape& EscapedField(JsonShape& shape, std::string_view key, std::size_t& hint) {
    const auto text = nlohmann::json::parse(fmt::format("\"{}\"", key), nullptr, false);
    return shape.Field(text.is_string() ? text.get<std::string>() : std::string(key), true, hint);
  }

  bool List(JsonShape& shape, int depth) {
    if (!Enter(depth)) return false;
    JsonShape& element = shape.Element();
    if (Letter(']')) return true;
    do {
      if (!Value(element, depth)) return false;
    } while (Letter(','));
    return Letter(']');
  }

  const char* end_;
  int depth_max_;
};

}  // namespace eider::records
