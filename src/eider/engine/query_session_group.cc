// Binding of a query to several files at once.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <duckdb/parser/expression/function_expression.hpp>
#include <duckdb/parser/tableref/table_function_ref.hpp>
#include <fmt/format.h>

#include "eider/base/in_parallel.h"
#include "eider/base/result.h"
#include "eider/engine/column_use.h"
#include "eider/engine/file_rows.h"
#include "eider/engine/fine_time_check.h"
#include "eider/engine/parquet_facts.h"
#include "eider/engine/query_session.h"
#include "eider/engine/reader_call.h"
#include "eider/engine/statement.h"
#include "eider/engine/unreadable_columns.h"

namespace eider::engine {
namespace {

using Records = std::vector<std::optional<std::uint64_t>>;

// Files that are opened at a time: each waits for its store.
constexpr std::size_t kOpeningMax = 8;

// By the footers, which are looked at as Run does before it reads.
Result<Records> AlikeParquet(QueryGrants& grants, const std::vector<std::string>& paths) {
  std::vector<Result<std::optional<ParquetShape>>> shapes(paths.size());
  InParallel(paths.size(), kOpeningMax,
             [&](std::size_t i) { shapes[i] = grants.ShapeOf(paths[i]); });
  Records records;
  if (!shapes.front()) return std::unexpected(std::move(shapes.front()).error());
  // What is wrong with another one is told when it is read by itself.
  for (auto& shape : shapes) {
    const bool is_alike = shape && *shape && *shapes.front() && (*shape)->rows >= 0 &&
                          (*shape)->bytes == (*shapes.front())->bytes;
    records.push_back(is_alike ? std::optional<std::uint64_t>((*shape)->rows) : std::nullopt);
  }
  return records;
}

bool IsParquet(const duckdb::TableRef& read) {
  const auto& call = *read.Cast<duckdb::TableFunctionRef>().function;
  return ReaderKindOf(call.Cast<duckdb::FunctionExpression>().function_name) ==
         ReaderKind::kParquet;
}

bool AreSame(const ResultColumn& one, const ResultColumn& other) {
  return one.name == other.name && one.type == other.type;
}

}  // namespace

Result<GroupPlan> QuerySession::BindGroup(const Query& query, BoundSql& sql,
                                          const std::vector<std::string>& paths,
                                          const iceberg::Schema& table) {
  EIDER_CHECK(TakeQuery(query));
  // A call in the place of a constant may make a column one of another type.
  std::optional<std::vector<ResultColumn>> alone;
  if (sql.has_file_text) {
    EIDER_ASSIGN(const QueryPlan plan, BindOnce(query, &table));
    alone = plan.columns();
  }
  is_of_several_ = true;
  EIDER_CHECK(Begin());
  std::vector<std::string> names;
  for (const iceberg::Field& field : table.fields) names.push_back(field.name);
  const auto read = (*sql.reads.front())->Copy();
  EIDER_CHECK(DecideReaders(sql, names, false));  // for the first file, as if it were alone
  const std::size_t columns = readers_->HasColumns() ? readers_->files().front().columns.size() : 0;
  Records records(paths.size());
  if (columns > 0 || IsParquet(**sql.reads.front())) {
    // What the query does is checked before another file is opened.
    EIDER_ASSIGN(QueryPlan first, BindDecided(sql, names, &table));
    EIDER_CHECK(TellFiles(first, std::make_shared<RowTally>(paths), errors_));
    EIDER_ASSIGN(records,
                 columns > 0 ? AlikeTexts(*read, columns, paths) : AlikeParquet(*grants_, paths));
  }
  if (!records.front()) {
    return Fail(Code::kUnsupported,
                fmt::format("what is like {} cannot be told: it is not read together with others",
                            paths.front()));
  }
  std::vector<std::string> alike;
  for (std::size_t i = 0; i < paths.size(); ++i) {
    if (records[i]) alike.push_back(paths[i]);
  }
  ReadAll(sql, alike);
  texts_.clear();
  EIDER_ASSIGN(QueryPlan plan, BindTree(*sql.select));
  if (alone && !std::ranges::equal(*alone, plan.columns(), AreSame)) {
    return Fail(Code::kUnsupported,
                fmt::format("files are not read together: the query has other columns then than "
                            "over {} alone",
                            paths.front()));
  }
  NoteTexts(plan);
  NoteHints(plan);
  const ColumnUse use(*plan.root());
  EIDER_CHECK(CheckReadable(grants_, use));
  EIDER_CHECK(CheckFineTimes(context(), grants_, use));
  return GroupPlan{std::move(plan), std::move(records)};
}

// `columns`: how many the first file has by itself.
Result<Records> QuerySession::AlikeTexts(duckdb::TableRef& read, std::size_t columns,
                                         const std::vector<std::string>& paths) {
  // Whatever one of them meets, its look tells.
  InParallel(paths.size(), kOpeningMax,
             [&](std::size_t i) { (void)grants_->OpenUnchecked(paths[i]); });
  try {
    return readers_->FindAlike(read, columns, paths);
  } catch (const std::exception& error) {
    return std::unexpected(errors_.From(error));
  }
}

}  // namespace eider::engine
