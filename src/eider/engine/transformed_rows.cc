#include "eider/engine/transformed_rows.h"

#include <nanoarrow/nanoarrow.h>
#include <nanoarrow/nanoarrow_ipc.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <duckdb/common/arrow/arrow_wrapper.hpp>
#include <duckdb/common/exception.hpp>
#include <duckdb/function/table/arrow.hpp>
#include <duckdb/main/client_context_state.hpp>
#include <duckdb/parser/expression/function_expression.hpp>
#include <duckdb/parser/expression/star_expression.hpp>
#include <duckdb/parser/query_node/select_node.hpp>
#include <duckdb/parser/tableref/table_function_ref.hpp>
#include <fmt/format.h>

#include "eider/base/result.h"
#include "eider/codec/shortened_text.h"
#include "eider/engine/arrow_scan.h"
#include "eider/engine/explanation.h"
#include "eider/engine/input_reads.h"
#include "eider/engine/projection.h"
#include "eider/engine/query_session.h"
#include "eider/engine/row_export.h"
#include "eider/engine/sql_engine.h"
#include "eider/engine/statement.h"
#include "eider/engine/type_mapping.h"
#include "eider/plugin/pool.h"
#include "eider/plugin/process.h"

namespace eider::engine {
namespace {

// What the query is without its transform, and without what is said of the result.
Query InnerOf(const Query& query) {
  Query inner = query;
  inner.transform.reset();
  inner.types.clear();
  inner.rescue.clear();
  inner.lineage.reset();
  return inner;
}

Status CheckSupported(const Query& query) {
  if (!query.reject) return {};
  return Fail(Code::kUnsupported,
              "bad rows cannot be set aside where rows go through a plug-in: the route has "
              "`transform` and `on_bad_rows: reject`, of which one must go");
}

// Keeps the rows of the query's part. Readers of text may see other values than those that the file
// was routed by, so that rows would be lost.
Status KeepPart(QuerySession& session, QueryPlan& plan, const Query& query) {
  if (!query.part) return {};
  EIDER_ASSIGN(const auto reads, FindInputReads(plan, query));
  if (!std::ranges::all_of(reads, &InputRead::IsParquet)) {
    return Fail(
        Code::kUnsupported,
        fmt::format("rows of a part of a file go through a plug-in where the file is Parquet: "
                    "column {} tells the parts of this one apart, whose values are texts",
                    query.part->column));
  }
  return FilterReads(session.context(), reads, query, session.errors());
}

// The types that columns without a value get, by their names.
using TypesByName = std::map<std::string, std::string, duckdb::CaseInsensitiveStringCompare>;

TypesByName TypesOf(const iceberg::Schema* table) {
  TypesByName types;
  if (table == nullptr) return types;
  for (const iceberg::Field& field : table->fields) {
    types.emplace(field.name, WriteTypeOf(field.type).ToString());
  }
  return types;
}

// What the program gets for the column. Of 128 bits, as sums have them, programs know decimals,
// where a larger number fails; of a time with its offset Arrow has the time alone.
std::string ForArrow(const std::string& value, const ResultColumn& column,
                     const TypesByName& types) {
  const auto known = types.find(column.name);
  if (column.is_empty && known != types.end()) {
    return fmt::format("CAST(NULL AS {})", known->second);
  }
  switch (column.type.id()) {
    case duckdb::LogicalTypeId::HUGEINT:
    case duckdb::LogicalTypeId::UHUGEINT:
      return fmt::format("CAST({} AS DECIMAL(38, 0))", value);
    case duckdb::LogicalTypeId::TIME_TZ:
      return fmt::format("CAST({} AS VARCHAR)", value);
    default:
      return value;
  }
}

}  // namespace

// Both ends of the process.
class TransformedRows::Exchange {
 public:
  Exchange(Sandbox& sandbox, store::ObjectStore& store, duckdb::ClientContext& context,
           const Query& query, const iceberg::Schema* table, const std::stop_token& stop,
           std::unique_ptr<plugin::Process> process);

  ~Exchange();

  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  // Of the C stream interface, for DuckDB: what Schema and Next give, as the query's own.
  duckdb::unique_ptr<duckdb::ArrowArrayStreamWrapper> NewStream();

  // Errors are kept for Failure.
  int Schema(ArrowSchema& schema);
  int Next(ArrowArray& rows);

  Result<Transformed> Finish();
  std::optional<Error> Failure();

  std::optional<std::uint64_t> rows_read() const { return rows_read_; }

  const std::string& readers() const { return readers_; }

 private:
  Status Feed();
  void StopFeeding();

  static ArrowErrorCode ReadBytes(ArrowIpcInputStream* stream, std::uint8_t* buffer,
                                  std::int64_t size, std::int64_t* read, ArrowError* error);
  ArrowErrorCode ReadBytes(std::span<char> buffer, std::int64_t& read);
  ArrowErrorCode CheckBegin(std::string_view bytes);
  int Told(int code);

