// What the columns of a query take of memory, however few its rows are: DuckDB makes room for 2,048
// values of each of them at every step from the reader to the writer.
#pragma once

#include <cstdint>
#include <string>

#include "eider/base/result.h"
#include "eider/engine/query_plan.h"
#include "eider/engine/sql_engine.h"

namespace eider::engine {

// Bytes that one thread needs at least to write the rows of the plan; 0 for few columns. Measured:
// with less no file was ever written, with a quarter more each was.
std::uint64_t LeastColumnBytes(QueryPlan& plan);

// Whether the columns leave too little for more than one thread.
bool NeedsOneThread(QueryPlan& plan, const EngineOptions& options);

// Errors: kOutOfMemory: the columns need more than the limit. `files` are what the plan reads.
Status CheckColumnMemory(QueryPlan& plan, const EngineOptions& options, const std::string& files);

}  // namespace eider::engine
