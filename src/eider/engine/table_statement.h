// A table as a CREATE TABLE statement describes it: columns with DuckDB's types, NOT NULL,
// PARTITIONED BY (day(ts), bucket(16, id)), SORTED BY (id), WITH ('name' = 'value').
#pragma once

#include <map>
#include <string>
#include <vector>

#include "eider/base/result.h"
#include "eider/engine/sql_engine.h"
#include "eider/iceberg/schema.h"

namespace eider::engine {

struct TableStatement {
  std::string name;                       // as it is written: "orders", "sales.orders"
  iceberg::Schema schema;                 // ids from 1
  std::vector<std::string> partition_by;  // terms, as iceberg::ParsePartitionTerm reads them
  std::vector<std::string> sort_by;       // as iceberg::ParseSortTerm
  std::map<std::string, std::string> properties;
};

// The statement of the text, which is not run; types are looked up in a DuckDB of those options.
// `file` is named in errors. Errors: kInvalid (not one such statement, or with something that an
// Iceberg table cannot have, each with what it is), those of opening DuckDB.
Result<TableStatement> ReadTableStatement(const std::string& sql, const std::string& file,
                                          const EngineOptions& options);

}  // namespace eider::engine
