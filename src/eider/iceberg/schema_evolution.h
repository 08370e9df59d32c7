// How a table's schema grows so that rows fit which have more, or miss what it requires.
//
// Nothing is ever dropped, renamed or narrowed. Source: Iceberg specification, "Schema Evolution".
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "eider/base/result.h"
#include "eider/iceberg/schema.h"
#include "eider/iceberg/table_change.h"
#include "eider/iceberg/table_metadata.h"
#include "eider/iceberg/type.h"

namespace eider::iceberg {

// What rows ask of a table.
struct SchemaDemand {
  // Columns of the rows: those that the table does not have are added as optional ones, in their
  // order; of those that it has, structs get the fields that they lack. Ids mean nothing.
  std::vector<Field> columns = {};
  // Columns of the table, by their paths, that become optional.
  std::set<std::string> optional = {};
  // Whether columns of the table become of the rows' type where it is a wider one: int to long,
  // float to double, decimals of more digits.
  bool widens = false;
};

// From one schema of a table to the next.
struct SchemaEvolution {
  int base_schema_id = 0;
  int base_last_column_id = 0;
  Schema schema;  // of the id that it has in the table
  int last_column_id = 0;
  std::vector<std::string> steps;  // "add column c: string", "column a: int becomes long"
};

// What the table's current schema becomes; nothing where it stays. Names of the rows are those of
// the table exactly, else without regard to case where that is one. A column that may not become
// what is asked stays as it is. Errors: kUnsupported, kInvalid (CheckSchema).
Result<std::optional<SchemaEvolution>> EvolveSchema(const TableMetadata& table,
                                                    const SchemaDemand& demand);

// The same on top of an evolution that is not in the table yet.
Result<std::optional<SchemaEvolution>> EvolveFurther(const SchemaEvolution& evolution,
                                                     const SchemaDemand& demand);

// What makes `after` of `before`, where it became that by such evolutions. It widens.
SchemaDemand DemandBetween(const Schema& before, const Schema& after);

// A column that a demand wants of a type that the schema's column is not and cannot hold.
struct UnmetColumn {
  std::string path;
  Type wanted;
  Type present;
};

std::vector<UnmetColumn> UnmetColumns(const Schema& schema, const SchemaDemand& demand);

// One difference between two schemas of a table.
struct ColumnChange {
  std::string path;              // where it is after; of one that is gone, where it was
  std::string before;            // "long required"; empty: there was no such column
  std::string after;             // empty: there is none any more
  std::string former_name = {};  // empty: the same
};

// Of columns that are new, gone or have become others; a new one with all that is within it.
std::vector<ColumnChange> ChangesBetween(const Schema& before, const Schema& after);

// "add column c: string", "drop column c", "column a: int becomes long", "column a is renamed from
// b".
std::string ToString(const ColumnChange& change);

// The table with that schema, as what is written for it sees it.
TableMetadata WithSchema(const TableMetadata& table, const SchemaEvolution& evolution);

// Puts the evolution, which is on top of `base`, in front of the change.
void AddEvolution(const TableMetadata& base, const SchemaEvolution& evolution, TableChange& change);

// Whether what was written for `schema` may be in a table whose schema is `table`: each column is
// there under its id and name, and of the same type.
bool Holds(const Schema& table, const Schema& schema);

}  // namespace eider::iceberg
