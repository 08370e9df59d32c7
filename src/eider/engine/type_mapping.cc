// The rules of type conversion between query results and tables.
#include "eider/engine/type_mapping.h"

#include <algorithm>
#include <string>
#include <utility>

#include <duckdb/common/types.hpp>
#include <fmt/format.h>

#include "eider/base/result.h"
#include "eider/iceberg/type.h"

namespace eider::engine {
namespace {

using duckdb::LogicalType;
using duckdb::LogicalTypeId;
using iceberg::Type;
using iceberg::TypeKind;

// Integers by the number of decimal digits of their widest value and of their bits.
struct IntegerRange {
  int digits;
  int bits;  // of the magnitude
  bool is_signed;
};

// Zero digits: not an integer type that every value of which fits somewhere.
IntegerRange RangeOf(LogicalTypeId id) {
  switch (id) {
    case LogicalTypeId::TINYINT:
      return {3, 7, true};
    case LogicalTypeId::UTINYINT:
      return {3, 8, false};
    case LogicalTypeId::SMALLINT:
      return {5, 15, true};
    case LogicalTypeId::USMALLINT:
      return {5, 16, false};
    case LogicalTypeId::INTEGER:
      return {10, 31, true};
    case LogicalTypeId::UINTEGER:
      return {10, 32, false};
    case LogicalTypeId::BIGINT:
      return {19, 63, true};
    case LogicalTypeId::UBIGINT:
      return {20, 64, false};
    case LogicalTypeId::HUGEINT:
      return {39, 127, true};
    case LogicalTypeId::UHUGEINT:
      return {39, 128, false};
    default:
      return {0, 0, false};
  }
}

// Types whose values are checked one by one where the target is narrower: sum() yields HUGEINT,
// and refusing every sum for a long column would help nobody.
bool IsWideInteger(LogicalTypeId id) {
  return id == LogicalTypeId::UBIGINT || id == LogicalTypeId::HUGEINT ||
         id == LogicalTypeId::UHUGEINT;
}

Conversion IntegerTo(LogicalTypeId id, const Type& to) {
  if (to.kind == TypeKind::kString) return Conversion::kCast;
  const IntegerRange range = RangeOf(id);
  const Conversion otherwise = IsWideInteger(id) ? Conversion::kCheckedCast : Conversion::kNone;
  switch (to.kind) {
    case TypeKind::kInt:
      return range.bits <= 31 ? Conversion::kCast : Conversion::kNone;
    case TypeKind::kLong:
      if (id == LogicalTypeId::UHUGEINT) return Conversion::kNone;
      return range.bits <= 63 ? Conversion::kCast : otherwise;
    case TypeKind::kFloat:
      return range.bits <= 24 ? Conversion::kCast : Conversion::kCheckedCast;
    case TypeKind::kDouble:
      return range.bits <= 53 ? Conversion::kCast : Conversion::kCheckedCast;
    case TypeKind::kDecimal:
      return to.precision - to.scale >= range.digits ? Conversion::kCast : otherwise;
    default:
      return Conversion::kNone;
  }
}

bool FitsDecimal(const LogicalType& from, const Type& to) {
  const int precision = duckdb::DecimalType::GetWidth(from);
  const int scale = duckdb::DecimalType::GetScale(from);
  return to.scale >= scale && to.precision - to.scale >= precision - scale;
}

Conversion When(bool fits) {
  return fits ? Conversion::kCast : Conversion::kNone;
}

Result<Type> NewNestedType(const LogicalType& type) {
  const auto child = [](std::string name, bool required,
                        const LogicalType& from) -> Result<iceberg::Field> {
    EIDER_ASSIGN(Type converted, NewColumnType(from));
    return iceberg::Field{0, std::move(name), required, std::move(converted), {}};
  };
  Type nested;
  switch (type.id()) {
    case LogicalTypeId::STRUCT:
      nested.kind = TypeKind::kStruct;
      for (const auto& [name, child_type] : duckdb::StructType::GetChildTypes(type)) {
        if (name.empty()) {
          return Fail(Code::kInvalid,
                      "a struct without field names has no Iceberg type; name its "
                      "fields, as in {'a': 1}");
        }
        EIDER_ASSIGN(iceberg::Field field, child(name, false, child_type));
        nested.fields.push_back(std::move(field));
      }
      return nested;
    case LogicalTypeId::MAP: {
      nested.kind = TypeKind::kMap;
      EIDER_ASSIGN(iceberg::Field key, child("key", true, duckdb::MapType::KeyType(type)));
      EIDER_ASSIGN(iceberg::Field value, child("value", false, duckdb::MapType::ValueType(type)));
      nested.fields = {std::move(key), std::move(value)};
      return nested;
    }
    default: {
      nested.kind = TypeKind::kList;
      const LogicalType& element = type.id() == LogicalTypeId::ARRAY
                                       ? duckdb::ArrayType::GetChildType(type)
                                       : duckdb::ListType::GetChildType(type);
      EIDER_ASSIGN(iceberg::Field field, child("element", false, element));
      nested.fields = {std::move(field)};
      return nested;
    }
  }
}

// What the author of the SQL can do about a type that Iceberg does not have.
std::string WayOut(const LogicalType& type) {
  switch (type.id()) {
    case LogicalTypeId::SQLNULL:
      return "give it one: CAST(NULL AS VARCHAR), for example";
    case LogicalTypeId::TIME_TZ:
    case LogicalTypeId::TIME_NS:
      return "cast it in the route's SQL: CAST(x AS TIME)";
    case LogicalTypeId::INTERVAL:
      return "cast it in the route's SQL: CAST(x AS VARCHAR), or epoch_us(x) as a long";
    case LogicalTypeId::BIGNUM:
      return "cast it in the route's SQL: CAST(x AS DECIMAL(38,0)), or CAST(x AS VARCHAR)";
    case LogicalTypeId::AGGREGATE_STATE:
      return "finish it in the route's SQL: finalize(x)";
    case LogicalTypeId::UNION:
      return "take one member in the route's SQL: union_extract(x, 'member')";
    case LogicalTypeId::BIT:
    case LogicalTypeId::VARIANT:
    case LogicalTypeId::GEOMETRY:
    case LogicalTypeId::TYPE:
      return "cast it in the route's SQL: CAST(x AS VARCHAR)";
    default:
      return "cast it in the route's SQL";
  }
}

Type Decimal(int precision, int scale) {
  Type type{TypeKind::kDecimal};
  type.precision = precision;
  type.scale = scale;
  return type;
}

}  // namespace

bool CanRead(const Type& type) {
  switch (type.kind) {
    case TypeKind::kTimestamptzNs:
    case TypeKind::kUnknown:
    case TypeKind::kVariant:
    case TypeKind::kGeometry:
    case TypeKind::kGeography:
      return false;
    default:
      return std::ranges::all_of(type.fields,
                                 [](const iceberg::Field& field) { return CanRead(field.type); });
  }
}

bool CanWrite(const Type& type) {
  const auto can = [](const iceberg::Field& field) { return CanWrite(field.type); };
  if (type.IsPrimitive()) return type.kind != TypeKind::kFixed && CanRead(type);
  return type.kind == TypeKind::kStruct ? std::ranges::any_of(type.fields, can)
                                        : std::ranges::all_of(type.fields, can);
}

Type WrittenType(Type type) {
  std::erase_if(type.fields, [](const iceberg::Field& field) { return !CanWrite(field.type); });
  for (iceberg::Field& field : type.fields) field.type = WrittenType(std::move(field.type));
  return type;
}

iceberg::Schema WrittenSchema(const iceberg::Schema& schema) {
  iceberg::Schema written = schema;
  written.fields = WrittenType({.fields = schema.fields}).fields;
  return written;
}

LogicalType WriteTypeOf(const Type& type) {
  switch (type.kind) {
    case TypeKind::kBoolean:
      return LogicalType::BOOLEAN;
    case TypeKind::kInt:
      return LogicalType::INTEGER;
    case TypeKind::kLong:
      return LogicalType::BIGINT;
    case TypeKind::kFloat:
      return LogicalType::FLOAT;
    case TypeKind::kDouble:
      return LogicalType::DOUBLE;
    case TypeKind::kDecimal:
      return LogicalType::DECIMAL(static_cast<std::uint8_t>(type.precision),
                                  static_cast<std::uint8_t>(type.scale));
    case TypeKind::kDate:
      return LogicalType::DATE;
    case TypeKind::kTime:
      return LogicalType::TIME;
    case TypeKind::kTimestamp:
      return LogicalType::TIMESTAMP;
    case TypeKind::kTimestamptz:
      return LogicalType::TIMESTAMP_TZ;
    case TypeKind::kString:
      return LogicalType::VARCHAR;
    case TypeKind::kUuid:
      return LogicalType::UUID;
    case TypeKind::kFixed:
    case TypeKind::kBinary:
      return LogicalType::BLOB;
    case TypeKind::kTimestampNs:
      return LogicalType::TIMESTAMP_NS;
    case TypeKind::kStruct: {
      duckdb::child_list_t<LogicalType> children;
      for (const iceberg::Field& field : type.fields) {
        children.emplace_back(field.name, WriteTypeOf(field.type));
      }
      return LogicalType::STRUCT(std::move(children));
    }
    case TypeKind::kList:
      return LogicalType::LIST(WriteTypeOf(type.fields[0].type));
    case TypeKind::kMap:
      return LogicalType::MAP(WriteTypeOf(type.fields[0].type), WriteTypeOf(type.fields[1].type));
    default:
      break;
  }
  return LogicalType::INVALID;
}

Result<Type> NewColumnType(const LogicalType& type) {
  switch (type.id()) {
    case LogicalTypeId::BOOLEAN:
      return Type{TypeKind::kBoolean};
    case LogicalTypeId::TINYINT:
    case LogicalTypeId::SMALLINT:
    case LogicalTypeId::INTEGER:
    case LogicalTypeId::UTINYINT:
    case LogicalTypeId::USMALLINT:
      return Type{TypeKind::kInt};
    case LogicalTypeId::UINTEGER:
    case LogicalTypeId::BIGINT:
      return Type{TypeKind::kLong};
    case LogicalTypeId::UBIGINT:
      return Decimal(20, 0);
    case LogicalTypeId::HUGEINT:
    case LogicalTypeId::UHUGEINT:
      return Decimal(38, 0);
    case LogicalTypeId::FLOAT:
      return Type{TypeKind::kFloat};
    case LogicalTypeId::DOUBLE:
      return Type{TypeKind::kDouble};
    case LogicalTypeId::DECIMAL:
      return Decimal(duckdb::DecimalType::GetWidth(type), duckdb::DecimalType::GetScale(type));
    case LogicalTypeId::VARCHAR:
    case LogicalTypeId::ENUM:
      return Type{TypeKind::kString};
    case LogicalTypeId::UUID:
      return Type{TypeKind::kUuid};
    case LogicalTypeId::BLOB:
      return Type{TypeKind::kBinary};
    case LogicalTypeId::DATE:
      return Type{TypeKind::kDate};
    case LogicalTypeId::TIME:
      return Type{TypeKind::kTime};
    case LogicalTypeId::TIMESTAMP:
    case LogicalTypeId::TIMESTAMP_SEC:
    case LogicalTypeId::TIMESTAMP_MS:
    case LogicalTypeId::TIMESTAMP_NS:
      return Type{TypeKind::kTimestamp};
    case LogicalTypeId::TIMESTAMP_TZ:
      return Type{TypeKind::kTimestamptz};
    case LogicalTypeId::STRUCT:
    case LogicalTypeId::LIST:
    case LogicalTypeId::ARRAY:
    case LogicalTypeId::MAP:
      return NewNestedType(type);
    default:
      return Fail(Code::kInvalid,
                  fmt::format("{} has no Iceberg type; {}", type.ToString(), WayOut(type)));
  }
}

Conversion ConversionOf(const LogicalType& from, const Type& to) {
  if (!CanWrite(to)) return Conversion::kNone;
  if (to.IsPrimitive() && from == WriteTypeOf(to)) return Conversion::kSame;
  switch (from.id()) {
    case LogicalTypeId::DECIMAL:
      return When(to.kind == TypeKind::kDecimal && FitsDecimal(from, to));
    case LogicalTypeId::FLOAT:
      return When(to.kind == TypeKind::kDouble);
    case LogicalTypeId::VARCHAR:  // with an alias: JSON
    case LogicalTypeId::ENUM:
    case LogicalTypeId::UUID:
      return When(to.kind == TypeKind::kString);
    case LogicalTypeId::TIMESTAMP:
    case LogicalTypeId::TIMESTAMP_SEC:
    case LogicalTypeId::TIMESTAMP_MS:
      if (to.kind == TypeKind::kTimestampNs) return Conversion::kCheckedCast;
      return When(to.kind == TypeKind::kTimestamp);
    case LogicalTypeId::TIMESTAMP_NS:
      return to.kind == TypeKind::kTimestamp ? Conversion::kCheckedCast : Conversion::kNone;
    case LogicalTypeId::BLOB:  // with an alias
      return When(to.kind == TypeKind::kBinary);
    default:
      return RangeOf(from.id()).digits > 0 ? IntegerTo(from.id(), to) : Conversion::kNone;
  }
}

}  // namespace eider::engine
