#include "eider/engine/query_session.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <duckdb/common/error_data.hpp>
#include <duckdb/common/string_util.hpp>
#include <duckdb/main/client_config.hpp>
#include <duckdb/main/pending_query_result.hpp>
#include <fmt/format.h>

#include "eider/base/result.h"
#include "eider/codec/shortened_text.h"
#include "eider/codec/transcoder.h"
#include "eider/config/nearest_name.h"
#include "eider/engine/column_use.h"
#include "eider/engine/distrusted_statistics.h"
#include "eider/engine/file_text.h"
#include "eider/engine/fine_time_check.h"
#include "eider/engine/input_reads.h"
#include "eider/engine/name_match.h"
#include "eider/engine/read_counts.h"
#include "eider/engine/statement.h"
#include "eider/engine/text_causes.h"
#include "eider/engine/text_function.h"
#include "eider/engine/unreadable_columns.h"
#include "eider/records/value_type.h"

namespace eider::engine {
namespace {

// The column of that name: exactly, else without regard to case where that is one.
std::optional<std::size_t> FindNamed(const std::vector<ResultColumn>& columns,
                                     const std::string& name) {
  std::optional<std::size_t> found;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (columns[i].name == name) return i;
    if (!duckdb::StringUtil::CIEquals(columns[i].name, name)) continue;
    if (found) return std::nullopt;
    found = i;
  }
  return found;
}

}  // namespace

QuerySession::QuerySession(Sandbox& sandbox, store::ObjectStore& store, std::stop_token stop)
    : sandbox_(sandbox),
      store_(store),
      stop_(std::move(stop)),
      grants_(std::make_shared<QueryGrants>(store, stop_)),
      errors_(*grants_, sandbox.options()),
      connection_(sandbox.database()),
      scope_(*connection_.context, grants_) {
  question_.temp_directory = sandbox.options().temp_directory;
  question_.encodings = &encodings_;
}

Result<QueryPlan> QuerySession::Bind(const Query& query, const iceberg::Schema* table) {
  EIDER_CHECK(TakeQuery(query));
  if (query.transform) return BindTransformed(query, table);
  EIDER_CHECK(Grant(query));
  if (query.piece) return BindPiece(query, table);
  auto plan = rejects_ && table != nullptr ? BindSifted(query, *table, BindOnce(query, table))
                                           : BindOnce(query, table);
  if (!rejects_) return plan;
  const FileReader* const input = plan ? InputReader() : nullptr;
  if (input != nullptr) {
    EIDER_CHECK(rejects_->CheckLimit(input->records + rejects_->count(), input->path));
  }
  return plan;
}

Status QuerySession::Grant(const Query& query) {
  grants_->AllowRead(query.input, query.opening);
  for (const Uri& uri : query.inputs) grants_->AllowFurther(uri);
  for (const InputTable& input : query.tables) {
    for (const iceberg::DataFile& file : input.files) {
      EIDER_ASSIGN(const Uri uri, Uri::Parse(file.file_path));
      grants_->AllowFurther(uri);
    }
  }
  return {};
}

Result<QueryPlan> QuerySession::BindOnce(const Query& query, const iceberg::Schema* table) {
  EIDER_ASSIGN(BoundSql sql, BindInput(query.sql, query.input.uri.ToString()));
  EIDER_CHECK(BindTables(sql, query.tables));
  return Bind(sql, table);
}

// The plan is bound and run in the same transaction.
Status QuerySession::Begin() {
  texts_.clear();
  try {
    if (!connection_.HasActiveTransaction()) connection_.BeginTransaction();
    return {};
  } catch (const std::exception& error) {
    return std::unexpected(errors_.From(error));
  }
}

Result<QueryPlan> QuerySession::Bind(BoundSql& sql, const iceberg::Schema* table) {
  EIDER_CHECK(Begin());
  std::vector<std::string> names;
  if (table != nullptr) {
    for (const iceberg::Field& field : table->fields) names.push_back(field.name);
  }
  EIDER_CHECK(DecideReaders(sql, names, table == nullptr));
  auto bound = BindDecided(sql, names, table);
  if (!bound) {
    return std::unexpected(
        WithTextCauses(std::move(bound).error(), sql.select->ToString(), *readers_, *grants_));
  }
  QueryPlan plan = *std::move(bound);
  NoteHints(plan);
  const ColumnUse use(*plan.root());
  EIDER_CHECK(CheckReadable(grants_, use));
  EIDER_CHECK(CheckFineTimes(context(), grants_, use));
  return plan;
}

