// SQL over one input file into data files of one table: DuckDB behind one class.
//
// Route SQL is hostile until proven otherwise: it is one SELECT, it sees the objects of its own
// query and nothing else, and the marker {s3_input_path} is bound as a value in the parsed tree,
// never pasted into text. Rows stream from file to file within the memory limit.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "eider/base/clock.h"
#include "eider/base/result.h"
#include "eider/engine/query.h"
#include "eider/engine/written.h"
#include "eider/iceberg/manifest.h"
#include "eider/iceberg/schema.h"
#include "eider/store/object_store.h"

namespace eider::engine {

// What a new table is made of.
struct NewTable {
  iceberg::Schema schema;
  // Columns of the result that are not in it: they have no value, and so no type.
  std::vector<std::string> left_out = {};
};

// What one route makes of one part of a file.
struct PartQuery {
  Query query;
  WriteTarget target;
};

struct EngineOptions {
  std::uint64_t memory_limit_bytes = 2ULL << 30U;
  int threads = 2;                      // fewer run where the memory limit is below 125 MB each
  std::string temp_directory = "/tmp";  // a private folder is made below it for spilling
  std::optional<Milliseconds> timeout = {};  // of queries that have none of their own
  int partitions_max = 10'000;               // that one query may write
  // Called from another thread when a query still runs kStuckAfter after its time: DuckDB does not
  // look at an interrupt within one function. Empty: such a query is waited for.
  std::function<void(const std::string& message)> on_stuck = {};
};

inline constexpr Milliseconds kStuckAfter{10'000};

// A few rows as text, for people.
struct Preview {
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;  // "NULL" for null
};

// Whether a column may be written.
enum class ColumnFit : std::uint8_t {
  kFits,
  kLossy,            // its values are of a type that the table's column may not hold
  kMissingRequired,  // the result has none
  kExtra,            // the table has none
};

// A column of a query's result beside that of a table which gets its values.
struct ExplainedColumn {
  std::string result_column;  // empty: the result has none
  std::string result_type;    // as DuckDB writes it
  std::string table_column;   // empty: the table has none
  std::string table_type;     // as Iceberg writes it
  // "same", "cast to BIGINT", either with ", checked value by value" or ", checked for nulls";
  // "null (missing, optional)"; and what a run fails with: "missing, required", "may lose
  // something", "extra: no such column in the table", "no table can be made". By the route's types:
  // "DATE '%d/%m/%Y' by the route's types, value by value"; where rows are set aside, "DATE, value
  // by value, or a bad row"; of a new table, "left out of the new table: it has no value";
  // where the query rescues, "INTEGER, value by value, or rescued", and of extra ones "rescued: no
  // such column in the table".
  std::string how;
  ColumnFit fit = ColumnFit::kFits;
  // Paths in the table of required fields that the result does not have: of the column itself, or
  // within it.
  std::vector<std::string> missing = {};
};

// One reader call of a query, with all of its options: those of the SQL, and those that its file
// decided (docs/readers.md).
struct ExplainedReader {
  std::string file;                                          // as the SQL names it, after binding
  std::string reader;                                        // "read_csv"
  std::vector<std::pair<std::string, std::string>> options;  // values as SQL writes them
  // "a_1 (a)": columns that have another name than the file's header gives them.
  std::vector<std::string> renamed;
};

// What a query would do to a table.
struct Explanation {
  std::string sql;                       // with the marker bound, as DuckDB prints the tree
  std::vector<ExplainedColumn> columns;  // the table's in their order, then the extra ones
  std::vector<std::string> problems;     // what a run would fail with; ten at most
  std::uint64_t rows = 0;                // an estimate, unless they are exact
  bool rows_are_exact = false;           // the SQL only projects one Parquet file
  std::uint64_t input_bytes = 0;
  std::vector<ExplainedReader> readers;
};

// Something that a route's SQL does and may not want.
struct LintWarning {
  // "non-deterministic", "cross-join", "no-column-list", "limit-without-order", "rows-left-out",
  // "header-left-open"
  std::string code;
  std::string message;

  bool operator==(const LintWarning&) const = default;
};

enum class RowFormat : std::uint8_t {
  kArrow,  // an Arrow IPC stream
  kCsv,    // RFC 4180 with a header and line feeds; null is an empty field, an empty text is ""
  kJson,   // an object in each line
};

// Takes bytes in their order. On an error no more come.
using TakeBytes = std::function<Status(std::string_view bytes)>;

struct Exported {
  std::uint64_t rows = 0;
  std::uint64_t rows_rejected = 0;              // set aside: not among them
  std::optional<Transformed> transformed = {};  // where all rows went through a plug-in
};

// Safe for concurrent calls from several threads: queries run side by side and share the memory
// limit; those with lower limits of their own have memory of their own. A query that takes longer
// than its limit fails with kDeadlineExceeded.
class SqlEngine {
 public:
  virtual ~SqlEngine() = default;

  // Parses only: exactly one SELECT that holds the marker. Which objects and tables it reads is
  // seen when it is bound. Errors: kInvalid with the reason.
  virtual Status Check(const std::string& sql) = 0;

  // What a new table gets from the query's result: DuckDB types to Iceberg types, all columns
  // optional, ids from 1. Errors: as Run.
  virtual Result<NewTable> Describe(const Query& query) = 0;

  // The same after the query has run to its end, writing nothing; nothing where it gives no row.
  // Errors: as Run; kInvalid too when there is none because rows were set aside.
  virtual Result<std::optional<NewTable>> DescribeRows(const Query& query,
                                                       std::stop_token stop) = 0;

  // Runs the query and writes its rows in the table's own types and field ids. On an error nothing
  // is left behind.
  // Errors: kInvalid (the SQL, or a column that does not fit the table: names table, column, both
  // types and the file), kCorrupt (the input is not what the reader expects), kNotFound, kConflict
  // (the input was replaced: superseded), kUnsupported (a type), kOutOfMemory, kUnavailable (disk,
  // store), kCancelled.
  virtual Result<Written> Run(const Query& query, const WriteTarget& target,
                              std::stop_token stop) = 0;

  // Writes what Run sets aside for the same query and target, as rows of a table of rejects
  // (docs/formats.md, "Tables of rejects"); of its columns those that `rejects` has. Gives the
  // files and `rows_rejected`. Errors: as Run.
  virtual Result<Written> RunRejects(const PartQuery& part, const WriteTarget& rejects,
                                     std::stop_token stop) = 0;

  // Runs the queries of the parts of one file, each into its own table, in one pass over the file:
  // what their readers return is read once, kept apart by part within the memory limit, and spills.
  // All parts are told apart by one column. Parts of other memory or thread limits are a pass of
  // their own. The time of a part is that of its own query; the pass has the longest. Gives what
  // each part wrote, in their order; on an error nothing of any part is left behind.
  //
  // Errors: as Run; the message names the table of the part. kInvalid too when the SQL of a route
  // reads the file so that the column is not there, or a value of its part is in no row.
  virtual Result<std::vector<Written>> RunParts(std::span<const PartQuery> parts,
                                                std::stop_token stop) = 0;

  // Runs the query once over its input, the first of `files`, and all that have the same columns,
  // types and reader options. Each row is what Run gives of its file alone. Errors: as Run, for all
  // of them; kUnsupported too when the query does more than making rows of rows by one reader.
  virtual Result<GroupWritten> RunGroup(const Query& query, std::span<const InputFile> files,
                                        const WriteTarget& target, std::stop_token stop) = 0;

  // What Run would do for a table of this schema (null: one that Describe's would be made for).
  // Binds and plans, and reads no rows. Errors: as Run, but what does not fit the table is told.
  virtual Result<Explanation> Explain(const Query& query, const iceberg::Schema* table,
                                      const std::string& table_name) = 0;

  // Hands on the rows of the query, in the order of its result and as the columns of a table that
  // Describe's would be made for; not more than `rows_max`. On an error some may have been handed
  // on. Errors: as Run, and those of `take`.
  virtual Result<Exported> Export(const Query& query, RowFormat format,
                                  std::optional<std::uint64_t> rows_max, const TakeBytes& take,
                                  std::stop_token stop) = 0;

  // The first rows that Export would hand on. Errors: as Run.
  virtual Result<Preview> FirstRows(const Query& query, int rows_max) = 0;

  // The first rows of the query's result, whatever a table would make of them. Errors: as Run.
  virtual Result<Preview> Sample(const Query& query, int rows_max) = 0;

  // The distinct values of a column (dotted: the leaf of a struct), cast to text, sorted by bytes;
  // null is last. The file is read as `FROM 'uri'` reads it, by what its name ends with, and of a
  // Parquet file that column alone. No more than `values_max` + 1 values are kept at any time.
  //
  // Errors: kInvalid (no such column: names the nearest; one of a nested type; more values than
  // that; a name whose ending has no reader), kCorrupt, kNotFound, kConflict, kUnavailable,
  // kCancelled.
  virtual Result<std::vector<std::optional<std::string>>> DistinctValues(const InputFile& input,
                                                                         const std::string& column,
                                                                         int values_max,
                                                                         std::stop_token stop) = 0;

  // The key-value metadata in the footer of a Parquet file, as bytes; empty for a file of another
  // kind. Reads the file's last 64 KiB, and the rest of a footer that is larger.
  //
  // Errors: kInvalid (the footer is too large), kCorrupt, kNotFound, kConflict, kUnavailable,
  // kCancelled.
  virtual Result<std::map<std::string, std::string>> ParquetMetadata(const InputFile& input,
                                                                     std::stop_token stop) = 0;

  // The first rows of data files of a table, columns found by field id; with `only` the first of
  // those whose column of text is one of its values, none of which is null.
  virtual Result<Preview> Head(const std::vector<iceberg::DataFile>& files,
                               const iceberg::Schema& schema, int rows_max,
                               const std::optional<RowFilter>& only) = 0;
};

// The tables of the catalog that the SQL names, "namespace.table", each once. Parses only. Errors:
// as SqlEngine::Check.
Result<std::vector<std::string>> TablesNamed(const std::string& sql);

// Warnings about SQL that may give other rows when a file is loaded again, or more than were meant.
// Parses only; none for SQL that SqlEngine::Check refuses.
std::vector<LintWarning> Lint(const std::string& sql);

// Which engine this is: "DuckDB v1.5.5".
std::string EngineName();

// Opens DuckDB in memory. Borrows the store. Errors: kInvalid (options), kOutOfMemory,
// kUnavailable.
Result<std::unique_ptr<SqlEngine>> OpenDuckDb(store::ObjectStore& store,
                                              const EngineOptions& options);

}  // namespace eider::engine
