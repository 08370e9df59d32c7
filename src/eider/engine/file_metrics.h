// From what DuckDB tells about a written file to the data file of a manifest.
//
// Counts and bounds by field id, as the table's metrics modes ask for them; what is not known is
// left out. Values that Iceberg cannot hold (infinite dates and timestamps, 24:00:00) show in the
// bounds and are refused here.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "eider/base/result.h"
#include "eider/engine/parquet_footer.h"
#include "eider/iceberg/manifest.h"
#include "eider/iceberg/metrics_mode.h"
#include "eider/iceberg/schema.h"

namespace eider::engine {

// One column's line of RETURN_STATS. Bounds are texts as DuckDB prints values, of blobs as hex.
struct ColumnStatistics {
  std::optional<std::int64_t> size_bytes;
  std::optional<std::int64_t> value_count;
  std::optional<std::int64_t> null_count;
  std::optional<std::string> minimum;
  std::optional<std::string> maximum;
};

struct WrittenFile {
  std::string path;  // URI
  std::int64_t row_count = 0;
  std::int64_t size_bytes = 0;
  std::map<std::string, ColumnStatistics> columns;  // by quoted path: "s"."l"."element"
  std::vector<RowGroupFacts> row_groups;            // columns are the schema's leaves, in order
};

struct MetricsContext {
  const iceberg::Schema& schema;
  const std::map<int, iceberg::MetricsMode>& modes;  // by field id; absent: truncate(16)
  std::string_view table_name;                       // for messages
};

// Errors: kInvalid (a value that Iceberg does not have), kInternal (statistics that contradict the
// schema).
Result<iceberg::DataFile> ToDataFile(const WrittenFile& file, const MetricsContext& context);

}  // namespace eider::engine
