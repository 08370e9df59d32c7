// Binding and running on one connection.
#include "eider/engine/query_session.h"

#include <exception>
#include <memory>
#include <stop_token>
#include <utility>

#include <duckdb/common/error_data.hpp>
#include <duckdb/main/client_config.hpp>
#include <duckdb/main/pending_query_result.hpp>

#include "eider/base/result.h"
#include "eider/engine/statement.h"

namespace eider::engine {

QuerySession::QuerySession(Sandbox& sandbox, store::ObjectStore& store, std::stop_token stop)
    : stop_(std::move(stop)),
      grants_(std::make_shared<QueryGrants>(store, stop_)),
      errors_(*grants_, sandbox.options()),
      connection_(sandbox.database()),
      scope_(*connection_.context, grants_) {}

Result<QueryPlan> QuerySession::Bind(const Query& query) {
  EIDER_ASSIGN(BoundSql sql, BindInput(query.sql, query.input.uri.ToString()));
  EIDER_CHECK(BindTables(sql, query.tables));
  grants_->AllowRead(query.input, query.opening);
  for (const Uri& uri : query.inputs) grants_->AllowFurther(uri);
  for (const InputTable& table : query.tables) {
    for (const iceberg::DataFile& file : table.files) {
      EIDER_ASSIGN(const Uri uri, Uri::Parse(file.file_path));
      grants_->AllowFurther(uri);
    }
  }
  return Bind(*sql.select);
}

Result<QueryPlan> QuerySession::Bind(duckdb::SelectStatement& select) {
  try {
    // The plan is bound and run in the same one.
    if (!connection_.HasActiveTransaction()) connection_.BeginTransaction();
  } catch (const std::exception& error) {
    return std::unexpected(errors_.From(error));
  }
  return QueryPlan::Bind(*connection_.context, select, errors_);
}

void QuerySession::SpillEarly() {
  connection_.context->config.force_external = true;
}

Result<duckdb::unique_ptr<duckdb::MaterializedQueryResult>> QuerySession::Execute(
    duckdb::unique_ptr<duckdb::SQLStatement> statement) {
  try {
    auto pending = connection_.PendingQuery(std::move(statement), false);
    if (pending->HasError()) return Failed(pending->GetErrorObject());
    // Only now: starting a query clears an interrupt that came before it.
    const std::stop_callback interrupt(stop_, [this] { connection_.Interrupt(); });
    auto result = pending->Execute();
    if (result->HasError()) return Failed(result->GetErrorObject());
    return duckdb::unique_ptr_cast<duckdb::QueryResult, duckdb::MaterializedQueryResult>(
        std::move(result));
  } catch (const std::exception& error) {
    return Failed(duckdb::ErrorData(error));
  }
}

std::unexpected<Error> QuerySession::Failed(const duckdb::ErrorData& error) {
  ran_out_of_memory_ =
      error.Type() == duckdb::ExceptionType::OUT_OF_MEMORY && !grants_->FirstError();
  return std::unexpected(errors_.From(error));
}

}  // namespace eider::engine
