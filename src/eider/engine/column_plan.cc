#include "eider/engine/column_plan.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <duckdb/common/string_util.hpp>
#include <duckdb/common/types.hpp>
#include <fmt/format.h>

#include "eider/base/result.h"
#include "eider/codec/shortened_text.h"
#include "eider/engine/default_value.h"
#include "eider/engine/name_match.h"
#include "eider/engine/text_function.h"
#include "eider/engine/type_mapping.h"
#include "eider/iceberg/schema.h"
#include "eider/iceberg/type.h"

namespace eider::engine {
namespace {

using duckdb::LogicalType;
using duckdb::LogicalTypeId;
using iceberg::Field;
using iceberg::TypeKind;

std::string Lower(const std::string& text) {
  return duckdb::StringUtil::Lower(text);
}

Way WayOf(Conversion conversion) {
  switch (conversion) {
    case Conversion::kNone:
      return Way::kNone;
    case Conversion::kSame:
      return Way::kSame;
    case Conversion::kCast:
      return Way::kCast;
    case Conversion::kCheckedCast:
      return Way::kCheckedCast;
  }
  return Way::kNone;
}

bool IsNumber(const iceberg::Type& type) {
  switch (type.kind) {
    case TypeKind::kInt:
    case TypeKind::kLong:
    case TypeKind::kFloat:
    case TypeKind::kDouble:
    case TypeKind::kDecimal:
      return true;
    default:
      return false;
  }
}

class Planner {
 public:
  explicit Planner(Problems& problems) : problems_(problems) {}

  TablePlan Columns(const std::vector<ResultColumn>& sources, const std::vector<Field>& fields,
                    const std::string& rescue) {
    TablePlan plan;
    if (!rescue.empty()) FindRescue(sources, fields, rescue);
    is_rescued_ = rescue_ != nullptr;
    plan.columns = Fields(sources, fields, "", plan);
    return plan;
  }

  ColumnPlan From(std::size_t source, const ResultColumn& from, const Field& to,
                  const std::string& path) {
    if (!from.hint && !from.is_text) return Convert(source, from.type, to, path);
    ColumnPlan plan = NewPlan(source, from.type, to, path);
    plan.hint = from.hint;
    if (from.hint) {
      FromHint(from, plan);
    } else if (FormOf(to.type)) {
      const bool is_as_it_stands = to.type.kind == TypeKind::kString && !to.required;
      plan.way = is_as_it_stands ? Way::kSame : Way::kText;
    } else {
      return Convert(source, from.type, to, path);
    }
    plan.checks_null = to.required && plan.way != Way::kNone;
    plan.is_json_text = from.is_json_text;
    return plan;
  }

 private:
  void FindRescue(const std::vector<ResultColumn>& sources, const std::vector<Field>& fields,
                  const std::string& rescue) {
    const auto is_named = [&](const ResultColumn& from) {
      return Lower(from.name) == Lower(rescue);
    };
    if (std::ranges::any_of(sources, is_named)) AddOwnRescue(rescue);
    const auto found = MatchNames({rescue}, fields).source_of_field;
    const auto place = std::ranges::find_if(found, [](const auto& of) { return of.has_value(); });
    if (place == found.end()) {
      problems_.Add(
          fmt::format("table {} has no column {}, into which the route rescues what does not fit: "
                      "add it to the "
                      "table, as string, or set schema: evolve in the route",
                      problems_.table(), codec::ShortName(rescue)));
      return;
    }
    const Field& field = fields[static_cast<std::size_t>(place - found.begin())];
    if (field.type.kind != TypeKind::kString || field.required) {
      problems_.Add(fmt::format(
          "column {} of table {}, into which the route rescues what does not fit, is {}{}: it must "
          "be an optional string; name another column in the route's rescue",
          codec::ShortName(field.name), problems_.table(), iceberg::ToString(field.type),
          field.required ? " and required" : ""));
    }
    rescue_ = &field;
  }

  void AddOwnRescue(const std::string& rescue) {
    problems_.Add(
        fmt::format("the result has a column {}, and the route rescues into that one what "
                    "does not fit: give it another name with AS, or name another column "
                    "in the route's rescue",
                    codec::ShortName(rescue)));
  }

