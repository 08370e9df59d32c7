#include "eider/engine/table_query.h"

#include <cstddef>
#include <exception>
#include <memory>
#include <set>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include <duckdb/common/error_data.hpp>
#include <duckdb/common/string_util.hpp>
#include <duckdb/main/connection.hpp>
#include <duckdb/main/pending_query_result.hpp>
#include <duckdb/main/query_result.hpp>
#include <duckdb/parser/parser.hpp>
#include <duckdb/parser/statement/select_statement.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "eider/base/clock.h"
#include "eider/base/file_ref.h"
#include "eider/base/result.h"
#include "eider/engine/object_file_system.h"
#include "eider/engine/projection.h"
#include "eider/engine/query_deadline.h"
#include "eider/engine/query_errors.h"
#include "eider/engine/query_grants.h"
#include "eider/engine/query_plan.h"
#include "eider/engine/sandbox.h"
#include "eider/engine/sql_literal.h"
#include "eider/engine/statement.h"

namespace eider::engine {
namespace {

std::string Quoted(const std::string& name) {
  std::string quoted = "\"";
  for (const char letter : name) {
    if (letter == '"') quoted += '"';
    quoted += letter;
  }
  return quoted + '"';
}

// A text such as 2026-11-30T12:00:00.123Z is a time by a cast; the reader has formats of its own.
bool IsTime(const TableColumn& column) {
  return column.type == "TIMESTAMPTZ";
}

std::string RowsOf(const FileTable& table) {
  std::vector<std::string> columns;
  std::vector<std::string> types;
  for (const TableColumn& column : table.columns) {
    const std::string name = Quoted(column.name);
    columns.push_back(IsTime(column) ? fmt::format("CAST({0} AS TIMESTAMPTZ) AS {0}", name) : name);
    types.push_back(
        fmt::format("{}: {}", name, SqlLiteral(IsTime(column) ? "VARCHAR" : column.type)));
  }
  return fmt::format(
      "SELECT {} FROM read_json('{}', format = 'newline_delimited', columns = {{{}}})",
      fmt::join(columns, ", "), kInputMarker, fmt::join(types, ", "));
}

// Names of the result's columns, each another.
std::vector<std::string> NamesOf(const QueryPlan& plan) {
  std::vector<std::string> names;
  std::set<std::string> seen;
  for (const ResultColumn& column : plan.columns()) {
    std::string name = column.name;
    for (int i = 1; !seen.insert(duckdb::StringUtil::Lower(name)).second; ++i) {
      name = fmt::format("{}_{}", column.name, i);
    }
    names.push_back(std::move(name));
  }
  return names;
}

// JSON has neither NaN nor infinities: they are null.
std::string JsonValueOf(const ResultColumn& column, const std::string& value) {
  const auto type = column.type.id();
  const bool may_be_odd =
      type == duckdb::LogicalTypeId::DOUBLE || type == duckdb::LogicalTypeId::FLOAT;
  return may_be_odd ? fmt::format("CASE WHEN isfinite({0}) THEN {0} END", value) : value;
}

std::vector<std::string> ExpressionsOf(const QueryPlan& plan, const std::vector<std::string>& names,
                                       RowForm form) {
  std::vector<std::string> expressions;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::string value = InputName(i);
    expressions.push_back(
        form == RowForm::kJson
            ? fmt::format("{} := {}", Quoted(names[i]), JsonValueOf(plan.columns()[i], value))
            : fmt::format("CAST({} AS VARCHAR)", value));
  }
  if (form == RowForm::kTexts) return expressions;
  return {fmt::format("CAST(to_json(struct_pack({})) AS VARCHAR)", fmt::join(expressions, ", "))};
}

using Select = duckdb::unique_ptr<duckdb::SelectStatement>;

// One question. Used by one thread.
class Asking {
 public:
  Asking(Sandbox& sandbox, store::ObjectStore& store, const std::string& asked_by,
         std::stop_token stop)
      : stop_(std::move(stop)),
        grants_(std::make_shared<QueryGrants>(store, stop_)),
        errors_(*grants_, sandbox.options(), asked_by),
        connection_(sandbox.database()),
        scope_(*connection_.context, grants_) {}

