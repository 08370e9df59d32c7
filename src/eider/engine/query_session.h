// One query's connection to DuckDB, with its grants and its stop.
#pragma once

#include <memory>
#include <stop_token>
#include <string>

#include <duckdb/common/error_data.hpp>
#include <duckdb/main/connection.hpp>
#include <duckdb/main/materialized_query_result.hpp>

#include "eider/base/result.h"
#include "eider/engine/object_file_system.h"
#include "eider/engine/query_errors.h"
#include "eider/engine/query_grants.h"
#include "eider/engine/query_plan.h"
#include "eider/engine/sandbox.h"
#include "eider/engine/sql_engine.h"
#include "eider/store/object_store.h"

namespace eider::engine {

// Used by one thread. Borrows sandbox and store. All is undone at the end: what was written and not
// finished, the transaction, the grants.
class QuerySession {
 public:
  QuerySession(Sandbox& sandbox, store::ObjectStore& store, std::stop_token stop);

  QueryGrants& grants() { return *grants_; }

  const QueryErrors& errors() const { return errors_; }

  duckdb::ClientContext& context() { return *connection_.context; }

  // True when Execute failed because the memory limit or the temporary disk did not suffice, and
  // not because of the store.
  bool ran_out_of_memory() const { return ran_out_of_memory_; }

  // Grants the query its input and binds it. Errors: as SqlEngine::Run.
  Result<QueryPlan> Bind(const Query& query);

  // Binds a tree of our own. Errors: as SqlEngine::Run.
  Result<QueryPlan> Bind(duckdb::SelectStatement& select);

  // Sorts, joins and groups go to the temporary disk from their beginning, in small parts. Call
  // before Bind.
  void SpillEarly();

  // Errors: as SqlEngine::Run.
  Result<duckdb::unique_ptr<duckdb::MaterializedQueryResult>> Execute(
      duckdb::unique_ptr<duckdb::SQLStatement> statement);

 private:
  std::unexpected<Error> Failed(const duckdb::ErrorData& error);

  std::stop_token stop_;
  SharedGrants grants_;
  QueryErrors errors_;
  duckdb::Connection connection_;
  GrantScope scope_;
  bool ran_out_of_memory_ = false;
};

}  // namespace eider::engine
