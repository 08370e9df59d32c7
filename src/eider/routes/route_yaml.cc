// Writing of YAML: block literals where they keep every character, quoted text everywhere else.
#include "eider/routes/route_yaml.h"

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "eider/codec/escaped_text.h"
#include "eider/codec/json.h"
#include "eider/routes/attribute_types.h"
#include "eider/routes/route.h"
#include "eider/routes/route_json.h"

namespace eider::routes {
namespace {

// A JSON string is a double-quoted YAML scalar, which has all of its escapes. The slash needs none.
std::string Quoted(std::string_view text) {
  return codec::EscapeInYaml(codec::ToJsonText(codec::Json(text)));
}

// Whether a block literal shows the text as it is: several lines of plain ASCII, none of them of
// blanks alone, no empty ones at either end, and the first one not indented.
bool FitsBlock(std::string_view text) {
  if (text.ends_with('\n')) text.remove_suffix(1);
  if (text.find('\n') == std::string_view::npos) return false;  // one line needs no block
  if (text.starts_with(' ') || text.starts_with('\n') || text.ends_with('\n')) return false;
  bool line_is_blank = false;  // so far, and not empty
  bool line_is_empty = true;
  for (const char c : text) {
    if (c == '\n') {
      if (line_is_blank) return false;
      line_is_empty = true;
      continue;
    }
    if (c < ' ' || c > '~') return false;
    line_is_blank = c == ' ' && (line_is_empty || line_is_blank);
    line_is_empty = false;
  }
  return !line_is_blank;
}

std::string BlockOf(std::string_view text, std::string_view indent) {
  std::string block = text.ends_with('\n') ? "|\n" : "|-\n";
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    if (end > 0) block.append(indent).append(text.substr(0, end));
    block += '\n';
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return block;
}

// Eider's own names are plain; a column's may be any text.
std::string KeyText(const std::string& name) {
  const auto is_among = [&](const auto& names) {
    return std::ranges::find(names, name) != names.end();
  };
  return is_among(kEngineAttributes) || is_among(kCommitAttributes) ? name : Quoted(name);
}

// `value` behind "name: ", with the end of its line. `indent` is that of the lines below.
std::string ValueText(const codec::Json& value, const std::string& indent) {
  if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    return " " + (FitsBlock(text) ? BlockOf(text, indent) : Quoted(text) + "\n");
  }
  if (!value.is_structured()) return " " + codec::ToJsonText(value) + "\n";
  std::string lines = "\n";
  for (const auto& [name, element] : value.items()) {
    lines += indent;
    lines += value.is_array() ? "-" : KeyText(name) + ":";
    lines += ValueText(element, indent + "  ");
  }
  return lines;
}

}  // namespace

std::string ToYaml(std::span<const Route> routes) {
  if (routes.empty()) return "routes: []\n";
  std::string yaml = "routes:\n";
  for (const Route& route : routes) {
    const codec::Json json = ToJson(route);
    std::string_view before = "  - ";
    for (const std::string_view name : kAttributes) {
      const auto value = json.find(name);
      if (value == json.end()) continue;
      yaml += fmt::format("{}{}:{}", before, name, ValueText(*value, "      "));
      before = "    ";
    }
  }
  return yaml;
}

}  // namespace eider::routes
