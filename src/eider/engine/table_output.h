// From a bound plan to published data files of a table.
#pragma once

#include <string>
#include <vector>

#include "eider/base/result.h"
#include "eider/engine/parquet_copy.h"
#include "eider/engine/query_plan.h"
#include "eider/engine/query_session.h"
#include "eider/engine/sql_engine.h"
#include "eider/iceberg/manifest.h"
#include "eider/store/object_store.h"

namespace eider::engine {

// What is written, and with what. Borrows all.
struct TableOutput {
  const Query& query;
  const WriteTarget& target;
  const EngineOptions& options;
  store::ObjectStore& store;
  int writers = 1;  // how many such outputs are written at the same time, and share the memory
};

// Whether the columns of the plan fit the table. Errors: as SqlEngine::Run.
Status CheckFit(const QueryPlan& plan, const TableOutput& output);

// Runs the plan, which was bound in the session, writes its rows and publishes the files: all or
// none. Call at most once for a plan. Errors: as SqlEngine::Run.
Result<std::vector<iceberg::DataFile>> WriteTable(QueryPlan& plan, QuerySession& session,
                                                  const TableOutput& output);

// What both ways of writing begin with: the expressions of the table's columns, and how Parquet is
// written.
Result<std::vector<std::string>> Expressions(const QueryPlan& plan, const TableOutput& output);
ParquetOptions OptionsFor(const TableOutput& output);

// Takes back what was published. Whatever this meets, the error that led to it is the one to tell.
void RemoveFiles(store::ObjectStore& store, const std::vector<iceberg::DataFile>& files);

}  // namespace eider::engine
