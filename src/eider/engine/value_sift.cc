// The conditions are the conversions that write the table, asked beforehand: they cannot disagree.
#include "eider/engine/value_sift.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <duckdb/common/exception.hpp>
#include <duckdb/common/multi_file/multi_file_reader.hpp>
#include <duckdb/parser/parser.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "eider/codec/shortened_text.h"
#include "eider/engine/column_use.h"
#include "eider/engine/name_match.h"
#include "eider/engine/projection.h"
#include "eider/engine/row_json.h"
#include "eider/engine/row_sink.h"
#include "eider/engine/text_function.h"
#include "eider/records/value_type.h"

namespace eider::engine {
namespace {

constexpr std::uint64_t kNoLine = std::numeric_limits<std::uint64_t>::max();

// Takes the number of each bad row, and null for each good one.
class CountingSink final : public RowSink {
 public:
  std::unique_ptr<Worker> NewWorker() override { return std::make_unique<CountingWorker>(*this); }

  const ValueSift::Counts& counts() const { return counts_; }

 private:
  class CountingWorker final : public Worker {
   public:
    explicit CountingWorker(CountingSink& sink) : sink_(sink) {}

    void Take(duckdb::DataChunk& rows) override {
      rows.Flatten();
      const auto* const lines = duckdb::FlatVector::GetData<std::uint64_t>(rows.data[0]);
      const auto& is_bad = duckdb::FlatVector::Validity(rows.data[0]);
      counts_.rows += rows.size();
      for (duckdb::idx_t i = 0; i < rows.size(); ++i) {
        if (!is_bad.RowIsValid(i)) continue;
        ++counts_.bad;
        first_ = std::min(first_, lines[i]);
      }
    }

    void Finish() override {
      const std::lock_guard lock(sink_.mutex_);
      sink_.counts_.rows += counts_.rows;
      sink_.counts_.bad += counts_.bad;
      sink_.first_ = std::min(sink_.first_, first_);
      sink_.counts_.first_line = sink_.first_ == kNoLine ? 0 : sink_.first_;
    }

   private:
    CountingSink& sink_;
    ValueSift::Counts counts_;
    std::uint64_t first_ = kNoLine;
  };

  std::mutex mutex_;  // guards both
  ValueSift::Counts counts_;
  std::uint64_t first_ = kNoLine;
};

// Takes bad rows: their numbers, the first check that each breaks, its value, the file's columns.
class BadRowSink final : public RowSink {
 public:
  BadRowSink(const std::vector<ValueCheck>& checks, std::vector<std::string> names,
             const ValueSift::Take& take, std::optional<std::uint64_t> only_line)
      : checks_(checks), names_(std::move(names)), take_(take), only_line_(only_line) {}

  std::unique_ptr<Worker> NewWorker() override { return std::make_unique<BadRowWorker>(*this); }

  const Status& status() const { return status_; }

 private:
  class BadRowWorker final : public Worker {
   public:
    explicit BadRowWorker(BadRowSink& sink) : sink_(sink) {}

    void Take(duckdb::DataChunk& rows) override {
      for (duckdb::idx_t i = 0; i < rows.size(); ++i) sink_.TakeRow(rows, i);
    }

    void Finish() override {}

   private:
    BadRowSink& sink_;
  };

  void TakeRow(const duckdb::DataChunk& rows, duckdb::idx_t row) {
    const auto line = rows.GetValue(0, row).GetValue<std::uint64_t>();
    if (only_line_ && line != *only_line_) return;
    const ValueCheck& check = checks_[rows.GetValue(1, row).GetValue<std::uint64_t>()];
    const duckdb::Value value = rows.GetValue(2, row);
    records::RejectedRecord rejected{
        .line = line,
        .column = check.name,
        .reason = check.Reason(!value.IsNull()),
        .record = codec::Shortened(RowAsJson(names_, rows, row, 3), records::kRejectedTextMax)};
    if (!value.IsNull()) {
      rejected.value = codec::Shortened(duckdb::StringValue::Get(value), records::kRejectedTextMax);
    }
    const std::lock_guard lock(mutex_);
    if (only_line_ && std::exchange(has_one_, true)) return;
    status_ = take_(std::move(rejected));
    if (!status_) throw duckdb::IOException("a bad row could not be set aside");
  }

