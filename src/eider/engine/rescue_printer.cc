// No condition here is ever null.
#include "eider/engine/rescue_printer.h"

#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <duckdb/common/types.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "eider/engine/column_plan.h"
#include "eider/engine/projection.h"
#include "eider/engine/sql_literal.h"
#include "eider/engine/text_function.h"

namespace eider::engine {
namespace {

// Of a struct's field.
std::string FieldOf(const std::string& value, std::size_t index) {
  return fmt::format("struct_extract_at({}, {})", value, index + 1);
}

std::string SourceOf(const ColumnPlan& part, const std::string& value) {
  return part.source ? FieldOf(value, *part.source) : "";
}

// Any of them.
std::string AnyOf(const std::vector<std::string>& conditions) {
  if (conditions.empty()) return "false";
  return fmt::format("({})", fmt::join(conditions, " OR "));
}

std::string Json(const std::string& value, bool is_json_text) {
  return fmt::format("{}({})", is_json_text ? "eider_json_text" : "eider_json", value);
}

bool MayMiss(const ColumnPlan& part) {
  return part.checks_null || part.MayMisfit();
}

// By the place of each among the source's columns or fields.
using Members = std::map<std::size_t, std::pair<std::string, std::string>>;

std::string ObjectOf(const char* function, const Members& members) {
  std::vector<std::string> arguments;
  for (const auto& [place, member] : members) {
    arguments.push_back(SqlLiteral(member.first) + ", " + member.second);
  }
  return fmt::format("{}({})", function, fmt::join(arguments, ", "));
}

}  // namespace

std::string RescuePrinter::Fitting(const ColumnPlan& plan, const std::string& value) {
  if (!plan.MayMisfit()) return values_.Column(plan, value);
  switch (plan.way) {
    case Way::kText:
    case Way::kHint: {
      const std::string tried = fmt::format("TRY({})", values_.Column(plan, value));
      const bool is_text = plan.way == Way::kText || plan.hint_takes_text;
      const auto form = plan.hint ? plan.hint : FormOf(plan.to.type);
      return is_text && form
                 ? fmt::format("CASE WHEN {} THEN {} END", TextFits(value, *form), tried)
                 : tried;
    }
    case Way::kStruct:
      return FittingStruct(plan, value);
    case Way::kList:
    case Way::kMap:
      return fmt::format("CASE WHEN NOT {} THEN {} END", IsBad(plan, value),
                         values_.Column(plan, value));
    default:
      return values_.Column(plan, value);
  }
}

std::string RescuePrinter::FittingStruct(const ColumnPlan& plan, const std::string& value) {
  std::vector<std::string> entries;
  for (const ColumnPlan& part : plan.parts) {
    entries.push_back(
        fmt::format("{}: {}", SqlLiteral(part.to.name), Fitting(part, SourceOf(part, value))));
  }
  return fmt::format("CASE WHEN {} IS NOT NULL AND NOT {} THEN {{{}}} END", value,
                     LacksRequired(plan, value), fmt::join(entries, ", "));
}

// Such a struct cannot be in the table.
std::string RescuePrinter::LacksRequired(const ColumnPlan& plan, const std::string& value) {
  std::vector<std::string> bad;
  for (const ColumnPlan& part : plan.parts) {
    if (part.to.required && MayMiss(part)) bad.push_back(IsBad(part, SourceOf(part, value)));
  }
  return AnyOf(bad);
}

std::string RescuePrinter::IsBad(const ColumnPlan& plan, const std::string& value) {
  if (!MayMiss(plan)) return "false";
  if (!plan.source) return "true";
  const std::string is_null = fmt::format("{} IS NULL", value);
  if (!plan.MayMisfit()) return is_null;
  const std::string within = IsBadWithin(plan, value);
  return plan.to.required ? fmt::format("({} OR {})", is_null, within)
                          : fmt::format("({} IS NOT NULL AND {})", value, within);
}

// Of a value that is not null.
std::string RescuePrinter::IsBadWithin(const ColumnPlan& plan, const std::string& value) {
  const auto any = [](const std::string& list, const std::string& variable,
                      const std::string& is_bad) {
    return fmt::format("coalesce(len(list_filter({}, lambda {}: {})), 0) > 0", list, variable,
                       is_bad);
  };
  switch (plan.way) {
    case Way::kNone:
      return "true";
    case Way::kStruct: {
      std::vector<std::string> bad;
      for (const ColumnPlan& part : plan.parts) {
        if (MayMiss(part)) bad.push_back(IsBad(part, SourceOf(part, value)));
      }
      for (const std::size_t extra : plan.extra) {
        bad.push_back(FieldOf(value, extra) + " IS NOT NULL");
      }
      return AnyOf(bad);
    }
    case Way::kList: {
      const std::string element = NewVariable();
      return any(ListOf(plan, value), element, IsBad(plan.parts[0], element));
    }
    case Way::kMap: {
      const std::string entry = NewVariable();
      const std::vector<std::string> bad = {IsBad(plan.parts[0], FieldOf(entry, 0)),
                                            IsBad(plan.parts[1], FieldOf(entry, 1))};
      return any(fmt::format("map_entries({})", value), entry, AnyOf(bad));
    }
    default:
      return fmt::format("{} IS NULL", Fitting(plan, value));
  }
}

std::string RescuePrinter::Rest(const ColumnPlan& plan, const std::string& value) {
  if (plan.way == Way::kStruct) return RestOfStruct(plan, value);
  return fmt::format("CASE WHEN {} THEN {} END", IsBad(plan, value),
                     Json(value, plan.is_json_text));
}

std::string RescuePrinter::RestOfStruct(const ColumnPlan& plan, const std::string& value) {
  const auto& fields = duckdb::StructType::GetChildTypes(plan.from);
  Members members;
  for (const ColumnPlan& part : plan.parts) {
    if (!part.source || !MayMiss(part)) continue;
    const std::size_t place = *part.source;
    members[place] = {fields[place].first, Rest(part, FieldOf(value, place))};
  }
  for (const std::size_t place : plan.extra) {
    members[place] = {fields[place].first, Json(FieldOf(value, place), false)};
  }
  return fmt::format("CASE WHEN {} IS NULL THEN NULL WHEN {} THEN {} ELSE {} END", value,
                     LacksRequired(plan, value), Json(value, false),
                     members.empty() ? "NULL" : ObjectOf("eider_json_object", members));
}

std::string RescuePrinter::Rest(const TablePlan& plan, const std::vector<ResultColumn>& columns) {
  Members members;
  for (const ColumnPlan& column : plan.columns) {
    if (!column.is_rescued) continue;
    const std::size_t place = *column.source;
    members[place] = {columns[place].name, Rest(column, InputName(place))};
  }
  for (const std::size_t place : plan.extra) {
    if (columns[place].type.id() == duckdb::LogicalTypeId::SQLNULL) continue;
    members[place] = {columns[place].name, Json(InputName(place), columns[place].is_json_text)};
  }
  return members.empty() ? "CAST(NULL AS VARCHAR)" : ObjectOf("eider_rescued", members);
}

std::string RescuePrinter::NewVariable() {
  return fmt::format("r{}", variables_++);
}

}  // namespace eider::engine
