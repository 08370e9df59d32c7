// Iceberg's transforms as a function of DuckDB's, which is never in its catalog.
#include "eider/engine/partition_keys.h"

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <duckdb/common/exception.hpp>
#include <duckdb/common/types/hugeint.hpp>
#include <duckdb/common/types/uuid.hpp>
#include <duckdb/common/types/vector.hpp>
#include <duckdb/common/vector_operations/unary_executor.hpp>
#include <duckdb/function/scalar_function.hpp>
#include <duckdb/planner/expression/bound_function_expression.hpp>
#include <fmt/format.h>

#include "eider/engine/projection.h"
#include "eider/engine/sql_literal.h"
#include "eider/iceberg/bounds.h"
#include "eider/iceberg/partition.h"
#include "eider/iceberg/schema.h"
#include "eider/iceberg/transform.h"
#include "eider/iceberg/transform_value.h"
#include "eider/iceberg/type.h"

namespace eider::engine {
namespace {

using duckdb::hugeint_t;
using duckdb::LogicalType;
using duckdb::string_t;
using duckdb::Vector;
using iceberg::Int128;
using iceberg::Transform;
using iceberg::TransformKind;
using iceberg::TypeKind;

constexpr std::int64_t kHourMicros = 3'600'000'000;
constexpr std::int64_t kDayMicros = 24 * kHourMicros;
constexpr std::int64_t kNanosPerMicro = 1'000;

struct TransformData final : duckdb::FunctionData {
  explicit TransformData(const PartitionKey& of)
      : name(of.name), transform(of.transform), kind(of.source_kind) {}

  duckdb::unique_ptr<FunctionData> Copy() const override {
    return duckdb::make_uniq<TransformData>(*this);
  }

  bool Equals(const FunctionData& other) const override {
    const auto& that = other.Cast<TransformData>();
    return that.transform == transform && that.kind == kind;
  }