  // The SELECT reads these files and no others.
  Status Run(duckdb::SelectStatement& select, const std::vector<Uri>& files, RowForm form,
             const AnswerVisitor& visitor) {
    for (const Uri& uri : files) {
      FileRef file;
      file.uri = uri;
      grants_->AllowRead(file);
    }
    try {
      connection_.BeginTransaction();
      EIDER_ASSIGN(QueryPlan plan, QueryPlan::Bind(*connection_.context, select, errors_));
      const std::vector<std::string> names = NamesOf(plan);
      EIDER_ASSIGN(auto statement, plan.Rows(ExpressionsOf(plan, names, form), errors_));
      visitor.begin(names);
      return Visit(std::move(statement), visitor);
    } catch (const std::exception& error) {
      return std::unexpected(errors_.From(error));
    }
  }

 private:
  Status Visit(duckdb::unique_ptr<duckdb::SQLStatement> statement, const AnswerVisitor& visitor) {
    auto pending = connection_.PendingQuery(std::move(statement), true);
    if (pending->HasError()) return std::unexpected(errors_.From(pending->GetErrorObject()));
    // Only now: starting a query clears an interrupt that came before it.
    const std::stop_callback interrupt(stop_, [this] { connection_.Interrupt(); });
    const auto result = pending->Execute();
    if (result->HasError()) return std::unexpected(errors_.From(result->GetErrorObject()));
    std::vector<std::string> cells;
    while (auto chunk = result->Fetch()) {
      for (duckdb::idx_t row = 0; row < chunk->size(); ++row) {
        cells.clear();
        for (duckdb::idx_t column = 0; column < chunk->ColumnCount(); ++column) {
          const duckdb::Value value = chunk->GetValue(column, row);
          cells.push_back(value.IsNull() ? "NULL" : duckdb::StringValue::Get(value));
        }
        if (!visitor.row(cells)) return {};
      }
    }
    if (result->HasError()) return std::unexpected(errors_.From(result->GetErrorObject()));
    return {};
  }

  std::stop_token stop_;
  SharedGrants grants_;
  QueryErrors errors_;
  duckdb::Connection connection_;
  GrantScope scope_;
};

// What is asked of files, and how the answer comes.
struct Inquiry {
  duckdb::SelectStatement& select;
  const std::vector<Uri>& files;
  RowForm form;
  const std::string& asked_by;
};

Status Ask(store::ObjectStore& store, const EngineOptions& options, const Inquiry& inquiry,
           const AnswerVisitor& visitor, const std::stop_token& stop) {
  EIDER_ASSIGN(const auto sandbox, Sandbox::Open(options));
  QueryDeadline deadline(stop, sandbox->options());
  deadline.Start({});
  Status answered = Asking(*sandbox, store, inquiry.asked_by, deadline.token())
                        .Run(inquiry.select, inquiry.files, inquiry.form, visitor);
  if (answered) return {};
  Error error = deadline.Explain(std::move(answered).error(), "");
  if (error.code == Code::kDeadlineExceeded) {
    error.message = fmt::format("{}: the query took longer than it may: {} ms (engine.timeout_ms)",
                                inquiry.asked_by, options.timeout.value_or(Milliseconds()).count());
  }
  return std::unexpected(std::move(error));
}

}  // namespace

Status AnswerQuestion(store::ObjectStore& store, const EngineOptions& options,
                      const TableQuestion& question, const AnswerVisitor& visitor,
                      std::stop_token stop) {
  const OneTable table{question.table.name, question.asked_by};
  EIDER_ASSIGN(BoundSql rows, BindInput(RowsOf(question.table), question.table.file.ToString()));
  const std::vector<Uri> files = {question.table.file};
  EIDER_ASSIGN(const Select select, BindOneTable(question.sql, table, std::move(rows.select)));
  return Ask(store, options, {*select, files, question.form, question.asked_by}, visitor, stop);
}

Status VisitRows(store::ObjectStore& store, const EngineOptions& options, const OwnRows& rows,
                 const AnswerVisitor& visitor, std::stop_token stop) {
  duckdb::Parser parser;
  parser.ParseQuery(rows.sql);
  const Select select = duckdb::unique_ptr_cast<duckdb::SQLStatement, duckdb::SelectStatement>(
      std::move(parser.statements.front()));
  return Ask(store, options, {*select, rows.files, RowForm::kTexts, rows.named}, visitor, stop);
}

}  // namespace eider::engine
