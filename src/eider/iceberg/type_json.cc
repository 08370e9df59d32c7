// The names of primitive types in schema JSON, and what was meant by a name.
#include "eider/iceberg/type_json.h"

#include <array>
#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "eider/base/result.h"
#include "eider/iceberg/type.h"

namespace eider::iceberg {
namespace {

constexpr auto kPlainTypes = std::to_array<std::pair<std::string_view, TypeKind>>(
    {{"boolean", TypeKind::kBoolean},
     {"int", TypeKind::kInt},
     {"long", TypeKind::kLong},
     {"float", TypeKind::kFloat},
     {"double", TypeKind::kDouble},
     {"date", TypeKind::kDate},
     {"time", TypeKind::kTime},
     {"timestamp", TypeKind::kTimestamp},
     {"timestamptz", TypeKind::kTimestamptz},
     {"string", TypeKind::kString},
     {"uuid", TypeKind::kUuid},
     {"binary", TypeKind::kBinary},
     {"timestamp_ns", TypeKind::kTimestampNs},
     {"timestamptz_ns", TypeKind::kTimestamptzNs},
     {"unknown", TypeKind::kUnknown},
     {"variant", TypeKind::kVariant},
     {"geometry", TypeKind::kGeometry},
     {"geography", TypeKind::kGeography}});

std::string_view Trim(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

std::optional<int> ParseCount(std::string_view text) {
  const std::string_view digits = Trim(text);
  int value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc() || end != digits.data() + digits.size() || value < 0) return {};
  return value;
}

// What stands between `open` and the closing bracket that ends the text; empty when it does not.
std::optional<std::string_view> Argument(std::string_view text, std::string_view open, char close) {
  if (!text.starts_with(open) || !text.ends_with(close)) return {};
  text.remove_prefix(open.size());
  text.remove_suffix(1);
  return text;
}

std::optional<Type> ParseDecimal(std::string_view arguments) {
  const std::size_t comma = arguments.find(',');
  if (comma == std::string_view::npos) return {};
  const std::optional<int> precision = ParseCount(arguments.substr(0, comma));
  const std::optional<int> scale = ParseCount(arguments.substr(comma + 1));
  if (!precision || !scale) return {};
  return Type{.kind = TypeKind::kDecimal, .precision = *precision, .scale = *scale};
}

std::optional<Type> ParseKnown(std::string_view text) {
  for (const auto& [name, kind] : kPlainTypes) {
    if (text == name) return Type{.kind = kind};
  }
  if (const auto arguments = Argument(text, "decimal(", ')')) return ParseDecimal(*arguments);
  if (const auto argument = Argument(text, "fixed[", ']')) {
    if (const auto length = ParseCount(*argument)) {
      return Type{.kind = TypeKind::kFixed, .length = *length};
    }
  }
  for (const TypeKind kind : {TypeKind::kGeometry, TypeKind::kGeography}) {
    const std::string open = ToString(Type{.kind = kind}) + "(";
    if (const auto arguments = Argument(text, open, ')')) {
      return Type{.kind = kind, .arguments = std::string(*arguments)};
    }
  }
  return {};
}

}  // namespace

std::string PrimitiveToText(const Type& type) {
  if (type.kind == TypeKind::kDecimal) {
    return fmt::format("decimal({}, {})", type.precision, type.scale);
  }
  return ToString(type);
}

Result<Type> PrimitiveFromText(std::string_view text) {
  if (std::optional<Type> known = ParseKnown(text)) return *std::move(known);
  return Fail(Code::kCorrupt, fmt::format("there is no type of this name: '{}'", text));
}

}  // namespace eider::iceberg
