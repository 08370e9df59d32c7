// The plans of a table's columns as SQL where what does not fit is rescued.
//
// A struct is rescued field by field. A list or a map goes whole: it is null in the table when one
// of its values does not fit.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "eider/engine/column_plan.h"
#include "eider/engine/plan_printer.h"

namespace eider::engine {

// Used for one table: names of variables are its own.
class RescuePrinter {
 public:
  explicit RescuePrinter(std::string_view table) : values_(table, PlanPrinter::Fault::kIsNull) {}

  // What fits of the values that `value`, SQL of the plan's source, gives; null for the rest.
  std::string Fitting(const ColumnPlan& plan, const std::string& value);

  // The column that Way::kRescue is for: an object of the rest, null where all fits.
  std::string Rest(const TablePlan& plan, const std::vector<ResultColumn>& columns);

 private:
  std::string FittingStruct(const ColumnPlan& plan, const std::string& value);
  std::string Rest(const ColumnPlan& plan, const std::string& value);
  std::string RestOfStruct(const ColumnPlan& plan, const std::string& value);
  std::string IsBad(const ColumnPlan& plan, const std::string& value);
  std::string IsBadWithin(const ColumnPlan& plan, const std::string& value);
  std::string LacksRequired(const ColumnPlan& plan, const std::string& value);
  std::string NewVariable();

  PlanPrinter values_;
  int variables_ = 0;
};

}  // namespace eider::engine
