// Binding of a query whose rows go through a plug-in: another session reads the file.
#include <utility>

#include "eider/base/result.h"
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

}  // namespace eider::engine