  std::string name;
  Transform transform;
  TypeKind kind;
};

// One call of the function: the values of a vector.
struct Call {
  const TransformData& data;
  Vector& source;
  Vector& result;
  duckdb::idx_t count;
};

template <typename From, typename To, typename Function>
void ForEach(const Call& call, const Function& function) {
  duckdb::UnaryExecutor::Execute<From, To>(call.source, call.result, call.count, function);
}

[[noreturn]] void OutOfRange(const TransformData& data) {
  throw duckdb::InvalidInputException(
      "%s", fmt::format("{}a value is out of the range of transform {} of {}", kValueError,
                        iceberg::ToString(data.transform), data.name));
}

// The unscaled value of a decimal in each form that DuckDB has for it.
Int128 Wide(std::int64_t value) {
  return value;
}

Int128 Wide(hugeint_t value) {
  return static_cast<Int128>(value.upper) * (Int128{1} << 64U) + static_cast<Int128>(value.lower);
}

template <typename Number>
Number Narrow(Int128 value, const TransformData& data) {
  if (value < std::numeric_limits<Number>::min() || value > std::numeric_limits<Number>::max()) {
    OutOfRange(data);
  }
  return static_cast<Number>(value);
}

template <>
hugeint_t Narrow<hugeint_t>(Int128 value, const TransformData& /*data*/) {
  return {static_cast<std::int64_t>(value >> 64U), static_cast<std::uint64_t>(value)};
}

std::string_view ViewOf(const string_t& text) {
  return {text.GetData(), text.GetSize()};
}

// ---- bucket -----------------------------------------------------------------------------------

template <typename From, typename Hash>
void Bucket(const Call& call, const Hash& hash) {
  const int count = call.data.transform.parameter;
  ForEach<From, std::int32_t>(
      call, [&](const From& value) { return iceberg::BucketOf(hash(value), count); });
}

template <typename Number>
void BucketNumber(const Call& call) {
  Bucket<Number>(call, [](Number value) { return iceberg::BucketHash(std::int64_t{value}); });
}

template <typename Number>
void BucketDecimal(const Call& call) {
  Bucket<Number>(call, [](Number value) {
    return iceberg::BucketHash(std::string_view(iceberg::SerializeDecimal(Wide(value))));
  });
}

std::int32_t HashOfUuid(hugeint_t uuid) {
  std::array<char, sizeof(hugeint_t)> bytes{};
  duckdb::BaseUUID::ToBlob(uuid, reinterpret_cast<duckdb::data_ptr_t>(bytes.data()));
  return iceberg::BucketHash(std::string_view(bytes.data(), bytes.size()));
}

void BucketValues(const Call& call) {
  switch (call.source.GetType().InternalType()) {
    case duckdb::PhysicalType::INT16:
      return BucketDecimal<std::int16_t>(call);
    case duckdb::PhysicalType::INT32:
      return call.data.kind == TypeKind::kDecimal ? BucketDecimal<std::int32_t>(call)
                                                  : BucketNumber<std::int32_t>(call);
    case duckdb::PhysicalType::INT64:
      if (call.data.kind == TypeKind::kTimestampNs) {
        return Bucket<std::int64_t>(call, [](std::int64_t nanos) {
          return iceberg::BucketHash(iceberg::FloorDivide(nanos, kNanosPerMicro));
        });
      }
      return call.data.kind == TypeKind::kDecimal ? BucketDecimal<std::int64_t>(call)
                                                  : BucketNumber<std::int64_t>(call);
    case duckdb::PhysicalType::INT128:
      return call.data.kind == TypeKind::kDecimal ? BucketDecimal<hugeint_t>(call)
                                                  : Bucket<hugeint_t>(call, HashOfUuid);
    default:
      return Bucket<string_t>(
          call, [](const string_t& text) { return iceberg::BucketHash(ViewOf(text)); });
  }
}

// ---- truncate ---------------------------------------------------------------------------------

// Beyond the lowest number it goes on from the highest, as Java has it.
template <typename Number>
void TruncateInteger(const Call& call) {
  const int width = call.data.transform.parameter;
  ForEach<Number, Number>(call, [&](Number value) {
    return static_cast<Number>(iceberg::TruncateNumber(value, width));
  });
}

template <typename Number>
void TruncateDecimal(const Call& call) {
  const int width = call.data.transform.parameter;
  ForEach<Number, Number>(call, [&](Number value) {
    return Narrow<Number>(iceberg::TruncateNumber(Wide(value), width), call.data);
  });
}

void TruncateBytes(const Call& call) {
  const auto width = static_cast<std::size_t>(call.data.transform.parameter);
  const bool is_text = call.data.kind == TypeKind::kString;
  ForEach<string_t, string_t>(call, [&](const string_t& value) {
    const std::string_view bytes = ViewOf(value);
    const auto kept = is_text ? iceberg::TruncateText(bytes, width) : bytes.substr(0, width);
    return duckdb::StringVector::AddStringOrBlob(call.result, kept.data(), kept.size());
  });
}

void TruncateValues(const Call& call) {
  switch (call.source.GetType().InternalType()) {
    case duckdb::PhysicalType::INT16:
      return TruncateDecimal<std::int16_t>(call);
    case duckdb::PhysicalType::INT32:
      return call.data.kind == TypeKind::kDecimal ? TruncateDecimal<std::int32_t>(call)
                                                  : TruncateInteger<std::int32_t>(call);
    case duckdb::PhysicalType::INT64:
      return call.data.kind == TypeKind::kDecimal ? TruncateDecimal<std::int64_t>(call)
                                                  : TruncateInteger<std::int64_t>(call);
    case duckdb::PhysicalType::INT128:
      return TruncateDecimal<hugeint_t>(call);
    default:
      return TruncateBytes(call);
  }
}

// ---- dates and times --------------------------------------------------------------------------

std::int64_t OfDays(TransformKind kind, std::int64_t days) {
  if (kind == TransformKind::kYear) return iceberg::YearsOfDays(days);
  if (kind == TransformKind::kMonth) return iceberg::MonthsOfDays(days);
  return days;
}

void TimeValues(const Call& call) {
  const Transform& transform = call.data.transform;
  if (call.data.kind == TypeKind::kDate) {
    return ForEach<std::int32_t, std::int32_t>(call, [&](std::int32_t days) {
      return Narrow<std::int32_t>(OfDays(transform.kind, days), call.data);
    });
  }
  const bool is_nanos = call.data.kind == TypeKind::kTimestampNs;
  ForEach<std::int64_t, std::int32_t>(call, [&](std::int64_t time) {
    const std::int64_t micros = is_nanos ? iceberg::FloorDivide(time, kNanosPerMicro) : time;
    const std::int64_t value =
        transform.kind == TransformKind::kHour
            ? iceberg::FloorDivide(micros, kHourMicros)
            : OfDays(transform.kind, iceberg::FloorDivide(micros, kDayMicros));
    return Narrow<std::int32_t>(value, call.data);
  });
}

// ---- floats as they are -----------------------------------------------------------------------

// All NaN are one value.
template <typename Float, typename Bits>
void BitsOf(const Call& call) {
  ForEach<Float, Bits>(call, [](Float value) {
    return std::bit_cast<Bits>(value == value ? value : std::numeric_limits<Float>::quiet_NaN());
  });
}

void FloatBits(const Call& call) {
  if (call.data.kind == TypeKind::kFloat) return BitsOf<float, std::int32_t>(call);
  BitsOf<double, std::int64_t>(call);
}

// -----------------------------------------------------------------------------------------------

void Evaluate(duckdb::DataChunk& arguments, duckdb::ExpressionState& state, Vector& result) {
  const auto& expression = state.expr.Cast<duckdb::BoundFunctionExpression>();
  const auto& data = expression.bind_info->Cast<TransformData>();
  const Call call{data, arguments.data[0], result, arguments.size()};
  switch (data.transform.kind) {
    case TransformKind::kBucket:
      return BucketValues(call);
    case TransformKind::kTruncate:
      return TruncateValues(call);
    case TransformKind::kYear:
    case TransformKind::kMonth:
    case TransformKind::kDay:
    case TransformKind::kHour:
      return TimeValues(call);
    case TransformKind::kIdentity:
      return FloatBits(call);
    case TransformKind::kVoid:
      throw duckdb::InternalException("a transform that needs no function");
  }
}

bool IsFloat(TypeKind kind) {
  return kind == TypeKind::kFloat || kind == TypeKind::kDouble;
}

LogicalType ResultType(const Transform& transform, const LogicalType& source) {
  if (transform.kind == TransformKind::kTruncate) return source;
  if (source.id() == duckdb::LogicalTypeId::DOUBLE) return LogicalType::BIGINT;
  return transform.kind == TransformKind::kDay ? LogicalType::DATE : LogicalType::INTEGER;
}

TypeKind KeyKind(TypeKind kind) {
  if (kind == TypeKind::kFloat) return TypeKind::kInt;
  return kind == TypeKind::kDouble ? TypeKind::kLong : kind;
}

// SQL for the column of that id, which is in no list or map.
std::optional<std::string> SourceSql(const std::vector<iceberg::Field>& fields,
                                     const std::string& above, int id) {
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const std::string sql =
        above.empty() ? InputName(i)
                      : fmt::format("struct_extract({}, {})", above, SqlLiteral(fields[i].name));
    if (fields[i].id == id) return sql;
    if (fields[i].type.kind != TypeKind::kStruct) continue;
    if (auto found = SourceSql(fields[i].type.fields, sql, id)) return found;
  }
  return std::nullopt;
}

}  // namespace

