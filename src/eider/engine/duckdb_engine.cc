// The SQL engine on DuckDB: each call is one session in the sandbox.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include <duckdb/main/database.hpp>
#include <fmt/format.h>

#include "eider/base/result.h"
#include "eider/engine/column_memory.h"
#include "eider/engine/column_plan.h"
#include "eider/engine/explanation.h"
#include "eider/engine/fan_out.h"
#include "eider/engine/group_run.h"
#include "eider/engine/input_reads.h"
#include "eider/engine/input_values.h"
#include "eider/engine/new_table_schema.h"
#include "eider/engine/parquet_metadata.h"
#include "eider/engine/preview.h"
#include "eider/engine/projection.h"
#include "eider/engine/query_deadline.h"
#include "eider/engine/query_session.h"
#include "eider/engine/rejects_output.h"
#include "eider/engine/row_export.h"
#include "eider/engine/row_sink.h"
#include "eider/engine/sandbox_pool.h"
#include "eider/engine/sql_engine.h"
#include "eider/engine/statement.h"
#include "eider/engine/table_output.h"
#include "eider/store/object_store.h"

namespace eider::engine {
namespace {

// Rows that are only counted, by the plan itself.
class IgnoringSink final : public RowSink {
 public:
  std::unique_ptr<Worker> NewWorker() override { return std::make_unique<IgnoringWorker>(); }

 private:
  class IgnoringWorker final : public Worker {
   public:
    void Take(duckdb::DataChunk& /*rows*/) override {}

    void Finish() override {}
  };
};

class DuckDbEngine final : public SqlEngine {
 public:
  using DataFiles = std::vector<iceberg::DataFile>;

  DuckDbEngine(std::unique_ptr<SandboxPool> sandboxes, store::ObjectStore& store)
      : sandboxes_(std::move(sandboxes)), store_(store) {}

  Status Check(const std::string& sql) override {
    EIDER_CHECK(BindInput(sql, "s3://bucket/key"));
    return {};
  }

  Result<NewTable> Describe(const Query& query) override {
    return InPlan<NewTable>(query, nullptr, [&](QueryPlan& plan, QuerySession& session) {
      return NewTableOf(plan, session, query);
    });
  }

  Result<std::optional<NewTable>> DescribeRows(const Query& query, std::stop_token stop) override {
    using Made = std::optional<NewTable>;
    // Types that the query says are held against each value: no table is made by a file that fails.
    Made known;
    if (!query.types.empty() || query.reject) {
      EIDER_ASSIGN(known, Describe(query));
    }
    return InTime<Made>(query, stop, [&](Sandbox& sandbox, const std::stop_token& until) {
      return WithMemory<Made>(sandbox, until, [&](QuerySession& session) {
        return DescribeRowsOf(sandbox, session, query, known, until);
      });
    });
  }

  Result<Written> Run(const Query& query, const WriteTarget& target,
                      std::stop_token stop) override {
    return InTime<Written>(query, stop, [&](Sandbox& sandbox, const std::stop_token& until) {
      return RunIn(sandbox, {query, target}, until);
    });
  }

  Result<Written> RunRejects(const PartQuery& part, const WriteTarget& rejects,
                             std::stop_token stop) override {
    return InTime<Written>(part.query, stop, [&](Sandbox& sandbox, const std::stop_token& until) {
      QuerySession session(sandbox, store_, until);
      session.KeepRejects();
      return WriteRejects(session, sandbox, store_, part, rejects, until);
    });
  }

  Result<std::vector<Written>> RunParts(std::span<const PartQuery> parts,
                                        std::stop_token stop) override {
    if (parts.size() == 1) {
      EIDER_ASSIGN(Written written, Run(parts.front().query, parts.front().target, stop));
      return std::vector<Written>{std::move(written)};
    }
    std::vector<Written> written(parts.size());
    Status done = RunGroups(parts, stop, written);
    if (done) return written;
    for (const Written& part : written) RemoveFiles(store_, part.files);
    return std::unexpected(std::move(done).error());
  }

  Result<GroupWritten> RunGroup(const Query& query, std::span<const InputFile> files,
                                const WriteTarget& target, std::stop_token stop) override {
    if (query.transform) return Fail(Code::kUnsupported, "a plug-in gets each file by itself");
    return InTime<GroupWritten>(query, stop, [&](Sandbox& sandbox, const std::stop_token& until) {
      return WithMemory<GroupWritten>(sandbox, until, [&](QuerySession& session) {
        return RunTogether(session, {query, files, target, sandbox, store_});
      });
    });
  }

  Result<Explanation> Explain(const Query& query, const iceberg::Schema* table,
                              const std::string& table_name) override {
    return InPlan<Explanation>(query, table, [&](QueryPlan& plan, QuerySession& session) {
      return ExplainPlan(plan, session, query, table, table_name);
    });
  }

