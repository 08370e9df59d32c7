// Rows of a query on their way through a plug-in: a thread of its own runs the query and writes its
// rows into the process, as an Arrow stream; what the process answers is read as a table of
// DuckDB's, while it comes.
//
// Source: Arrow's columnar format, "IPC Streaming Format"; its C stream interface.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include <duckdb/main/client_context.hpp>
#include <duckdb/parser/statement/select_statement.hpp>

#include "eider/base/result.h"
#include "eider/engine/query.h"
#include "eider/engine/sandbox.h"
#include "eider/engine/written.h"
#include "eider/iceberg/schema.h"
#include "eider/store/object_store.h"

namespace eider::engine {

// The SELECT that a query with a transform is, over kArrowRows. Errors: kInvalid (its then_sql
// is not one SELECT over `transformed`).
Result<duckdb::unique_ptr<duckdb::SelectStatement>> TransformedSelect(const Query& query);

// Used by one thread, beside DuckDB's that read; within the life of `context`.
class TransformedRows {
 public:
  // Begins both. A column without any value is of the type that the `table` (null: none yet) has
  // under its name. Borrows sandbox, store and context. Errors: those of plugin::Process::Start.
  static Result<std::unique_ptr<TransformedRows>> Begin(Sandbox& sandbox, store::ObjectStore& store,
                                                        duckdb::ClientContext& context,
                                                        const Query& query,
                                                        const iceberg::Schema* table,
                                                        const std::stop_token& stop);

  // Ends both; the process too, unless Finish has found nothing wrong.
  ~TransformedRows();

  TransformedRows(const TransformedRows&) = delete;
  TransformedRows& operator=(const TransformedRows&) = delete;

  // Reads what is left, and holds the process to its end. Once, when the rows were read. Errors: as
  // SqlEngine::Run, kPluginFailed.
  Result<Transformed> Finish();

  // Why the rows did not come, when that is what went wrong; then both have ended.
  std::optional<Error> Failure();

  // The records of the query's input, where they are known. After Finish.
  std::optional<std::uint64_t> rows_read() const;

  // The calls by which the query read them, as Written::readers. After Finish.
  std::string readers() const;

 private:
  class Exchange;

  explicit TransformedRows(std::unique_ptr<Exchange> exchange);

  std::unique_ptr<Exchange> exchange_;
};

}  // namespace eider::engine