// What the readers leave open is decided.
Result<QueryPlan> QuerySession::BindDecided(BoundSql& sql, const std::vector<std::string>& names,
                                            const iceberg::Schema* table) {
  if (!readers_->HasColumns()) return BindTree(*sql.select);
  if (table == nullptr) return BindForNone(*sql.select);
  auto plan = BindForTable(*sql.select, *table);
  // The SQL may name a key that no object of this file has.
  if (plan || !readers_->AddMissing(names)) return plan;
  auto with_missing = BindForTable(*sql.select, *table);
  return with_missing ? std::move(with_missing) : std::move(plan);
}

Result<QueryPlan> QuerySession::BindForTable(const duckdb::SelectStatement& select,
                                             const iceberg::Schema& table) {
  // Cheapest first: all as text, which is enough where the SQL only hands columns on.
  if (auto plan = BindTree(select)) {
    readers_->SetText(ColumnUse(*plan->root()));
    if (!readers_->LacksTypes()) return BindKnown(select, *std::move(plan), table);
  }
  EIDER_ASSIGN(QueryPlan typed, BindTyped(select));
  readers_->SetText(ColumnUse(*typed.root()));
  EIDER_ASSIGN(QueryPlan plan, BindTree(select));
  return BindKnown(select, std::move(plan), table);
}

// Where the columns of the result go is known now: those that are values of the table's types
// already need not be texts on their way.
Result<QueryPlan> QuerySession::BindKnown(const duckdb::SelectStatement& select, QueryPlan plan,
                                          const iceberg::Schema& table) {
  // Where records are set aside, each value of theirs is looked at as a text.
  if (rejects_ || !readers_->TakeKnown(GoalsOf(plan, table))) {
    NoteTexts(plan);
    return plan;
  }
  EIDER_ASSIGN(QueryPlan with_values, BindTree(select));
  NoteTexts(with_values);
  return with_values;
}

ColumnGoals QuerySession::GoalsOf(QueryPlan& plan, const iceberg::Schema& table) const {
  std::vector<std::string> names;
  for (const ResultColumn& column : plan.columns()) names.push_back(column.name);
  std::vector<std::optional<iceberg::TypeKind>> types(names.size());
  const NameMatch match = MatchNames(names, table.fields);
  for (std::size_t i = 0; i < table.fields.size(); ++i) {
    if (match.source_of_field[i]) types[*match.source_of_field[i]] = table.fields[i].type.kind;
  }
  for (const auto& [name, type] : hints_) {
    if (const auto column = FindNamed(plan.columns(), name)) types[*column].reset();
  }
  const ColumnUse use(*plan.root());
  ColumnGoals goals;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (const auto source = use.SourceOf(i)) goals.emplace_back(*source, types[i]);
  }
  return goals;
}

// For no table, or none yet: types hold for all rows, but those that the query says are for it.
Result<QueryPlan> QuerySession::BindForNone(const duckdb::SelectStatement& select) {
  auto plan = BindTyped(select);
  if (plan) NoteEmpty(*plan);
  if (hints_.empty() && !hands_on_texts_) return plan;
  std::vector<std::string> missing;
  for (const auto& [name, type] : hints_) missing.push_back(name);
  if (plan) missing = HintsWithout(*plan);
  // A key whose type the route says may be in no object of this file.
  if (!missing.empty() && readers_->AddMissing(missing)) {
    auto with_missing = BindTyped(select);
    if (with_missing) NoteEmpty(*with_missing);
    if (plan || with_missing) return BindHinted(select, std::move(with_missing));
  }
  return BindHinted(select, std::move(plan));
}

Result<QueryPlan> QuerySession::BindHinted(const duckdb::SelectStatement& select,
                                           Result<QueryPlan> plan) {
  if (!plan) return plan;
  const std::set<ColumnSource> hinted = HintedSources(*plan);
  readers_->SetText(ColumnUse(*plan->root()), &hinted);
  auto with_texts = BindTree(select);
  if (!with_texts) return with_texts;
  NoteTexts(*with_texts);
  NoteEmpty(*with_texts);
  return with_texts;
}

Status QuerySession::TakeQuery(const Query& query) {
  for (const auto& [name, text] : query.types) {
    auto type = records::ParseValueType(text);
    if (!type) return Fail("the route's types for column " + name, std::move(type).error());
    hints_.emplace(name, *std::move(type));
  }
  if (query.part) part_column_ = query.part->column;
  question_.input = query.input.uri.ToString();
  question_.encoding = query.encoding;
  if (!query.rescue.empty()) rescue_count_.emplace(context());
  lineage_ = query.lineage;
  input_ = query.input;
  if (query.reject) {
    rejects_.emplace(*query.reject, question_.temp_directory, keeps_rejects_);
    if (!query.part) question_.rejects = &*rejects_;  // what does not read is in no part
  }
  return {};
}

