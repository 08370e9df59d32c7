// Binding of all parts, one read of what they read, and writing of part after part.
//
// The plans of the parts are bound as if each ran alone. Then every reader call in them is read
// once (calls that read the same are one), the columns that any part asks for, and each plan scans
// its part of those rows in its reader's place.
#include "eider/engine/fan_out.h"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "eider/base/result.h"
#include "eider/engine/explanation.h"
#include "eider/engine/input_reads.h"
#include "eider/engine/part_rows.h"
#include "eider/engine/projection.h"
#include "eider/engine/query_deadline.h"
#include "eider/engine/query_session.h"
#include "eider/engine/table_output.h"
#include "eider/store/prefetch.h"

namespace eider::engine {
namespace {

// What of the memory limit may hold chunks that are being filled.
constexpr std::uint64_t kMemoryShare = 8;

// One reader call, whichever parts it stands in.
struct Source {
  std::vector<std::size_t> readers;       // the parts, by index
  duckdb::LogicalGet* get = nullptr;      // in the plan of the first of them
  std::vector<duckdb::column_t> columns;  // that any part asks for, and the one of the filter
  duckdb::vector<duckdb::LogicalType> types;
  std::optional<ColumnPath> filter;  // `column` is an index into `columns`
  std::unique_ptr<PartRows> rows;    // in the order of `readers`

  void AddReader(std::size_t part) {
    if (readers.empty() || readers.back() != part) readers.push_back(part);
  }

  void Add(const duckdb::LogicalGet& asking, const duckdb::ColumnIndex& id) {
    const bool is_known = std::ranges::find(columns, id.GetPrimaryIndex()) != columns.end();
    if (is_known || id.IsEmptyColumn()) return;
    columns.push_back(id.GetPrimaryIndex());
    types.push_back(asking.GetColumnType(id));
  }
};

// One part on its way.
struct Part {
  const PartQuery* query = nullptr;
  Query bound;  // the query, with an opening of the file that all parts share
  std::unique_ptr<QueryDeadline> deadline;
  std::unique_ptr<QuerySession> session;
  std::optional<QueryPlan> plan;
  std::vector<InputRead> reads;
  Written written;
};

class FanOut {
 public:
  FanOut(const std::vector<const PartQuery*>& parts, Sandbox& sandbox, store::ObjectStore& store,
         const std::stop_token& stop)
      : sandbox_(sandbox),
        store_(store),
        on_stop_(stop, [this] { stop_.request_stop(); }),
        writers_(std::min<int>(sandbox.options().threads, static_cast<int>(parts.size()))) {
    const Query& first = parts.front()->query;
    if (first.opening == nullptr) opening_.emplace(store, first.input, stop_.get_token());
    for (const PartQuery* query : parts) {
      Part& part = parts_.emplace_back();
      part.query = query;
      part.bound = query->query;
      part.bound.opening = opening_ ? &*opening_ : first.opening;
      part.deadline = std::make_unique<QueryDeadline>(stop_.get_token(), sandbox.options());
    }
  }

  Result<std::vector<Written>> Run() {
    for (Part& part : parts_) {
      if (Status bound = Bind(part, false); !bound) {
        Error error = part.session->WithWhyNoneAside(std::move(bound).error());
        return std::unexpected(Explain(part, std::move(error)));
      }
    }
    for (std::size_t i = 0; i < parts_.size(); ++i) EIDER_CHECK(Gather(i));
    for (auto& [call, source] : sources_) EIDER_CHECK(ReadInTime(source));
    EIDER_CHECK(WriteAll());
    std::vector<Written> written;
    for (Part& part : parts_) written.push_back(std::move(part.written));
    return written;
  }

 private:
  TableOutput OutputOf(const Part& part) {
    return {part.bound, part.query->target, sandbox_.options(), store_, writers_};
  }

  Status Bind(Part& part, bool spill_early) {
    part.plan.reset();
    part.session = std::make_unique<QuerySession>(sandbox_, store_, part.deadline->token());
    if (spill_early) part.session->SpillEarly();
    if (!part.bound.rescue.empty()) part.session->HandOnTexts();
    EIDER_ASSIGN(QueryPlan plan, part.session->Bind(part.bound));
    EIDER_CHECK(part.session->SetValuesAside(part.bound, part.query->target.schema, plan));
    part.plan.emplace(std::move(plan));
    EIDER_ASSIGN(part.reads, FindInputReads(*part.plan, part.bound));
    return CheckFit(*part.plan, OutputOf(part));
  }

