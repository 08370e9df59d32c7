// Tables of the catalog that a route's SQL reads by their names.
#pragma once

#include <span>
#include <string>
#include <vector>

#include <duckdb/parser/parsed_expression.hpp>
#include <duckdb/parser/tableref.hpp>
#include <duckdb/parser/tableref/basetableref.hpp>

#include "eider/base/result.h"
#include "eider/engine/query.h"
#include "eider/iceberg/schema.h"

namespace eider::engine {

// read_parquet over data files of a table, whose columns are found by field id. At least one file
// and one column.
duckdb::unique_ptr<duckdb::ParsedExpression> ReadDataFiles(const std::vector<std::string>& uris,
                                                           const iceberg::Schema& schema);

// Whether a reference in a query names a table of the catalog: `namespace.table`, `a.b.table`, or
// with more levels "a.b.c"."table". A name without a namespace is never one.
bool NamesTable(const duckdb::BaseTableRef& reference);

// The name in such a reference, "a.b.table".
std::string TableNameIn(const duckdb::BaseTableRef& reference);

// What stands in the reference's place: the rows of the table, under its name or alias. Names are
// compared exactly, else without regard to case.
// Errors: kInvalid (the table is not among `tables`; says how to declare it), kUnsupported (a
// column of a type that is not read).
Result<duckdb::unique_ptr<duckdb::TableRef>> RowsOfTable(const duckdb::BaseTableRef& reference,
                                                         std::span<const InputTable> tables);

}  // namespace eider::engine