PartitionKeys KeysOf(const std::vector<iceberg::PartitionColumn>& columns,
                     const iceberg::Schema& schema, const std::string& table_name) {
  PartitionKeys all;
  for (const iceberg::PartitionColumn& column : columns) {
    const auto source = SourceSql(schema.fields, "", column.source.id);
    all.of_columns.emplace_back();
    if (column.transform.kind == TransformKind::kVoid || !source) continue;
    all.of_columns.back() = all.keys.size();
    all.keys.push_back(
        {.name = fmt::format("partition field `{}` of table {}", column.name, table_name),
         .source = *source,
         .transform = column.transform,
         .source_kind = column.source.type.kind,
         .value_kind = KeyKind(column.type.kind)});
  }
  return all;
}

std::vector<SortKey> SortKeysOf(const iceberg::SortOrder& order, const iceberg::Schema& schema,
                                const std::string& table_name) {
  std::vector<SortKey> keys;
  for (const iceberg::SortField& field : order.fields) {
    const auto source = SourceSql(schema.fields, "", field.source_id);
    const auto transform = iceberg::ParseTransform(field.transform);
    std::string path;
    const iceberg::Field* const column = iceberg::FindField(schema, field.source_id, path);
    if (!source || !transform || !iceberg::TransformedType(*transform, column->type)) return {};
    if (transform->kind == TransformKind::kVoid) continue;
    keys.push_back({.key = {.name = fmt::format("the sort order of table {}", table_name),
                            .source = *source,
                            .transform = *transform,
                            .source_kind = column->type.kind,
                            .value_kind = column->type.kind},
                    .is_descending = field.direction == iceberg::SortDirection::kDescending,
                    .has_nulls_last = field.null_order == iceberg::NullOrder::kLast});
  }
  return keys;
}

duckdb::unique_ptr<duckdb::Expression> TransformOf(const SortKey& key,
                                                   duckdb::unique_ptr<duckdb::Expression> source) {
  if (key.key.transform.kind == TransformKind::kIdentity) return source;
  return TransformOf(key.key, std::move(source));
}

duckdb::unique_ptr<duckdb::Expression> TransformOf(const PartitionKey& key,
                                                   duckdb::unique_ptr<duckdb::Expression> source) {
  if (key.transform.kind == TransformKind::kIdentity && !IsFloat(key.source_kind)) return source;
  const LogicalType from = source->return_type;
  const LogicalType to = ResultType(key.transform, from);
  duckdb::ScalarFunction function("eider_transform", {from}, to, Evaluate);
  function.SetErrorMode(duckdb::FunctionErrors::CAN_THROW_RUNTIME_ERROR);
  duckdb::vector<duckdb::unique_ptr<duckdb::Expression>> arguments;
  arguments.push_back(std::move(source));
  return duckdb::make_uniq<duckdb::BoundFunctionExpression>(
      to, std::move(function), std::move(arguments), duckdb::make_uniq<TransformData>(key));
}

}  // namespace eider::engine