  // What the part asks for joins what is to be read.
  Status Gather(std::size_t index) {
    Part& part = parts_[index];
    for (const InputRead& read : part.reads) {
      duckdb::LogicalGet& get = read.get();
      Source& source = sources_[read.Call()];
      if (source.get == nullptr) source.get = &get;
      source.AddReader(index);
      for (const duckdb::ColumnIndex& id : get.GetColumnIds()) source.Add(get, id);
      if (part.bound.part) EIDER_CHECK(GatherFilter(read, *part.bound.part, source));
    }
    return {};
  }

  Status GatherFilter(const InputRead& read, const RowFilter& filter, Source& source) {
    if (column_.empty()) column_ = filter.column;
    if (column_ != filter.column) {
      return Fail(Code::kInvalid,
                  fmt::format("the parts of {} are told apart by one column, not by {} and {}",
                              File(), column_, filter.column));
    }
    if (source.filter) return {};
    EIDER_ASSIGN(ColumnPath path, read.FindColumn(filter, File()));
    source.Add(read.get(), duckdb::ColumnIndex(path.column));
    const auto found = std::ranges::find(source.columns, path.column);
    path.column = static_cast<std::size_t>(found - source.columns.begin());
    source.filter = std::move(path);
    return {};
  }

  Status ReadInTime(Source& source) {
    std::optional<Milliseconds> longest = Milliseconds(0);
    for (const std::size_t reader : source.readers) {
      const auto timeout = parts_[reader].bound.limits.timeout;
      longest = longest && timeout ? std::optional(std::max(*longest, *timeout)) : std::nullopt;
    }
    QueryDeadline& deadline = *parts_[source.readers.front()].deadline;
    deadline.Start(longest);
    Status read = Read(source);
    deadline.Pause();
    if (read) return read;
    return std::unexpected(deadline.Explain(std::move(read).error(), File()));
  }

  // Reads the rows of the source, in the session of the part that it was found in, and puts them
  // into every plan.
  Status Read(Source& source) {
    QuerySession& session = *parts_[source.readers.front()].session;
    PartRows::Options options{.types = source.types,
                              .parts = {},
                              .memory_bytes = sandbox_.options().memory_limit_bytes / kMemoryShare,
                              .threads = sandbox_.options().threads};
    for (const std::size_t reader : source.readers) {
      const auto& filter = parts_[reader].bound.part;
      options.parts.push_back(filter ? &*filter : nullptr);
    }
    source.rows = std::make_unique<PartRows>(*session.context().db, options);
    auto get = duckdb::make_uniq<duckdb::LogicalGet>(
        0, source.get->function, std::move(source.get->bind_data), source.get->returned_types,
        source.get->names, source.get->virtual_columns);
    get->parameters = source.get->parameters;
    get->named_parameters = source.get->named_parameters;
    for (const duckdb::column_t id : source.columns) get->AddColumnId(id);
    EIDER_ASSIGN(QueryPlan plan,
                 QueryPlan::Over(session.context(), std::move(get), session.errors()));
    std::vector<std::string> expressions;
    for (std::size_t i = 0; i < source.columns.size(); ++i) expressions.push_back(InputName(i));
    expressions.push_back(
        fmt::format("CAST({} AS VARCHAR)", source.filter ? source.filter->Sql() : "NULL"));
    EIDER_ASSIGN(auto statement,
                 plan.Pour(expressions, *source.rows, RowOrder::kAny, session.errors()));
    EIDER_CHECK(session.Execute(std::move(statement)));
    if (const auto missing = source.rows->FindMissingValue()) {
      return Fail(Code::kInvalid,
                  fmt::format("the SQL of the route for table {} reads {} otherwise than FROM "
                              "'{{s3_input_path}}' does: no row that its {} returns has {} in "
                              "column {}, by which the file is routed",
                              parts_[source.readers.front()].query->target.table_name, File(),
                              source.get->function.name, *missing, column_));
    }
    for (const std::size_t reader : source.readers) Replace(reader);
    return {};
  }