  Result<Exported> Export(const Query& query, RowFormat format,
                          std::optional<std::uint64_t> rows_max, const TakeBytes& take,
                          std::stop_token stop) override {
    return InNewTable<Exported>(
        query, rows_max, stop, [&](const NewTablePlan& made, QuerySession& session) {
          return ExportRows(made.plan, session, made.names, made.expressions, format, take);
        });
  }

  Result<Preview> FirstRows(const Query& query, int rows_max) override {
    return InNewTable<Preview>(
        query, rows_max, {},
        [&](const NewTablePlan& made, QuerySession& session) -> Result<Preview> {
          EIDER_ASSIGN(auto statement, made.plan.Rows(made.expressions, session.errors()));
          return PreviewOf(made.names, std::move(statement), session);
        });
  }

  Result<Preview> Sample(const Query& query, int rows_max) override {
    return InPlan<Preview>(query, nullptr,
                           [&](QueryPlan& plan, QuerySession& session) -> Result<Preview> {
                             std::vector<std::string> names;
                             for (const ResultColumn& column : plan.columns())
                               names.push_back(column.name);
                             session.LeaveRows();
                             const auto rows = static_cast<std::uint64_t>(std::max(rows_max, 0));
                             EIDER_ASSIGN(auto statement, plan.First(rows, session.errors()));
                             return PreviewOf(std::move(names), std::move(statement), session);
                           });
  }

  Result<std::vector<std::optional<std::string>>> DistinctValues(const InputFile& input,
                                                                 const std::string& column,
                                                                 int values_max,
                                                                 std::stop_token stop) override {
    QueryDeadline deadline(stop, sandboxes_->base().options());
    deadline.Start({});
    QuerySession session(sandboxes_->base(), store_, deadline.token());
    auto values = ReadDistinctValues(session, input, column, values_max);
    if (values) return values;
    return std::unexpected(deadline.Explain(std::move(values).error(), input.file.uri.ToString()));
  }

  Result<std::map<std::string, std::string>> ParquetMetadata(const InputFile& input,
                                                             std::stop_token stop) override {
    QueryGrants grants(store_, std::move(stop));
    grants.AllowRead(input.file, input.opening);
    EIDER_ASSIGN(store::ObjectReader* const reader,
                 grants.OpenUnchecked(input.file.uri.ToString()));
    return ReadParquetMetadata(*reader);
  }

  Result<Preview> Head(const DataFiles& files, const iceberg::Schema& schema, int rows_max,
                       const std::optional<RowFilter>& only) override {
    QuerySession session(sandboxes_->base(), store_, {});
    return ReadPreview(session, files, schema, rows_max, only);
  }

 private:
  // Calls `work(sandbox, stop)` within the limits of the query.
  template <typename T, typename Work>
  Result<T> InTime(const Query& query, const std::stop_token& stop, const Work& work) {
    EIDER_ASSIGN(const SharedSandbox sandbox, sandboxes_->For(query.limits));
    QueryDeadline deadline(stop, sandbox->options());
    deadline.Start(query.limits.timeout);
    Result<T> result = work(*sandbox, deadline.token());
    if (result) return result;
    return std::unexpected(deadline.Explain(std::move(result).error(), query.input.uri.ToString()));
  }

  // The plan of the query, or of its part; null: for no table yet.
  static Result<QueryPlan> BindPart(QuerySession& session, const Query& query,
                                    const iceberg::Schema* table) {
    if (!query.part || query.transform) return session.Bind(query, table);
    if (table != nullptr && !query.rescue.empty()) session.HandOnTexts();
    EIDER_ASSIGN(QueryPlan plan, session.Bind(query));
    if (table != nullptr) EIDER_CHECK(session.SetValuesAside(query, *table, plan));
    EIDER_ASSIGN(const auto reads, FindInputReads(plan, query));
    EIDER_CHECK(FilterReads(session.context(), reads, query, session.errors()));
    return plan;
  }

  // Calls `work(plan, session)` with the plan of the query, or of its part, for that table; null:
  // for none yet.
  template <typename T, typename Work>
  Result<T> InPlan(const Query& query, const iceberg::Schema* table, const Work& work) {
    return InTime<T>(query, {}, [&](Sandbox& sandbox, const std::stop_token& stop) -> Result<T> {
      QuerySession session(sandbox, store_, stop);
      EIDER_ASSIGN(QueryPlan plan, BindPart(session, query, table));
      return work(plan, session);
    });
  }

  static Result<NewTable> NewTableOf(const QueryPlan& plan, QuerySession& session,
                                     const Query& query) {
    NewTable made;
    EIDER_ASSIGN(made.schema,
                 NewTableSchema(plan.columns(), query.rescue, query.input.uri.ToString()));
    EIDER_CHECK(session.CheckHints(made.schema));
    for (const ResultColumn& column : plan.columns()) {
      if (!IsIn(made.schema, column)) made.left_out.push_back(column.name);
    }
    return made;
  }

