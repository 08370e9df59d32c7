// The database of an SQL catalog, as far as its statements go: SQLite or PostgreSQL.
//
// Statements are the same text for both; parameters are $1, $2, … in the order in which they first
// appear.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

#include "eider/base/result.h"

namespace eider::catalog {

struct SqlAnswer {
  std::vector<std::string> columns;  // there without rows, too
  std::vector<std::vector<std::optional<std::string>>> rows;
  std::int64_t changed = 0;  // rows that an INSERT, UPDATE or DELETE changed
};

// One transaction, or one read.
class SqlStep {
 public:
  virtual ~SqlStep() = default;

  virtual Result<SqlAnswer> Run(const char* sql, std::initializer_list<std::string> texts) = 0;
};

// Safe for concurrent calls from several threads.
class SqlCatalogRows {
 public:
  using Work = std::function<Status(SqlStep&)>;

  virtual ~SqlCatalogRows() = default;

  // What messages call it: "catalog /lake/catalog.db".
  virtual std::string Name() const = 0;

  // `work` changes nothing. It may be run again. Errors: work's, kUnavailable, kDenied, kCorrupt.
  virtual Status Read(const Work& work) = 0;

  // All that `work` changes, or nothing. It may be run again. Errors: work's, kUnavailable (surely
  // not done), kOutcomeUnknown, kDenied, kCorrupt.
  virtual Status Atomically(const Work& work) = 0;
};

// As Java's JdbcCatalog makes them in schema version V1.
inline constexpr const char* kCreateCatalogTablesSql = R"(
CREATE TABLE IF NOT EXISTS iceberg_tables (
  catalog_name VARCHAR(255) NOT NULL,
  table_namespace VARCHAR(255) NOT NULL,
  table_name VARCHAR(255) NOT NULL,
  metadata_location VARCHAR(1000),
  previous_metadata_location VARCHAR(1000),
  iceberg_type VARCHAR(5),
  PRIMARY KEY (catalog_name, table_namespace, table_name)
);
CREATE TABLE IF NOT EXISTS iceberg_namespace_properties (
  catalog_name VARCHAR(255) NOT NULL,
  namespace VARCHAR(255) NOT NULL,
  property_key VARCHAR(255),
  property_value VARCHAR(1000),
  PRIMARY KEY (catalog_name, namespace, property_key)
);
)";

}  // namespace eider::catalog
