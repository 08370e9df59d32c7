// The names of transforms, of which table metadata, terms of routes and SQL are made.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

#include "eider/iceberg/transform.h"

namespace eider::iceberg {

struct TransformName {
  std::string_view name;
  TransformKind kind;
};

// Every transform; void is the last.
inline constexpr auto kTransformNames = std::to_array<TransformName>({
    {"identity", TransformKind::kIdentity},
    {"bucket", TransformKind::kBucket},
    {"truncate", TransformKind::kTruncate},
    {"year", TransformKind::kYear},
    {"month", TransformKind::kMonth},
    {"day", TransformKind::kDay},
    {"hour", TransformKind::kHour},
    {"void", TransformKind::kVoid},
});

constexpr std::string_view NameOf(TransformKind kind) {
  return std::ranges::find(kTransformNames, kind, &TransformName::kind)->name;
}

}  // namespace eider::iceberg