  Sandbox& sandbox_;
  store::ObjectStore& store_;
  const Query query_;  // that feeds
  const TypesByName types_;
  std::stop_source stop_;
  std::stop_callback<std::function<void()>> on_outer_;
  std::unique_ptr<plugin::Process> process_;
  ArrowRowsScope scope_;
  ArrowArrayStream answer_{};

  std::mutex mutex_;             // of the reader's side
  std::optional<Error> failed_;  // reading
  bool has_begun_ = false;       // the answer
  bool has_ended_ = false;
  std::uint64_t rows_out_ = 0;

  // Of the thread that feeds, until it has ended.
  Status fed_;
  std::uint64_t rows_in_ = 0;
  std::optional<std::uint64_t> rows_read_;
  std::string readers_;
  std::jthread feeder_;
};

TransformedRows::Exchange::Exchange(Sandbox& sandbox, store::ObjectStore& store,
                                    duckdb::ClientContext& context, const Query& query,
                                    const iceberg::Schema* table, const std::stop_token& stop,
                                    std::unique_ptr<plugin::Process> process)
    : sandbox_(sandbox),
      store_(store),
      query_(InnerOf(query)),
      types_(TypesOf(table)),
      on_outer_(stop, [this] { stop_.request_stop(); }),
      process_(std::move(process)),
      scope_(context, [this] { return NewStream(); }) {
  ArrowIpcInputStream input{};
  input.read = ReadBytes;
  input.release = [](ArrowIpcInputStream* of) { of->release = nullptr; };
  input.private_data = this;
  if (ArrowIpcArrayStreamReaderInit(&answer_, &input, nullptr) != NANOARROW_OK) {
    throw std::bad_alloc();
  }
  process_->BeginFile();
  feeder_ = std::jthread([this] {
    fed_ = Feed();
    if (!fed_) stop_.request_stop();  // who waits for an answer waits for nothing
  });
}

TransformedRows::Exchange::~Exchange() {
  StopFeeding();
  if (answer_.release != nullptr) answer_.release(&answer_);
}

void TransformedRows::Exchange::StopFeeding() {
  stop_.request_stop();
  if (feeder_.joinable()) feeder_.join();
}

Status TransformedRows::Exchange::Feed() {
  try {
    QuerySession session(sandbox_, store_, stop_.get_token());
    EIDER_ASSIGN(QueryPlan plan, session.Bind(query_));
    EIDER_CHECK(KeepPart(session, plan, query_));
    if (!query_.part) rows_read_ = session.RowsRead(query_, plan);
    readers_ = ToText(session.ExplainReaders());
    std::vector<std::string> names;
    std::vector<std::string> columns;
    for (const ResultColumn& column : plan.columns()) {
      columns.push_back(ForArrow(InputName(columns.size()), column, types_));
      names.push_back(column.name);
    }
    const auto take = [this](std::string_view bytes) {
      return process_->Write(bytes, stop_.get_token());
    };
    EIDER_ASSIGN(const Exported exported,
                 ExportRows(plan, session, names, columns, RowFormat::kArrow, take));
    rows_in_ = exported.rows;
    return {};
  } catch (const std::exception& error) {
    return Fail(Code::kInternal, fmt::format("rows for a plug-in: {}", error.what()));
  }
}

// All of the buffer: whoever asks knows how much there must be.
ArrowErrorCode TransformedRows::Exchange::ReadBytes(std::span<char> buffer, std::int64_t& read) {
  while (static_cast<std::size_t>(read) < buffer.size()) {
    const auto got =
        process_->Read(buffer.subspan(static_cast<std::size_t>(read)), stop_.get_token());
    if (!got) {
      failed_ = got.error();
      return EIO;
    }
    if (*got == 0) {
      failed_ = process_->Failed("ended before it had given all rows back");
      return EIO;
    }
    read += static_cast<std::int64_t>(*got);
  }
  return CheckBegin({buffer.data(), buffer.size()});
}

// Text that a program prints would be taken for the length of a message, which never comes.
ArrowErrorCode TransformedRows::Exchange::CheckBegin(std::string_view bytes) {
  if (std::exchange(has_begun_, true) || bytes.starts_with("\xFF\xFF\xFF\xFF")) {
    return NANOARROW_OK;
  }
  std::string shown(bytes);
  std::array<char, 56> more;
  const auto got = process_->Read(more, stop_.get_token());
  if (got) shown.append(more.data(), *got);
  failed_ = process_->Failed(fmt::format("wrote what is no Arrow stream: '{}'",
                                         codec::Shortened(shown, codec::kWordBytesMax)));
  return EINVAL;
}

ArrowErrorCode TransformedRows::Exchange::ReadBytes(ArrowIpcInputStream* stream,
                                                    std::uint8_t* buffer, std::int64_t size,
                                                    std::int64_t* read, ArrowError* /*error*/) {
  *read = 0;
  return static_cast<Exchange*>(stream->private_data)
      ->ReadBytes({reinterpret_cast<char*>(buffer), static_cast<std::size_t>(size)}, *read);
}

// Keeps why a call of the reader failed.
int TransformedRows::Exchange::Told(int code) {
  if (code == 0 || failed_) return code;
  const char* const why = answer_.get_last_error(&answer_);
  failed_ = process_->Failed(fmt::format("gave back what is no Arrow stream: {}",
                                         why == nullptr || *why == '\0' ? "not readable" : why));
  return code;
}

int TransformedRows::Exchange::Schema(ArrowSchema& schema) {
  const std::scoped_lock lock(mutex_);
  return Told(answer_.get_schema(&answer_, &schema));
}

int TransformedRows::Exchange::Next(ArrowArray& rows) {
  const std::scoped_lock lock(mutex_);
  rows.release = nullptr;
  if (has_ended_) return 0;
  const int code = Told(answer_.get_next(&answer_, &rows));
  if (code != 0) return code;
  has_ended_ = rows.release == nullptr;
  if (!has_ended_) rows_out_ += static_cast<std::uint64_t>(rows.length);
  return 0;
}

duckdb::unique_ptr<duckdb::ArrowArrayStreamWrapper> TransformedRows::Exchange::NewStream() {
  auto stream = duckdb::make_uniq<duckdb::ArrowArrayStreamWrapper>();
  ArrowArrayStream& of = stream->arrow_array_stream;
  of.get_schema = [](ArrowArrayStream* self, ArrowSchema* schema) {
    return static_cast<Exchange*>(self->private_data)->Schema(*schema);
  };
  of.get_next = [](ArrowArrayStream* self, ArrowArray* rows) {
    return static_cast<Exchange*>(self->private_data)->Next(*rows);
  };
  of.get_last_error = [](ArrowArrayStream* /*self*/) { return "the plug-in's rows do not come"; };
  of.release = [](ArrowArrayStream* self) { self->release = nullptr; };
  of.private_data = this;
  return stream;
}

Result<Transformed> TransformedRows::Exchange::Finish() {
  while (!has_ended_) {
    ArrowArray rows{};
    if (Next(rows) != 0) return std::unexpected(*Failure());
    if (rows.release != nullptr) rows.release(&rows);
  }
  feeder_.join();
  if (!fed_) return std::unexpected(fed_.error());
  if (!process_->IsQuiet()) {
    return std::unexpected(process_->Failed("wrote more behind the end of its stream, or ended"));
  }
  const std::string name = process_->program().name;
  sandbox_.plugins().GiveBack(std::move(process_));
  return Transformed{name, rows_in_, rows_out_};
}

// What went wrong with the rows that it was given is why it gave none.
std::optional<Error> TransformedRows::Exchange::Failure() {
  StopFeeding();
  const auto is = [](const Error& error, Code code) { return error.code == code; };
  if (!fed_ && !is(fed_.error(), Code::kPluginFailed) && !is(fed_.error(), Code::kCancelled)) {
    return fed_.error();
  }
  if (failed_ && !is(*failed_, Code::kCancelled)) return failed_;
  if (!fed_ && is(fed_.error(), Code::kPluginFailed)) return fed_.error();
  return failed_;
}

Result<duckdb::unique_ptr<duckdb::SelectStatement>> TransformedSelect(const Query& query) {
  auto rows = duckdb::make_uniq<duckdb::TableFunctionRef>();
  rows->function = duckdb::make_uniq<duckdb::FunctionExpression>(
      kArrowRows, duckdb::vector<duckdb::unique_ptr<duckdb::ParsedExpression>>());
  auto node = duckdb::make_uniq<duckdb::SelectNode>();
  node->select_list.push_back(duckdb::make_uniq<duckdb::StarExpression>());
  node->from_table = std::move(rows);
  auto select = duckdb::make_uniq<duckdb::SelectStatement>();
  select->node = std::move(node);
  if (query.transform->then_sql.empty()) return select;
  return BindOneTable(query.transform->then_sql, kTransformedTable, std::move(select));
}

Result<std::unique_ptr<TransformedRows>> TransformedRows::Begin(
    Sandbox& sandbox, store::ObjectStore& store, duckdb::ClientContext& context, const Query& query,
    const iceberg::Schema* table, const std::stop_token& stop) {
  EIDER_CHECK(CheckSupported(query));
  const config::PluginProgram& program = query.transform->program;
  try {
    EIDER_ASSIGN(auto process, sandbox.plugins().Borrow(program));
    return std::unique_ptr<TransformedRows>(new TransformedRows(std::make_unique<Exchange>(
        sandbox, store, context, query, table, stop, std::move(process))));
  } catch (const std::exception& error) {  // no thread, no memory
    return Fail(Code::kOutOfMemory, fmt::format("cannot send rows through plug-in '{}': {}",
                                                program.name, error.what()));
  }
}

TransformedRows::TransformedRows(std::unique_ptr<Exchange> exchange)
    : exchange_(std::move(exchange)) {}

TransformedRows::~TransformedRows() = default;

Result<Transformed> TransformedRows::Finish() {
  return exchange_->Finish();
}

std::optional<Error> TransformedRows::Failure() {
  return exchange_->Failure();
}

std::optional<std::uint64_t> TransformedRows::rows_read() const {
  return exchange_->rows_read();
}

std::string TransformedRows::readers() const {
  return exchange_->readers();
}

}  // namespace eider::engine
