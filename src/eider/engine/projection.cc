// Matching by name and building of conversion expressions.
#include "eider/engine/projection.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <duckdb/common/string_util.hpp>
#include <duckdb/common/types.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "eider/base/result.h"
#include "eider/codec/shortened_text.h"
#include "eider/engine/name_match.h"
#include "eider/engine/projection_problems.h"
#include "eider/engine/sql_literal.h"
#include "eider/engine/text_function.h"
#include "eider/engine/type_mapping.h"
#include "eider/iceberg/schema.h"
#include "eider/iceberg/type.h"
#include "eider/records/value_type.h"

namespace eider::engine {
namespace {

using duckdb::LogicalType;
using duckdb::LogicalTypeId;
using iceberg::Field;
using iceberg::TypeKind;

std::string Lower(const std::string& text) {
  return duckdb::StringUtil::Lower(text);
}

std::string TypeText(const iceberg::Type& type) {
  return WriteTypeOf(type).ToString();
}

class Projector {
 public:
  enum class Fault { kRaises, kIsNull };

  // What a value does that does not fit.
  explicit Projector(Problems& problems, Fault fault = Fault::kRaises)
      : problems_(problems), fault_(fault) {}

  // The table's columns from the result's, or a struct's fields from a struct's: an expression for
  // each field. `source` gives the SQL of a source by its index.
  template <typename Source>
  std::vector<std::string> Fields(const std::vector<ResultColumn>& sources,
                                  const std::vector<Field>& fields, const std::string& path,
                                  const Source& source) {
    CheckFieldNames(fields, path);
    std::vector<std::string> names;
    for (const ResultColumn& from : sources) {
      names.push_back(from.name);
      if (HasNul(from.name)) problems_.AddNul(path + from.name);
    }
    const NameMatch match = MatchNames(names, fields);
    std::vector<std::string> checks;
    for (const std::size_t unused : match.unused_sources) {
      if (HasNul(names[unused])) continue;
      if (sources[unused].is_text || sources[unused].is_empty) {
        checks.push_back(NoValue(source(unused), names[unused]));
        continue;
      }
      const bool twice = std::ranges::count(names, names[unused]) > 1;
      problems_.Add(
          fmt::format("column {}{} of the result is {}: leave it out of the route's SELECT{}", path,
                      codec::ShortName(names[unused]),
                      twice ? "there twice" : fmt::format("not in table {}", problems_.table()),
                      twice ? "" : ", or add it to the table"));
    }
    std::vector<std::string> expressions;
    for (std::size_t i = 0; i < fields.size(); ++i) {
      const auto index = match.source_of_field[i];
      expressions.push_back(
          index ? From(source(*index), *index, sources[*index], fields[i], path + fields[i].name)
                : Missing(fields[i], path + fields[i].name));
    }
    if (!expressions.empty() && !checks.empty()) {
      expressions.front() =
          fmt::format("CASE {} ELSE {} END", fmt::join(checks, " "), expressions.front());
    }
    return expressions;
  }

  // The source of that index as the field.
  std::string From(const std::string& value, std::size_t source, const ResultColumn& from,
                   const Field& to, const std::string& path) {
    if (from.hint) return NotNull(FromHint(value, source, from, to, path), to, path);
    if (!from.is_text) return Convert(value, from.type, to, path);
    const std::string what =
        fmt::format("column {} of table {} is {}, which this value of the file does not fit",
                    codec::ShortName(path), problems_.table(), iceberg::ToString(to.type));
    const auto converted = TextConversion(value, to.type, source, what);
    return converted ? NotNull(*converted, to, path) : Convert(value, from.type, to, path);
  }

  // One column's conversion in words.
  static std::string How(std::size_t source, const ResultColumn& from, const Field& to) {
    Problems problems("");
    const std::string name = InputName(source);
    const std::string expression = Projector(problems).From(name, source, from, to, to.name);
    if (!problems.texts().empty()) return "may lose something";
    if (from.is_hint_of_table) return TypeText(to.type) + ", value by value, or a bad row";
    if (from.hint) {
      return fmt::format("{} by the route's types, value by value", records::ToText(*from.hint));
    }
    if (expression == name) return "same";
    if (from.is_text) return fmt::format("text to {}, value by value", TypeText(to.type));
    std::string how = from.type == WriteTypeOf(to.type) ? "same" : "cast to " + TypeText(to.type);
    if (expression.find("TRY_CAST(") != std::string::npos) return how + ", checked value by value";
    if (expression.find(kValueError) != std::string::npos) return how + ", checked for nulls";
    return how;
  }

 private:
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