  // A column of the table that may be null instead of what does not fit. Values that do not all fit
  // may do so one by one.
  ColumnPlan Rescued(std::size_t source, const ResultColumn& from, const Field& to) {
    ColumnPlan plan = From(source, from, to, to.name);
    if (plan.way == Way::kNone && !from.hint && MayFit(from.type, to.type)) {
      ResultColumn by_value = from;
      by_value.hint = FormOf(to.type);
      plan = From(source, by_value, to, to.name);
    }
    plan.is_rescued = plan.MayMisfit();
    return plan;
  }

  ColumnPlan TopColumn(std::size_t source, const ResultColumn& from, const Field& to) {
    if (rescue_ == nullptr) return From(source, from, to, to.name);
    is_rescued_ = !to.required;
    ColumnPlan plan = to.required ? From(source, from, to, to.name) : Rescued(source, from, to);
    is_rescued_ = true;
    return plan;
  }

  static ColumnPlan RescueColumn(const Field& field) {
    ColumnPlan plan = NewPlan(std::nullopt, LogicalType(LogicalTypeId::SQLNULL), field, field.name);
    plan.way = Way::kRescue;
    return plan;
  }

  static ColumnPlan NewPlan(std::optional<std::size_t> source, LogicalType from, const Field& to,
                            const std::string& path) {
    ColumnPlan plan;
    plan.to = to;
    plan.to.type = WrittenType(to.type);
    plan.path = path;
    plan.source = source;
    plan.from = std::move(from);
    return plan;
  }

  // The table's columns from the result's, or a struct's fields from a struct's. What is left over
  // goes to `all`.
  std::vector<ColumnPlan> Fields(const std::vector<ResultColumn>& sources,
                                 const std::vector<Field>& fields, const std::string& path,
                                 TablePlan& all) {
    CheckFieldNames(fields, path);
    std::vector<std::string> names;
    for (const ResultColumn& from : sources) {
      names.push_back(from.name);
      if (HasNul(from.name)) problems_.AddNul(path + from.name);
    }
    const NameMatch match = MatchNames(names, fields);
    all.extra = match.unused_sources;
    for (const std::size_t unused : match.unused_sources) {
      if (HasNul(names[unused])) continue;
      const bool is_twice = std::ranges::count(names, names[unused]) > 1;
      if (is_rescued_ && !is_twice) continue;
      if (sources[unused].is_text || sources[unused].is_empty) {
        all.empty.push_back(unused);
      } else {
        AddExtra(names[unused], is_twice, path);
      }
    }
    std::vector<ColumnPlan> plans;
    for (std::size_t i = 0; i < fields.size(); ++i) {
      const auto index = match.source_of_field[i];
      const std::string field_path = path + fields[i].name;
      if (!CanWrite(fields[i].type)) {
        LeaveOut(fields[i], field_path, index ? &sources[*index].type : nullptr);
        continue;
      }
      if (&fields[i] == rescue_) {
        plans.push_back(RescueColumn(fields[i]));
      } else if (!index) {
        plans.push_back(Missing(fields[i], field_path));
      } else if (path.empty()) {
        plans.push_back(TopColumn(*index, sources[*index], fields[i]));
      } else {
        plans.push_back(From(*index, sources[*index], fields[i], field_path));
      }
    }
    return plans;
  }

  void AddExtra(const std::string& name, bool is_twice, const std::string& path) {
    problems_.Add(
        fmt::format("column {}{} of the result is {}: leave it out of the route's SELECT{}", path,
                    codec::ShortName(name),
                    is_twice ? "there twice" : fmt::format("not in table {}", problems_.table()),
                    is_twice ? "" : ", or add it to the table"));
  }

  // DuckDB tells names apart without regard to case, also where it writes field ids.
  void CheckFieldNames(const std::vector<Field>& fields, const std::string& path) {
    std::vector<std::string> seen;
    for (const Field& field : fields) {
      if (std::ranges::find(seen, Lower(field.name)) != seen.end()) {
        problems_.Unsupported(
            fmt::format("columns of table {} that differ only in case cannot be "
                        "written: {}{}",
                        problems_.table(), path, codec::ShortName(field.name)));
      }
      seen.push_back(Lower(field.name));
      if (!HasNul(field.name)) continue;
      problems_.Unsupported(
          fmt::format("column {}{} of table {} has a NUL character in its name, with which no "
                      "column can be written: rename it in the table",
                      path, codec::ShortName(field.name), problems_.table()));
    }
  }

