#include "eider/iceberg/transform.h"

#include <algorithm>
#include <charconv>
#include <string>
#include <string_view>
#include <system_error>

#include <fmt/format.h>

#include "eider/base/result.h"
#include "eider/iceberg/transform_name.h"
#include "eider/iceberg/type.h"

namespace eider::iceberg {
namespace {

bool IsTimestamp(TypeKind kind) {
  return kind == TypeKind::kTimestamp || kind == TypeKind::kTimestamptz ||
         kind == TypeKind::kTimestampNs || kind == TypeKind::kTimestamptzNs;
}

// Not of a nested type, and none of those that no transform but void takes.
bool IsPlain(TypeKind kind) {
  return kind < TypeKind::kStruct && kind != TypeKind::kVariant && kind != TypeKind::kGeometry &&
         kind != TypeKind::kGeography;
}

bool Takes(TransformKind transform, TypeKind source) {
  switch (transform) {
    case TransformKind::kVoid:
      return source < TypeKind::kStruct;
    case TransformKind::kIdentity:
      return IsPlain(source);
    case TransformKind::kBucket:
      return IsPlain(source) && source != TypeKind::kBoolean && source != TypeKind::kFloat &&
             source != TypeKind::kDouble;
    case TransformKind::kTruncate:
      return source == TypeKind::kInt || source == TypeKind::kLong ||
             source == TypeKind::kDecimal || source == TypeKind::kString ||
             source == TypeKind::kBinary;
    case TransformKind::kYear:
    case TransformKind::kMonth:
    case TransformKind::kDay:
      return source == TypeKind::kDate || IsTimestamp(source);
    case TransformKind::kHour:
      return IsTimestamp(source);
  }
  return false;
}

}  // namespace

bool HasParameter(TransformKind kind) {
  return kind == TransformKind::kBucket || kind == TransformKind::kTruncate;
}

Result<Transform> ParseTransform(std::string_view text) {
  const auto unknown = [&] {
    return Fail(Code::kUnsupported, fmt::format("partition transform `{}` is none that Eider "
                                                "knows; it writes into tables with identity, "
                                                "bucket[N], truncate[W], year, month, day, hour "
                                                "and void",
                                                text));
  };
  const std::string_view name = text.substr(0, text.find('['));
  const auto* const found = std::ranges::find(kTransformNames, name, &TransformName::name);
  if (found == kTransformNames.end()) return unknown();
  Transform transform{found->kind};
  if (!HasParameter(transform.kind)) {
    if (name.size() != text.size()) return unknown();
    return transform;
  }
  if (name.size() == text.size() || !text.ends_with(']')) return unknown();
  const std::string_view digits = text.substr(name.size() + 1, text.size() - name.size() - 2);
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), transform.parameter);
  const bool is_number = error == std::errc() && end == digits.data() + digits.size();
  if (!is_number || transform.parameter < 1) return unknown();
  return transform;
}

std::string ToString(const Transform& transform) {
  const std::string_view name = NameOf(transform.kind);
  if (!HasParameter(transform.kind)) return std::string(name);
  return fmt::format("{}[{}]", name, transform.parameter);
}

Result<Type> TransformedType(const Transform& transform, const Type& source) {
  if (!Takes(transform.kind, source.kind)) {
    return Fail(Code::kInvalid, fmt::format("partition transform {} takes no values of type {}",
                                            ToString(transform), ToString(source)));
  }
  switch (transform.kind) {
    case TransformKind::kIdentity:
    case TransformKind::kTruncate:
    case TransformKind::kVoid:
      return source;
    case TransformKind::kDay:
      return Type{TypeKind::kDate};
    case TransformKind::kBucket:
    case TransformKind::kYear:
    case TransformKind::kMonth:
    case TransformKind::kHour:
      break;
  }
  return Type{TypeKind::kInt};
}

}  // namespace eider::iceberg
