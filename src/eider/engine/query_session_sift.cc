// Binding of a query whose input sets records aside.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "eider/base/result.h"
#include "eider/engine/input_reads.h"
#include "eider/engine/name_match.h"
#include "eider/engine/parquet_sift.h"
#include "eider/engine/query_session.h"
#include "eider/engine/rejects.h"
#include "eider/engine/text_function.h"
#include "eider/iceberg/schema.h"
#include "eider/records/sift.h"
#include "eider/records/value_type.h"

namespace eider::engine {

// Records whose values do not fit are set aside, and the query is bound to the others. Where it
// cannot be bound, the values of columns may be what hinders it.
Result<QueryPlan> QuerySession::BindSifted(const Query& query, const iceberg::Schema& table,
                                           Result<QueryPlan> plan) {
  if (!plan && plan.error().code != Code::kInvalid) return plan;
  const FileReader* const input = InputReader();
  if (input == nullptr) return plan ? SiftParquet(query, table, *std::move(plan)) : std::move(plan);
  const auto rules = RulesOf(*input, plan ? &*plan : nullptr, table);
  if (rules.empty()) return plan;
  const std::uint64_t before = rejects_->count();
  EIDER_CHECK(readers_->Sift(*input, rules));
  if (rejects_->count() == before) return plan;
  if (plan) return BindOnce(query, &table);
  return BindSifted(query, table, BindOnce(query, &table));
}

// Rows of a Parquet file whose values do not fit are set aside, and the plan leaves them out. One
// file alone: the rows of others have numbers of their own.
Result<QueryPlan> QuerySession::SiftParquet(const Query& query, const iceberg::Schema& table,
                                            QueryPlan plan) {
  EIDER_ASSIGN(const auto reads, FindInputReads(plan, query));
  if (reads.size() != 1 || !reads.front().IsParquet()) return plan;
  const InputRead& read = reads.front();
  if (read.get().parameters.front().type().id() != duckdb::LogicalTypeId::VARCHAR) return plan;
  const std::vector<ValueCheck> checks = ChecksOf(read, plan, table);
  if (checks.empty()) return plan;
  EIDER_CHECK(TakeBadRows(read, checks));
  if (rejects_->count() == 0) return plan;
  const auto rows = read.get().EstimateCardinality(context());  // of one file: its footer's number
  EIDER_CHECK(rejects_->CheckLimit(rows, question_.input));
  EIDER_CHECK(KeepGoodRows(context(), read, checks, errors_));
  return plan;
}

Status QuerySession::TakeBadRows(const InputRead& read, const std::vector<ValueCheck>& checks) {
  // SQL of our own: it may call what a route's may not.
  auto parsed = connection_.ExtractStatements(BadRowsSql(read, checks, question_.input));
  EIDER_ASSIGN(const auto found, Execute(std::move(parsed.front())));
  for (duckdb::idx_t i = 0; i < found->RowCount(); ++i) {
    const ValueCheck& check = checks[found->GetValue(1, i).GetValue<std::uint64_t>()];
    const duckdb::Value value = found->GetValue(2, i);
    const bool has_value = !value.IsNull();
    EIDER_CHECK(rejects_->Take(
        *grants_, question_.input,
        {.line = found->GetValue(0, i).GetValue<std::uint64_t>(),
         .column = check.name,
         .value = has_value ? std::optional(duckdb::StringValue::Get(value)) : std::nullopt,
         .reason = check.Reason(has_value),
         .record = found->GetValue(3, i).ToString().substr(0, records::kRejectedTextMax)}));
  }
  return {};
}

// The query's input, where it was looked at; null: it was not.
const FileReader* QuerySession::InputReader() const {
  if (readers_ == nullptr) return nullptr;
  const auto input = std::ranges::find(readers_->files(), question_.input, &FileReader::path);
  return input != readers_->files().end() && input->are_objects ? &*input : nullptr;
}

// What the route's types say of a column: of the plan's result or, without a plan, of that name.
std::optional<records::ValueType> QuerySession::HintOf(const QueryPlan* plan, std::size_t column,
                                                       const std::string& name) const {
  if (plan != nullptr) return plan->columns()[column].hint;
  const auto hint = hints_.find(name);
  return hint == hints_.end() ? std::nullopt : std::optional(hint->second);
}

// What the file's columns must be: those that the plan hands on as texts or, without a plan, those
// that are called like the table's.
std::vector<records::ColumnRule> QuerySession::RulesOf(const FileReader& file,
                                                       const QueryPlan* plan,
                                                       const iceberg::Schema& table) const {
  std::vector<std::string> names;
  std::vector<std::optional<std::size_t>> columns;  // of the file
  if (plan != nullptr) {
    for (std::size_t i = 0; i < plan->columns().size(); ++i) {
      names.push_back(plan->columns()[i].name);
      const bool is_of_file =
          i < texts_.size() && texts_[i] && &readers_->files()[texts_[i]->file] == &file;
      columns.push_back(is_of_file ? std::optional(texts_[i]->column) : std::nullopt);
    }
  } else {
    for (std::size_t i = 0; i < file.columns.size(); ++i) {
      names.push_back(file.columns[i].name);
      columns.push_back(file.columns[i].is_given ? std::nullopt : std::optional(i));
    }
  }
  std::vector<records::ColumnRule> rules;
  const NameMatch match = MatchNames(names, table.fields);
  for (std::size_t i = 0; i < table.fields.size(); ++i) {
    const auto source = match.source_of_field[i];
    if (!source || !columns[*source]) continue;
    const iceberg::Field& field = table.fields[i];
    const auto hint = HintOf(plan, *source, names[*source]);
    rules.push_back({.column = file.columns[*columns[*source]].name,
                     .index = *columns[*source],
                     .type = hint ? hint : FormOf(field.type),
                     .is_required = field.required,
                     .wrong_type = hint ? "is not " + records::ToText(*hint)
                                        : "does not fit " + iceberg::ToString(field.type),
                     .no_value = "has no value, which the table requires"});
  }
  return rules;
}

}  // namespace eider::engine
