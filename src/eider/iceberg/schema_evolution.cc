// Columns side by side, level by level.
#include "eider/iceberg/schema_evolution.h"

#include <algorithm>
#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "eider/base/result.h"
#include "eider/iceberg/schema.h"
#include "eider/iceberg/table_change.h"
#include "eider/iceberg/table_metadata.h"
#include "eider/iceberg/type.h"
#include "eider/records/lower_name.h"

namespace eider::iceberg {
namespace {

bool IsSameButForCase(std::string_view a, std::string_view b) {
  return records::LowerName(a) == records::LowerName(b);
}

// Null where there is none, or none but for case and several of these. `Fields`: const or not.
template <typename Fields>
auto FindNamed(Fields& fields, std::string_view name) -> decltype(fields.data()) {
  const auto exact = std::ranges::find(fields, name, &Field::name);
  if (exact != fields.end()) return &*exact;
  const auto is_named = [&](const Field& field) { return IsSameButForCase(field.name, name); };
  const auto found = std::ranges::find_if(fields, is_named);
  if (found == fields.end() || std::ranges::count_if(fields, is_named) > 1) return nullptr;
  return &*found;
}

bool IsWider(const Type& from, const Type& to) {
  switch (from.kind) {
    case TypeKind::kInt:
      return to.kind == TypeKind::kLong;
    case TypeKind::kFloat:
      return to.kind == TypeKind::kDouble;
    case TypeKind::kDecimal:
      return to.kind == TypeKind::kDecimal && to.scale == from.scale &&
             to.precision > from.precision;
    default:
      return false;
  }
}

class Evolver {
 public:
  Evolver(SchemaEvolution& evolution, const SchemaDemand& demand)
      : evolution_(evolution), demand_(demand) {}

  void Evolve() {
    std::vector<Field>& fields = evolution_.schema.fields;
    Merge(demand_.columns, fields, "");
    for (Field& field : fields) Relax(field, "");
  }

 private:
  void Merge(const std::vector<Field>& wanted, std::vector<Field>& fields,
             const std::string& above) {
    for (const Field& column : wanted) {
      if (Field* const field = FindNamed(fields, column.name)) {
        MergeType(column.type, field->type, above + field->name);
      } else if (std::ranges::none_of(fields, [&](const Field& other) {
                   return IsSameButForCase(other.name, column.name);
                 })) {
        Add(column, fields, above);
      }
    }
  }

  // A new column's own id comes before those within it, which go level by level.
  void Add(const Field& column, std::vector<Field>& fields, const std::string& above) {
    Field& added = fields.emplace_back(column);
    added.id = ++evolution_.last_column_id;
    added.required = false;
    AssignIds(added.type.fields);
    Note("add column {}: {}", above + added.name, ToString(added.type));
  }

  void AssignIds(std::vector<Field>& fields) {
    for (Field& field : fields) field.id = ++evolution_.last_column_id;
    for (Field& field : fields) AssignIds(field.type.fields);
  }

  void MergeType(const Type& wanted, Type& type, const std::string& path) {
    if (type.kind == TypeKind::kStruct && wanted.kind == TypeKind::kStruct) {
      Merge(wanted.fields, type.fields, path + ".");
    } else if (!type.IsPrimitive() && type.kind == wanted.kind) {
      for (std::size_t i = 0; i < type.fields.size(); ++i) {
        MergeType(wanted.fields[i].type, type.fields[i].type, path + "." + type.fields[i].name);
      }
    } else if (demand_.widens && IsWider(type, wanted)) {
      Note("column {}: {} becomes {}", path, ToString(type), ToString(wanted));
      type.kind = wanted.kind;
      type.precision = wanted.precision;
    }
  }

  // A key of rows stays required, as do a map's keys.
  void Relax(Field& field, const std::string& above) {
    const std::string path = above + field.name;
    const bool is_key = std::ranges::count(evolution_.schema.identifier_field_ids, field.id) > 0;
    if (field.required && !is_key && demand_.optional.contains(path)) {
      field.required = false;
      Note("column {} becomes optional", path);
    }
    std::vector<Field>& inner = field.type.fields;
    for (std::size_t i = field.type.kind == TypeKind::kMap ? 1 : 0; i < inner.size(); ++i) {
      Relax(inner[i], path + ".");
    }
  }

  template <typename... Values>
  void Note(fmt::format_string<Values...> text, Values&&... values) {
    evolution_.steps.push_back(fmt::format(text, std::forward<Values>(values)...));
  }

