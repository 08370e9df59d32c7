// Commas between strategies, and commas within them.
#include "eider/config/strategy_list.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "eider/base/result.h"

namespace eider::config {
namespace {

constexpr std::size_t kNone = std::string_view::npos;

// The length of the character class at the front of `text`; none when it is not closed. A ']' that
// comes first stands for itself, and so do those of [:names:].
std::size_t ClassLength(std::string_view text) {
  std::size_t i = 1;
  if (text.substr(i).starts_with('^')) ++i;
  if (text.substr(i).starts_with(']')) ++i;
  while (i < text.size() && text[i] != ']') {
    const std::size_t name_end = text.substr(i).starts_with("[:") ? text.find(":]", i + 2) : kNone;
    if (name_end != kNone) {
      i = name_end + 2;
    } else {
      i += text[i] == '\\' ? 2 : 1;
    }
  }
  return i < text.size() ? i + 1 : kNone;
}

void AddTrimmed(std::string_view item, std::vector<std::string>& items) {
  const std::size_t begin = item.find_first_not_of(" \t");
  if (begin == kNone) return;
  items.emplace_back(item.substr(begin, item.find_last_not_of(" \t") - begin + 1));
}

}  // namespace

Result<std::vector<std::string>> SplitStrategies(std::string_view text) {
  std::vector<std::string> items;
  std::string open;  // brackets, outermost first
  std::size_t item_begin = 0;
  for (std::size_t i = 0; i < text.size();) {
    const char c = text[i];
    std::size_t length = c == '\\' ? 2 : 1;
    if (c == '[') {
      length = ClassLength(text.substr(i));
      if (length == kNone) {
        open += c;
        break;
      }
    } else if (c == '(' || c == '{') {
      open += c;
    } else if (!open.empty() && c == (open.back() == '(' ? ')' : '}')) {
      open.pop_back();
    } else if (c == ',' && open.empty()) {
      AddTrimmed(text.substr(item_begin, i - item_begin), items);
      item_begin = i + 1;
    }
    i += length;
  }
  if (!open.empty()) {
    return Fail(Code::kInvalid,
                fmt::format("has a '{}' that is not closed; close it, or write the strategies as a "
                            "list in the file, where items may hold anything: '{}'",
                            open.back(), text));
  }
  AddTrimmed(text.substr(item_begin), items);
  return items;
}

}  // namespace eider::config
