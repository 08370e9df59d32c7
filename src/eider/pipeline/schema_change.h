// How tables would have to change for a file that `schema: hold` holds.
//
// The ledger keeps it as a text (LoadResult::schema_change); docs/formats.md has its fields.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "eider/base/result.h"
#include "eider/iceberg/schema_evolution.h"

namespace eider::pipeline {

// Of one table.
struct SchemaChange {
  std::string table;  // "a.b"
  std::string route;  // the key of the one that holds the file
  iceberg::SchemaDemand demand;
};

std::string SchemaChangeText(std::span<const SchemaChange> changes);

// Errors: kCorrupt.
Result<std::vector<SchemaChange>> ParseSchemaChange(std::string_view text);

// A table, and the steps of SchemaEvolution.
struct ChangedTable {
  std::string table;
  std::vector<std::string> steps;
};

// Why a file is held: "table a.b would change: add column c: string, add column d: long; `eider
// schema diff a.b` …".
std::string HeldReason(std::span<const ChangedTable> tables);

}  // namespace eider::pipeline
