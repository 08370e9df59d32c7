// SQL over one input file into data files of one table: DuckDB behind one class.
//
// Route SQL is hostile until proven otherwise: it is one SELECT, it sees the objects of its own
// query and nothing else, and the marker {s3_input_path} is bound as a value in the parsed tree,
// never pasted into text. Rows stream from file to file within the memory limit.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "eider/base/file_ref.h"
#include "eider/base/result.h"
#include "eider/base/uri.h"
#include "eider/iceberg/manifest.h"
#include "eider/iceberg/metrics_mode.h"
#include "eider/iceberg/schema.h"
#include "eider/store/object_store.h"
#include "eider/store/prefetch.h"

namespace eider::engine {

struct Query {
  std::string sql;  // one SELECT, with the marker
  FileRef input;    // the ETag, when given, must still be the object's when it is opened
  const store::Prefetch* opening = nullptr;  // borrowed: opens the input already; null: not yet
};

// Where and how the rows of one table are written.
struct WriteTarget {
  std::string table_name;         // for messages
  const iceberg::Schema& schema;  // borrowed
  Uri data_location;              // files go to <data_location>/<file_prefix>-<n>.parquet
  std::string file_prefix;        // unique per run
  std::uint64_t target_file_size_bytes = 512ULL << 20U;
  std::string compression_codec = "zstd";                  // write.parquet.compression-codec
  std::map<int, iceberg::MetricsMode> metrics_modes = {};  // by field id
};

struct EngineOptions {
  std::uint64_t memory_limit_bytes = 2ULL << 30U;
  int threads = 2;                      // fewer run where the memory limit is below 125 MB each
  std::string temp_directory = "/tmp";  // a private folder is made below it for spilling
};

// A few rows as text, for people.
struct Preview {
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;  // "NULL" for null
};

// Safe for concurrent calls from several threads: queries run side by side and share the memory
// limit.
class SqlEngine {
 public:
  virtual ~SqlEngine() = default;

  // Parses only: exactly one SELECT that holds the marker. Errors: kInvalid with the reason.
  virtual Status Check(const std::string& sql) = 0;

  // The schema that a new table gets from the query's result: DuckDB types to Iceberg types, all
  // columns optional, ids from 1. Errors: as Run.
  virtual Result<iceberg::Schema> Describe(const Query& query) = 0;

  // Runs the query and writes its rows in the table's own types and field ids. Returns the data
  // files with full metrics; none when the result is empty. On an error nothing is left behind.
  //
  // Errors: kInvalid (the SQL, or a column that does not fit the table: names table, column, both
  // types and the file), kCorrupt (the input is not what the reader expects), kNotFound, kConflict
  // (the input was replaced: superseded), kUnsupported (a type), kUnavailable (memory, disk,
  // store), kCancelled.
  virtual Result<std::vector<iceberg::DataFile>> Run(const Query& query, const WriteTarget& target,
                                                     std::stop_token stop) = 0;

  // The first rows of data files of a table, columns found by field id.
  virtual Result<Preview> Head(const std::vector<iceberg::DataFile>& files,
                               const iceberg::Schema& schema, int rows_max) = 0;
};

// Opens DuckDB in memory. Borrows the store. Errors: kInvalid (options), kUnavailable.
Result<std::unique_ptr<SqlEngine>> OpenDuckDb(store::ObjectStore& store,
                                              const EngineOptions& options);

}  // namespace eider::engine