  // `known`: the table that is to be made, where the query is bound for it.
  Result<std::optional<NewTable>> DescribeRowsOf(Sandbox& sandbox, QuerySession& session,
                                                 const Query& query,
                                                 const std::optional<NewTable>& known,
                                                 const std::stop_token& stop) {
    EIDER_ASSIGN(QueryPlan plan, BindPart(session, query, known ? &known->schema : nullptr));
    if (NeedsOneThread(plan, sandbox.options())) {
      return InOneThread<std::optional<NewTable>>(
          sandbox, stop, [&](Sandbox& one, QuerySession& again) {
            return DescribeRowsOf(one, again, query, known, stop);
          });
    }
    // Those who ask want to write them.
    EIDER_CHECK(CheckColumnMemory(plan, sandbox.options(), session.grants().InputsText()));
    const std::string file = query.input.uri.ToString();
    // Of no rows nobody asks whether a table can be made.
    const auto made = known ? Result<NewTable>(*known) : NewTableOf(plan, session, query);
    std::vector<std::string> columns;
    if (made) {
      EIDER_ASSIGN(columns,
                   PlanProjection(plan.columns(), made->schema, {"(new)", file}, query.rescue));
    } else {
      for (std::size_t i = 0; i < plan.columns().size(); ++i) columns.push_back(InputName(i));
    }
    IgnoringSink sink;
    EIDER_ASSIGN(auto statement, plan.Pour(columns, sink, RowOrder::kAny, session.errors()));
    EIDER_ASSIGN(const auto result, session.Execute(std::move(statement)));
    const auto rows = result->GetValue(0, 0).GetValue<std::uint64_t>();
    const Rejects* const rejects = session.rejects();
    if (rows == 0 && rejects != nullptr && rejects->count() > 0) {
      return std::unexpected(rejects->NothingLeft(file));
    }
    if (rows == 0) return std::nullopt;
    if (!made) return std::unexpected(made.error());
    return *made;
  }

  // A query's rows as the columns of a table that is to be made.
  struct NewTablePlan {
    QueryPlan& plan;
    std::vector<std::string> names;
    std::vector<std::string> expressions;
  };

  // Calls `work(made, session)` with that of the query's first rows, or of all.
  template <typename T, typename Work>
  Result<T> InNewTable(const Query& query, std::optional<std::uint64_t> rows_max,
                       const std::stop_token& stop, const Work& work) {
    EIDER_ASSIGN(const NewTable table, Describe(query));
    return InTime<T>(query, stop, [&](Sandbox& sandbox, const std::stop_token& until) -> Result<T> {
      QuerySession session(sandbox, store_, until);
      EIDER_ASSIGN(QueryPlan plan, BindPart(session, query, &table.schema));
      NewTablePlan made{plan, {}, {}};
      EIDER_ASSIGN(made.expressions,
                   PlanProjection(plan.columns(), table.schema,
                                  {"(new)", query.input.uri.ToString()}, query.rescue));
      for (const iceberg::Field& field : table.schema.fields) made.names.push_back(field.name);
      if (rows_max) {
        session.LeaveRows();
        EIDER_CHECK(plan.Limit(*rows_max, session.errors()));
      }
      return work(made, session);
    });
  }

  // Calls `work(session)`, and again, sparing memory from the beginning, when that ran out of it:
  // DuckDB lets a sort have most of the memory, and what reads its rows may find too little.
  template <typename T, typename Work>
  Result<T> WithMemory(Sandbox& sandbox, const std::stop_token& stop, const Work& work) {
    {
      QuerySession session(sandbox, store_, stop);
      Result<T> result = work(session);
      if (result) return result;
      if (!session.ran_out_of_memory()) {
        return std::unexpected(session.WithWhyNoneAside(std::move(result).error()));
      }
    }
    QuerySession session(sandbox, store_, stop);
    session.SpillEarly();
    return work(session);
  }

  // Calls `work(sandbox, session)` in a sandbox of one thread, with the memory of this one.
  template <typename T, typename Work>
  Result<T> InOneThread(const Sandbox& sandbox, const std::stop_token& stop, const Work& work) {
    const QueryLimits limits{.memory_limit_bytes = sandbox.options().memory_limit_bytes,
                             .threads = 1};
    EIDER_ASSIGN(const SharedSandbox one, sandboxes_->For(limits));
    return WithMemory<T>(*one, stop, [&](QuerySession& session) { return work(*one, session); });
  }

