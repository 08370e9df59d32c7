// How much of a column's statistics a table keeps in its manifests.
//
// Source: the table properties `write.metadata.metrics.*`, as Java's MetricsConfig reads them.
#pragma once

#include <cstdint>
#include <map>

#include "eider/iceberg/table_metadata.h"

namespace eider::iceberg {

struct MetricsMode {
  enum class Kind : std::uint8_t { kNone, kCounts, kTruncate, kFull };
  Kind kind = Kind::kTruncate;
  int truncate_length = 16;  // code points or bytes

  bool operator==(const MetricsMode&) const = default;
};

// The mode of every leaf of the current schema, by field id, as the table's properties say:
// `write.metadata.metrics.column.<path>`, then `.default`, then truncate(16). Without an explicit
// default only the first `.max-inferred-column-defaults` (100) leaves get metrics, the others none;
// the leaves of one level come before those below it. A sort column has truncate(16) at the least.
std::map<int, MetricsMode> MetricsModes(const TableMetadata& table);

}  // namespace eider::iceberg
