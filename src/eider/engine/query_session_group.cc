// Binding of a query to several files at once.
#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "eider/base/result.h"
#include "eider/engine/column_use.h"
#include "eider/engine/fine_time_check.h"
#include "eider/engine/query_session.h"
#include "eider/engine/statement.h"
#include "eider/engine/unreadable_columns.h"

namespace eider::engine {

Result<QueryPlan> QuerySession::BindGroup(const Query& query, BoundSql& sql,
                                          const std::vector<std::string>& paths) {
  EIDER_CHECK(TakeQuery(query));
  // A call in the place of a constant may make a column one of another type.
  std::optional<std::vector<ResultColumn>> alone;
  if (sql.has_file_text) {
    EIDER_ASSIGN(const QueryPlan plan, BindOnce(query, nullptr));
    alone = plan.columns();
  }
  EIDER_CHECK(Begin());
  EIDER_CHECK(DecideReaders(sql, {}, false));  // by the first file, as the others are like it
  ReadAll(sql, paths);
  EIDER_ASSIGN(QueryPlan plan, BindTree(*sql.select));
  const bool is_same =
      !alone || std::ranges::equal(*alone, plan.columns(),
                                   [](const ResultColumn& one, const ResultColumn& other) {
                                     return one.name == other.name && one.type == other.type;
                                   });
  if (!is_same) {
    return Fail(Code::kUnsupported,
                fmt::format("over several files the query has other columns than over {} alone",
                            paths.front()));
  }
  NoteHints(plan);
  const ColumnUse use(*plan.root());
  EIDER_CHECK(CheckReadable(grants_, use));
  EIDER_CHECK(CheckFineTimes(context(), grants_, use));
  return plan;
}

}  // namespace eider::engine
