// Collecting of distinct values as the rows pass.
//
// The whole file is scanned, but of a column in Parquet only the dictionaries cost anything: each
// of their entries is looked at once.
#include "eider/engine/input_values.h"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <duckdb/common/exception.hpp>
#include <duckdb/parser/expression/star_expression.hpp>
#include <duckdb/parser/query_node/select_node.hpp>
#include <duckdb/parser/statement/select_statement.hpp>
#include <duckdb/parser/tableref/basetableref.hpp>
#include <fmt/format.h>

#include "eider/base/result.h"
#include "eider/engine/column_path.h"
#include "eider/engine/row_sink.h"
#include "eider/engine/statement.h"
#include "eider/engine/text_vector.h"

namespace eider::engine {
namespace {

using Values = std::vector<std::optional<std::string>>;

// Takes rows of one text column.
class ValueSink final : public RowSink {
 public:
  explicit ValueSink(std::size_t values_max) : values_max_(values_max) {}

  std::unique_ptr<Worker> NewWorker() override { return std::make_unique<ValueWorker>(*this); }

  bool has_too_many() const { return has_too_many_; }

  Values Sorted() const {
    Values values(values_.begin(), values_.end());
    if (has_null_) values.emplace_back();
    return values;
  }

 private:
  class ValueWorker final : public Worker {
   public:
    explicit ValueWorker(ValueSink& sink) : sink_(sink) {}

    void Take(duckdb::DataChunk& rows) override {
      reader_.Read(rows.data[0], rows.size(), [&](std::optional<std::string_view> value) {
        if (!value) {
          has_null_ = true;
        } else if (!seen_.contains(*value)) {
          seen_.emplace(*value);
          sink_.Add(std::string(*value));
        }
        return 0;
      });
      if (has_null_) sink_.AddNull();
    }

    void Finish() override {}

   private:
    ValueSink& sink_;
    TextVectorReader<int> reader_;
    std::set<std::string, std::less<>> seen_;
    bool has_null_ = false;
  };

  void Add(std::string value) {
    const std::lock_guard lock(mutex_);
    values_.insert(std::move(value));
    Count();
  }

  void AddNull() {
    const std::lock_guard lock(mutex_);
    has_null_ = true;
    Count();
  }

  void Count() {
    if (values_.size() + (has_null_ ? 1 : 0) <= values_max_) return;
    has_too_many_ = true;
    throw duckdb::InvalidInputException("more distinct values than may be kept");
  }

  std::size_t values_max_;
  std::mutex mutex_;                           // guards all below
  std::set<std::string, std::less<>> values_;  // in the order of their bytes
  bool has_null_ = false;
  bool has_too_many_ = false;
};

// FROM 'uri'
BoundSql SelectAll(const std::string& uri) {
  auto table = duckdb::make_uniq<duckdb::BaseTableRef>();
  table->table_name = uri;
  auto select = duckdb::make_uniq<duckdb::SelectNode>();
  select->select_list.push_back(duckdb::make_uniq<duckdb::StarExpression>());
  select->from_table = std::move(table);
  BoundSql sql;
  sql.reads.push_back(&select->from_table);
  sql.select = duckdb::make_uniq<duckdb::SelectStatement>();
  sql.select->node = std::move(select);
  return sql;
}

Result<QueryPlan> BindFile(QuerySession& session, const InputFile& input,
                           const std::string& column) {
  const std::string file = input.file.uri.ToString();
  EIDER_CHECK(CheckPath(file));
  session.grants().AllowRead(input.file, input.opening);
  BoundSql sql = SelectAll(file);
  auto plan = session.Bind(sql);
  if (!plan && plan.error().code == Code::kInvalid) {
    return Fail(fmt::format("cannot read column {} of {}: a file is read by what its name ends "
                            "with, such as .parquet, .csv, .json or .csv.gz",
                            column, file),
                std::move(plan).error());
  }
  return plan;
}

}  // namespace

Result<Values> ReadDistinctValues(QuerySession& session, const InputFile& input,
                                  const std::string& column, int values_max) {
  const std::string file = input.file.uri.ToString();
  EIDER_ASSIGN(QueryPlan plan, BindFile(session, input, column));
  EIDER_ASSIGN(const ColumnPath path, FindColumn(plan.columns(), column, file));
  ValueSink sink(static_cast<std::size_t>(std::max(values_max, 0)));
  EIDER_ASSIGN(auto statement, plan.Pour({fmt::format("CAST({} AS VARCHAR)", path.Sql())}, sink,
                                         RowOrder::kAny, session.errors()));
  auto result = session.Execute(std::move(statement));
  if (sink.has_too_many()) {
    return Fail(Code::kInvalid,
                fmt::format("column {} of {} has more than {} distinct values: raise "
                            "routing.column_values_max, or route the file by another strategy",
                            column, file, values_max));
  }
  if (!result) return std::unexpected(std::move(result).error());
  return sink.Sorted();
}

}  // namespace eider::engine
