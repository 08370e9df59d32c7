// Rows of several files in one plan, each of which tells its file: the plan hands the reader's
// column of paths on to its top, where rows are counted by file, and to where the SQL uses the
// marker as a value.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <duckdb/function/scalar_function.hpp>

#include "eider/base/result.h"
#include "eider/engine/query_plan.h"

namespace eider::engine {

// kFileText: the text, and the path of the row's file, which TellFiles puts into the call.
duckdb::ScalarFunction FileTextFunction();

// A call of such a function, whose last argument TellFiles puts in. Null: it has no data.
duckdb::unique_ptr<duckdb::Expression> FileCall(duckdb::ScalarFunction function,
                                                const std::string& text,
                                                duckdb::unique_ptr<duckdb::FunctionData> data);

// How many rows of each file were written. Safe for concurrent calls from several threads.
class RowTally {
 public:
  explicit RowTally(const std::vector<std::string>& paths) {
    for (const std::string& path : paths) rows_[path] = 0;
  }

  // False: it is none of the files.
  bool Add(std::string_view path, std::uint64_t rows) {
    const auto found = rows_.find(path);
    if (found == rows_.end()) return false;
    found->second += rows;
    return true;
  }

  std::uint64_t RowsOf(const std::string& path) const { return rows_.at(path); }

 private:
  std::map<std::string, std::atomic<std::uint64_t>, std::less<>> rows_;
};

// Whether the plan makes each of its rows of one of its reader's, by projecting and filtering
// alone, and numbers none: so it gives the same rows for a file as for all pieces of it. Errors:
// kUnsupported, with what it does; those of QueryErrors.
Status CheckByPiece(QueryPlan& plan, const QueryErrors& errors);

// Has the plan, which BindFiles' SQL was bound to, count its rows into the tally.
// Errors: kUnsupported, where it does more than projecting and filtering the rows of its reader,
// each by itself, and so might give others for several files; those of QueryErrors.
// shared: the plan may outlive the query's session.
Status TellFiles(QueryPlan& plan, std::shared_ptr<RowTally> tally, const QueryErrors& errors);

}  // namespace eider::engine
