// One query's connection to DuckDB, with its grants and its stop.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include <duckdb/common/error_data.hpp>
#include <duckdb/main/connection.hpp>
#include <duckdb/main/materialized_query_result.hpp>

#include "eider/base/file_ref.h"
#include "eider/base/result.h"
#include "eider/engine/column_use.h"
#include "eider/engine/lineage.h"
#include "eider/engine/object_file_system.h"
#include "eider/engine/query_errors.h"
#include "eider/engine/query_grants.h"
#include "eider/engine/query_plan.h"
#include "eider/engine/readers.h"
#include "eider/engine/rejects.h"
#include "eider/engine/rescue_function.h"
#include "eider/engine/sandbox.h"
#include "eider/engine/sql_engine.h"
#include "eider/engine/statement.h"
#include "eider/engine/text_function.h"
#include "eider/engine/transformed_rows.h"
#include "eider/engine/value_sift.h"
#include "eider/iceberg/schema.h"
#include "eider/records/value_type.h"
#include "eider/store/object_store.h"

namespace eider::engine {

// A plan over several files.
struct GroupPlan {
  QueryPlan plan;
  std::vector<std::optional<std::uint64_t>> records;  // of each; nothing: it is not read
};

// Used by one thread. Borrows sandbox and store. All is undone at the end: what was written and not
// finished, the transaction, the grants.
class QuerySession {
 public:
  QuerySession(Sandbox& sandbox, store::ObjectStore& store, std::stop_token stop);

  QueryGrants& grants() { return *grants_; }

  const QueryErrors& errors() const { return errors_; }

  duckdb::ClientContext& context() { return *connection_.context; }

  // True when Execute failed because the memory limit or the temporary disk did not suffice, and
  // not because of the store.
  bool ran_out_of_memory() const { return ran_out_of_memory_; }

  // Grants the query its input, looks at what its readers leave open, and binds it. With a table,
  // columns of text files that go to it unchanged are texts (ResultColumn::is_text); without one
  // only those whose types the query says. Call once. Errors: as SqlEngine::Run.
  Result<QueryPlan> Bind(const Query& query, const iceberg::Schema* table = nullptr);

  // The same for a tree of our own.
  Result<QueryPlan> Bind(BoundSql& sql, const iceberg::Schema* table = nullptr);

  // Of files that are read together, what lineage tells. Call before BindGroup.
  void TellVersions(FileVersions versions) {
    versions_ = std::make_shared<const FileVersions>(std::move(versions));
  }

  // The same for the query over several files, which are granted: over the first, and those of the
  // others that one reader call reads as well as a call of their own would. `sql` is what BindFiles
  // made of the query. kUnsupported too where that cannot be told, or the query has other columns
  // over several files than over one.
  Result<GroupPlan> BindGroup(const Query& query, BoundSql& sql,
                              const std::vector<std::string>& paths, const iceberg::Schema& table);

  // Of the query that was bound last, what its input has set aside; null: it sets nothing aside.
  const Rejects* rejects() const { return rejects_ ? &*rejects_ : nullptr; }

  // Sets the rows aside whose values do not fit the table, and leaves them out of the plan: those
  // of Parquet, and of a part, whose query was bound without a table. Where that cannot be, the
  // plan stays, and WithWhyNoneAside says why. Errors: as SqlEngine::Run.
  Status SetValuesAside(const Query& query, const iceberg::Schema& table, QueryPlan& plan);

  // An error of the query, with the reason why rows are not set aside that should be.
  Error WithWhyNoneAside(Error error) const;

  // Columns that go to the result unchanged are handed on as texts though no table is given. Call
  // before Bind.
  void HandOnTexts() { hands_on_texts_ = true; }

  // Of a query with a transform, what went through the plug-in, once its statement was executed.
  const std::optional<Transformed>& transformed() const { return transformed_; }

  // The same: what its file was read by, and how many records it had, as Written has them.
  const TransformedRows* transform() const { return transform_.get(); }

  // Execute need not read all rows: a plug-in is not held to its end. Call before it.
  void LeaveRows() { leaves_rows_ = true; }

  // What the statements that were executed have rescued.
  Rescued rescued() const { return rescue_count_ ? rescue_count_->rescued() : Rescued(); }

  // The rejects are to be kept. Call before Bind.
  void KeepRejects() { keeps_rejects_ = true; }

  // The records of the query's input, counted without its plan, which must not have run yet;
  // nothing where that cannot be told.
  std::optional<std::uint64_t> RowsRead(const Query& query, QueryPlan& plan);

  // Of the statement that was executed last: ReadCount::is_row_by_row.
  bool was_row_by_row() const { return was_row_by_row_; }

  // Whether each column whose type the query says is one of the result or of `table`. Errors:
  // kInvalid.
  Status CheckHints(const iceberg::Schema& table) const;

