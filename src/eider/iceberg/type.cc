// Types as text, for people and for messages.
#include "eider/iceberg/type.h"

#include <string>
#include <string_view>

#include <fmt/format.h>

namespace eider::iceberg {
namespace {

std::string_view KindName(TypeKind kind) {
  switch (kind) {
    case TypeKind::kBoolean:
      return "boolean";
    case TypeKind::kInt:
      return "int";
    case TypeKind::kLong:
      return "long";
    case TypeKind::kFloat:
      return "float";
    case TypeKind::kDouble:
      return "double";
    case TypeKind::kDecimal:
      return "decimal";
    case TypeKind::kDate:
      return "date";
    case TypeKind::kTime:
      return "time";
    case TypeKind::kTimestamp:
      return "timestamp";
    case TypeKind::kTimestamptz:
      return "timestamptz";
    case TypeKind::kString:
      return "string";
    case TypeKind::kUuid:
      return "uuid";
    case TypeKind::kFixed:
      return "fixed";
    case TypeKind::kBinary:
      return "binary";
    case TypeKind::kTimestampNs:
      return "timestamp_ns";
    case TypeKind::kTimestamptzNs:
      return "timestamptz_ns";
    case TypeKind::kUnknown:
      return "unknown";
    case TypeKind::kVariant:
      return "variant";
    case TypeKind::kGeometry:
      return "geometry";
    case TypeKind::kGeography:
      return "geography";
    case TypeKind::kStruct:
      return "struct";
    case TypeKind::kList:
      return "list";
    case TypeKind::kMap:
      return "map";
  }
  return "unknown";
}

std::string Children(const Type& type, bool with_names) {
  std::string text;
  for (const Field& field : type.fields) {
    if (!text.empty()) text += ", ";
    if (with_names) text += field.name + ": ";
    text += ToString(field.type);
  }
  return text;
}

}  // namespace

std::string ToString(const Type& type) {
  const std::string_view name = KindName(type.kind);
  switch (type.kind) {
    case TypeKind::kDecimal:
      return fmt::format("decimal({},{})", type.precision, type.scale);
    case TypeKind::kFixed:
      return fmt::format("fixed[{}]", type.length);
    case TypeKind::kStruct:
      return fmt::format("struct<{}>", Children(type, true));
    case TypeKind::kList:
    case TypeKind::kMap:
      return fmt::format("{}<{}>", name, Children(type, false));
    case TypeKind::kGeometry:
    case TypeKind::kGeography:
      if (!type.arguments.empty()) return fmt::format("{}({})", name, type.arguments);
      return std::string(name);
    default:
      return std::string(name);
  }
}

}  // namespace eider::iceberg
