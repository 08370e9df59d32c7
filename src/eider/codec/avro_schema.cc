// Avro schemas from their JSON.
#include "eider/codec/avro_schema.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "eider/base/result.h"
#include "eider/codec/json.h"

namespace eider::codec {
namespace {

// In the order of AvroType.
constexpr std::array<std::string_view, 14> kTypeNames = {
    "null",   "boolean", "int",  "long",  "float", "double", "bytes",
    "string", "fixed",   "enum", "array", "map",   "record", "union"};

constexpr auto kPrimitivesEnd = static_cast<std::size_t>(AvroType::kFixed);

std::optional<AvroType> PrimitiveNamed(std::string_view name) {
  for (std::size_t i = 0; i < kPrimitivesEnd; ++i) {
    if (kTypeNames[i] == name) return static_cast<AvroType>(i);
  }
  return std::nullopt;
}

// The namespace of a full name: "a.b" of "a.b.c".
std::string_view NamespaceOf(std::string_view full_name) {
  const std::size_t dot = full_name.rfind('.');
  return dot == std::string_view::npos ? std::string_view() : full_name.substr(0, dot);
}

std::string FullName(std::string_view name, std::string_view name_space) {
  if (name_space.empty() || name.find('.') != std::string_view::npos) return std::string(name);
  return fmt::format("{}.{}", name_space, name);
}

}  // namespace

std::string_view AvroTypeName(AvroType type) {
  return kTypeNames.at(static_cast<std::size_t>(type));
}

std::optional<std::size_t> AvroNode::FieldById(int field_id) const {
  const auto found = std::ranges::find(fields, field_id, &AvroField::field_id);
  if (found == fields.end()) return std::nullopt;
  return static_cast<std::size_t>(found - fields.begin());
}

std::optional<std::size_t> AvroNode::FieldByName(std::string_view field_name) const {
  const auto found = std::ranges::find(fields, field_name, &AvroField::name);
  if (found == fields.end()) return std::nullopt;
  return static_cast<std::size_t>(found - fields.begin());
}

const AvroNode& AvroNode::NonNull() const {
  if (type != AvroType::kUnion || branches.size() != 2) return *this;
  if (branches[0]->type == AvroType::kNull) return *branches[1];
  if (branches[1]->type == AvroType::kNull) return *branches[0];
  return *this;
}

// Walks the JSON once; a named type is known from where its definition begins, so that it may
// mention itself. Recursion is bounded by ParseJson's limit of depth.
class AvroSchemaParser {
 public:
  Result<AvroSchema> Run(const Json& json) {
    EIDER_ASSIGN(schema_.root_, Parse(json, "", "schema"));
    return std::move(schema_);
  }

 private:
  // `name_space` is that of the enclosing named type; `path` is for messages.
  Result<const AvroNode*> Parse(const Json& json, std::string_view name_space,
                                const std::string& path) {
    if (json.is_string()) return ParseName(json.get_ref<const std::string&>(), name_space, path);
    if (json.is_array()) return ParseUnion(json, name_space, path);
    EIDER_ASSIGN(const JsonObject object, JsonObject::Of(json, path));
    const Json* type = object.Find("type");
    if (type != nullptr && !type->is_string()) return Parse(*type, name_space, path + ".type");
    EIDER_ASSIGN(const std::string name, object.String("type"));
    if (name == "record" || name == "error") return ParseRecord(object, name_space);
    if (name == "array" || name == "map") return ParseCollection(object, name, name_space);
    if (name == "fixed") return ParseFixed(object, name_space);
    if (name == "enum") return ParseEnum(object, name_space);
    const auto primitive = PrimitiveNamed(name);
    if (!primitive) return ParseName(name, name_space, path);
    return Add(*primitive, object);
  }

  Result<const AvroNode*> ParseName(const std::string& name, std::string_view name_space,
                                    const std::string& path) {
    if (const auto primitive = PrimitiveNamed(name)) return &AddNode(*primitive);
    const auto found = named_.find(FullName(name, name_space));
    if (found == named_.end()) {
      return Fail(Code::kCorrupt, fmt::format("unknown Avro type at {}: '{}'", path, name));
    }
    return found->second;
  }

  Result<const AvroNode*> ParseUnion(const Json& json, std::string_view name_space,
                                     const std::string& path) {
    AvroNode& node = AddNode(AvroType::kUnion);
    for (std::size_t i = 0; i < json.size(); ++i) {
      const std::string branch_path = fmt::format("{}[{}]", path, i);
      EIDER_ASSIGN(const AvroNode* branch, Parse(json[i], name_space, branch_path));
      if (branch->type == AvroType::kUnion) {
        return Fail(Code::kCorrupt, fmt::format("a union inside a union of Avro: {}", branch_path));
      }
      node.branches.push_back(branch);
    }
    return &node;
  }

