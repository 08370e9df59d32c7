// Binding of a query whose input sets records aside.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "eider/base/result.h"
#include "eider/engine/input_reads.h"
#include "eider/engine/name_match.h"
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
  if (input == nullptr) {
    if (plan) EIDER_CHECK(SetValuesAside(query, table, *plan));
    return plan;
  }
  const auto rules = RulesOf(*input, plan ? &*plan : nullptr, table);
  if (rules.empty()) return plan;
  const std::uint64_t before = rejects_->count();
  EIDER_CHECK(readers_->Sift(*input, rules));
  if (rejects_->count() == before) return plan;
  if (plan) return BindOnce(query, &table);
  return BindSifted(query, table, BindOnce(query, &table));
}

Status QuerySession::SetValuesAside(const Query& query, const iceberg::Schema& table,
                                    QueryPlan& plan) {
  if (!rejects_) return {};
  EIDER_ASSIGN(const auto reads, FindInputReads(plan, query));
  // The rows of a second read are other rows of the SQL, and those of other files have other lines.
  if (reads.size() > 1) why_none_aside_ = fmt::format("the SQL reads it {} times", reads.size());
  if (reads.size() != 1) return {};
  const InputRead& read = reads.front();
  if (!read.IsOfOneFile()) {
    why_none_aside_ = "the SQL reads it together with other files";
    return {};
  }
  if (!query.part && !read.IsParquet()) {
    why_none_aside_ = "its reader call is one that is not looked at (docs/readers.md)";
    return {};
  }
  const std::vector<ValueCheck> checks = ChecksOf(read, plan, table, rescue_count_.has_value());
  if (rescue_count_) {
    why_none_aside_ = "values that do not fit are rescued where a column may be null";
  } else if (checks.size() < table.fields.size()) {
    why_none_aside_ =
        "only columns are looked at that the SQL hands on as they are, not nested ones";
  }
  if (checks.empty()) return {};
  const ValueSift sift(context(), read, checks, query, errors_);
  EIDER_ASSIGN(const ValueSift::Counts counts, TakeBadRows(sift));
  if (rejects_->count() == 0) return {};
  EIDER_CHECK(sift.KeepGoodRows());
  plan.NoteSift(**read.place, counts.rows, counts.bad);
  return {};
}

// All of them only where they are to be written, and are not too many.
Result<ValueSift::Counts> QuerySession::TakeBadRows(const ValueSift& sift) {
  const auto run = [&](duckdb::unique_ptr<duckdb::SQLStatement> statement) -> Status {
    EIDER_CHECK(Execute(std::move(statement)));
    return {};
  };
  const auto take = [&](records::RejectedRecord rejected) {
    return rejects_->Take(*grants_, question_.input, std::move(rejected));
  };
  EIDER_ASSIGN(const ValueSift::Counts counts, sift.Count(run));
  if (counts.bad == 0) return counts;
  if (rejects_->keeps_records() && !rejects_->WouldBeBeyond(counts.bad, counts.rows)) {
    EIDER_CHECK(sift.GiveAll(run, take));
    return counts;
  }
  EIDER_CHECK(sift.GiveFirst(run, take, counts.first_line));
  rejects_->CountFurther(counts.bad - 1);
  EIDER_CHECK(rejects_->CheckLimit(counts.rows, question_.input));
  return counts;
}

Error QuerySession::WithWhyNoneAside(Error error) const {
  const bool is_of_rejects = rejects_ && rejects_->has_failed();
  if (why_none_aside_.empty() || is_of_rejects || error.code != Code::kInvalid) return error;
  error.message += "; on_bad_rows puts no such row of the file aside: " + why_none_aside_;
  return error;
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
    if (rescue_count_ && plan != nullptr && !field.required) continue;
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
