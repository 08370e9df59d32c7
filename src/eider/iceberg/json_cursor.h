// A walk over JSON text that builds no tree: for the long, regular arrays of table metadata, where
// a tree costs several times the reading itself.
//
// Errors are kCorrupt. Their messages begin with the path below the place where the walk began, and
// go on like the codec's: "[3].summary.operation must be a string, but is 7". What Skip() passes
// over is only checked for its brackets: whoever uses that text parses it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "eider/base/result.h"

namespace eider::iceberg {

// Used by one thread. Borrows the text.
class JsonCursor {
 public:
  explicit JsonCursor(std::string_view text) : text_(text) {}

  // Each reads the next value, which must be of that kind.
  Result<std::int64_t> Int64();
  Result<std::string> String();

  // Passes the next value, of whatever kind, and returns its text.
  Result<std::string_view> Skip();

  // Passes a null if that is what comes next.
  bool TakeNull();

  // Reads an object; `on_member(std::string key) -> Status` must read the member's value.
  template <typename OnMember>
  Status Members(const OnMember& on_member);

  // Reads an array; `on_element() -> Status` must read one element.
  template <typename OnElement>
  Status Elements(const OnElement& on_element);

  // Bytes passed so far; white space before the next value is not.
  std::size_t offset() const { return offset_; }

  // What was passed since the cursor stood at `offset`.
  std::string_view TextSince(std::size_t offset) const {
    return text_.substr(offset, offset_ - offset);
  }

  // True when nothing but white space is left.
  bool AtEnd();

 private:
  void PassSpace();
  bool Take(char mark);
  bool PassString();
  bool PassNested();
  bool PassValue();
  std::unexpected<Error> Unexpected(std::string_view wanted) const;
  // ".key" for the text of a key in the document, quotes and all.
  static std::string PathStep(std::string_view key_text);

  std::string_view text_;
  std::size_t offset_ = 0;
};

template <typename OnMember>
Status JsonCursor::Members(const OnMember& on_member) {
  if (!Take('{')) return Unexpected("an object");
  if (Take('}')) return {};
  do {
    const std::size_t key_start = offset_;
    EIDER_ASSIGN(std::string key, String());
    const std::string_view key_text = text_.substr(key_start, offset_ - key_start);
    if (!Take(':')) return Unexpected("a ':'");
    Status read = on_member(std::move(key));
    if (!read) {
      read.error().message.insert(0, PathStep(key_text));
      return read;
    }
  } while (Take(','));
  if (!Take('}')) return Unexpected("a ',' or a '}'");
  return {};
}

template <typename OnElement>
Status JsonCursor::Elements(const OnElement& on_element) {
  if (!Take('[')) return Unexpected("an array");
  if (Take(']')) return {};
  std::size_t index = 0;
  do {
    Status read = on_element();
    if (!read) {
      read.error().message.insert(0, fmt::format("[{}]", index));
      return read;
    }
    ++index;
  } while (Take(','));
  if (!Take(']')) return Unexpected("a ',' or a ']'");
  return {};
}

}  // namespace eider::iceberg