  Result<const AvroNode*> ParseRecord(const JsonObject& object, std::string_view outer) {
    EIDER_ASSIGN(AvroNode * node, AddNamed(AvroType::kRecord, object, outer));
    EIDER_ASSIGN(const auto fields, object.Objects("fields"));
    for (const JsonObject& json : fields) {
      AvroField field;
      EIDER_ASSIGN(field.name, json.String("name"));
      if (node->FieldByName(field.name)) {
        return Fail(Code::kCorrupt, fmt::format("two fields of one name in Avro record {}: '{}'",
                                                node->name, field.name));
      }
      EIDER_ASSIGN(field.field_id, json.OptionalInt("field-id"));
      const Json* type = json.Find("type");
      if (type == nullptr) {
        return Fail(Code::kCorrupt, fmt::format("JSON field {} is missing", json.PathOf("type")));
      }
      EIDER_ASSIGN(field.type, Parse(*type, NamespaceOf(node->name), json.PathOf("type")));
      node->fields.push_back(std::move(field));
    }
    return node;
  }

  Result<const AvroNode*> ParseCollection(const JsonObject& object, std::string_view type,
                                          std::string_view name_space) {
    const bool is_array = type == "array";
    EIDER_ASSIGN(AvroNode * node, Add(is_array ? AvroType::kArray : AvroType::kMap, object));
    EIDER_ASSIGN(node->element_id, object.OptionalInt("element-id"));
    EIDER_ASSIGN(node->key_id, object.OptionalInt("key-id"));
    EIDER_ASSIGN(node->value_id, object.OptionalInt("value-id"));
    const std::string_view element_key = is_array ? "items" : "values";
    const Json* element = object.Find(element_key);
    if (element == nullptr) {
      return Fail(Code::kCorrupt,
                  fmt::format("JSON field {} is missing", object.PathOf(element_key)));
    }
    EIDER_ASSIGN(node->element, Parse(*element, name_space, object.PathOf(element_key)));
    return node;
  }

  Result<const AvroNode*> ParseFixed(const JsonObject& object, std::string_view name_space) {
    EIDER_ASSIGN(AvroNode * node, AddNamed(AvroType::kFixed, object, name_space));
    EIDER_ASSIGN(const int size, object.Int("size"));
    if (size < 0) {
      return Fail(Code::kCorrupt, fmt::format("negative size of Avro fixed at {}: {}",
                                              object.PathOf("size"), size));
    }
    node->fixed_size_bytes = static_cast<std::size_t>(size);
    return node;
  }

  Result<const AvroNode*> ParseEnum(const JsonObject& object, std::string_view name_space) {
    EIDER_ASSIGN(AvroNode * node, AddNamed(AvroType::kEnum, object, name_space));
    EIDER_ASSIGN(node->symbols, object.Strings("symbols"));
    return node;
  }

  Result<AvroNode*> AddNamed(AvroType type, const JsonObject& object, std::string_view outer) {
    EIDER_ASSIGN(const std::string name, object.String("name"));
    EIDER_ASSIGN(const auto own_name_space, object.OptionalString("namespace"));
    EIDER_ASSIGN(AvroNode * node, Add(type, object));
    node->name = FullName(name, own_name_space ? std::string_view(*own_name_space) : outer);
    if (!named_.emplace(node->name, node).second) {
      return Fail(Code::kCorrupt, fmt::format("two Avro types of one name: '{}'", node->name));
    }
    return node;
  }

  Result<AvroNode*> Add(AvroType type, const JsonObject& object) {
    AvroNode& node = AddNode(type);
    // Readers ignore a logical type that they do not know, whatever JSON it is.
    const Json* logical_type = object.Find("logicalType");
    if (logical_type != nullptr && logical_type->is_string()) {
      node.logical_type = logical_type->get_ref<const std::string&>();
    }
    return &node;
  }

  AvroNode& AddNode(AvroType type) {
    AvroNode& node = *schema_.nodes_.emplace_back(std::make_unique<AvroNode>());
    node.type = type;
    return node;
  }

  AvroSchema schema_;
  std::map<std::string, const AvroNode*, std::less<>> named_;
};

Result<AvroSchema> AvroSchema::Parse(std::string_view json_text) {
  EIDER_ASSIGN(const Json json, ParseJson(json_text));
  return AvroSchemaParser().Run(json);
}

}  // namespace eider::codec
