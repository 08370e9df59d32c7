// Printing of conversions, from the outside in.
#include "eider/engine/plan_printer.h"

#include <string>
#include <vector>

#include <duckdb/common/types.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "eider/codec/shortened_text.h"
#include "eider/engine/column_plan.h"
#include "eider/engine/projection.h"
#include "eider/engine/sql_literal.h"
#include "eider/engine/text_function.h"
#include "eider/engine/type_mapping.h"
#include "eider/iceberg/type.h"

namespace eider::engine {
namespace {

using duckdb::LogicalType;
using duckdb::LogicalTypeId;

std::string TypeText(const iceberg::Type& type) {
  return WriteTypeOf(type).ToString();
}

// What is cast back is the same, or something was lost. A timestamp beyond nanoseconds raises an
// error even where DuckDB is asked to try.
std::string Fits(const LogicalType& from, const iceberg::Type& to, const std::string& value) {
  if (to.kind == iceberg::TypeKind::kTimestampNs) {
    return fmt::format(
        "{} BETWEEN TIMESTAMP '1677-09-21 00:12:44' AND TIMESTAMP '2262-04-11 23:47:16.854775'",
        value);
  }
  return fmt::format("TRY_CAST(TRY_CAST({0} AS {1}) AS {2}) IS NOT DISTINCT FROM {0}", value,
                     TypeText(to), from.ToString());
}

}  // namespace

std::string ListOf(const ColumnPlan& plan, const std::string& value) {
  if (plan.from.id() != LogicalTypeId::ARRAY) return value;
  return fmt::format("CAST({} AS {}[])", value,
                     duckdb::ArrayType::GetChildType(plan.from).ToString());
}

std::string PlanPrinter::Column(const ColumnPlan& plan, const std::string& value) {
  const std::string converted = Converted(plan, value);
  if (!plan.checks_null) return converted;
  return fmt::format("coalesce({}, {})", converted,
                     RaiseText(fmt::format("{}{}null in required column {} of table {}", plan.path,
                                           kValueColumnEnd, codec::ShortName(plan.path), table_)));
}

std::string PlanPrinter::NoValue(const std::string& value, const std::string& name) const {
  const std::string message = SqlLiteral(
      fmt::format("{}column {} of the result is not in table {} and has a value: leave it out of "
                  "the route's SELECT, or add it to the table; it has ",
                  kValueError, codec::ShortName(name), table_));
  return fmt::format("WHEN {0} IS NOT NULL THEN error({1} || {0})", value, message);
}

std::string PlanPrinter::Converted(const ColumnPlan& plan, const std::string& value) {
  switch (plan.way) {
    case Way::kNone:
    case Way::kNull:
    case Way::kRescue:
      return fmt::format("CAST(NULL AS {})", TypeText(plan.to.type));
    case Way::kDefault:
      return fmt::format("CAST({} AS {})", SqlLiteral(plan.default_text), TypeText(plan.to.type));
    case Way::kSame:
    case Way::kCast:
    case Way::kCheckedCast:
      return Cast(plan.way, plan, plan.to.type, value);
    case Way::kText:
      return *TextConversion(value, plan.to.type, *plan.source, FaultOfText(plan));
    case Way::kHint:
      return ByHint(plan, value);
    case Way::kStruct:
      return Struct(plan, value);
    case Way::kList:
      return List(plan, value);
    case Way::kMap:
      return Map(plan, value);
  }
  return "NULL";
}

std::string PlanPrinter::RaiseText(const std::string& message) const {
  if (fault_ == Fault::kIsNull) return "NULL";
  return fmt::format("error({})", SqlLiteral(std::string(kValueError) + message));
}

std::string PlanPrinter::FaultOfText(const ColumnPlan& plan) const {
  return fmt::format("column {} of table {} is {}, which this value of the file does not fit",
                     codec::ShortName(plan.path), table_, iceberg::ToString(plan.to.type));
}

std::string PlanPrinter::Cast(Way way, const ColumnPlan& plan, const iceberg::Type& to,
                              const std::string& value) const {
  if (way == Way::kSame) return value;
  if (way == Way::kCast) return fmt::format("CAST({} AS {})", value, TypeText(to));
  const std::string message = SqlLiteral(
      fmt::format("{}column {} of table {} is {}, which this value does not fit: ", kValueError,
                  codec::ShortName(plan.path), table_, iceberg::ToString(to)));
  const std::string fault = fault_ == Fault::kIsNull
                                ? "NULL"
                                : fmt::format("error({} || CAST({} AS VARCHAR))", message, value);
  return fmt::format("CASE WHEN {0} IS NULL THEN NULL WHEN {1} THEN CAST({0} AS {2}) ELSE {3} END",
                     value, Fits(plan.from, to, value), TypeText(to), fault);
}

std::string PlanPrinter::ByHint(const ColumnPlan& plan, const std::string& value) const {
  const iceberg::Type hinted = TypeOf(*plan.hint);
  const std::string text =
      plan.hint_takes_text
          ? value
          : fmt::format("CAST({} AS VARCHAR)", Cast(plan.to_hint, plan, hinted, value));
  return *HintedConversion(
      text, {*plan.hint, plan.to.type, *plan.source, codec::ShortName(plan.path), table_});
}

std::string PlanPrinter::Struct(const ColumnPlan& plan, const std::string& value) {
  std::vector<std::string> entries;
  for (const ColumnPlan& part : plan.parts) {
    const std::string source =
        part.source ? fmt::format("struct_extract_at({}, {})", value, *part.source + 1) : "";
    entries.push_back(fmt::format("{}: {}", SqlLiteral(part.to.name), Column(part, source)));
  }
  return fmt::format("CASE WHEN {} IS NOT NULL THEN {{{}}} END", value, fmt::join(entries, ", "));
}

std::string PlanPrinter::List(const ColumnPlan& plan, const std::string& value) {
  const std::string list = ListOf(plan, value);
  const std::string variable = NewVariable();
  const ColumnPlan& element = plan.parts[0];
  if (element.IsUnchanged()) return list;
  return fmt::format("list_transform({}, lambda {}: {})", list, variable,
                     Column(element, variable));
}

std::string PlanPrinter::Map(const ColumnPlan& plan, const std::string& value) {
  const std::string entry = NewVariable();
  const std::string key = Column(plan.parts[0], fmt::format("struct_extract_at({}, 1)", entry));
  const std::string mapped = Column(plan.parts[1], fmt::format("struct_extract_at({}, 2)", entry));
  return fmt::format(
      "map_from_entries(list_transform(map_entries({}), lambda {}: "
      "{{'k': {}, 'v': {}}}))",
      value, entry, key, mapped);
}

std::string PlanPrinter::NewVariable() {
  return fmt::format("e{}", variables_++);
}

}  // namespace eider::engine
