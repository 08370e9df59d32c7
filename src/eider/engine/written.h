// Where the rows of a query go, and what came of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "eider/base/uri.h"
#include "eider/iceberg/manifest.h"
#include "eider/iceberg/metrics_mode.h"
#include "eider/iceberg/partition_spec.h"
#include "eider/iceberg/schema.h"
#include "eider/iceberg/sort_order.h"

namespace eider::engine {

// Where and how the rows of one table are written.
struct WriteTarget {
  std::string table_name;            // for messages
  const iceberg::Schema& schema;     // borrowed
  Uri data_location;                 // files go to <data_location>/<file_prefix>-<n>.parquet
  std::string file_prefix;           // unique per run
  iceberg::PartitionSpec spec = {};  // each partition has files of its own, in a folder for people
  iceberg::SortOrder sort_order = {};  // of the rows of each file, where its columns are there
  std::uint64_t target_file_size_bytes = 512ULL << 20U;
  std::string compression_codec = "zstd";                  // write.parquet.compression-codec
  std::map<int, iceberg::MetricsMode> metrics_modes = {};  // by field id
  bool finishes_soon = true;  // files may be on their way yet at the end (ObjectStore::PutSoon)
};

inline constexpr std::size_t kReadersBytesMax = 2'048;

// What did not fit, and went to the column that Query::rescue names.
struct Rescued {
  std::uint64_t rows = 0;                 // that have something there
  std::vector<std::string> columns = {};  // of the result, whose values those are
};

// Rows that went through a plug-in, and those that came of them.
struct Transformed {
  std::string plugin = {};
  std::uint64_t rows_in = 0;
  std::uint64_t rows_out = 0;

  bool operator==(const Transformed&) const = default;
};

// What a query did.
struct Written {
  std::vector<iceberg::DataFile> files;  // with full metrics; none when the result is empty
  // The records of the input that the query was given, counted without it; nothing where that
  // cannot be told, as where its SQL lets the reader leave lines out.
  std::optional<std::uint64_t> rows_read = {};
  // Each row of the input gave one row or none: what was read and neither written nor rejected was
  // filtered.
  bool is_row_by_row = false;
  std::uint64_t rows_rejected = 0;  // of those read, set aside (Query::reject)
  Rescued rescued = {};
  std::optional<Transformed> transformed = {};
  // The calls that read texts, as "read_csv(delim = ',', …)"; at most kReadersBytesMax, or empty.
  std::string readers = {};
};

// What a query over several files did; what has a name of Written's is the same.
struct GroupWritten {
  struct Share {  // one file's
    std::int64_t rows = 0;
    std::optional<std::uint64_t> rows_read = {};
  };

  std::vector<iceberg::DataFile> files;      // of all shares together
  std::vector<std::optional<Share>> shares;  // by file; nothing: not read, it is unlike the first
  std::string readers = {};
};

}  // namespace eider::engine
