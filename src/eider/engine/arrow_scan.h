// The table function by which a plan reads rows that come as Arrow arrays: those of its context,
// once.
//
// Source: Arrow's C stream interface, which DuckDB reads.
#pragma once

#include <functional>

#include <duckdb/common/arrow/arrow_wrapper.hpp>
#include <duckdb/function/table_function.hpp>
#include <duckdb/main/client_context.hpp>

namespace eider::engine {

// Its name, which no SQL of a route can call.
inline constexpr const char* kArrowRows = "eider_arrow_rows";

duckdb::TableFunction ArrowRowsFunction();

// As long as it lives the function reads what `open` gives, in queries of the context: the first
// stream is asked for its schema, the second for its rows. Borrows the context.
class ArrowRowsScope {
 public:
  using Open = std::function<duckdb::unique_ptr<duckdb::ArrowArrayStreamWrapper>()>;

  ArrowRowsScope(duckdb::ClientContext& context, Open open);
  ~ArrowRowsScope();

  ArrowRowsScope(const ArrowRowsScope&) = delete;
  ArrowRowsScope& operator=(const ArrowRowsScope&) = delete;

 private:
  duckdb::ClientContext& context_;
};

}  // namespace eider::engine
