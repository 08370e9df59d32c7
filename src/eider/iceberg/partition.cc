#include "eider/iceberg/partition.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <ranges>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "eider/base/result.h"
#include "eider/codec/avro_schema.h"
#include "eider/codec/avro_value.h"
#include "eider/iceberg/bounds.h"
#include "eider/iceberg/manifest.h"
#include "eider/iceberg/schema.h"
#include "eider/iceberg/single_value.h"
#include "eider/iceberg/table_metadata.h"
#include "eider/iceberg/transform.h"
#include "eider/iceberg/transform_value.h"
#include "eider/iceberg/type.h"

namespace eider::iceberg {
namespace {

using codec::AvroNode;
using codec::AvroRecord;
using codec::AvroType;
using codec::AvroValue;
using nlohmann::json;

constexpr int kYearOfEpoch = 1970;
constexpr int kMonths = 12;
constexpr int kHours = 24;

// File systems take names of 255 bytes, and S3 keys of 1,024.
constexpr std::size_t kFolderBytesMax = 200;
constexpr std::size_t kPathBytesMax = 512;

// Bytes of the shortest two's complement that holds every unscaled value of that many digits.
std::size_t DecimalBytes(int precision) {
  Int128 highest = 1;
  for (int i = 0; i < precision; ++i) highest *= 10;
  return SerializeDecimal(highest - 1).size();
}

bool IsLetter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

// Avro's names have letters, digits and underscores; Java escapes what else a column's name has.
std::string AvroName(std::string_view name) {
  std::string text;
  for (const char c : name) {
    if (IsLetter(c) || (IsDigit(c) && !text.empty())) {
      text += c;
    } else if (IsDigit(c)) {
      text += fmt::format("_{}", c);
    } else {
      text += fmt::format("_x{:X}", static_cast<std::uint8_t>(c));
    }
  }
  return text;
}

json AvroTimestamp(std::string_view unit, bool is_utc) {
  return {{"type", "long"},
          {"logicalType", fmt::format("timestamp-{}", unit)},
          {"adjust-to-utc", is_utc}};
}

json AvroFixed(const std::string& name, std::size_t size) {
  return {{"type", "fixed"}, {"name", name}, {"size", size}};
}

json AvroDecimal(const Type& type) {
  json decimal = AvroFixed(fmt::format("decimal_{}_{}", type.precision, type.scale),
                           DecimalBytes(type.precision));
  decimal.update(
      {{"logicalType", "decimal"}, {"precision", type.precision}, {"scale", type.scale}});
  return decimal;
}

json AvroTypeOf(const Type& type) {
  constexpr std::size_t kUuidBytes = 16;
  switch (type.kind) {
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
      return AvroDecimal(type);
    case TypeKind::kDate:
      return {{"type", "int"}, {"logicalType", "date"}};
    case TypeKind::kTime:
      return {{"type", "long"}, {"logicalType", "time-micros"}};
    case TypeKind::kTimestamp:
      return AvroTimestamp("micros", false);
    case TypeKind::kTimestamptz:
      return AvroTimestamp("micros", true);
    case TypeKind::kTimestampNs:
      return AvroTimestamp("nanos", false);
    case TypeKind::kTimestamptzNs:
      return AvroTimestamp("nanos", true);
    case TypeKind::kUuid: {
      json uuid = AvroFixed("uuid_fixed", kUuidBytes);
      uuid["logicalType"] = "uuid";
      return uuid;
    }
    case TypeKind::kFixed:
      return AvroFixed(fmt::format("fixed_{}", type.length), static_cast<std::size_t>(type.length));
    case TypeKind::kBinary:
      return "bytes";
    default:
      return "string";
  }
}

// A named type is defined where it stands first, and later only named.
json NamedOnce(json type, std::set<std::string>& defined) {
  if (!type.is_object() || !type.contains("name")) return type;
  const std::string name = type["name"];
  return defined.insert(name).second ? type : json(name);
}

// The current schema's, else that of the newest one that has it: a column may be dropped.
Status FindSource(const TableMetadata& table, int id, PartitionColumn& column) {
  const Field* found = FindField(table.CurrentSchema(), id, column.path);
  for (const Schema& schema : table.schemas | std::views::reverse) {
    if (found == nullptr) found = FindField(schema, id, column.path);
  }
  if (found == nullptr) {
    return Fail(Code::kCorrupt,
                fmt::format("partition field `{}` is of column {}, which no schema of the table "
                            "has: {}",
                            column.name, id, table.location));
  }
  column.source = *found;
  return {};
}

Error InField(const std::string& name, Error error) {
  return Annotate(fmt::format("partition field `{}`", name), std::move(error));
}

Result<PartitionColumn> Named(const PartitionField& field) {
  auto transform = ParseTransform(field.transform);
  if (!transform) return std::unexpected(InField(field.name, std::move(transform).error()));
  return PartitionColumn{.field_id = field.field_id,
                         .name = field.name,
                         .transform = *transform,
                         .source = {},
                         .path = {},
                         .type = {}};
}

Status SetType(PartitionColumn& column) {
  auto type = TransformedType(column.transform, column.source.type);
  if (!type) {
    return std::unexpected(InField(column.name, {Code::kCorrupt, std::move(type).error().message}));
  }
  column.type = *std::move(type);
  return {};
}

AvroValue ToAvro(const Type& type, std::string value) {
  value = Promoted(type, std::move(value));
  switch (type.kind) {
    case TypeKind::kBoolean:
      return value == SerializeBoolean(true);
    case TypeKind::kInt:
    case TypeKind::kLong:
    case TypeKind::kDate:
    case TypeKind::kTime:
    case TypeKind::kTimestamp:
    case TypeKind::kTimestamptz:
    case TypeKind::kTimestampNs:
    case TypeKind::kTimestamptzNs:
      return LongOfValue(value);
    case TypeKind::kFloat:
    case TypeKind::kDouble:
      return DoubleOfValue(value);
    case TypeKind::kDecimal: {
      const bool is_negative = !value.empty() && (static_cast<std::uint8_t>(value[0]) & 0x80U) != 0;
      const std::size_t size = DecimalBytes(type.precision);
      if (value.size() < size) value.insert(0, size - value.size(), is_negative ? '\xFF' : '\0');
      return value;
    }
    default:
      return value;
  }
}

// Without the bytes before the shortest two's complement.
std::string ShortestDecimal(std::string_view bytes) {
  const auto is_sign_of = [](char first, char next) {
    const bool is_negative = (static_cast<std::uint8_t>(next) & 0x80U) != 0;
    return first == (is_negative ? '\xFF' : '\0');
  };
  while (bytes.size() > 1 && is_sign_of(bytes[0], bytes[1])) bytes.remove_prefix(1);
  return std::string(bytes);
}

Result<std::string> FromAvro(const AvroNode& type, AvroValue& value) {
  if (const auto* const flag = value.If<bool>()) return SerializeBoolean(*flag);
  if (const auto* const number = value.If<std::int64_t>()) {
    return type.type == AvroType::kInt ? SerializeInt(static_cast<std::int32_t>(*number))
                                       : SerializeLong(*number);
  }
  if (const auto* const number = value.If<double>()) {
    return type.type == AvroType::kFloat ? SerializeFloat(static_cast<float>(*number))
                                         : SerializeDouble(*number);
  }
  if (auto* const text = value.If<std::string>()) {
    return type.logical_type == "decimal" ? ShortestDecimal(*text) : std::move(*text);
  }
  return Fail(Code::kCorrupt,
              fmt::format("a partition value is of type {}", codec::AvroTypeName(type.type)));
}

void Widen(const Type& type, const std::string& value, FieldSummary& summary) {
  if (!summary.lower_bound || IsLess(type, value, *summary.lower_bound)) {
    summary.lower_bound = value;
  }
  if (!summary.upper_bound || IsLess(type, *summary.upper_bound, value)) {
    summary.upper_bound = value;
  }
}

std::string Encoded(std::string_view text) {
  std::string encoded;
  for (const char c : text) {
    const bool is_plain = IsLetter(c) || IsDigit(c) || c == '-' || c == '.' || c == '*';
    if (is_plain) {
      encoded += c;
    } else {
      encoded += c == ' ' ? "+" : fmt::format("%{:02X}", static_cast<std::uint8_t>(c));
    }
  }
  return encoded;
}

// At most that many bytes, and no half of a "%C3".
std::string_view Beginning(std::string_view encoded, std::size_t bytes_max) {
  if (encoded.size() <= bytes_max) return encoded;
  const std::size_t percent = encoded.substr(0, bytes_max).rfind('%');
  constexpr std::size_t kEscapeBytes = 3;
  const bool is_cut = percent != std::string_view::npos && percent + kEscapeBytes > bytes_max;
  return encoded.substr(0, is_cut ? percent : bytes_max);
}

}  // namespace

const Field* FindField(const Schema& schema, int id, std::string& path) {
  const Field* found = nullptr;
  VisitFields(schema, [&](const Field& field, const std::string& at, bool repeated) {
    if (field.id != id || repeated) return;
    found = &field;
    path = at;
  });
  return found;
}

Result<std::vector<PartitionColumn>> PartitionColumns(const TableMetadata& table,
                                                      const PartitionSpec& spec) {
  std::vector<PartitionColumn> columns;
  for (const PartitionField& field : spec.fields) {
    EIDER_ASSIGN(PartitionColumn column, Named(field));
    EIDER_CHECK(FindSource(table, field.source_id, column));
    EIDER_CHECK(SetType(column));
    columns.push_back(std::move(column));
  }
  return columns;
}

Result<std::vector<PartitionColumn>> PartitionColumns(const Schema& schema,
                                                      const PartitionSpec& spec) {
  std::vector<PartitionColumn> columns;
  for (const PartitionField& field : spec.fields) {
    EIDER_ASSIGN(PartitionColumn column, Named(field));
    const Field* const source = FindField(schema, field.source_id, column.path);
    if (source != nullptr) {
      column.source = *source;
      EIDER_CHECK(SetType(column));
    } else if (column.transform.kind != TransformKind::kVoid) {
      return Fail(Code::kUnsupported,
                  fmt::format("partition field `{}` is made of column {}, which was dropped from "
                              "the table; replace the field by another engine, as Spark's ALTER "
                              "TABLE … DROP PARTITION FIELD",
                              field.name, field.source_id));
    }
    columns.push_back(std::move(column));
  }
  return columns;
}

json PartitionAvroSchema(const std::vector<PartitionColumn>& columns) {
  json fields = json::array();
  std::set<std::string> defined;
  for (const PartitionColumn& column : columns) {
    const std::string name = AvroName(column.name);
    json field = {{"name", name},
                  {"type", {"null", NamedOnce(AvroTypeOf(column.type), defined)}},
                  {"default", nullptr},
                  {"field-id", column.field_id}};
    if (name != column.name) field["iceberg-field-name"] = column.name;
    fields.push_back(std::move(field));
  }
  return {{"type", "record"}, {"name", "r102"}, {"fields", std::move(fields)}};
}

Result<AvroValue> PartitionToAvro(const std::vector<PartitionColumn>& columns,
                                  const PartitionTuple& tuple) {
  if (tuple.size() != columns.size()) {
    return Fail(Code::kInvalid, fmt::format("a data file has {} partition values, its spec has {} "
                                            "fields",
                                            tuple.size(), columns.size()));
  }
  AvroRecord record;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    record.fields.push_back(tuple[i] ? ToAvro(columns[i].type, *tuple[i]) : AvroValue());
  }
  return AvroValue(std::move(record));
}

