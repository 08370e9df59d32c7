#include "eider/engine/serialized_value.h"

#include <cstdint>
#include <string>

#include <duckdb/common/types/date.hpp>
#include <duckdb/common/types/hugeint.hpp>
#include <duckdb/common/types/timestamp.hpp>
#include <duckdb/common/types/value.hpp>

#include "eider/base/result.h"
#include "eider/iceberg/bounds.h"
#include "eider/iceberg/type.h"

namespace eider::engine {
namespace {

using iceberg::TypeKind;

std::string SerializeDecimal(const duckdb::Value& value) {
  switch (value.type().InternalType()) {
    case duckdb::PhysicalType::INT16:
      return iceberg::SerializeDecimal(value.GetValueUnsafe<std::int16_t>());
    case duckdb::PhysicalType::INT32:
      return iceberg::SerializeDecimal(value.GetValueUnsafe<std::int32_t>());
    case duckdb::PhysicalType::INT64:
      return iceberg::SerializeDecimal(value.GetValueUnsafe<std::int64_t>());
    default: {
      const auto wide = value.GetValueUnsafe<duckdb::hugeint_t>();
      const auto upper = static_cast<iceberg::Int128>(wide.upper);
      return iceberg::SerializeDecimal(upper * (iceberg::Int128{1} << 64U) +
                                       static_cast<iceberg::Int128>(wide.lower));
    }
  }
}

Result<std::string> SerializeTimestamp(const duckdb::Value& value) {
  const duckdb::timestamp_t timestamp(value.GetValueUnsafe<std::int64_t>());
  if (!duckdb::Timestamp::IsFinite(timestamp)) {
    return Fail(Code::kInvalid, "has an infinite timestamp");
  }
  return iceberg::SerializeLong(timestamp.value);
}

}  // namespace

Result<std::string> SerializeValue(const duckdb::Value& value, TypeKind kind) {
  switch (kind) {
    case TypeKind::kBoolean:
      return iceberg::SerializeBoolean(value.GetValueUnsafe<bool>());
    case TypeKind::kInt:
      return iceberg::SerializeInt(value.GetValueUnsafe<std::int32_t>());
    case TypeKind::kLong:
      return iceberg::SerializeLong(value.GetValueUnsafe<std::int64_t>());
    case TypeKind::kFloat:
      return iceberg::SerializeFloat(value.GetValueUnsafe<float>());
    case TypeKind::kDouble:
      return iceberg::SerializeDouble(value.GetValueUnsafe<double>());
    case TypeKind::kDecimal:
      return SerializeDecimal(value);
    case TypeKind::kDate: {
      const auto date = value.GetValueUnsafe<duckdb::date_t>();
      if (!duckdb::Date::IsFinite(date)) return Fail(Code::kInvalid, "has an infinite date");
      return iceberg::SerializeInt(date.days);
    }
    case TypeKind::kTime: {
      constexpr std::int64_t kDayMicros = 86'400'000'000;
      const std::int64_t micros = value.GetValueUnsafe<duckdb::dtime_t>().micros;
      if (micros >= kDayMicros) return Fail(Code::kInvalid, "has the time 24:00:00");
      return iceberg::SerializeLong(micros);
    }
    case TypeKind::kTimestamp:
    case TypeKind::kTimestamptz:
    case TypeKind::kTimestampNs:
      return SerializeTimestamp(value);
    case TypeKind::kUuid:
      return iceberg::SerializeUuid(value.ToString());
    case TypeKind::kString:
    case TypeKind::kBinary:
      return duckdb::StringValue::Get(value);
    default:
      return Fail(Code::kInternal, "is of a type that has no single values");
  }
}

}  // namespace eider::engine