  const std::vector<ValueCheck>& checks_;
  std::vector<std::string> names_;
  const ValueSift::Take& take_;
  std::optional<std::uint64_t> only_line_;

  std::mutex mutex_;  // guards both
  bool has_one_ = false;
  Status status_;
};

}  // namespace

// A plan that reads the same file by the same call.
struct ValueSift::Scan {
  QueryPlan plan;
  std::string line;                 // SQL
  std::vector<std::string> values;  // SQL, by check
};

std::string ValueCheck::IsBad(const std::string& value) const {
  const auto converted = TriedConversion(value, from, to);
  if (!converted) return "false";
  const bool is_text = from.is_text || from.type.id() == duckdb::LogicalTypeId::VARCHAR;
  const auto form = from.hint ? from.hint : FormOf(to.type);
  const std::string tried =
      is_text && form ? fmt::format("CASE WHEN {} THEN {} END", TextFits(value, *form), *converted)
                      : *converted;
  return fmt::format("({} IS NULL{})", tried,
                     to.required ? "" : fmt::format(" AND {} IS NOT NULL", value));
}

std::string ValueCheck::Reason(bool has_value) const {
  if (!has_value) return "has no value, which the table requires";
  return from.hint && !from.is_hint_of_table ? "is not " + records::ToText(*from.hint)
                                             : "does not fit " + iceberg::ToString(to.type);
}

std::vector<ValueCheck> ChecksOf(const InputRead& read, QueryPlan& plan,
                                 const iceberg::Schema& table, bool is_rescued) {
  std::vector<std::string> names;
  for (const ResultColumn& column : plan.columns()) names.push_back(column.name);
  const NameMatch match = MatchNames(names, table.fields);
  const ColumnUse use(*plan.root());
  const std::vector<ResultColumn> of_file = read.Columns();
  std::vector<ValueCheck> checks;
  for (std::size_t i = 0; i < table.fields.size(); ++i) {
    const auto column = match.source_of_field[i];
    const auto source = column ? use.SourceOf(*column) : std::nullopt;
    if (!source || source->get != &read.get() || source->column >= of_file.size()) continue;
    const iceberg::Field& field = table.fields[i];
    if (is_rescued && !field.required) continue;
    const ResultColumn& from = plan.columns()[*column];
    if (!from.hint && MayFit(from.type, field.type)) {
      if (auto form = FormOf(field.type)) plan.SetHintOfTable(*column, *std::move(form));
    }
    if (!TriedConversion("v", from, field)) continue;
    checks.push_back({source->column, of_file[source->column].name, from, field});
  }
  return checks;
}

Result<ValueSift::Counts> ValueSift::Count(const Run& run) const {
  EIDER_ASSIGN(Scan scan, NewScan(false));
  CountingSink sink;
  const std::string bad = fmt::format("CASE WHEN {} THEN {} END", IsBad(scan.values), scan.line);
  EIDER_ASSIGN(auto statement, scan.plan.Pour({bad}, sink, RowOrder::kAny, errors_));
  EIDER_CHECK(run(std::move(statement)));
  return sink.counts();
}

Status ValueSift::Give(const Run& run, const Take& take,
                       std::optional<std::uint64_t> only_line) const {
  EIDER_ASSIGN(Scan scan, NewScan(true));
  EIDER_ASSIGN(const auto reads, FindInputReads(scan.plan, query_));
  EIDER_CHECK(Filter(reads.front(), ""));
  std::string which = "CASE";
  std::string value = "CASE";
  for (std::size_t i = 0; i < checks_.size(); ++i) {
    const std::string is_bad = checks_[i].IsBad(scan.values[i]);
    which += fmt::format(" WHEN {} THEN {}", is_bad, i);
    value += fmt::format(" WHEN {} THEN CAST({} AS VARCHAR)", is_bad, scan.values[i]);
  }
  std::vector<std::string> expressions = {scan.line, fmt::format("CAST({} END AS UBIGINT)", which),
                                          value + " END"};
  std::vector<std::string> names;
  for (const ResultColumn& column : read_.Columns()) {
    expressions.push_back(InputName(names.size()));
    names.push_back(column.name);
  }
  BadRowSink sink(checks_, std::move(names), take, only_line);
  EIDER_ASSIGN(auto statement, scan.plan.Pour(expressions, sink, RowOrder::kAny, errors_));
  const Status ran = run(std::move(statement));
  return sink.status() ? ran : sink.status();
}

Status ValueSift::KeepGoodRows() const {
  return Filter(read_, "NOT ");
}

Status ValueSift::Filter(const InputRead& read, const std::string& before) const {
  std::vector<std::size_t> columns;
  for (const ValueCheck& check : checks_) columns.push_back(check.column);
  const auto with_values = [&](const std::vector<std::string>& values) {
    return before + IsBad(values);
  };
  return FilterRead(context_, read, columns, with_values, errors_);
}

// Any of them.
std::string ValueSift::IsBad(const std::vector<std::string>& values) const {
  std::vector<std::string> bad;
  for (std::size_t i = 0; i < checks_.size(); ++i) bad.push_back(checks_[i].IsBad(values[i]));
  return fmt::format("({})", fmt::join(bad, " OR "));
}

// The plan reads the rows of the part alone.
Result<ValueSift::Scan> ValueSift::NewScan(bool has_all_columns) const {
  EIDER_ASSIGN(Scan scan, read_.IsParquet() ? ScanOfParquet(has_all_columns) : ScanOfText());
  if (query_.part) {
    EIDER_ASSIGN(const auto reads, FindInputReads(scan.plan, query_));
    EIDER_CHECK(FilterReads(context_, reads, query_, errors_));
  }
  return scan;
}

// Rows have numbers, by a column that DuckDB makes: no name of a file's own is in its way.
Result<ValueSift::Scan> ValueSift::ScanOfParquet(bool has_all_columns) const {
  duckdb::LogicalGet& get = read_.get();
  auto again = duckdb::make_uniq<duckdb::LogicalGet>(
      0, get.function, get.bind_data->Copy(), get.returned_types, get.names, get.virtual_columns);
  again->parameters = get.parameters;
  again->named_parameters = get.named_parameters;
  std::vector<std::size_t> columns;
  const auto add = [&](std::size_t column) {
    if (std::ranges::find(columns, column) != columns.end()) return;
    columns.push_back(column);
    again->AddColumnId(column);
  };
  if (has_all_columns) {
    for (std::size_t i = 0; i < read_.Columns().size(); ++i) add(i);
  }
  for (const ValueCheck& check : checks_) add(check.column);
  if (query_.part) {
    const std::string file = query_.input.uri.ToString();
    EIDER_ASSIGN(const ColumnPath path, read_.FindColumn(*query_.part, file));
    add(path.column);
  }
  again->AddColumnId(duckdb::MultiFileReader::COLUMN_IDENTIFIER_FILE_ROW_NUMBER);
  std::string line = fmt::format("CAST({} + 1 AS UBIGINT)", InputName(columns.size()));
  std::vector<std::string> values;
  for (const ValueCheck& check : checks_) {
    const auto found = std::ranges::find(columns, check.column);
    values.push_back(InputName(static_cast<std::size_t>(found - columns.begin())));
  }
  EIDER_ASSIGN(QueryPlan plan, QueryPlan::Over(context_, std::move(again), errors_));
  return Scan{std::move(plan), std::move(line), std::move(values)};
}

// The readers of texts know no numbers, and their calls cannot be copied but as SQL.
Result<ValueSift::Scan> ValueSift::ScanOfText() const {
  try {
    auto parsed = duckdb::Parser(context_.GetParserOptions());
    parsed.ParseQuery("SELECT * FROM " + read_.Sql());
    auto& select = parsed.statements.front()->Cast<duckdb::SelectStatement>();
    EIDER_ASSIGN(QueryPlan plan, QueryPlan::Bind(context_, select, errors_));
    std::vector<std::string> values;
    for (const ValueCheck& check : checks_) values.push_back(InputName(check.column));
    return Scan{std::move(plan), "CAST(0 AS UBIGINT)", std::move(values)};
  } catch (const std::exception& error) {
    return std::unexpected(errors_.From(error));
  }
}

}  // namespace eider::engine
