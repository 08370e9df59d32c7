// An Avro schema, parsed, with the attributes that Iceberg puts into it.
//
// The nodes form a graph: a named type (record, enum, fixed) that is mentioned again, even inside
// itself, is the same node. An AvroSchema owns its nodes; moving it leaves their addresses alone.
// Source: Avro 1.11 specification; Iceberg specification, "Appendix A: Avro".
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "eider/base/result.h"

namespace eider::codec {

enum class AvroType : std::uint8_t {
  kNull,
  kBoolean,
  kInt,
  kLong,
  kFloat,
  kDouble,
  kBytes,
  kString,
  kFixed,
  kEnum,
  kArray,
  kMap,
  kRecord,
  kUnion,
};

// The type's name in a schema, such as "boolean".
std::string_view AvroTypeName(AvroType type);

struct AvroNode;

struct AvroField {
  std::string name;
  std::optional<int> field_id;     // Iceberg's `field-id`
  const AvroNode* type = nullptr;  // never null once parsed
};

struct AvroNode {
  AvroType type = AvroType::kNull;
  std::string name;          // full name of a record, enum or fixed; else empty
  std::string logical_type;  // `logicalType`, or empty

  std::vector<AvroField> fields;          // kRecord
  std::vector<const AvroNode*> branches;  // kUnion
  const AvroNode* element = nullptr;      // kArray: of its items; kMap: of its values
  std::vector<std::string> symbols;       // kEnum
  std::size_t fixed_size_bytes = 0;       // kFixed

  std::optional<int> element_id;  // kArray, Iceberg's `element-id`
  std::optional<int> key_id;      // kMap, `key-id`
  std::optional<int> value_id;    // kMap, `value-id`

  // The position of a record's field, or nothing.
  std::optional<std::size_t> FieldById(int field_id) const;
  std::optional<std::size_t> FieldByName(std::string_view field_name) const;

  // What is not null in the union `["null", T]` or `[T, "null"]`; every other node is itself.
  const AvroNode& NonNull() const;
};

class AvroSchema {
 public:
  // Errors: kCorrupt (no JSON, or no Avro schema), naming the place.
  static Result<AvroSchema> Parse(std::string_view json_text);

  const AvroNode& root() const { return *root_; }

 private:
  friend class AvroSchemaParser;
  AvroSchema() = default;

  std::vector<std::unique_ptr<AvroNode>> nodes_;
  const AvroNode* root_ = nullptr;
};

}  // namespace eider::codec
