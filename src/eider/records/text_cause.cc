// A value is odd when it is text by itself, or when it and those before it have no other type.
#include "eider/records/text_cause.h"

#include <cstdint>
#include <optional>
#include <string_view>

#include "eider/records/text_type.h"

namespace eider::records {

void TextCauseFinder::Add(std::uint64_t line, std::string_view text) {
  TextType with = others_;
  with.Add(text);
  if (with.IsText()) return AddText(line, text);
  ++cause_.of_count;
  others_ = with;
}

void TextCauseFinder::AddText(std::uint64_t line, std::string_view text) {
  ++cause_.of_count;
  if (cause_.count++ > 0) return;
  cause_.line = line;
  cause_.text = text;
}

std::optional<TextCause> TextCauseFinder::Find() const {
  if (cause_.count == 0 || 2 * cause_.count >= cause_.of_count) return std::nullopt;
  TextCause cause = cause_;
  cause.type = others_.Sql();
  return cause;
}

}  // namespace eider::records
