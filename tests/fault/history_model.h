// A table as it has to be: rows by the ids of their columns, and what others do to its metadata.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "eider/iceberg/schema.h"
#include "eider/iceberg/table_metadata.h"

namespace eider::fault {

// Columns whose names begin with 'i' hold integers, the rest texts.
inline bool HoldsIntegers(const std::string& name) {
  return name.starts_with('i');
}

inline constexpr std::int64_t kBeyondInt = 5'000'000'000;

// The value as `engine::SqlEngine::Head` prints it, and as JSON has it.
struct ModelValue {
  std::string text;
  bool is_integer = false;

  std::string Json() const { return is_integer ? text : fmt::format("\"{}\"", text); }
};

// A file's row: columns by name. A row of the table: columns by id. What is not there is null.
using FileRow = std::map<std::string, ModelValue>;
using TableRow = std::map<int, std::string>;

class Model {
 public:
  // The rows of a file that is in now. Its columns are those of the schema that it was written for,
  // `met`; what was not there yet has come with it, and is in `after`.
  void Add(const std::vector<FileRow>& rows, const iceberg::Schema& met,
           const iceberg::Schema& after) {
    for (const FileRow& row : rows) {
      TableRow& added = rows_.emplace_back();
      for (const auto& [name, value] : row) {
        const iceberg::Field* field = met.FindColumn(name);
        if (field == nullptr) field = after.FindColumn(name);
        if (field != nullptr) added[field->id] = value.text;
      }
    }
  }

  // All rows as a reader with that schema sees them, sorted.
  std::vector<std::vector<std::string>> RowsBy(const iceberg::Schema& schema) const {
    std::vector<std::vector<std::string>> seen;
    for (const TableRow& row : rows_) {
      std::vector<std::string>& texts = seen.emplace_back();
      for (const iceberg::Field& field : schema.fields) {
        const auto found = row.find(field.id);
        texts.push_back(found == row.end() ? "NULL" : found->second);
      }
    }
    std::ranges::sort(seen);
    return seen;
  }

  std::size_t size() const { return rows_.size(); }

 private:
  std::vector<TableRow> rows_;
};

inline FileRow RandomRow(Dice& dice, const std::vector<std::string>& columns) {
  FileRow row;
  for (const std::string& name : columns) {
    if (dice.OneIn(6)) continue;
    if (HoldsIntegers(name)) {
      const auto value = static_cast<std::int64_t>(dice.Below(100));
      row[name] = {std::to_string(dice.OneIn(20) ? kBeyondInt + value : value), true};
    } else {
      row[name] = {fmt::format("text {}", dice.Below(10)), false};
    }
  }
  return row;
}

inline std::string JsonLines(const std::vector<FileRow>& rows) {
  std::string lines;
  for (const FileRow& row : rows) {
    std::string line;
    for (const auto& [name, value] : row) {
      line += fmt::format("{}\"{}\": {}", line.empty() ? "" : ", ", name, value.Json());
    }
    lines += fmt::format("{{{}}}\n", line);
  }
  return lines;
}

// What another engine does to the table's schema, as the specification allows it; nothing where it
// would take a source of the partitions.
inline void ChangeSchema(Dice& dice, iceberg::TableMetadata& table, int step) {
  iceberg::Schema schema = table.CurrentSchema();
  auto& fields = schema.fields;
  const std::size_t at = dice.Below(fields.size());
  const bool is_source = std::ranges::any_of(table.DefaultSpec().fields, [&](const auto& field) {
    return field.source_id == fields[at].id;
  });
  switch (dice.Below(5)) {
    case 0:
      fields.push_back({++table.last_column_id,
                        fmt::format("sx{}", step),
                        false,
                        iceberg::TypeKind::kString,
                        {}});
      break;
    case 1:
      fields[at].name = fmt::format("{}r{}", fields[at].name.substr(0, 1), step);
      break;
    case 2:
      if (is_source || fields.size() < 3) return;
      fields.erase(fields.begin() + static_cast<std::ptrdiff_t>(at));
      break;
    case 3:
      std::ranges::rotate(fields, fields.begin() + 1);
      break;
    default:
      if (fields[at].type.kind != iceberg::TypeKind::kInt) return;
      fields[at].type.kind = iceberg::TypeKind::kLong;
  }
  schema.schema_id = 1 + std::ranges::max(table.schemas, {}, &iceberg::Schema::schema_id).schema_id;
  table.current_schema_id = schema.schema_id;
  table.schemas.push_back(std::move(schema));
}

// What another engine does to the partitions: a spec of one column, or of none.
inline void ChangeSpec(Dice& dice, iceberg::TableMetadata& table) {
  iceberg::PartitionSpec spec;
  spec.spec_id =
      1 + std::ranges::max(table.partition_specs, {}, &iceberg::PartitionSpec::spec_id).spec_id;
  if (!dice.OneIn(3)) {
    const iceberg::Field& source = dice.OneOf(table.CurrentSchema().fields);
    const char* const transform = dice.OneIn(2)   ? "bucket[4]"
                                  : dice.OneIn(2) ? "truncate[3]"
                                                  : "identity";
    const int field_id = ++table.last_partition_id;
    spec.fields.push_back(
        {source.id, field_id, fmt::format("p{}", field_id), std::string(transform)});
  }
  table.default_spec_id = spec.spec_id;
  table.partition_specs.push_back(std::move(spec));
}

// Snapshots that are no longer the current one go, as expiry has it.
inline void ExpireSnapshots(iceberg::TableMetadata& table) {
  std::erase_if(table.snapshots, [&](const iceberg::Snapshot& snapshot) {
    return snapshot.snapshot_id != table.current_snapshot_id;
  });
  std::erase_if(table.snapshot_log,
                [&](const auto& entry) { return entry.snapshot_id != table.current_snapshot_id; });
}

}  // namespace eider::fault
