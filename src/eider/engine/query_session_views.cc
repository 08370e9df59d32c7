// Binding of queries that see their file in another way: a piece of it, or, where its rows go
// through a plug-in, by another session.
#include <utility>

#include "eider/base/result.h"
#include "eider/engine/file_rows.h"
#include "eider/engine/parquet_piece.h"
#include "eider/engine/query_session.h"
#include "eider/engine/transformed_rows.h"

namespace eider::engine {

Result<QueryPlan> QuerySession::BindTransformed(const Query& query, const iceberg::Schema* table) {
  grants_->AllowRead(query.input);  // for messages
  EIDER_ASSIGN(const auto select, TransformedSelect(query));
  EIDER_ASSIGN(transform_,
               TransformedRows::Begin(sandbox_, store_, context(), query, table, stop_));
  EIDER_CHECK(Begin());
  auto plan = BindTree(*select);
  if (!plan) return std::unexpected(transform_->Failure().value_or(plan.error()));
  NoteHints(*plan);
  return plan;
}

// Where all of its rows come of the input alone, each of one.
Result<QueryPlan> QuerySession::BindPiece(const Query& query, const iceberg::Schema* table) {
  EIDER_CHECK(CutInput(*grants_, query.input.uri.ToString(), *query.piece));
  EIDER_ASSIGN(QueryPlan plan, BindOnce(query, table));
  EIDER_CHECK(CheckByPiece(plan, errors_));
  return plan;
}

}  // namespace eider::engine
