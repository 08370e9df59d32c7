// A sink of one worker, which makes bytes of chunks.
#include "eider/engine/row_export.h"

#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <duckdb/common/exception.hpp>
#include <duckdb/common/types/data_chunk.hpp>

#include "eider/base/result.h"
#include "eider/engine/arrow_writer.h"
#include "eider/engine/row_json.h"
#include "eider/engine/row_sink.h"

namespace eider::engine {
namespace {

// Throws where the bytes cannot be taken.
using TakeOrThrow = std::function<void(std::string_view)>;

// A line for each row.
class LineWriter : public RowSink::Worker {
 public:
  explicit LineWriter(TakeOrThrow take) : take_(std::move(take)) {}

  void Take(duckdb::DataChunk& rows) final {
    std::string lines;
    for (std::size_t row = 0; row < rows.size(); ++row) AddLine(rows, row, lines);
    take_(lines);
  }

  void Finish() final {}

 protected:
  virtual void AddLine(const duckdb::DataChunk& rows, std::size_t row, std::string& lines) = 0;

  const TakeOrThrow take_;
};

// An object in each line.
class JsonWriter final : public LineWriter {
 public:
  JsonWriter(std::vector<std::string> names, TakeOrThrow take)
      : LineWriter(std::move(take)), names_(std::move(names)) {}

 private:
  void AddLine(const duckdb::DataChunk& rows, std::size_t row, std::string& lines) override {
    lines += RowAsJson(names_, rows, row, 0) + '\n';
  }

  const std::vector<std::string> names_;
};

// By RFC 4180, with line feeds. A null is nothing, an empty text is "".
class CsvWriter final : public LineWriter {
 public:
  CsvWriter(const std::vector<std::string>& names, TakeOrThrow take) : LineWriter(std::move(take)) {
    std::string header;
    for (std::size_t i = 0; i < names.size(); ++i) AddField(names[i], i, header);
    take_(header + '\n');
  }

 private:
  void AddLine(const duckdb::DataChunk& rows, std::size_t row, std::string& lines) override {
    for (std::size_t i = 0; i < rows.ColumnCount(); ++i) {
      const duckdb::Value value = rows.GetValue(i, row);
      if (!value.IsNull()) {
        AddField(value.type().IsNested() ? JsonOf(value) : value.ToString(), i, lines);
      } else if (i > 0) {
        lines += ',';
      }
    }
    lines += '\n';
  }

  static void AddField(std::string_view text, std::size_t column, std::string& line) {
    if (column > 0) line += ',';
    if (!text.empty() && text.find_first_of(",\"\r\n") == std::string_view::npos) {
      line += text;
      return;
    }
    line += '"';
    for (const char c : text) {
      if (c == '"') line += '"';
      line += c;
    }
    line += '"';
  }
};

std::unique_ptr<RowSink::Worker> NewWriter(duckdb::ClientContext& context, RowFormat format,
                                           const std::vector<std::string>& names,
                                           const duckdb::vector<duckdb::LogicalType>& types,
                                           TakeOrThrow take) {
  switch (format) {
    case RowFormat::kArrow:
      return std::make_unique<ArrowWriter>(
          context, duckdb::vector<duckdb::string>(names.begin(), names.end()), types,
          std::move(take));
    case RowFormat::kCsv:
      return std::make_unique<CsvWriter>(names, std::move(take));
    case RowFormat::kJson:
      break;
  }
  return std::make_unique<JsonWriter>(names, std::move(take));
}

// Hands the rows of its one worker on to the writer.
class ExportSink final : public RowSink {
 public:
  void SetWriter(RowSink::Worker& writer) { writer_ = &writer; }

  std::uint64_t rows() const { return rows_; }

  std::unique_ptr<Worker> NewWorker() override { return std::make_unique<Only>(*this); }

 private:
  class Only final : public Worker {
   public:
    explicit Only(ExportSink& sink) : sink_(sink) {}

    void Take(duckdb::DataChunk& rows) override {
      sink_.rows_ += rows.size();
      sink_.writer_->Take(rows);
    }

    void Finish() override {}

   private:
    ExportSink& sink_;
  };

  RowSink::Worker* writer_ = nullptr;
  std::uint64_t rows_ = 0;
};

}  // namespace

Result<Exported> ExportRows(QueryPlan& plan, QuerySession& session,
                            const std::vector<std::string>& names,
                            const std::vector<std::string>& expressions, RowFormat format,
                            const TakeBytes& take) {
  Status taken;
  const auto take_or_throw = [&](std::string_view bytes) {
    taken = take(bytes);
    if (!taken) throw duckdb::IOException("the rows cannot be handed on");
  };
  const auto failed = [&](Error error) {
    if (!taken) return std::unexpected(taken.error());
    if (format == RowFormat::kArrow)
      (void)take(kArrowCutOff);  // the first error is the one to tell
    return std::unexpected(std::move(error));
  };
  ExportSink sink;
  EIDER_ASSIGN(auto statement, plan.Pour(expressions, sink, RowOrder::kKept, session.errors()));
  try {
    const auto writer = NewWriter(session.context(), format, names, plan.types(), take_or_throw);
    sink.SetWriter(*writer);
    if (auto ran = session.Execute(std::move(statement)); !ran) return failed(ran.error());
    writer->Finish();
  } catch (const std::exception& error) {
    return failed(session.errors().From(error));
  }
  const Rejects* const rejects = session.rejects();
  return Exported{sink.rows(), rejects == nullptr ? 0 : rejects->count(), session.transformed()};
}

}  // namespace eider::engine