std::vector<std::string> QuerySession::HintsWithout(const QueryPlan& plan) const {
  std::vector<std::string> names;
  for (const auto& [name, type] : hints_) {
    if (!FindNamed(plan.columns(), name)) names.push_back(name);
  }
  return names;
}

// What only columns of such types are made of. The column that tells parts apart keeps the text
// that the file was routed by.
std::set<ColumnSource> QuerySession::HintedSources(QueryPlan& plan) const {
  const ColumnUse use(*plan.root());
  std::set<std::size_t> hinted;
  for (const auto& [name, type] : hints_) {
    if (const auto column = FindNamed(plan.columns(), name)) hinted.insert(*column);
  }
  for (std::size_t i = 0; hands_on_texts_ && i < plan.columns().size(); ++i) hinted.insert(i);
  std::set<ColumnSource> sources;
  for (const std::size_t column : hinted) {
    const auto source = use.SourceOf(column);
    if (!source || source->column >= source->get->names.size()) continue;
    if (!duckdb::StringUtil::CIEquals(source->get->names[source->column], part_column_)) {
      sources.insert(*source);
    }
  }
  for (std::size_t i = 0; i < plan.columns().size(); ++i) {
    const auto source = use.SourceOf(i);
    if (source && !hinted.contains(i)) sources.erase(*source);
  }
  return sources;
}

void QuerySession::NoteHints(QueryPlan& plan) {
  unknown_hints_ = HintsWithout(plan);
  result_names_.clear();
  for (const ResultColumn& column : plan.columns()) result_names_.push_back(column.name);
  for (const auto& [name, type] : hints_) {
    if (const auto column = FindNamed(plan.columns(), name)) plan.SetHint(*column, type);
  }
}

Status QuerySession::CheckHints(const iceberg::Schema& table) const {
  for (const std::string& name : unknown_hints_) {
    const bool is_of_table = std::ranges::any_of(table.fields, [&](const iceberg::Field& field) {
      return duckdb::StringUtil::CIEquals(field.name, name);
    });
    if (is_of_table) continue;
    const std::vector<std::string_view> names(result_names_.begin(), result_names_.end());
    return Fail(
        Code::kInvalid,
        fmt::format("the route's types name column {}, which neither the result of the "
                    "route's SQL nor the table has; {}; file {}",
                    codec::ShortName(name), config::NameHint(name, names), grants_->InputsText()));
  }
  return {};
}

std::vector<ExplainedReader> QuerySession::ExplainReaders() const {
  return readers_ == nullptr ? std::vector<ExplainedReader>() : readers_->Explain();
}

Status QuerySession::DecideReaders(BoundSql& sql, const std::vector<std::string>& names,
                                   bool wants_types) {
  try {
    question_.likely_names = names;
    question_.wants_types = wants_types;
    EIDER_ASSIGN(Readers readers, Readers::Decide(context(), *grants_, sql, question_));
    readers_ = std::make_unique<Readers>(std::move(readers));
    return {};
  } catch (const std::exception& error) {
    return std::unexpected(errors_.From(error));
  }
}

Result<QueryPlan> QuerySession::BindTyped(const duckdb::SelectStatement& select) {
  EIDER_CHECK(readers_->ReadTypes());
  return BindTree(select);
}

void QuerySession::NoteTexts(QueryPlan& plan) {
  const ColumnUse use(*plan.root());
  for (std::size_t i = 0; i < plan.columns().size(); ++i) {
    const auto source = use.SourceOf(i);
    texts_.push_back(source ? readers_->TextOf(*source) : std::nullopt);
    if (texts_.back()) plan.MarkText(i, readers_->IsJson(*texts_.back()));
  }
}

void QuerySession::NoteEmpty(QueryPlan& plan) {
  const ColumnUse use(*plan.root());
  for (std::size_t i = 0; i < plan.columns().size(); ++i) {
    const auto source = use.SourceOf(i);
    if (source && readers_->IsEmpty(*source)) plan.MarkEmpty(i);
  }
}

// Of a copy: binding takes a tree apart.
Result<QueryPlan> QuerySession::BindTree(const duckdb::SelectStatement& select) {
  auto copy = duckdb::unique_ptr_cast<duckdb::SQLStatement, duckdb::SelectStatement>(select.Copy());
  auto plan = QueryPlan::Bind(*connection_.context, *copy, errors_);
  if (!plan) return plan;
  if (lineage_) EIDER_CHECK(AddLineage(*plan));
  const ColumnUse use(*plan->root());
  DistrustNanStatistics(use);
  if (readers_ != nullptr) readers_->TellRows(use);
  return plan;
}

