// Why a column is text: the few of its values that are of another type than all the others.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "eider/records/text_type.h"

namespace eider::records {

struct TextCause {
  std::uint64_t line = 0;      // of the first such value
  std::string text;            // that value
  std::string type;            // of SQL: of the others
  std::uint64_t count = 0;     // of such values
  std::uint64_t of_count = 0;  // of all values
};

// Looks at the values of one column, in their order.
class TextCauseFinder {
 public:
  void Add(std::uint64_t line, std::string_view text);

  // A value that is text, whatever it looks like.
  void AddText(std::uint64_t line, std::string_view text);

  // Nothing where most values are text.
  std::optional<TextCause> Find() const;

 private:
  TextType others_;
  TextCause cause_;
};

}  // namespace eider::records
