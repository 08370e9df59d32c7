// Each column by itself; where something is rescued, by the printer that knows how.
#include "eider/engine/projection.h"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include <duckdb/common/types.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "eider/base/result.h"
#include "eider/engine/column_plan.h"
#include "eider/engine/plan_printer.h"
#include "eider/engine/projection_problems.h"
#include "eider/engine/rescue_printer.h"
#include "eider/engine/sql_literal.h"
#include "eider/iceberg/schema.h"
#include "eider/iceberg/type.h"

namespace eider::engine {

std::string InputName(std::size_t index) {
  return fmt::format("c{}", index);
}

Result<std::vector<std::string>> PlanProjection(const std::vector<ResultColumn>& columns,
                                                const iceberg::Schema& schema,
                                                const ProjectionNames& names,
                                                const std::string& rescue) {
  Problems problems(names.table);
  const TablePlan plan = PlanColumns(columns, schema, rescue, problems);
  EIDER_CHECK(problems.Report(
      fmt::format("the result of the route's SQL does not fit table {}", names.table), names.file));
  PlanPrinter printer(names.table);
  RescuePrinter rescuing(names.table);
  std::vector<std::string> expressions;
  for (const ColumnPlan& column : plan.columns) {
    const std::string value = column.source ? InputName(*column.source) : "";
    expressions.push_back(column.way == Way::kRescue ? rescuing.Rest(plan, columns)
                          : column.is_rescued        ? rescuing.Fitting(column, value)
                                                     : printer.Column(column, value));
  }
  std::vector<std::string> checks;
  for (const std::size_t index : plan.empty) {
    checks.push_back(printer.NoValue(InputName(index), columns[index].name));
  }
  if (!expressions.empty() && !checks.empty()) {
    expressions.front() =
        fmt::format("CASE {} ELSE {} END", fmt::join(checks, " "), expressions.front());
  }
  return expressions;
}

std::optional<std::string> TriedConversion(const std::string& value, const ResultColumn& from,
                                           const iceberg::Field& to) {
  if (!to.type.IsPrimitive() || from.type.IsNested()) return std::nullopt;
  const ColumnPlan plan = PlanColumn(0, from, to);
  const bool takes_all = plan.way == Way::kCast && !plan.hint && !plan.checks_null;
  if (plan.way == Way::kNone || takes_all || plan.IsUnchanged()) return std::nullopt;
  return fmt::format("TRY({})", PlanPrinter("", PlanPrinter::Fault::kIsNull).Column(plan, value));
}

}  // namespace eider::engine
