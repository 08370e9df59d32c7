#include "eider/engine/column_path.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <duckdb/common/string_util.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "eider/base/result.h"
#include "eider/engine/projection.h"

namespace eider::engine {
namespace {

using duckdb::LogicalType;
using duckdb::LogicalTypeId;

constexpr std::size_t kNearestMax = 5;

std::optional<std::size_t> IndexOf(const std::vector<ResultColumn>& columns,
                                   std::string_view name) {
  std::optional<std::size_t> found;
  std::size_t alike = 0;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (columns[i].name == name) return i;
    if (!duckdb::StringUtil::CIEquals(columns[i].name, std::string(name))) continue;
    found = i;
    ++alike;
  }
  return alike == 1 ? found : std::nullopt;
}

std::vector<ResultColumn> FieldsOf(const LogicalType& type) {
  std::vector<ResultColumn> fields;
  if (type.id() != LogicalTypeId::STRUCT) return fields;
  for (const auto& [name, field] : duckdb::StructType::GetChildTypes(type)) {
    fields.push_back({name, field});
  }
  return fields;
}

// The column itself or, dot by dot, what is in it; `path` has the names before.
std::optional<ColumnPath> Descend(const std::vector<ResultColumn>& columns, std::string_view name,
                                  ColumnPath path, bool is_top) {
  const auto enter = [&](std::size_t index) {
    ColumnPath next = path;
    if (is_top) {
      next.column = index;
    } else {
      next.fields.push_back(index);
    }
    next.type = columns[index].type;
    return next;
  };
  if (const auto index = IndexOf(columns, name)) return enter(*index);
  // A name may hold dots itself: the longest beginning of it that is a column goes first.
  for (std::size_t dot = name.rfind('.'); dot != std::string_view::npos && dot > 0;
       dot = name.rfind('.', dot - 1)) {
    const auto index = IndexOf(columns, name.substr(0, dot));
    if (!index) continue;
    auto found =
        Descend(FieldsOf(columns[*index].type), name.substr(dot + 1), enter(*index), false);
    if (found) return found;
  }
  return std::nullopt;
}

// Every name that could have been meant, structs with their leaves.
void CollectNames(const std::vector<ResultColumn>& columns, const std::string& prefix,
                  std::vector<std::string>& names) {
  for (const ResultColumn& column : columns) {
    names.push_back(prefix + column.name);
    CollectNames(FieldsOf(column.type), prefix + column.name + ".", names);
  }
}

Error NoSuchColumn(const std::vector<ResultColumn>& columns, const std::string& dotted,
                   std::string_view file) {
  std::vector<std::string> names;
  CollectNames(columns, "", names);
  const duckdb::vector<std::string> known(names.begin(), names.end());
  const auto nearest = duckdb::StringUtil::TopNJaroWinkler(known, dotted, kNearestMax, 0.0);
  return {Code::kInvalid, fmt::format("there is no column {} in {}; the nearest are {}", dotted,
                                      file, fmt::join(nearest, ", "))};
}

std::optional<std::string> WhyNotALeaf(const std::string& dotted, const LogicalType& type) {
  switch (type.id()) {
    case LogicalTypeId::STRUCT: {
      std::vector<std::string> names;
      CollectNames(FieldsOf(type), dotted + ".", names);
      return fmt::format("name a leaf of it with dots, such as {}",
                         names.empty() ? dotted + ".x" : names.front());
    }
    case LogicalTypeId::LIST:
    case LogicalTypeId::ARRAY:
    case LogicalTypeId::MAP:
    case LogicalTypeId::UNION:
    case LogicalTypeId::VARIANT:
      return "a row has several values in it: name another column, or the leaf of a struct with "
             "dots";
    default:
      return std::nullopt;
  }
}

}  // namespace

std::string ColumnPath::Sql() const {
  std::string sql = InputName(column);
  for (const std::size_t field : fields) {
    sql = fmt::format("struct_extract_at({}, {})", sql, field + 1);
  }
  return sql;
}

Result<ColumnPath> FindColumn(const std::vector<ResultColumn>& columns, const std::string& dotted,
                              std::string_view file) {
  auto path = Descend(columns, dotted, {}, true);
  if (!path) return std::unexpected(NoSuchColumn(columns, dotted, file));
  if (const auto reason = WhyNotALeaf(dotted, path->type)) {
    return Fail(Code::kInvalid, fmt::format("column {} of {} is nested, {}: {}", dotted, file,
                                            path->type.ToString(), *reason));
  }
  return *std::move(path);
}

}  // namespace eider::engine