  ColumnPlan Missing(const Field& field, const std::string& path) {
    ColumnPlan plan = NewPlan(std::nullopt, LogicalType(LogicalTypeId::SQLNULL), field, path);
    auto default_text = DefaultText(field.write_default, field.type);
    if (!default_text) {
      problems_.Unsupported(fmt::format("column {} of table {}: {}", codec::ShortName(path),
                                        problems_.table(), default_text.error().message));
      plan.way = Way::kNone;
    } else if (*default_text) {
      plan.default_text = **default_text;
      plan.way = Way::kDefault;
    } else if (field.required) {
      AddMissing(field, path);
      plan.way = Way::kNone;
    }
    return plan;
  }

  void AddMissing(const Field& field, const std::string& path) {
    if (is_rescued_ && path != field.name) return;  // the struct does not fit
    problems_.Add(
        fmt::format("required column {} ({}) of table {} is missing: add it to the "
                    "route's SELECT",
                    codec::ShortName(path), iceberg::ToString(field.type), problems_.table()));
  }

  // A column without values, of a type that cannot be written, is not in the data file: readers
  // take it for null, or for its default.
  void LeaveOut(const Field& field, const std::string& path, const LogicalType* from) {
    const bool has_default = field.initial_default || field.write_default;
    if (from == nullptr && !has_default) {
      if (field.required) AddMissing(field, path);
      return;
    }
    if (from != nullptr && from->id() == LogicalTypeId::SQLNULL && !has_default) {
      if (field.required) (void)AlwaysNull(path);
      return;
    }
    problems_.Unsupported(
        fmt::format("column {} of table {} has type {}, which Eider cannot write: {}",
                    codec::ShortName(path), problems_.table(), iceberg::ToString(field.type),
                    has_default ? "its default value would be lost"
                                : "leave it out of the route's SELECT, or load into a table "
                                  "that has another type for it"));
  }

  // By way of the type that the route says.
  void FromHint(const ResultColumn& from, ColumnPlan& plan) {
    const records::ValueType& hint = *from.hint;
    const iceberg::Type hinted = TypeOf(hint);
    const bool is_text = from.is_text || from.type.id() == LogicalTypeId::VARCHAR;
    if (from.type.id() == LogicalTypeId::SQLNULL) {
      plan.way = Way::kNull;
      return;
    }
    if (!is_text && hint.format) {
      problems_.Add(
          fmt::format("the route's types say {} for column {}, which is {} in the result: "
                      "only texts have a format; leave it out, or let the SQL hand on the text",
                      records::ToText(hint), codec::ShortName(plan.path),
                      codec::ShortName(from.type.ToString())));
      plan.way = Way::kNone;
      return;
    }
    if (!is_text && from.type.IsNested()) {
      plan.way = Mismatch(from.type, hinted, plan.path);
      return;
    }
    // A value of another type than the hint's is looked at where some would lose.
    const Way conversion = WayOf(ConversionOf(from.type, hinted));
    plan.hint_takes_text = is_text;
    plan.to_hint = is_text ? Way::kSame : conversion == Way::kNone ? Way::kCheckedCast : conversion;
    if (!is_text && hinted == plan.to.type) {
      plan.way = plan.to_hint;
    } else {
      plan.way = FormOf(plan.to.type) ? Way::kHint
                                      : Mismatch(WriteTypeOf(hinted), plan.to.type, plan.path);
    }
  }

  ColumnPlan Convert(std::size_t source, const LogicalType& from, const Field& to,
                     const std::string& path) {
    ColumnPlan plan = NewPlan(source, from, to, path);
    if (from.id() == LogicalTypeId::SQLNULL) {
      plan.way = to.required ? AlwaysNull(path) : Way::kNull;
      return plan;
    }
    plan.way = ConvertType(plan, to.type);
    plan.checks_null = to.required;
    return plan;
  }

  Way AlwaysNull(const std::string& path) {
    if (is_rescued_) return Way::kNone;
    problems_.Add(fmt::format("required column {} of table {} is always null",
                              codec::ShortName(path), problems_.table()));
    return Way::kNone;
  }

