// Columns side by side, the estimate of rows, and the first of them.
#include "eider/engine/explanation.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "eider/base/result.h"
#include "eider/codec/shortened_text.h"
#include "eider/engine/column_plan.h"
#include "eider/engine/new_table_schema.h"
#include "eider/engine/projection_problems.h"
#include "eider/engine/reader_call.h"
#include "eider/engine/statement.h"
#include "eider/engine/type_mapping.h"
#include "eider/iceberg/type.h"
#include "eider/records/value_type.h"

namespace eider::engine {
namespace {

std::string TypeOf(const ResultColumn& column) {
  return column.is_text ? "text" : column.type.ToString();
}

// Whether the plan or a part of it is so.
bool HasPart(const ColumnPlan& plan, const std::function<bool(const ColumnPlan&)>& is_so) {
  return is_so(plan) || std::ranges::any_of(plan.parts, [&](const ColumnPlan& part) {
           return HasPart(part, is_so);
         });
}

bool IsMissing(const ColumnPlan& plan) {
  return !plan.source && plan.to.required && plan.way != Way::kDefault;
}

void AddMissing(const ColumnPlan& plan, std::vector<std::string>& paths) {
  if (IsMissing(plan)) paths.push_back(plan.path);
  for (const ColumnPlan& part : plan.parts) AddMissing(part, paths);
}

ColumnFit FitOf(const ColumnPlan& plan) {
  if (!plan.source) return IsMissing(plan) ? ColumnFit::kMissingRequired : ColumnFit::kFits;
  const auto is_unfit = [](const ColumnPlan& part) {
    return part.way == Way::kNone || !part.extra.empty() || IsMissing(part);
  };
  return HasPart(plan, is_unfit) ? ColumnFit::kLossy : ColumnFit::kFits;
}

std::string InWordsOfRescued(const ColumnPlan& plan) {
  const std::string type = WriteTypeOf(plan.to.type).ToString();
  if (plan.way == Way::kNone) return fmt::format("rescued, as none is {}", type);
  return fmt::format("{}, value by value, or rescued", type);
}

std::string InWords(const ColumnPlan& plan, const std::vector<ResultColumn>& columns) {
  if (plan.way == Way::kRescue) return "what does not fit, as JSON";
  if (plan.way == Way::kDefault) return fmt::format("{} (missing, the default)", plan.default_text);
  if (!plan.source) return plan.to.required ? "missing, required" : "null (missing, optional)";
  if (plan.is_rescued) return InWordsOfRescued(plan);
  const ResultColumn& from = columns[*plan.source];
  const auto is_of = [&](Way way) {
    return HasPart(plan, [&](const ColumnPlan& part) { return part.way == way; });
  };
  if (is_of(Way::kNone)) return "may lose something";
  const std::string type = WriteTypeOf(plan.to.type).ToString();
  if (from.is_hint_of_table) return type + ", value by value, or a bad row";
  if (from.hint) {
    return fmt::format("{} by the route's types, value by value", records::ToText(*from.hint));
  }
  if (plan.IsUnchanged()) return "same";
  if (plan.way == Way::kText) return fmt::format("text to {}, value by value", type);
  std::string how = from.type == WriteTypeOf(plan.to.type) ? "same" : "cast to " + type;
  if (is_of(Way::kCheckedCast)) return how + ", checked value by value";
  if (HasPart(plan, &ColumnPlan::checks_null)) return how + ", checked for nulls";
  return how;
}

// The table's, and the one of its columns that gets what does not fit.
struct TableNames {
  const std::string& table;
  const std::string& rescue;
};

void AddColumns(const std::vector<ResultColumn>& columns, const iceberg::Schema& schema,
                const TableNames& names, Explanation& explanation) {
  Problems problems(names.table);
  const TablePlan plan = PlanColumns(columns, schema, names.rescue, problems);
  for (const ColumnPlan& planned : plan.columns) {
    ExplainedColumn& column = explanation.columns.emplace_back();
    column.table_column = planned.to.name;
    column.table_type = iceberg::ToString(planned.to.type);
    column.how = InWords(planned, columns);
    column.fit = FitOf(planned);
    AddMissing(planned, column.missing);
    if (planned.source) {
      column.result_column = columns[*planned.source].name;
      column.result_type = TypeOf(columns[*planned.source]);
    }
  }
  for (const std::size_t extra : plan.extra) {
    explanation.columns.push_back({.result_column = columns[extra].name,
                                   .result_type = TypeOf(columns[extra]),
                                   .table_column = "",
                                   .table_type = "",
                                   .how = names.rescue.empty()
                                              ? "extra: no such column in the table"
                                              : "rescued: no such column in the table",
                                   .fit = ColumnFit::kExtra});
  }
  explanation.problems = problems.texts();
}

void AddHintProblem(const QuerySession& session, const iceberg::Schema& table,
                    Explanation& explanation) {
  const Status hints = session.CheckHints(table);
  if (!hints) explanation.problems.push_back(hints.error().message);
}

// Of a table that is to be made: columns without any value and type are left out of it.
void AddNewColumns(const std::vector<ResultColumn>& columns, const iceberg::Schema& made,
                   const TableNames& names, Explanation& explanation) {
  std::vector<ResultColumn> kept;
  std::vector<ResultColumn> left_out;
  for (const ResultColumn& column : columns) {
    (IsIn(made, column) ? kept : left_out).push_back(column);
  }
  AddColumns(kept, made, names, explanation);
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
  const TableNames names{table_name, query.rescue};
  Explanation explanation;
  EIDER_ASSIGN(const BoundSql sql, BindInput(query.sql, file));
  explanation.sql = sql.select->ToString();
  if (table != nullptr) {
    AddColumns(plan.columns(), *table, names, explanation);
    AddHintProblem(session, *table, explanation);
  } else if (auto made = NewTableSchema(plan.columns(), query.rescue, file)) {
    AddNewColumns(plan.columns(), *made, names, explanation);
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
  // Without a table nothing was held against it yet.
  explanation.rows_are_exact = rows.is_exact && !(query.reject && table == nullptr);
  return explanation;
}

std::string ToText(const std::vector<ExplainedReader>& readers) {
  std::vector<std::string> calls;
  for (const ExplainedReader& reader : readers) {
    if (ReaderKindOf(reader.reader) == ReaderKind::kParquet) continue;
    std::vector<std::string> options;
    for (const auto& [name, value] : reader.options) {
      options.push_back(fmt::format("{} = {}", name, value));
    }
    calls.push_back(fmt::format("{}({})", reader.reader, fmt::join(options, ", ")));
  }
  return codec::Shortened(fmt::format("{}", fmt::join(calls, "; ")), kReadersBytesMax);
}

}  // namespace eider::engine
