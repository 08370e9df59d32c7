// Rows as an Arrow IPC stream: what pyarrow.ipc.open_stream, Polars and DuckDB read.
//
// DuckDB makes Arrow arrays of its rows by the C data interface, nanoarrow makes bytes of them.
// Source: Arrow's columnar format, "Serialization and Interprocess Communication (IPC)".
#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include <duckdb/common/types.hpp>
#include <duckdb/common/types/data_chunk.hpp>
#include <duckdb/main/client_context.hpp>

#include "eider/engine/row_sink.h"

namespace eider::engine {

// The begin of a message that does not follow: readers take the end of bytes for the end of the
// stream, and refuse a stream that ends with this.
inline constexpr std::string_view kArrowCutOff = "\xFF\xFF\xFF\xFF";

// Several chunks become one record batch, of about 8 MiB or the rows of one chunk.
class ArrowWriter final : public RowSink::Worker {
 public:
  // `take` gets the bytes in their order, and throws where it cannot. Borrows the context.
  ArrowWriter(duckdb::ClientContext& context, const duckdb::vector<duckdb::string>& names,
              const duckdb::vector<duckdb::LogicalType>& types,
              std::function<void(std::string_view)> take);
  ~ArrowWriter() override;

  ArrowWriter(const ArrowWriter&) = delete;
  ArrowWriter& operator=(const ArrowWriter&) = delete;

  void Take(duckdb::DataChunk& rows) override;
  void Finish() override;

 private:
  class Stream;

  std::unique_ptr<Stream> stream_;
};

}  // namespace eider::engine
