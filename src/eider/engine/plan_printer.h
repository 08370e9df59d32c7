// A column's plan as SQL: the conversion of its values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <duckdb/common/types.hpp>

#include "eider/engine/column_plan.h"
#include "eider/iceberg/type.h"

namespace eider::engine {

// Used for one table or column: names of variables are its own.
class PlanPrinter {
 public:
  // What a value does that does not fit.
  enum class Fault : std::uint8_t { kRaises, kIsNull };

  explicit PlanPrinter(std::string_view table, Fault fault = Fault::kRaises)
      : table_(table), fault_(fault) {}

  // `value`: SQL of the plan's source.
  std::string Column(const ColumnPlan& plan, const std::string& value);

  // A column that the table does not have may come from a file as long as it is empty.
  std::string NoValue(const std::string& value, const std::string& name) const;

 private:
  std::string Converted(const ColumnPlan& plan, const std::string& value);
  std::string RaiseText(const std::string& message) const;
  std::string FaultOfText(const ColumnPlan& plan) const;
  std::string Cast(Way way, const ColumnPlan& plan, const iceberg::Type& to,
                   const std::string& value) const;
  std::string ByHint(const ColumnPlan& plan, const std::string& value) const;
  std::string Struct(const ColumnPlan& plan, const std::string& value);
  std::string List(const ColumnPlan& plan, const std::string& value);
  std::string Map(const ColumnPlan& plan, const std::string& value);
  std::string NewVariable();

  std::string_view table_;
  Fault fault_;
  int variables_ = 0;
};

// A list, of what may be an array of a fixed length.
std::string ListOf(const ColumnPlan& plan, const std::string& value);

}  // namespace eider::engine