Result<PartitionTuple> PartitionFromAvro(const AvroNode& record, AvroValue& value) {
  auto* const fields = value.If<AvroRecord>();
  if (fields == nullptr || fields->fields.size() != record.fields.size()) {
    return Fail(Code::kCorrupt, "`partition` is no record");
  }
  PartitionTuple tuple;
  for (std::size_t i = 0; i < record.fields.size(); ++i) {
    AvroValue& field = fields->fields[i];
    if (field.IsNull()) {
      tuple.emplace_back();
      continue;
    }
    EIDER_ASSIGN(std::string bytes, FromAvro(record.fields[i].type->NonNull(), field));
    tuple.emplace_back(std::move(bytes));
  }
  return tuple;
}

std::vector<FieldSummary> SummarizePartitions(const std::vector<PartitionColumn>& columns,
                                              const std::vector<ManifestEntry>& entries) {
  std::vector<FieldSummary> summaries(columns.size());
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const Type& type = columns[i].type;
    FieldSummary& summary = summaries[i];
    summary.contains_nan = false;
    for (const ManifestEntry& entry : entries) {
      const auto& value = entry.data_file.partition[i];
      if (!value) {
        summary.contains_null = true;
      } else if (IsNan(type, *value)) {
        summary.contains_nan = true;
      } else {
        Widen(type, Promoted(type, *value), summary);
      }
    }
  }
  return summaries;
}

