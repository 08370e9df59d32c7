// A route as the columns of an SQL table: one for each attribute, whichever database has them.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "eider/codec/json.h"
#include "eider/routes/route.h"

namespace eider::routes {

// What the table has beside the four columns of version 1: PartitionKey, target_table, query_sql
// and create_table.
struct AddedColumn {
  int since;  // the version of the SQLite file that added it
  std::string_view name;
  std::string_view type;
  std::string_view constraint;
};

inline constexpr std::array kAddedColumns = {
    AddedColumn{2, "enabled", "INTEGER", "NOT NULL DEFAULT 1 CHECK (enabled IN (0, 1))"},
    AddedColumn{2, "same_as", "TEXT", ""},
    AddedColumn{2, "inputs", "TEXT", ""},  // JSON, as the next two
    AddedColumn{2, "engine", "TEXT", ""},
    AddedColumn{2, "commit", "TEXT", ""},
    AddedColumn{2, "priority", "INTEGER", "NOT NULL DEFAULT 0"},
    AddedColumn{2, "description", "TEXT", ""},
    AddedColumn{2, "owner", "TEXT", ""},
    AddedColumn{2, "updated_at", "TEXT", ""},
    AddedColumn{2, "version", "INTEGER", "NOT NULL DEFAULT 0"},
    AddedColumn{3, "types", "TEXT", ""},  // JSON
    AddedColumn{3, "encoding", "TEXT", ""},
    AddedColumn{4, "on_bad_rows", "TEXT", ""},
    AddedColumn{4, "reject_max", "TEXT", ""},
    AddedColumn{5, "schema", "TEXT", ""},
    AddedColumn{5, "partition_by", "TEXT", ""},  // JSON, as the next two
    AddedColumn{5, "sort_by", "TEXT", ""},
    AddedColumn{5, "table_properties", "TEXT", ""},
    AddedColumn{5, "location", "TEXT", ""},
    AddedColumn{6, "rescue", "TEXT", ""},
    AddedColumn{7, "lineage", "INTEGER", "NOT NULL DEFAULT 0 CHECK (lineage IN (0, 1))"},
    AddedColumn{7, "after_load", "TEXT", ""},
    AddedColumn{7, "after_failure", "TEXT", ""},
    AddedColumn{8, "transform", "TEXT", ""},
    AddedColumn{8, "then_sql", "TEXT", ""},
};

// Puts a row into the table; its parameters $1, $2, … are the columns in the order of ColumnsOf.
std::string PutRouteSql(std::string_view table);

// In the order of kAttributes: nulls, whole numbers (booleans are 0 or 1) and texts, lists and maps
// among them as JSON.
std::vector<codec::Json> ColumnsOf(const Route& route);

// The item of a row, from its columns by their names.
codec::Json ItemOfColumns(codec::Json columns);

}  // namespace eider::routes
