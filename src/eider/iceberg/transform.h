// Partition transforms: what a partition field makes of its column. Source: Iceberg specification,
// "Partition Transforms".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "eider/base/result.h"
#include "eider/iceberg/type.h"

namespace eider::iceberg {

enum class TransformKind : std::uint8_t {
  kIdentity,
  kBucket,
  kTruncate,
  kYear,
  kMonth,
  kDay,
  kHour,
  kVoid,
};

struct Transform {
  TransformKind kind = TransformKind::kIdentity;
  int parameter = 0;  // kBucket: their number; kTruncate: the width

  bool operator==(const Transform&) const = default;
};

// Whether it is one with a number: bucket[N], truncate[W].
bool HasParameter(TransformKind kind);

// Errors: kUnsupported with the text: "zorder", "bucket[0]".
Result<Transform> ParseTransform(std::string_view text);

// As table metadata writes it: "bucket[16]".
std::string ToString(const Transform& transform);

// The type of the values that it makes of values of `source`. Errors: kInvalid, where it takes none
// of that type.
Result<Type> TransformedType(const Transform& transform, const Type& source);

}  // namespace eider::iceberg
