// Rows of a file whose values do not fit the table, told by SQL: one query counts them, another
// gives them, and a filter right above the reader leaves them out of the route's query.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "eider/base/result.h"
#include "eider/engine/column_plan.h"
#include "eider/engine/input_reads.h"
#include "eider/engine/query.h"
#include "eider/engine/query_plan.h"
#include "eider/iceberg/schema.h"
#include "eider/records/sift.h"

namespace eider::engine {

// A column that goes unchanged to one of the table's, where some values may not fit.
struct ValueCheck {
  std::size_t column = 0;  // of the file
  std::string name;        // there
  ResultColumn from;
  iceberg::Field to;

  // SQL: whether `value`, the SQL of a value of the column, does not fit.
  std::string IsBad(const std::string& value) const;

  // Why one does not; or that there is none.
  std::string Reason(bool has_value) const;
};

// Of the columns that `read` gives. Columns whose type would not do get the table's as a hint in
// the plan, so that each value is looked at. Nested columns are not checked: what does not fit
// there is an error. Where what does not fit is rescued only columns that the table requires are.
std::vector<ValueCheck> ChecksOf(const InputRead& read, QueryPlan& plan,
                                 const iceberg::Schema& table, bool is_rescued);

// Of one read of one file, of which only the rows of the query's part count. Used by one thread;
// borrows all.
class ValueSift {
 public:
  // Runs a statement.
  using Run = std::function<Status(duckdb::unique_ptr<duckdb::SQLStatement>)>;
  using Take = std::function<Status(records::RejectedRecord)>;

  struct Counts {
    std::uint64_t rows = 0;
    std::uint64_t bad = 0;
    std::uint64_t first_line = 0;  // of the bad ones; 0: the reader does not number its rows
  };

  ValueSift(duckdb::ClientContext& context, const InputRead& read,
            const std::vector<ValueCheck>& checks, const Query& query, const QueryErrors& errors)
      : context_(context), read_(read), checks_(checks), query_(query), errors_(errors) {}

  // Reads the columns that are checked. Errors: those of QueryErrors and of `run`.
  Result<Counts> Count(const Run& run) const;

  // Reads all columns and gives the bad rows, one at a time, in any order; or only one, the one of
  // the first line where there are lines. Errors: as above, and those of `take`.
  Status GiveAll(const Run& run, const Take& take) const { return Give(run, take, {}); }

  Status GiveFirst(const Run& run, const Take& take, std::uint64_t first_line) const {
    return Give(run, take, first_line);
  }

  // Leaves the bad rows out of the plan in which the read stands. Errors: those of QueryErrors.
  Status KeepGoodRows() const;

 private:
  struct Scan;

  Result<Scan> NewScan(bool has_all_columns) const;
  Result<Scan> ScanOfParquet(bool has_all_columns) const;
  Result<Scan> ScanOfText() const;
  Status Give(const Run& run, const Take& take, std::optional<std::uint64_t> only_line) const;
  Status Filter(const InputRead& read, const std::string& before) const;
  std::string IsBad(const std::vector<std::string>& values) const;

  duckdb::ClientContext& context_;
  const InputRead& read_;
  const std::vector<ValueCheck>& checks_;
  const Query& query_;
  const QueryErrors& errors_;
};

}  // namespace eider::engine