  std::string Missing(const Field& field, const std::string& path) {
    if (field.required) {
      problems_.Add(
          fmt::format("required column {} ({}) of table {} is missing: add it to the "
                      "route's SELECT",
                      codec::ShortName(path), iceberg::ToString(field.type), problems_.table()));
      return "NULL";
    }
    return NullOf(field.type, path);
  }

  std::string NullOf(const iceberg::Type& type, const std::string& path) {
    if (!CanWrite(type, path)) return "NULL";
    return fmt::format("CAST(NULL AS {})", TypeText(type));
  }

  bool CanWrite(const iceberg::Type& type, const std::string& path) {
    if (type.kind == TypeKind::kFixed) {
      problems_.Unsupported(
          fmt::format("column {} of table {} has type {}, which Eider cannot "
                      "write; binary works",
                      codec::ShortName(path), problems_.table(), iceberg::ToString(type)));
      return false;
    }
    return std::ranges::all_of(type.fields, [&](const Field& field) {
      return CanWrite(field.type, path + "." + field.name);
    });
  }

  // By way of the type that the route says.
  std::string FromHint(const std::string& value, std::size_t source, const ResultColumn& from,
                       const Field& to, const std::string& path) {
    const records::ValueType& hint = *from.hint;
    const iceberg::Type hinted = TypeOf(hint);
    const bool is_text = from.is_text || from.type.id() == LogicalTypeId::VARCHAR;
    if (from.type.id() == LogicalTypeId::SQLNULL) return NullOf(to.type, path);
    if (!is_text && hint.format) {
      problems_.Add(fmt::format(
          "the route's types say {} for column {}, which is {} in the result: "
          "only texts have a format; leave it out, or let the SQL hand on the text",
          records::ToText(hint), codec::ShortName(path), codec::ShortName(from.type.ToString())));
      return "NULL";
    }
    if (!is_text && from.type.IsNested()) return Mismatch(from.type, hinted, path);
    if (!is_text && hinted == to.type) return ConvertHinted(value, from.type, hinted, path);
    const std::string text =
        is_text ? value
                : fmt::format("CAST({} AS VARCHAR)", ConvertHinted(value, from.type, hinted, path));
    const auto converted =
        HintedConversion(text, {hint, to.type, source, codec::ShortName(path), problems_.table()});
    return converted ? *converted : Mismatch(WriteTypeOf(hinted), to.type, path);
  }

  // A value of another type as one of the hint's: each is looked at where some would lose.
  std::string ConvertHinted(const std::string& value, const LogicalType& from,
                            const iceberg::Type& hinted, const std::string& path) {
    if (ConversionOf(from, hinted) != Conversion::kNone) {
      return ConvertPrimitive(value, from, hinted, path);
    }
    return CheckedCast(value, from, hinted, path);
  }

  // `value` converted to the field's type, with its nulls refused where the field is required.
  std::string Convert(const std::string& value, const LogicalType& from, const Field& to,
                      const std::string& path) {
    if (from.id() == LogicalTypeId::SQLNULL) {
      if (!to.required) return NullOf(to.type, path);
      problems_.Add(fmt::format("required column {} of table {} is always null",
                                codec::ShortName(path), problems_.table()));
      return "NULL";
    }
    if (to.type.kind == TypeKind::kFixed) return NullOf(to.type, path);
    return NotNull(ConvertType(value, from, to, path), to, path);
  }

  std::string NotNull(const std::string& converted, const Field& to, const std::string& path) {
    if (!to.required) return converted;
    return fmt::format("coalesce({}, {})", converted,
                       RaiseText(fmt::format("null in required column {} of table {}",
                                             codec::ShortName(path), problems_.table())));
  }

  // A column that the table does not have may come from a file as long as it is empty.
  std::string NoValue(const std::string& value, const std::string& name) const {
    const std::string message = SqlLiteral(
        fmt::format("{}column {} of the result is not in table {} and has a value: leave it out of "
                    "the route's SELECT, or add it to the table; it has ",
                    kValueError, codec::ShortName(name), problems_.table()));
    return fmt::format("WHEN {0} IS NOT NULL THEN error({1} || {0})", value, message);
  }

  std::string RaiseText(const std::string& message) const {
    if (fault_ == Fault::kIsNull) return "NULL";
    return fmt::format("error({})", SqlLiteral(std::string(kValueError) + message));
  }

