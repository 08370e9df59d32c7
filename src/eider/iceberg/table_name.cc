// Table names as they stand in routes and on the command line.
#include "eider/iceberg/table_name.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "eider/base/result.h"

namespace eider::iceberg {
namespace {

// What a SQL catalog's columns hold.
constexpr std::size_t kTextBytesMax = 255;

bool IsNameCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-';
}

}  // namespace

Result<TableName> TableName::Parse(std::string_view text) {
  const auto refuse = [&](std::string_view why) {
    return Fail(Code::kInvalid, fmt::format("not a table name, {}: '{}'", why, text));
  };
  TableName parsed;
  for (std::string_view rest = text;;) {
    const std::size_t dot = rest.find('.');
    const std::string_view level = rest.substr(0, dot);
    if (level.empty()) return refuse("a level is empty (write namespace.table)");
    if (!std::ranges::all_of(level, IsNameCharacter)) {
      return refuse("a level has only letters, digits, '_' and '-'");
    }
    if (dot == std::string_view::npos) {
      parsed.name = level;
      break;
    }
    parsed.name_space.emplace_back(level);
    rest.remove_prefix(dot + 1);
  }
  if (parsed.name_space.empty()) return refuse("the namespace is missing (write namespace.table)");
  if (parsed.name.size() > kTextBytesMax || parsed.NamespaceText().size() > kTextBytesMax) {
    return refuse(fmt::format("namespace and table have at most {} letters each", kTextBytesMax));
  }
  return parsed;
}

std::string TableName::ToString() const {
  return NamespaceText() + "." + name;
}

std::string TableName::NamespaceText() const {
  std::string text;
  for (const std::string& level : name_space) {
    if (!text.empty()) text += '.';
    text += level;
  }
  return text;
}

}  // namespace eider::iceberg
