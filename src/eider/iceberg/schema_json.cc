// Schemas as JSON objects; nested types name their children's ids beside the types.
#include "eider/iceberg/schema_json.h"

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "eider/base/result.h"
#include "eider/codec/json.h"
#include "eider/iceberg/schema.h"
#include "eider/iceberg/type.h"
#include "eider/iceberg/type_json.h"

namespace eider::iceberg {
namespace {

using codec::Json;
using codec::JsonObject;

Json FieldsToJson(const std::vector<Field>& fields);

Json TypeToJson(const Type& type) {
  switch (type.kind) {
    case TypeKind::kStruct:
      return {{"type", "struct"}, {"fields", FieldsToJson(type.fields)}};
    case TypeKind::kList:
      return {{"type", "list"},
              {"element-id", type.fields[0].id},
              {"element", TypeToJson(type.fields[0].type)},
              {"element-required", type.fields[0].required}};
    case TypeKind::kMap:
      return {{"type", "map"},
              {"key-id", type.fields[0].id},
              {"key", TypeToJson(type.fields[0].type)},
              {"value-id", type.fields[1].id},
              {"value", TypeToJson(type.fields[1].type)},
              {"value-required", type.fields[1].required}};
    default:
      return PrimitiveToText(type);
  }
}

Json FieldsToJson(const std::vector<Field>& fields) {
  Json json = Json::array();
  for (const Field& field : fields) {
    Json member = {{"id", field.id},
                   {"name", field.name},
                   {"required", field.required},
                   {"type", TypeToJson(field.type)}};
    if (field.doc) member["doc"] = *field.doc;
    if (field.initial_default) member["initial-default"] = Json::parse(*field.initial_default);
    if (field.write_default) member["write-default"] = Json::parse(*field.write_default);
    json.push_back(std::move(member));
  }
  return json;
}

Result<std::vector<Field>> ReadFields(const JsonObject& parent);
Result<Type> ReadType(const JsonObject& parent, std::string_view key);

Result<Type> ReadList(const JsonObject& list) {
  Field element{.name = "element"};
  EIDER_ASSIGN(element.id, list.Int("element-id"));
  EIDER_ASSIGN(element.required, list.Bool("element-required"));
  EIDER_ASSIGN(element.type, ReadType(list, "element"));
  Type type{.kind = TypeKind::kList};
  type.fields.push_back(std::move(element));
  return type;
}

Result<Type> ReadMap(const JsonObject& map) {
  Field key{.name = "key", .required = true};
  Field value{.name = "value"};
  EIDER_ASSIGN(key.id, map.Int("key-id"));
  EIDER_ASSIGN(key.type, ReadType(map, "key"));
  EIDER_ASSIGN(value.id, map.Int("value-id"));
  EIDER_ASSIGN(value.required, map.Bool("value-required"));
  EIDER_ASSIGN(value.type, ReadType(map, "value"));
  Type type{.kind = TypeKind::kMap};
  type.fields.push_back(std::move(key));
  type.fields.push_back(std::move(value));
  return type;
}

Result<Type> ReadNested(const JsonObject& nested) {
  EIDER_ASSIGN(const std::string kind, nested.String("type"));
  if (kind == "list") return ReadList(nested);
  if (kind == "map") return ReadMap(nested);
  if (kind != "struct") {
    return Fail(Code::kCorrupt,
                fmt::format("JSON field {}: a nested type is struct, list or map, not '{}'",
                            nested.PathOf("type"), kind));
  }
  Type type;
  EIDER_ASSIGN(type.fields, ReadFields(nested));
  return type;
}

Result<Type> ReadType(const JsonObject& parent, std::string_view key) {
  const Json* value = parent.Find(key);
  if (value != nullptr && value->is_object()) {
    EIDER_ASSIGN(const JsonObject nested, parent.Object(key));
    return ReadNested(nested);
  }
  EIDER_ASSIGN(const std::string text, parent.String(key));
  Result<Type> type = PrimitiveFromText(text);
  if (!type) return Fail("JSON field " + parent.PathOf(key), std::move(type).error());
  return type;
}

Result<Field> ReadField(const JsonObject& json) {
  Field field;
  EIDER_ASSIGN(field.id, json.Int("id"));
  EIDER_ASSIGN(field.name, json.String("name"));
  EIDER_ASSIGN(field.required, json.Bool("required"));
  EIDER_ASSIGN(field.type, ReadType(json, "type"));
  EIDER_ASSIGN(field.doc, json.OptionalString("doc"));
  if (json.Has("initial-default")) {
    field.initial_default = codec::ToJsonText(*json.Find("initial-default"));
  }
  if (json.Has("write-default")) {
    field.write_default = codec::ToJsonText(*json.Find("write-default"));
  }
  return field;
}

Result<std::vector<Field>> ReadFields(const JsonObject& parent) {
  EIDER_ASSIGN(const std::vector<JsonObject> members, parent.Objects("fields"));
  std::vector<Field> fields;
  fields.reserve(members.size());
  for (const JsonObject& member : members) {
    EIDER_ASSIGN(Field field, ReadField(member));
    fields.push_back(std::move(field));
  }
  return fields;
}

Status CheckUniqueIds(const Schema& schema, const JsonObject& json) {
  std::set<int> ids;
  std::optional<std::string> twice;
  VisitFields(schema, [&](const Field& field, const std::string& path, bool) {
    if (!ids.insert(field.id).second && !twice) twice = fmt::format("{} of '{}'", field.id, path);
  });
  if (!twice) return {};
  return Fail(Code::kCorrupt, fmt::format("JSON field {}: a field id occurs twice: {}",
                                          json.PathOf("fields"), *twice));
}

}  // namespace

Json SchemaToJson(const Schema& schema) {
  Json json = {
      {"type", "struct"}, {"schema-id", schema.schema_id}, {"fields", FieldsToJson(schema.fields)}};
  if (!schema.identifier_field_ids.empty()) {
    json["identifier-field-ids"] = schema.identifier_field_ids;
  }
  return json;
}

Result<Schema> SchemaFromJson(const Json& json, std::string path) {
  EIDER_ASSIGN(const JsonObject object, JsonObject::Of(json, std::move(path)));
  Schema schema;
  // Format version 1 knew one schema, without an id.
  EIDER_ASSIGN(const std::optional<int> schema_id, object.OptionalInt("schema-id"));
  schema.schema_id = schema_id.value_or(0);
  EIDER_ASSIGN(schema.fields, ReadFields(object));
  EIDER_CHECK(CheckUniqueIds(schema, object));
  if (object.Has("identifier-field-ids")) {
    EIDER_ASSIGN(const std::vector<std::int64_t> ids, object.Int64s("identifier-field-ids"));
    for (const std::int64_t id : ids) {
      if (!std::in_range<int>(id)) {
        return Fail(Code::kCorrupt, fmt::format("JSON field {}: not a field id: {}",
                                                object.PathOf("identifier-field-ids"), id));
      }
      schema.identifier_field_ids.push_back(static_cast<int>(id));
    }
  }
  const Status sound = CheckSchema(schema);
  if (!sound) {
    const bool is_beyond = sound.error().code == Code::kUnsupported;
    return Fail(is_beyond ? Code::kUnsupported : Code::kCorrupt,
                fmt::format("JSON field {}: {}", object.PathOf("fields"), sound.error().message));
  }
  return schema;
}

}  // namespace eider::iceberg
