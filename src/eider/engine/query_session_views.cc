// Binding of queries that see their file in another way: a piece of it, or, where its rows go
// through a plug-in, by another session.
#include <utility>

#include <fmt/format.h>

#include "eider/base/result.h"
#include "eider/engine/column_use.h"
#include "eider/engine/file_rows.h"
#include "eider/engine/input_reads.h"
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
  EIDER_ASSIGN(const bool is_parquet,
               CutParquet(*grants_, query.input.uri.ToString(), *query.piece));
  if (!is_parquet) question_.piece = query.piece;
  auto bound = BindOnce(query, table);
  if (!bound) return std::unexpected(OfPiece(std::move(bound).error()));
  QueryPlan plan = *std::move(bound);
  EIDER_CHECK(CheckByPiece(plan, errors_));
  EIDER_ASSIGN(const auto reads, FindInputReads(plan, query));
  if (reads.size() != 1 || !reads.front().IsOfOneFile()) {
    return Fail(Code::kUnsupported,
                "a file is cut into pieces where the SQL reads it alone: it reads others");
  }
  if (!is_parquet) EIDER_CHECK(readers_->CheckPiece(ColumnUse(*plan.root())));
  return plan;
}

Error QuerySession::OfPiece(Error error) const {
  if (!question_.piece || question_.piece->number == 1) return error;
  error.place.line = 0;  // where the piece begins in the file is known in bytes only
  return Annotate(fmt::format("piece {} of {}, whose lines are counted from its own beginning",
                              question_.piece->number, question_.piece->of),
                  std::move(error));
}

}  // namespace eider::engine
