// Hive's names of types, and the columns made of them.
#include "eider/catalog/glue_columns.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "eider/codec/json.h"
#include "eider/iceberg/schema.h"
#include "eider/iceberg/table_metadata.h"
#include "eider/iceberg/type.h"

namespace eider::catalog {
namespace {

using iceberg::TypeKind;

std::string HiveType(const iceberg::Type& type) {
  switch (type.kind) {
    case TypeKind::kBoolean:
      return "boolean";
    case TypeKind::kInt:
      return "int";
    case TypeKind::kLong:
      return "bigint";
    case TypeKind::kFloat:
      return "float";
    case TypeKind::kDouble:
      return "double";
    case TypeKind::kDecimal:
      return fmt::format("decimal({},{})", type.precision, type.scale);
    case TypeKind::kDate:
      return "date";
    case TypeKind::kTimestamp:
    case TypeKind::kTimestamptz:
    case TypeKind::kTimestampNs:
    case TypeKind::kTimestamptzNs:
      return "timestamp";
    case TypeKind::kTime:
    case TypeKind::kString:
    case TypeKind::kUuid:
    case TypeKind::kUnknown:
      return "string";
    case TypeKind::kFixed:
    case TypeKind::kBinary:
    case TypeKind::kVariant:
    case TypeKind::kGeometry:
    case TypeKind::kGeography:
      return "binary";
    case TypeKind::kList:
      return fmt::format("array<{}>", HiveType(type.fields.front().type));
    case TypeKind::kMap:
      return fmt::format("map<{},{}>", HiveType(type.fields.front().type),
                         HiveType(type.fields.back().type));
    case TypeKind::kStruct:
      break;
  }
  std::vector<std::string> fields;
  for (const iceberg::Field& field : type.fields) {
    fields.push_back(fmt::format("{}:{}", field.name, HiveType(field.type)));
  }
  return fmt::format("struct<{}>", fmt::join(fields, ","));
}

// Glue takes comments of one line and at most 255 bytes; what is beyond is left out, whole
// characters at a time.
std::string Comment(const std::string& doc) {
  constexpr std::size_t kCommentBytesMax = 255;
  std::size_t size = std::min(doc.size(), kCommentBytesMax);
  const auto is_inside_character = [&](std::size_t at) {
    return at < doc.size() && (static_cast<unsigned char>(doc[at]) & 0xC0U) == 0x80U;
  };
  while (size > 0 && is_inside_character(size)) --size;
  std::string comment = doc.substr(0, size);
  std::ranges::replace_if(
      comment, [](char c) { return c == '\n' || c == '\r'; }, ' ');
  return comment;
}

codec::Json GlueColumn(const iceberg::Field& field, bool is_current) {
  codec::Json column = {{"Name", field.name},
                        {"Type", HiveType(field.type)},
                        {"Parameters",
                         {{"iceberg.field.id", std::to_string(field.id)},
                          {"iceberg.field.optional", field.required ? "false" : "true"},
                          {"iceberg.field.current", is_current ? "true" : "false"}}}};
  if (field.doc) column["Comment"] = Comment(*field.doc);
  return column;
}

// By the names of the columns.
std::map<std::string, codec::Json> CommentsOf(const codec::Json& columns) {
  std::map<std::string, codec::Json> comments;
  for (const codec::Json& column : columns) {
    if (!column.is_object() || !column.contains("Comment") || !column.contains("Name")) continue;
    if (column["Name"].is_string()) comments[column["Name"].get<std::string>()] = column["Comment"];
  }
  return comments;
}

}  // namespace

codec::Json GlueColumns(const iceberg::TableMetadata& table, const codec::Json& present) {
  const auto comments = CommentsOf(present);
  codec::Json columns = codec::Json::array();
  std::set<std::string> names;
  const auto add = [&](const iceberg::Schema& schema, bool is_current) {
    for (const iceberg::Field& field : schema.fields) {
      if (!names.insert(field.name).second) continue;
      codec::Json& column = columns.emplace_back(GlueColumn(field, is_current));
      const auto comment = comments.find(field.name);
      if (!field.doc && comment != comments.end()) column["Comment"] = comment->second;
    }
  };
  add(table.CurrentSchema(), true);
  for (const iceberg::Schema& schema : table.schemas) add(schema, false);
  return columns;
}

}  // namespace eider::catalog
