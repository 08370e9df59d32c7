// Iceberg types and fields, as values.
//
// One struct serves all types: nested types keep their children as fields. A list has the one field
// `element`; a map has the fields `key` (required) and `value`. Source: Iceberg specification,
// "Schemas and Data Types".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace eider::iceberg {

enum class TypeKind : std::uint8_t {
  kBoolean,
  kInt,
  kLong,
  kFloat,
  kDouble,
  kDecimal,
  kDate,
  kTime,
  kTimestamp,
  kTimestamptz,
  kString,
  kUuid,
  kFixed,
  kBinary,
  kTimestampNs,  // from here on: of format version 3
  kTimestamptzNs,
  kUnknown,  // all of its values are null
  kVariant,
  kGeometry,
  kGeography,
  kStruct,
  kList,
  kMap,
};

struct Field;

// A template only for the compiler's sake: so the default of `fields` waits until Field is
// complete.
template <typename FieldType>
struct TypeOf {
  TypeKind kind = TypeKind::kStruct;
  int precision = 0;                   // kDecimal: 1 to 38
  int scale = 0;                       // kDecimal: 0 to precision
  int length = 0;                      // kFixed: bytes
  std::vector<FieldType> fields = {};  // kStruct, kList, kMap
  std::string arguments = {};          // kGeometry, kGeography: what stands in brackets

  bool IsPrimitive() const { return kind < TypeKind::kStruct; }

  bool operator==(const TypeOf& other) const {
    return kind == other.kind && precision == other.precision && scale == other.scale &&
           length == other.length && fields == other.fields && arguments == other.arguments;
  }
};

using Type = TypeOf<Field>;

struct Field {
  int id = 0;
  std::string name;
  bool required = false;
  Type type = {};
  std::optional<std::string> doc = {};
  // JSON of a single value (specification, "JSON single-value serialization"); format version 3.
  std::optional<std::string> initial_default = {};  // where a data file lacks the column
  std::optional<std::string> write_default = {};    // where a writer has no value for it

  bool operator==(const Field&) const = default;
};

// The type as people and the specification write it: "decimal(9,2)", "list<string>",
// "struct<a: int, b: map<string, double>>".
std::string ToString(const Type& type);

}  // namespace eider::iceberg
