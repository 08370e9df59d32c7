// Columns side by side, the estimate of rows, and the first of them.
#include "eider/engine/explanation.h"

#include <algorithm>
#include <cstddef>
#include <exception>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "eider/base/result.h"
#include "eider/codec/shortened_text.h"
#include "eider/engine/input_reads.h"
#include "eider/engine/projection.h"
#include "eider/engine/statement.h"
#include "eider/iceberg/type.h"

namespace eider::engine {
namespace {

std::string TypeOf(const ResultColumn& column) {
  return column.is_text ? "text" : column.type.ToString();
}

void AddColumns(const std::vector<ResultColumn>& columns, const iceberg::Schema& schema,
                const std::string& table_name, Explanation& explanation) {
  ProjectionStory story = TellProjection(columns, schema, table_name);
  for (std::size_t i = 0; i < schema.fields.size(); ++i) {
    ExplainedColumn& column = explanation.columns.emplace_back();
    column.table_column = schema.fields[i].name;
    column.table_type = iceberg::ToString(schema.fields[i].type);
    column.how = std::move(story.columns[i].how);
    if (const auto source = story.columns[i].source) {
      column.result_column = columns[*source].name;
      column.result_type = TypeOf(columns[*source]);
    }
  }
  for (const std::size_t extra : story.extra) {
    explanation.columns.push_back({.result_column = columns[extra].name,
                                   .result_type = TypeOf(columns[extra]),
                                   .table_column = "",
                                   .table_type = "",
                                   .how = "extra: no such column in the table"});
  }
  explanation.problems = std::move(story.problems);
}

void AddHintProblem(const QuerySession& session, const iceberg::Schema& table,
                    Explanation& explanation) {
  const Status hints = session.CheckHints(table);
  if (!hints) explanation.problems.push_back(hints.error().message);
}

// Of a table that is to be made: columns without any value and type are left out of it.
void AddNewColumns(const std::vector<ResultColumn>& columns, const iceberg::Schema& made,
                   const std::string& table_name, Explanation& explanation) {
  std::vector<ResultColumn> kept;
  std::vector<ResultColumn> left_out;
  for (const ResultColumn& column : columns) {
    (IsIn(made, column) ? kept : left_out).push_back(column);
  }
  AddColumns(kept, made, table_name, explanation);
  for (const ResultColumn& column : left_out) {
    explanation.columns.push_back({.result_column = column.name,
                                   .result_type = TypeOf(column),
                                   .table_column = "",
                                   .table_type = "",
                                   .how = "left out of the new table: it has no value"});
  }
}

}  // namespace

Result<Explanation> ExplainPlan(QueryPlan& plan, QuerySession& session, const Query& query,
                                const iceberg::Schema* table, const std::string& table_name) {
  const std::string file = query.input.uri.ToString();
  Explanation explanation;
  EIDER_ASSIGN(const BoundSql sql, BindInput(query.sql, file));
  explanation.sql = sql.select->ToString();
  if (table != nullptr) {
    AddColumns(plan.columns(), *table, table_name, explanation);
    AddHintProblem(session, *table, explanation);
  } else if (auto made = NewTableSchema(plan.columns(), file)) {
    AddNewColumns(plan.columns(), *made, table_name, explanation);
    AddHintProblem(session, *made, explanation);
  } else {
    for (const ResultColumn& column : plan.columns()) {
      explanation.columns.push_back({.result_column = column.name,
                                     .result_type = TypeOf(column),
                                     .table_column = "",
                                     .table_type = "",
                                     .how = "no table can be made"});
    }
    explanation.problems.push_back(std::move(made).error().message);
  }
  explanation.readers = session.ExplainReaders();
  EIDER_ASSIGN(const store::ObjectReader* const reader, session.grants().OpenInput(file));
  explanation.input_bytes = reader->info().size_bytes;
  EIDER_ASSIGN(const RowEstimate rows, plan.EstimateRows(session.errors()));
  explanation.rows = rows.rows;
  explanation.rows_are_exact = rows.is_exact;
  return explanation;
}

std::string ToText(const std::vector<ExplainedReader>& readers) {
  std::vector<std::string> calls;
  for (const ExplainedReader& reader : readers) {
    if (reader.reader.find("parquet") != std::string::npos) continue;
    std::vector<std::string> options;
    for (const auto& [name, value] : reader.options) {
      options.push_back(fmt::format("{} = {}", name, value));
    }
    calls.push_back(fmt::format("{}({})", reader.reader, fmt::join(options, ", ")));
  }
  return codec::Shortened(fmt::format("{}", fmt::join(calls, "; ")), kReadersBytesMax);
}

Result<Preview> FirstRows(QueryPlan& plan, QuerySession& session, int rows_max) {
  Preview preview;
  for (const ResultColumn& column : plan.columns()) preview.columns.push_back(column.name);
  EIDER_ASSIGN(auto statement, plan.First(std::max(rows_max, 0), session.errors()));
  EIDER_ASSIGN(auto result, session.Execute(std::move(statement)));
  try {
    for (duckdb::idx_t row = 0; row < result->RowCount(); ++row) {
      std::vector<std::string>& texts = preview.rows.emplace_back();
      for (std::size_t column = 0; column < preview.columns.size(); ++column) {
        texts.push_back(result->GetValue(column, row).ToString());
      }
    }
  } catch (const std::exception& error) {
    return std::unexpected(session.errors().From(error));
  }
  return preview;
}

}  // namespace eider::engine