  Result<Written> RunIn(Sandbox& sandbox, const PartQuery& part, const std::stop_token& stop) {
    return WithMemory<Written>(sandbox, stop, [&](QuerySession& session) {
      return RunOnce(sandbox, session, part, stop);
    });
  }

  Result<Written> RunOnce(Sandbox& sandbox, QuerySession& session, const PartQuery& part,
                          const std::stop_token& stop) {
    if (part.query.transform) return RunTransformed(sandbox, session, part);
    const iceberg::Schema* const table = part.query.part ? nullptr : &part.target.schema;
    EIDER_ASSIGN(QueryPlan plan, session.Bind(part.query, table));
    if (NeedsOneThread(plan, sandbox.options())) {
      return InOneThread<Written>(sandbox, stop, [&](Sandbox& one, QuerySession& again) {
        return RunOnce(one, again, part, stop);
      });
    }
    if (part.query.part) {
      EIDER_ASSIGN(const auto reads, FindInputReads(plan, part.query));
      // Readers of text may see other values than those that the file was routed by; there the rows
      // are looked at one by one.
      if (!std::ranges::all_of(reads, &InputRead::IsParquet)) {
        EIDER_ASSIGN(auto written, RunFanOut({&part}, sandbox, store_, stop));
        return std::move(written.front());
      }
      EIDER_CHECK(session.SetValuesAside(part.query, part.target.schema, plan));
      EIDER_ASSIGN(const auto good, FindInputReads(plan, part.query));
      EIDER_CHECK(FilterReads(session.context(), good, part.query, session.errors()));
    }
    Written written;
    // Of a part the footer does not tell.
    if (!part.query.part) written.rows_read = session.RowsRead(part.query, plan);
    EIDER_ASSIGN(written.files,
                 WriteTable(plan, session, {part.query, part.target, sandbox.options(), store_}));
    written.is_row_by_row = session.was_row_by_row();
    written.readers = ToText(session.ExplainReaders());
    written.rescued = session.rescued();
    if (session.rejects() != nullptr) written.rows_rejected = session.rejects()->count();
    return written;
  }

  Result<Written> RunTransformed(Sandbox& sandbox, QuerySession& session, const PartQuery& part) {
    EIDER_ASSIGN(QueryPlan plan, session.Bind(part.query, &part.target.schema));
    Written written;
    EIDER_ASSIGN(written.files,
                 WriteTable(plan, session, {part.query, part.target, sandbox.options(), store_}));
    written.transformed = session.transformed();
    written.rows_read = session.transform()->rows_read();
    written.readers = session.transform()->readers();
    written.rescued = session.rescued();
    return written;
  }

  // Parts of the same limits together, in the order of the first of each. What was written is told
  // also when it fails.
  Status RunGroups(std::span<const PartQuery> parts, const std::stop_token& stop,
                   std::vector<Written>& written) {
    std::vector<bool> is_done(parts.size());
    for (std::size_t first = 0; first < parts.size(); ++first) {
      if (is_done[first]) continue;
      if (parts[first].query.transform) {
        EIDER_ASSIGN(written[first], Run(parts[first].query, parts[first].target, stop));
        continue;
      }
      EIDER_ASSIGN(const SharedSandbox sandbox, sandboxes_->For(parts[first].query.limits));
      std::vector<const PartQuery*> group;
      std::vector<std::size_t> places;
      for (std::size_t i = first; i < parts.size(); ++i) {
        EIDER_CHECK(CheckOneInput(parts[first].query, parts[i].query));
        if (is_done[i] || parts[i].query.transform ||
            !sandboxes_->AreSame(parts[i].query.limits, parts[first].query.limits)) {
          continue;
        }
        is_done[i] = true;
        group.push_back(&parts[i]);
        places.push_back(i);
      }
      EIDER_ASSIGN(auto of_group, RunFanOut(group, *sandbox, store_, stop));
      for (std::size_t i = 0; i < places.size(); ++i) written[places[i]] = std::move(of_group[i]);
    }
    return {};
  }

  static Status CheckOneInput(const Query& one, const Query& other) {
    if (one.input.uri == other.input.uri) return {};
    return Fail(Code::kInvalid, fmt::format("parts of two files: {} and {}",
                                            one.input.uri.ToString(), other.input.uri.ToString()));
  }

  std::unique_ptr<SandboxPool> sandboxes_;
  store::ObjectStore& store_;
};

}  // namespace

std::string EngineName() {
  return fmt::format("DuckDB {}", duckdb::DuckDB::LibraryVersion());
}

Result<std::unique_ptr<SqlEngine>> OpenDuckDb(store::ObjectStore& store,
                                              const EngineOptions& options) {
  EIDER_ASSIGN(auto sandboxes, SandboxPool::Open(options));
  return std::make_unique<DuckDbEngine>(std::move(sandboxes), store);
}

}  // namespace eider::engine