  std::string ConvertType(const std::string& value, const LogicalType& from, const Field& to,
                          const std::string& path) {
    const iceberg::Type& type = to.type;
    if (type.IsPrimitive()) return ConvertPrimitive(value, from, type, path);
    const bool is_list = from.id() == LogicalTypeId::LIST || from.id() == LogicalTypeId::ARRAY;
    if (type.kind == TypeKind::kStruct && from.id() == LogicalTypeId::STRUCT) {
      return ConvertStruct(value, from, type, path);
    }
    if (type.kind == TypeKind::kList && is_list) return ConvertList(value, from, type, path);
    if (type.kind == TypeKind::kMap && from.id() == LogicalTypeId::MAP) {
      return ConvertMap(value, from, type, path);
    }
    return Mismatch(from, type, path);
  }

  std::string Mismatch(const LogicalType& from, const iceberg::Type& to, const std::string& path) {
    problems_.Add(
        fmt::format("column {} of table {} is {}, the result has {}, which may lose "
                    "something: cast it in the route's SQL, CAST(… AS {})",
                    codec::ShortName(path), problems_.table(), iceberg::ToString(to),
                    codec::ShortName(from.ToString()), TypeText(to)));
    return "NULL";
  }

  std::string ConvertPrimitive(const std::string& value, const LogicalType& from,
                               const iceberg::Type& to, const std::string& path) {
    const std::string type = TypeText(to);
    switch (ConversionOf(from, to)) {
      case Conversion::kSame:
        return value;
      case Conversion::kCast:
        return fmt::format("CAST({} AS {})", value, type);
      case Conversion::kCheckedCast:
        return CheckedCast(value, from, to, path);
      case Conversion::kNone:
        return Mismatch(from, to, path);
    }
    return Mismatch(from, to, path);
  }

  // What is cast back is the same, or something was lost.
  std::string CheckedCast(const std::string& value, const LogicalType& from,
                          const iceberg::Type& to, const std::string& path) {
    const std::string message = SqlLiteral(
        fmt::format("{}column {} of table {} is {}, which this value does not fit: ", kValueError,
                    codec::ShortName(path), problems_.table(), iceberg::ToString(to)));
    const std::string fault = fault_ == Fault::kIsNull
                                  ? "NULL"
                                  : fmt::format("error({} || CAST({} AS VARCHAR))", message, value);
    return fmt::format(
        "CASE WHEN {0} IS NULL THEN NULL "
        "WHEN TRY_CAST(TRY_CAST({0} AS {1}) AS {3}) IS NOT DISTINCT FROM {0} "
        "THEN CAST({0} AS {1}) ELSE {2} END",
        value, TypeText(to), fault, from.ToString());
  }

  std::string ConvertStruct(const std::string& value, const LogicalType& from,
                            const iceberg::Type& to, const std::string& path) {
    std::vector<ResultColumn> children;
    for (const auto& [name, type] : duckdb::StructType::GetChildTypes(from)) {
      children.push_back({name, type});
    }
    const auto source = [&](std::size_t index) {
      return fmt::format("struct_extract_at({}, {})", value, index + 1);
    };
    const auto expressions = Fields(children, to.fields, path + ".", source);
    if (from == WriteTypeOf(to) && Unchanged(expressions, source)) return value;
    std::vector<std::string> entries;
    for (std::size_t i = 0; i < expressions.size(); ++i) {
      entries.push_back(fmt::format("{}: {}", SqlLiteral(to.fields[i].name), expressions[i]));
    }
    return fmt::format("CASE WHEN {} IS NOT NULL THEN {{{}}} END", value, fmt::join(entries, ", "));
  }

  template <typename Source>
  static bool Unchanged(const std::vector<std::string>& expressions, const Source& source) {
    for (std::size_t i = 0; i < expressions.size(); ++i) {
      if (expressions[i] != source(i)) return false;
    }
    return true;
  }

  std::string ConvertList(const std::string& value, const LogicalType& from,
                          const iceberg::Type& to, const std::string& path) {
    const bool is_array = from.id() == LogicalTypeId::ARRAY;
    const LogicalType& child =
        is_array ? duckdb::ArrayType::GetChildType(from) : duckdb::ListType::GetChildType(from);
    const std::string list =
        is_array ? fmt::format("CAST({} AS {}[])", value, child.ToString()) : value;
    const std::string variable = fmt::format("e{}", variables_++);
    const std::string element = Convert(variable, child, to.fields[0], path + ".element");
    if (element == variable) return list;
    return fmt::format("list_transform({}, lambda {}: {})", list, variable, element);
  }

