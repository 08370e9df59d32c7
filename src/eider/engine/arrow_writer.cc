#include "eider/engine/arrow_writer.h"

#include <nanoarrow/nanoarrow.h>
#include <nanoarrow/nanoarrow_ipc.h>

#include <cerrno>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <duckdb/common/arrow/arrow_appender.hpp>
#include <duckdb/common/arrow/arrow_converter.hpp>
#include <duckdb/common/exception.hpp>
#include <duckdb/function/table/arrow/arrow_duck_schema.hpp>

namespace eider::engine {
namespace {

constexpr std::uint64_t kBatchBytes = 8ULL << 20U;
constexpr std::uint64_t kBatchRows = 64ULL * STANDARD_VECTOR_SIZE;

// Calls its release callback at the end.
template <typename T>
struct Released : T {
  Released() : T{} {}

  ~Released() {
    if (T::release != nullptr) T::release(this);
  }

  Released(const Released&) = delete;
  Released& operator=(const Released&) = delete;
};

// These end with their owner, also where its constructor throws: whoever takes the bytes may be
// gone.
struct OwnedView : ArrowArrayView {
  OwnedView() : ArrowArrayView{} {}

  ~OwnedView() { ArrowArrayViewReset(this); }

  OwnedView(const OwnedView&) = delete;
  OwnedView& operator=(const OwnedView&) = delete;
};

struct OwnedWriter : ArrowIpcWriter {
  OwnedWriter() : ArrowIpcWriter{} {}

  ~OwnedWriter() {
    if (private_data != nullptr) ArrowIpcWriterReset(this);
  }

  OwnedWriter(const OwnedWriter&) = delete;
  OwnedWriter& operator=(const OwnedWriter&) = delete;
};

}  // namespace

class ArrowWriter::Stream {
 public:
  Stream(duckdb::ClientContext& context, const duckdb::vector<duckdb::string>& names,
         duckdb::vector<duckdb::LogicalType> types, std::function<void(std::string_view)> take)
      : properties_(context.GetClientProperties()),
        extensions_(duckdb::ArrowTypeExtensionData::GetExtensionTypes(context, types)),
        types_(std::move(types)),
        take_(std::move(take)) {
    ArrowIpcOutputStream output{};
    output.write = Write;
    output.release = [](ArrowIpcOutputStream* stream) { stream->release = nullptr; };
    output.private_data = this;
    Check(ArrowIpcWriterInit(&writer_, &output));
    duckdb::ArrowConverter::ToArrowSchema(&schema_, types_, names, properties_);
    Check(ArrowArrayViewInitFromSchema(&view_, &schema_, &error_));
    Check(ArrowIpcWriterWriteSchema(&writer_, &schema_, &error_));
  }

  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  void Take(duckdb::DataChunk& rows) {
    if (!batch_) batch_.emplace(types_, rows.size(), properties_, extensions_);
    batch_->Append(rows, 0, rows.size(), rows.size());
    bytes_ += rows.GetAllocationSize();
    if (bytes_ >= kBatchBytes || batch_->RowCount() >= kBatchRows) EndBatch();
  }

  void Finish() {
    EndBatch();
    Check(ArrowIpcWriterWriteArrayView(&writer_, nullptr, &error_));  // the end of the stream
  }

 private:
  void EndBatch() {
    if (!batch_) return;
    Released<ArrowArray> array;
    static_cast<ArrowArray&>(array) = batch_->Finalize();
    batch_.reset();
    bytes_ = 0;
    Check(ArrowArrayViewSetArray(&view_, &array, &error_));
    Check(ArrowIpcWriterWriteArrayView(&writer_, &view_, &error_));
  }

  // No exception goes through C.
  static ArrowErrorCode Write(ArrowIpcOutputStream* stream, const void* bytes, std::int64_t size,
                              std::int64_t* written, ArrowError* /*error*/) {
    auto& self = *static_cast<Stream*>(stream->private_data);
    try {
      self.take_({static_cast<const char*>(bytes), static_cast<std::size_t>(size)});
      *written = size;
      return NANOARROW_OK;
    } catch (...) {
      self.thrown_ = std::current_exception();
      return EIO;
    }
  }

  void Check(ArrowErrorCode code) {
    if (code == NANOARROW_OK) return;
    if (thrown_) std::rethrow_exception(std::exchange(thrown_, nullptr));
    throw duckdb::InvalidInputException("the rows cannot be written as Arrow: %s",
                                        std::string(error_.message));
  }

  duckdb::ClientProperties properties_;
  duckdb::unordered_map<duckdb::idx_t, const duckdb::shared_ptr<duckdb::ArrowTypeExtensionData>>
      extensions_;  // shared: DuckDB hands them out so
  duckdb::vector<duckdb::LogicalType> types_;
  std::function<void(std::string_view)> take_;
  std::exception_ptr thrown_;  // by take_
  ArrowError error_{};
  Released<ArrowSchema> schema_;
  OwnedView view_;
  OwnedWriter writer_;
  std::optional<duckdb::ArrowAppender> batch_;
  std::uint64_t bytes_ = 0;  // of the batch
};

ArrowWriter::ArrowWriter(duckdb::ClientContext& context,
                         const duckdb::vector<duckdb::string>& names,
                         const duckdb::vector<duckdb::LogicalType>& types,
                         std::function<void(std::string_view)> take)
    : stream_(std::make_unique<Stream>(context, names, types, std::move(take))) {}

ArrowWriter::~ArrowWriter() = default;

void ArrowWriter::Take(duckdb::DataChunk& rows) {
  stream_->Take(rows);
}

void ArrowWriter::Finish() {
  stream_->Finish();
}

}  // namespace eider::engine
