// Table pointers in the very tables of PyIceberg's SqlCatalog and Java's JdbcCatalog, in whichever
// database.
//
// Rows of `iceberg_tables`: catalog_name, table_namespace ("a.b"), table_name, metadata_location,
// previous_metadata_location, and, in schema version V1, iceberg_type ('TABLE', 'VIEW' or null).
// `iceberg_namespace_properties` holds a row (exists = true) per namespace. Tables are created when
// they are not there; those of others are used as they are, with or without iceberg_type, which
// another program may add at any time.
#pragma once

#include <memory>
#include <string>

#include "eider/catalog/sql_catalog_rows.h"
#include "eider/catalog/table_pointer.h"

namespace eider::catalog {

// The catalog of that name, in a database that has the tables.
std::unique_ptr<TablePointer> NewSqlTablePointer(std::string catalog_name,
                                                 std::unique_ptr<SqlCatalogRows> rows);

}  // namespace eider::catalog