  std::string ConvertMap(const std::string& value, const LogicalType& from, const iceberg::Type& to,
                         const std::string& path) {
    const std::string entry = fmt::format("e{}", variables_++);
    const std::string key = fmt::format("struct_extract_at({}, 1)", entry);
    const std::string mapped = fmt::format("struct_extract_at({}, 2)", entry);
    // DuckDB itself lets no key of a map be null.
    Field key_field = to.fields[0];
    key_field.required = false;
    const std::string new_key =
        Convert(key, duckdb::MapType::KeyType(from), key_field, path + ".key");
    const std::string new_value =
        Convert(mapped, duckdb::MapType::ValueType(from), to.fields[1], path + ".value");
    if (new_key == key && new_value == mapped) return value;
    return fmt::format(
        "map_from_entries(list_transform(map_entries({}), lambda {}: "
        "{{'k': {}, 'v': {}}}))",
        value, entry, new_key, new_value);
  }

  Problems& problems_;
  Fault fault_;
  int variables_ = 0;
};

void CheckNames(const Field& field, const std::string& path, Problems& problems) {
  if (HasNul(field.name)) problems.AddNul(path + field.name);
  for (const Field& inner : field.type.fields) {
    CheckNames(inner, path + field.name + ".", problems);
  }
}

std::string HowWithoutSource(const Field& field) {
  return field.required ? "missing, required" : "null (missing, optional)";
}

}  // namespace

std::optional<std::string> TriedConversion(const std::string& value, const ResultColumn& from,
                                           const Field& to) {
  if (!to.type.IsPrimitive() || from.type.IsNested()) return std::nullopt;
  Problems problems("");
  const std::string tried =
      Projector(problems, Projector::Fault::kIsNull).From(value, 0, from, to, to.name);
  const bool is_plain =
      !from.hint && !to.required && ConversionOf(from.type, to.type) == Conversion::kCast;
  if (!problems.texts().empty() || is_plain || tried == value) return std::nullopt;
  return fmt::format("TRY({})", tried);
}

std::string InputName(std::size_t index) {
  return fmt::format("c{}", index);
}

ProjectionStory TellProjection(const std::vector<ResultColumn>& columns,
                               const iceberg::Schema& schema, std::string_view table) {
  ProjectionStory story;
  Problems all(table);
  Projector(all).Fields(columns, schema.fields, "", InputName);
  story.problems = all.texts();
  std::vector<std::string> names;
  for (const ResultColumn& column : columns) names.push_back(column.name);
  const NameMatch match = MatchNames(names, schema.fields);
  story.extra = match.unused_sources;
  for (std::size_t i = 0; i < schema.fields.size(); ++i) {
    const Field& field = schema.fields[i];
    const auto source = match.source_of_field[i];
    story.columns.push_back({source, source ? Projector::How(*source, columns[*source], field)
                                            : HowWithoutSource(field)});
  }
  return story;
}

Result<std::vector<std::string>> PlanProjection(const std::vector<ResultColumn>& columns,
                                                const iceberg::Schema& schema,
                                                const ProjectionNames& names) {
  Problems problems(names.table);
  Projector projector(problems);
  auto expressions = projector.Fields(columns, schema.fields, "", InputName);
  EIDER_CHECK(problems.Report(
      fmt::format("the result of the route's SQL does not fit table {}", names.table), names.file));
  return expressions;
}

Result<iceberg::Schema> NewTableSchema(const std::vector<ResultColumn>& columns,
                                       std::string_view file) {
  Problems problems("");
  iceberg::Schema schema;
  std::vector<std::string> seen;
  const auto is_open = [](const ResultColumn& column) { return column.is_empty && !column.hint; };
  const bool all_are_open = std::ranges::all_of(columns, is_open);
  for (const ResultColumn& column : columns) {
    if (is_open(column) && !all_are_open) continue;
    if (std::ranges::find(seen, Lower(column.name)) != seen.end()) {
      problems.Add(fmt::format("column {} is there twice: give one of them another name with AS",
                               codec::ShortName(column.name)));
    }
    seen.push_back(Lower(column.name));
    auto type = column.hint ? TypeOf(*column.hint) : NewColumnType(column.type);
    if (!type) {
      problems.Add(
          fmt::format("column {}: {}", codec::ShortName(column.name), type.error().message));
      continue;
    }
    schema.fields.push_back({0, column.name, false, *std::move(type), {}});
    CheckNames(schema.fields.back(), "", problems);
  }
  EIDER_CHECK(problems.Report("the result of the route's SQL cannot become a table", file));
  EIDER_CHECK(iceberg::CheckSchema(schema));
  return iceberg::AssignFreshIds(schema);
}

bool IsIn(const iceberg::Schema& made, const ResultColumn& column) {
  return std::ranges::find(made.fields, column.name, &iceberg::Field::name) != made.fields.end();
}

}  // namespace eider::engine