  // Fills in the parts. `type`: the table's.
  Way ConvertType(ColumnPlan& plan, const iceberg::Type& type) {
    const LogicalTypeId from = plan.from.id();
    if (type.IsPrimitive()) {
      const Way way = WayOf(ConversionOf(plan.from, type));
      // One by one, where those that do not fit have a place.
      if (is_rescued_ && plan.from.IsNumeric() && MayFit(plan.from, type)) return Way::kCheckedCast;
      return way == Way::kNone ? Mismatch(plan.from, type, plan.path) : way;
    }
    const bool is_list = from == LogicalTypeId::LIST || from == LogicalTypeId::ARRAY;
    if (type.kind == TypeKind::kStruct && from == LogicalTypeId::STRUCT) {
      return ConvertStruct(plan, type);
    }
    if (type.kind == TypeKind::kList && is_list) return ConvertList(plan, type);
    if (type.kind == TypeKind::kMap && from == LogicalTypeId::MAP) return ConvertMap(plan, type);
    return Mismatch(plan.from, type, plan.path);
  }

  Way Mismatch(const LogicalType& from, const iceberg::Type& to, const std::string& path) {
    if (is_rescued_) return Way::kNone;
    problems_.Add(
        fmt::format("column {} of table {} is {}, the result has {}, which may lose "
                    "something: cast it in the route's SQL, CAST(… AS {})",
                    codec::ShortName(path), problems_.table(), iceberg::ToString(to),
                    codec::ShortName(from.ToString()), WriteTypeOf(to).ToString()));
    return Way::kNone;
  }

  Way ConvertStruct(ColumnPlan& plan, const iceberg::Type& type) {
    std::vector<ResultColumn> children;
    for (const auto& [name, child] : duckdb::StructType::GetChildTypes(plan.from)) {
      children.push_back({name, child});
    }
    TablePlan left_over;
    plan.parts = Fields(children, type.fields, plan.path + ".", left_over);
    plan.extra = std::move(left_over.extra);
    const auto is_unchanged = [&](const ColumnPlan& part) {
      return part.IsUnchanged() && part.source == static_cast<std::size_t>(&part - &plan.parts[0]);
    };
    const bool is_same =
        std::ranges::all_of(plan.parts, is_unchanged) && plan.from == WriteTypeOf(plan.to.type);
    return is_same ? Way::kSame : Way::kStruct;
  }

  Way ConvertList(ColumnPlan& plan, const iceberg::Type& type) {
    const bool is_array = plan.from.id() == LogicalTypeId::ARRAY;
    const LogicalType& child = is_array ? duckdb::ArrayType::GetChildType(plan.from)
                                        : duckdb::ListType::GetChildType(plan.from);
    plan.parts = {Convert(0, child, type.fields[0], plan.path + ".element")};
    return plan.parts[0].IsUnchanged() && !is_array ? Way::kSame : Way::kList;
  }

  Way ConvertMap(ColumnPlan& plan, const iceberg::Type& type) {
    // DuckDB itself lets no key of a map be null.
    Field key = type.fields[0];
    key.required = false;
    plan.parts.push_back(Convert(0, duckdb::MapType::KeyType(plan.from), key, plan.path + ".key"));
    plan.parts.push_back(
        Convert(1, duckdb::MapType::ValueType(plan.from), type.fields[1], plan.path + ".value"));
    const bool is_same = plan.parts[0].IsUnchanged() && plan.parts[1].IsUnchanged();
    return is_same ? Way::kSame : Way::kMap;
  }

  Problems& problems_;
  const Field* rescue_ = nullptr;  // of the table
  bool is_rescued_ = false;        // what does not fit is no problem now
};

}  // namespace

bool ColumnPlan::MayMisfit() const {
  switch (way) {
    case Way::kNone:
    case Way::kCheckedCast:
    case Way::kHint:
      return true;
    case Way::kText:
      return to.type.kind != TypeKind::kString;
    case Way::kStruct:
    case Way::kList:
    case Way::kMap:
      return !extra.empty() || std::ranges::any_of(parts, [](const ColumnPlan& part) {
        return part.checks_null || part.MayMisfit();
      });
    default:
      return false;
  }
}

bool MayFit(const LogicalType& from, const iceberg::Type& to) {
  if (!to.IsPrimitive() || ConversionOf(from, to) != Conversion::kNone) return false;
  return from.id() == LogicalTypeId::VARCHAR || (from.IsNumeric() && IsNumber(to));
}

TablePlan PlanColumns(const std::vector<ResultColumn>& columns, const iceberg::Schema& schema,
                      const std::string& rescue, Problems& problems) {
  return Planner(problems).Columns(columns, schema.fields, rescue);
}

ColumnPlan PlanColumn(std::size_t source, const ResultColumn& from, const Field& to) {
  Problems problems("");
  return Planner(problems).From(source, from, to, to.name);
}

}  // namespace eider::engine