Status QuerySession::AddLineage(QueryPlan& plan) const {
  if (is_of_several_) return engine::AddLineage(plan, versions_, *lineage_, errors_);
  return engine::AddLineage(plan, input_, *lineage_, errors_);
}

void QuerySession::SpillEarly() {
  connection_.context->config.force_external = true;
}

Result<duckdb::unique_ptr<duckdb::MaterializedQueryResult>> QuerySession::Execute(
    duckdb::unique_ptr<duckdb::SQLStatement> statement) {
  const ReadCount count(context());
  try {
    auto pending = connection_.PendingQuery(std::move(statement), false);
    if (pending->HasError()) return Failed(pending->GetErrorObject());
    // Only now: starting a query clears an interrupt that came before it.
    const std::stop_callback interrupt(stop_, [this] { connection_.Interrupt(); });
    auto result = pending->Execute();
    if (result->HasError()) return Failed(result->GetErrorObject());
    EIDER_CHECK(CheckRead(count.rows()));
    if (transform_ != nullptr && !leaves_rows_) {
      EIDER_ASSIGN(transformed_, transform_->Finish());
    }
    was_row_by_row_ = count.is_row_by_row();
    return duckdb::unique_ptr_cast<duckdb::QueryResult, duckdb::MaterializedQueryResult>(
        std::move(result));
  } catch (const std::exception& error) {
    return Failed(duckdb::ErrorData(error));
  }
}

std::optional<std::uint64_t> QuerySession::RowsRead(const Query& query, QueryPlan& plan) {
  const std::string input = query.input.uri.ToString();
  if (readers_ != nullptr) {
    for (const FileReader& file : readers_->files()) {
      if (file.path == input) return file.records + (rejects_ ? rejects_->count() : 0);
    }
  }
  const auto reads = FindInputReads(plan, query);
  if (!reads) return std::nullopt;
  const auto parquet = std::ranges::find_if(*reads, &InputRead::IsParquet);
  if (parquet == reads->end()) return std::nullopt;
  return parquet->get().EstimateCardinality(context());  // of one file: its footer's number
}

// What the reader gave against what was counted without it.
Status QuerySession::CheckRead(std::optional<std::uint64_t> rows) const {
  if (!rows || readers_ == nullptr || readers_->files().size() != 1) return {};
  const FileReader& file = readers_->files().front();
  if (*rows == file.records) return {};
  return Fail(Code::kCorrupt,
              fmt::format("file {} has {} records, of which DuckDB's reader gave {} "
                          "as rows: nothing was loaded",
                          file.path, file.records, *rows));
}

std::unexpected<Error> QuerySession::Failed(const duckdb::ErrorData& error) {
  ran_out_of_memory_ =
      error.Type() == duckdb::ExceptionType::OUT_OF_MEMORY && !grants_->FirstError();
  if (transform_ != nullptr) {
    if (auto failure = transform_->Failure()) return std::unexpected(*std::move(failure));
  }
  if (const auto fault = ReadTextFault(error.RawMessage())) {
    return std::unexpected(OfPiece(FromText(*fault)));
  }
  if (auto wrong = NotUtf8(error.RawMessage())) return std::unexpected(OfPiece(*std::move(wrong)));
  return std::unexpected(errors_.From(error));
}

// DuckDB tells that a CSV is not UTF-8, and proposes what a route must not do.
std::optional<Error> QuerySession::NotUtf8(const std::string& message) const {
  if (message.find("not utf-8 encoded") == std::string::npos || readers_ == nullptr) return {};
  for (const FileReader& file : readers_->files()) {
    if (!file.csv) continue;
    const auto line = FindWrongUtf8(*grants_, file.path);
    if (!line || line->empty()) continue;
    return Error{Code::kCorrupt,
                 fmt::format("file {}: {}; name its encoding in the route, as encoding: "
                             "windows-1252; usual are {}",
                             file.path, *line, codec::kUsualEncodings)};
  }
  return {};
}

Error QuerySession::FromText(const TextFault& fault) const {
  FilePlace place{.value = fault.value};
  const bool is_known = fault.source < texts_.size() && texts_[fault.source];
  if (is_known && readers_) {
    const TextColumn& text = *texts_[fault.source];
    place.line = readers_->FindLine(text, fault.value);
    place.column = readers_->files()[text.file].columns[text.column].name;
  }
  const std::string where = place.line == 0 ? "" : fmt::format("line {}: ", place.line);
  return {Code::kInvalid,
          fmt::format("{}{}: {}; file {}", where, fault.what, codec::ShortName(fault.value),
                      grants_->InputsText()),
          std::move(place)};
}

}  // namespace eider::engine