  SchemaEvolution& evolution_;
  const SchemaDemand& demand_;
};

void AddUnmet(const std::vector<Field>& present, const std::vector<Field>& wanted,
              const std::string& above, std::vector<UnmetColumn>& unmet);

void AddUnmet(const Type& present, const Type& wanted, const std::string& path,
              std::vector<UnmetColumn>& unmet) {
  if (present.kind == wanted.kind && present.kind == TypeKind::kStruct) {
    AddUnmet(present.fields, wanted.fields, path + ".", unmet);
  } else if (present.kind == wanted.kind && !present.IsPrimitive()) {
    for (std::size_t i = 0; i < present.fields.size(); ++i) {
      AddUnmet(present.fields[i].type, wanted.fields[i].type, path + "." + present.fields[i].name,
               unmet);
    }
  } else if (present != wanted && !IsWider(wanted, present)) {
    unmet.push_back({path, wanted, present});
  }
}

void AddUnmet(const std::vector<Field>& present, const std::vector<Field>& wanted,
              const std::string& above, std::vector<UnmetColumn>& unmet) {
  for (const Field& column : wanted) {
    const Field* const field = FindNamed(present, column.name);
    if (field != nullptr) AddUnmet(field->type, column.type, above + field->name, unmet);
  }
}

std::string TextOf(const Field& field) {
  return ToString(field.type) + (field.required ? " required" : "");
}

void AddChanges(const std::vector<Field>& before, const std::vector<Field>& after,
                const std::string& above, std::vector<ColumnChange>& changes) {
  for (const Field& field : after) {
    const std::string path = above + field.name;
    const auto old = std::ranges::find(before, field.id, &Field::id);
    if (old == before.end()) {
      changes.push_back({path, "", TextOf(field)});
      continue;
    }
    const bool is_other = field.type.IsPrimitive() && old->type != field.type;
    if (is_other || old->required != field.required || old->name != field.name) {
      changes.push_back(
          {path, TextOf(*old), TextOf(field), old->name == field.name ? std::string() : old->name});
    }
    if (!field.type.IsPrimitive()) {
      AddChanges(old->type.fields, field.type.fields, path + ".", changes);
    }
  }
  for (const Field& field : before) {
    if (std::ranges::find(after, field.id, &Field::id) != after.end()) continue;
    changes.push_back({above + field.name, TextOf(field), ""});
  }
}

bool HoldsType(const Type& table, const Type& type);

bool HoldsFields(const std::vector<Field>& table, const std::vector<Field>& fields) {
  return std::ranges::all_of(fields, [&](const Field& field) {
    const auto found = std::ranges::find(table, field.id, &Field::id);
    return found != table.end() && found->name == field.name &&
           (field.required || !found->required) && HoldsType(found->type, field.type);
  });
}

bool HoldsType(const Type& table, const Type& type) {
  if (table.kind != type.kind) return IsWider(type, table);
  if (!type.IsPrimitive()) return HoldsFields(table.fields, type.fields);
  return table == type || IsWider(type, table);
}

}  // namespace

Result<std::optional<SchemaEvolution>> EvolveSchema(const TableMetadata& table,
                                                    const SchemaDemand& demand) {
  SchemaEvolution none{.base_schema_id = table.current_schema_id,
                       .base_last_column_id = table.last_column_id,
                       .schema = table.CurrentSchema(),
                       .last_column_id = table.last_column_id,
                       .steps = {}};
  none.schema.schema_id = 1 + std::ranges::max(table.schemas, {}, &Schema::schema_id).schema_id;
  return EvolveFurther(none, demand);
}

Result<std::optional<SchemaEvolution>> EvolveFurther(const SchemaEvolution& evolution,
                                                     const SchemaDemand& demand) {
  SchemaEvolution further = evolution;
  Evolver(further, demand).Evolve();
  if (further.steps.size() == evolution.steps.size()) return std::optional<SchemaEvolution>();
  EIDER_CHECK(CheckSchema(further.schema));
  return further;
}

SchemaDemand DemandBetween(const Schema& before, const Schema& after) {
  SchemaDemand demand{.widens = true};
  for (const Field& field : after.fields) {
    const auto old = std::ranges::find(before.fields, field.id, &Field::id);
    if (old == before.fields.end() || old->type != field.type) demand.columns.push_back(field);
  }
  for (const ColumnChange& change : ChangesBetween(before, after)) {
    if (change.before.ends_with(" required") && !change.after.empty() &&
        !change.after.ends_with(" required")) {
      demand.optional.insert(change.path);
    }
  }
  return demand;
}

std::vector<UnmetColumn> UnmetColumns(const Schema& schema, const SchemaDemand& demand) {
  std::vector<UnmetColumn> unmet;
  AddUnmet(schema.fields, demand.columns, "", unmet);
  return unmet;
}

std::vector<ColumnChange> ChangesBetween(const Schema& before, const Schema& after) {
  std::vector<ColumnChange> changes;
  AddChanges(before.fields, after.fields, "", changes);
  return changes;
}

std::string ToString(const ColumnChange& change) {
  if (change.before.empty()) return fmt::format("add column {}: {}", change.path, change.after);
  if (change.after.empty()) return fmt::format("drop column {}", change.path);
  if (change.former_name.empty()) {
    return fmt::format("column {}: {} becomes {}", change.path, change.before, change.after);
  }
  const std::string renamed =
      fmt::format("column {} is renamed from {}", change.path, change.former_name);
  if (change.before == change.after) return renamed;
  return fmt::format("{}, and {} becomes {}", renamed, change.before, change.after);
}

TableMetadata WithSchema(const TableMetadata& table, const SchemaEvolution& evolution) {
  TableMetadata with = table;
  with.schemas.push_back(evolution.schema);
  with.current_schema_id = evolution.schema.schema_id;
  with.last_column_id = evolution.last_column_id;
  return with;
}

void AddEvolution(const TableMetadata& base, const SchemaEvolution& evolution,
                  TableChange& change) {
  change.requirements.emplace_back(AssertCurrentSchemaId{base.current_schema_id});
  change.requirements.emplace_back(AssertLastAssignedFieldId{base.last_column_id});
  const std::initializer_list<TableUpdate> updates = {
      AddSchema{evolution.schema, evolution.last_column_id},
      SetCurrentSchema{evolution.schema.schema_id}};
  change.updates.insert(change.updates.begin(), updates);
}

bool Holds(const Schema& table, const Schema& schema) {
  return HoldsFields(table.fields, schema.fields);
}

}  // namespace eider::iceberg