  // The reader calls of the query that was bound, with what was decided for them.
  std::vector<ExplainedReader> ExplainReaders() const;

  // Sorts, joins and groups go to the temporary disk from their beginning, in small parts. Call
  // before Bind.
  void SpillEarly();

  // Errors: as SqlEngine::Run.
  Result<duckdb::unique_ptr<duckdb::MaterializedQueryResult>> Execute(
      duckdb::unique_ptr<duckdb::SQLStatement> statement);

 private:
  std::unexpected<Error> Failed(const duckdb::ErrorData& error);
  Status CheckRead(std::optional<std::uint64_t> rows) const;
  Error FromText(const TextFault& fault) const;
  Status DecideReaders(BoundSql& sql, const std::vector<std::string>& names, bool wants_types);
  Result<QueryPlan> BindDecided(BoundSql& sql, const std::vector<std::string>& names,
                                const iceberg::Schema* table);
  Result<QueryPlan> BindTree(const duckdb::SelectStatement& select);
  Status AddLineage(QueryPlan& plan) const;
  Result<QueryPlan> BindForTable(const duckdb::SelectStatement& select,
                                 const iceberg::Schema& table);
  Result<QueryPlan> BindKnown(const duckdb::SelectStatement& select, QueryPlan plan,
                              const iceberg::Schema& table);
  ColumnGoals GoalsOf(QueryPlan& plan, const iceberg::Schema& table) const;
  Result<QueryPlan> BindForNone(const duckdb::SelectStatement& select);
  Result<QueryPlan> BindHinted(const duckdb::SelectStatement& select, Result<QueryPlan> plan);
  Result<std::vector<std::optional<std::uint64_t>>> AlikeTexts(
      duckdb::TableRef& read, std::size_t columns, const std::vector<std::string>& paths);
  Status TakeQuery(const Query& query);
  Status Begin();
  Result<QueryPlan> BindPiece(const Query& query, const iceberg::Schema* table);
  Error OfPiece(Error error) const;
  Result<QueryPlan> BindTransformed(const Query& query, const iceberg::Schema* table);
  Status Grant(const Query& query);
  Result<QueryPlan> BindOnce(const Query& query, const iceberg::Schema* table);
  Result<QueryPlan> BindSifted(const Query& query, const iceberg::Schema& table,
                               Result<QueryPlan> plan);
  Result<ValueSift::Counts> TakeBadRows(const ValueSift& sift);
  const FileReader* InputReader() const;
  std::optional<records::ValueType> HintOf(const QueryPlan* plan, std::size_t column,
                                           const std::string& name) const;
  std::vector<records::ColumnRule> RulesOf(const FileReader& file, const QueryPlan* plan,
                                           const iceberg::Schema& table) const;
  std::optional<Error> NotUtf8(const std::string& message) const;
  std::vector<std::string> HintsWithout(const QueryPlan& plan) const;
  std::set<ColumnSource> HintedSources(QueryPlan& plan) const;
  void NoteHints(QueryPlan& plan);
  Result<QueryPlan> BindTyped(const duckdb::SelectStatement& select);
  void NoteTexts(QueryPlan& plan);
  void NoteEmpty(QueryPlan& plan);

  Sandbox& sandbox_;
  store::ObjectStore& store_;
  std::stop_token stop_;
  SharedGrants grants_;
  QueryErrors errors_;
  duckdb::Connection connection_;
  GrantScope scope_;
  // Where what does not fit is rescued: all but values of columns that require one.
  std::optional<RescueCount> rescue_count_;
  std::optional<Lineage> lineage_;
  FileRef input_;  // of a query with lineage
  std::shared_ptr<const FileVersions>
      versions_;                // shared: with plans, which may outlive the session
  bool is_of_several_ = false;  // files, which versions_ knows
  std::map<std::string, records::ValueType> hints_;  // by the names of the result's columns
  std::map<std::string, std::string> encodings_;     // as ReaderQuestion::encodings
  ReaderQuestion question_;                          // for the readers
  std::string part_column_;                          // by which the part is told from others
  std::vector<std::string> unknown_hints_;           // that name no column of the result
  std::vector<std::string> result_names_;
  bool keeps_rejects_ = false;
  bool hands_on_texts_ = false;
  std::optional<Rejects> rejects_;
  std::string why_none_aside_;        // "the SQL reads it 2 times"; empty: rows are set aside
  std::unique_ptr<Readers> readers_;  // of the query that was bound last; null: none
  // Where its result's columns come from; nothing for those that are no texts of a file.
  std::vector<std::optional<TextColumn>> texts_;
  std::unique_ptr<TransformedRows> transform_;
  std::optional<Transformed> transformed_;
  bool leaves_rows_ = false;
  bool ran_out_of_memory_ = false;
  bool was_row_by_row_ = false;
};

}  // namespace eider::engine