  // Reads that are there already are put into the plan of the part.
  void Replace(std::size_t index) {
    auto& reads = parts_[index].reads;
    std::erase_if(reads, [&](const InputRead& read) {
      const Source& source = sources_.at(read.Call());
      if (source.rows == nullptr) return false;
      const auto reader = std::ranges::find(source.readers, index);
      source.rows->ReadFor(static_cast<std::size_t>(reader - source.readers.begin()),
                           source.columns, read.get());
      return true;
    });
  }

  // The parts one after the other, a few at a time: the end of one leaves threads idle.
  Status WriteAll() {
    std::atomic<std::size_t> next = 0;
    const auto work = [&] {
      for (std::size_t i = next++; i < parts_.size() && !stop_.stop_requested(); i = next++) {
        Status written = Write(i);
        if (!written) Abort(Explain(parts_[i], std::move(written).error()));
      }
    };
    {
      std::vector<std::jthread> threads;
      for (int i = 1; i < writers_; ++i) threads.emplace_back(work);
      work();
    }
    if (!error_ && !stop_.stop_requested()) return {};
    for (const Part& part : parts_) RemoveFiles(store_, part.written.files);
    if (error_) return std::unexpected(*error_);
    return Fail(Code::kCancelled, "the query was stopped");
  }

  Status Write(std::size_t index) {
    Part& part = parts_[index];
    part.deadline->Start(part.bound.limits.timeout);
    auto files = WriteTable(*part.plan, *part.session, OutputOf(part));
    if (!files && part.session->ran_out_of_memory()) {
      EIDER_CHECK(Bind(part, true));
      Replace(index);
      files = WriteTable(*part.plan, *part.session, OutputOf(part));
    }
    part.written.is_row_by_row = part.session->was_row_by_row();
    part.written.rows_read = RowsRead(index);
    part.written.readers = ToText(part.session->ExplainReaders());
    part.written.rescued = part.session->rescued();
    if (const Rejects* const rejects = part.session->rejects()) {
      part.written.rows_rejected = rejects->count();
    }
    if (!files) files = std::unexpected(part.session->WithWhyNoneAside(std::move(files).error()));
    part.plan.reset();
    part.session.reset();
    part.deadline->Pause();
    if (!files) return std::unexpected(std::move(files).error());
    part.written.files = *std::move(files);
    return {};
  }

  // Nothing where the part reads the file in several ways.
  std::optional<std::uint64_t> RowsRead(std::size_t index) const {
    std::optional<std::uint64_t> rows;
    for (const auto& [call, source] : sources_) {
      const auto reader = std::ranges::find(source.readers, index);
      if (reader == source.readers.end()) continue;
      if (rows) return std::nullopt;
      rows = source.rows->RowsOf(static_cast<std::size_t>(reader - source.readers.begin()));
    }
    return rows;
  }

  // The first error is the one to tell; those that follow from the stop are not.
  void Abort(Error error) {
    const std::lock_guard lock(mutex_);
    if (!error_) error_ = std::move(error);
    stop_.request_stop();
  }

  // With the table of the part, and the limit that ended it.
  Error Explain(const Part& part, Error error) const {
    const std::string& table = part.query->target.table_name;
    error = part.deadline->Explain(std::move(error), File());
    if (error.message.find(table) != std::string::npos) return error;
    return Annotate("cannot load the part of table " + table, std::move(error));
  }

  std::string File() const { return parts_.front().bound.input.uri.ToString(); }

  Sandbox& sandbox_;
  store::ObjectStore& store_;
  std::stop_source stop_;
  std::stop_callback<std::function<void()>> on_stop_;
  int writers_;
  std::optional<store::Prefetch> opening_;
  std::map<std::string, Source> sources_;  // by reader call; outlive the plans
  std::vector<Part> parts_;
  std::string column_;  // by which the parts are told apart

  std::mutex mutex_;  // guards the error
  std::optional<Error> error_;
};

}  // namespace

Result<std::vector<Written>> RunFanOut(const std::vector<const PartQuery*>& parts, Sandbox& sandbox,
                                       store::ObjectStore& store, const std::stop_token& stop) {
  return FanOut(parts, sandbox, store, stop).Run();
}

}  // namespace eider::engine
