// Which columns of the files are handed on as text, and which as values.
#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <duckdb/common/types/value.hpp>
#include <fmt/format.h>

#include "eider/base/result.h"
#include "eider/engine/readers.h"
#include "eider/iceberg/type.h"

namespace eider::engine {
namespace {

using duckdb::Value;

constexpr const char* kText = "VARCHAR";

// Whether the read of a plan is that of the call, by its reader and path.
bool Reads(const duckdb::LogicalGet& get, const FileReader& file) {
  if (get.parameters.empty() || !ReaderKindOf(get.function.name)) return false;
  const Value& path = get.parameters.front();
  const bool is_csv = ReaderKindOf(get.function.name) == ReaderKind::kCsv;
  return is_csv == (file.call.kind() == ReaderKind::kCsv) &&
         path.ToString().find(*file.call.path()) != std::string::npos;
}

// The column of the read, if the file is read by it.
const FileColumn* ColumnAt(const FileReader& file, const ColumnSource& source) {
  if (source.column >= file.columns.size() || !Reads(*source.get, file)) return nullptr;
  return &file.columns[source.column];
}

// What DuckDB's reader of JSON makes the same values of as a conversion of its texts does: numbers
// and booleans, all of them as the table has them. Empty: nothing.
std::string KnownType(const FileColumn& column, iceberg::TypeKind table_type) {
  switch (table_type) {
    case iceberg::TypeKind::kInt:
      return column.fits_int ? "INTEGER" : "";
    case iceberg::TypeKind::kLong:
      return column.type == "BIGINT" ? column.type : "";
    case iceberg::TypeKind::kDouble:
      return column.type == "DOUBLE" ? column.type : "";
    case iceberg::TypeKind::kBoolean:
      return column.type == "BOOLEAN" ? column.type : "";
    default:
      return "";
  }
}

}  // namespace

void Readers::Apply() {
  for (FileReader& file : readers_) {
    duckdb::child_list_t<Value> columns;
    for (const FileColumn& column : file.columns) {
      const bool is_text = column.is_text && !column.is_given;
      const std::string& type = is_text ? column.known_type : column.type;
      columns.emplace_back(column.name, Value(type.empty() ? std::string(kText) : type));
    }
    file.call.Set("columns", Value::STRUCT(std::move(columns)));
  }
}

bool Readers::AddMissing(const std::vector<std::string>& names) {
  bool has_added = false;
  for (FileReader& file : readers_) {
    if (file.csv && !file.csv->names.empty()) continue;
    for (const std::string& name : names) {
      if (file.Find(name) != nullptr) continue;
      file.columns.push_back({.name = name, .is_empty = !file.csv});
      has_added = true;
    }
  }
  SetAllText();
  return has_added;
}

void Readers::SetAllText() {
  for (FileReader& file : readers_) {
    for (FileColumn& column : file.columns) {
      column.is_text = true;
      column.known_type.clear();
    }
  }
  Apply();
}

void Readers::SetText(const ColumnUse& use, const std::set<ColumnSource>* among) {
  for (FileReader& file : readers_) {
    for (std::size_t i = 0; i < file.columns.size(); ++i) {
      const auto is_of = [&](const duckdb::LogicalGet* get) { return Reads(*get, file); };
      const auto is_used = [&](const duckdb::LogicalGet* get) {
        return use.IsUsed({get, i}) && is_of(get);
      };
      const auto is_among = [&](const duckdb::LogicalGet* get) {
        return among->contains({get, i}) && is_of(get);
      };
      file.columns[i].is_text = std::ranges::none_of(use.gets(), is_used) &&
                                (among == nullptr || std::ranges::any_of(use.gets(), is_among));
      file.columns[i].known_type.clear();
    }
  }
  Apply();
}

bool Readers::TakeKnown(const ColumnGoals& goals) {
  std::set<const FileColumn*> seen;
  bool has_taken = false;
  for (FileReader& file : readers_) {
    if (file.csv) continue;
    for (const auto& [source, goal] : goals) {
      if (ColumnAt(file, source) == nullptr) continue;
      FileColumn& column = file.columns[source.column];
      if (!column.is_text || column.is_given) continue;
      std::string type = goal ? KnownType(column, *goal) : "";
      if (!seen.insert(&column).second && type != column.known_type) type.clear();
      has_taken |= !type.empty();
      column.known_type = std::move(type);
    }
  }
  if (has_taken) Apply();
  return has_taken;
}

bool Readers::LacksTypes() const {
  return std::ranges::any_of(readers_, [](const FileReader& file) {
    return std::ranges::any_of(
        file.columns, [](const FileColumn& column) { return !column.is_text && !column.is_given; });
  });
}

Status Readers::CheckPiece(const ColumnUse& use) const {
  const auto whole = [](std::string_view why) {
    return Fail(Code::kUnsupported, fmt::format("the file is not cut into pieces: {}", why));
  };
  if (!has_cut_) {
    return whole(
        "its reader call is not looked at (docs/readers.md), so that nobody knows where "
        "its records end");
  }
  for (const ReaderCall& call : others_) {
    if (call.kind() == ReaderKind::kJson && !call.Has("columns")) {
      return whole("its reader call decides types by all values: name them, as columns = {…}");
    }
  }
  for (const FileReader& file : readers_) {
    if (!file.are_objects) return whole("not each of its lines is an object with a key");
    for (const ColumnSource& source : use.Needed()) {
      const FileColumn* const column = ColumnAt(file, source);
      const bool is_known = column == nullptr || (file.csv && column->is_given) ||
                            (column->is_text && !column->is_given);
      if (is_known) continue;
      return whole(fmt::format(
          "what type column {} has, only all of its values tell: say it in the route's SQL, as {}; "
          "or, where the SQL hands the column on as it is, in the route's types, or have the table "
          "made before (eider table create)",
          column->name, file.csv ? "types = {…}" : "columns = {…}"));
    }
  }
  return {};
}

void Readers::TellRows(const ColumnUse& use) const {
  for (const FileReader& file : readers_) {
    for (duckdb::LogicalGet* get : use.gets()) {
      if (Reads(*get, file)) get->SetEstimatedCardinality(file.records);
    }
  }
}

std::optional<TextColumn> Readers::TextOf(const ColumnSource& source) const {
  for (std::size_t i = 0; i < readers_.size(); ++i) {
    const FileColumn* const column = ColumnAt(readers_[i], source);
    if (column == nullptr || !column->is_text || !column->known_type.empty()) continue;
    if (!column->is_given || column->type == kText) return TextColumn{i, source.column};
  }
  return std::nullopt;
}

bool Readers::IsJson(const TextColumn& column) const {
  const FileReader& file = readers_[column.file];
  constexpr auto kTypes = std::to_array<std::string_view>(
      {"BIGINT", "UBIGINT", "HUGEINT", "UHUGEINT", "DOUBLE", "BOOLEAN"});
  const std::string& type = file.columns[column.column].type;
  return !file.csv && (std::ranges::count(kTypes, type) > 0 || type.starts_with("DECIMAL("));
}

bool Readers::IsEmpty(const ColumnSource& source) const {
  return std::ranges::any_of(readers_, [&](const FileReader& file) {
    const FileColumn* const column = ColumnAt(file, source);
    return column != nullptr && column->is_empty && !column->is_given;
  });
}

}  // namespace eider::engine