std::string PartitionValueText(const PartitionColumn& column, const std::string& value) {
  const auto number = static_cast<int>(LongOfValue(value));  // of the transforms to int
  switch (column.transform.kind) {
    case TransformKind::kYear:
      return std::to_string(kYearOfEpoch + number);
    case TransformKind::kMonth: {
      const auto years = static_cast<int>(FloorDivide(number, kMonths));
      return fmt::format("{:04}-{:02}", kYearOfEpoch + years, number - years * kMonths + 1);
    }
    case TransformKind::kHour: {
      const auto days = static_cast<int>(FloorDivide(number, kHours));
      return fmt::format("{}-{:02}", ValueText(Type{TypeKind::kDate}, SerializeInt(days)),
                         number - days * kHours);
    }
    default:
      return ValueText(column.type, value);
  }
}

std::string PartitionPath(const std::vector<PartitionColumn>& columns,
                          const PartitionTuple& tuple) {
  std::string path;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (!path.empty()) path += '/';
    const std::string folder =
        Encoded(columns[i].name) + "=" +
        (tuple[i] ? Encoded(PartitionValueText(columns[i], *tuple[i])) : "null");
    path += Beginning(folder, std::min(kFolderBytesMax, kPathBytesMax / columns.size()));
  }
  return path;
}

}  // namespace eider::iceberg
