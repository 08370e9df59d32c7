#include "eider/postgres/schema_version.h"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "eider/base/result.h"

namespace eider::postgres {
namespace {

// Not by to_regclass: within a transaction that answers from the session's memory of names, which
// does not know what another program made while this one waited for the lock.
constexpr const char* kHasTableSql =
    "SELECT 1 FROM pg_catalog.pg_class"
    " WHERE relname = 'eider_schemas' AND pg_catalog.pg_table_is_visible(oid)";
constexpr const char* kOneAtATimeSql =
    "SELECT pg_advisory_xact_lock(hashtextextended('eider_schemas', 0))";
constexpr const char* kCreateSql =
    "CREATE TABLE eider_schemas (name TEXT PRIMARY KEY, version BIGINT NOT NULL)";
constexpr const char* kFindSql = "SELECT version FROM eider_schemas WHERE name = $1";
constexpr const char* kPutSql =
    "INSERT INTO eider_schemas (name, version) VALUES ($1, $2)"
    " ON CONFLICT (name) DO UPDATE SET version = excluded.version";

Result<int> Find(Connection& connection, std::string_view name) {
  EIDER_ASSIGN(const Answer table, connection.Run(kHasTableSql));
  if (table.rows.empty()) return 0;
  EIDER_ASSIGN(const Answer found, connection.Run(kFindSql, {std::string(name)}));
  if (found.rows.empty()) return 0;
  return static_cast<int>(std::get<std::int64_t>(found.rows.front().front()));
}

Status CheckKnown(const Database& database, const SchemaVersion& schema, int version) {
  if (version <= schema.version) return {};
  return Fail(
      Code::kUnsupported,
      fmt::format("the {} was made by a newer Eider: its schema version is {}, this program "
                  "knows {}; use that Eider, or another database or schema (search_path)",
                  database.label(), version, schema.version));
}

}  // namespace

Result<int> SchemaVersionIn(Database& database, std::string_view name) {
  return database.Read([&](Connection& connection) { return Find(connection, name); });
}

Status PrepareSchema(Database& database, const SchemaVersion& schema,
                     const std::function<Status(Connection& connection, int from)>& upgrade) {
  EIDER_ASSIGN(const int before, SchemaVersionIn(database, schema.name));
  EIDER_CHECK(CheckKnown(database, schema, before));
  if (before == schema.version) return {};
  return database.Atomically([&](Connection& connection) -> Status {
    EIDER_CHECK(connection.Run(kOneAtATimeSql));
    EIDER_ASSIGN(const int version, Find(connection, schema.name));
    EIDER_CHECK(CheckKnown(database, schema, version));
    if (version == schema.version) return {};
    EIDER_ASSIGN(const Answer table, connection.Run(kHasTableSql));
    if (table.rows.empty()) EIDER_CHECK(connection.RunScript(kCreateSql));
    EIDER_CHECK(upgrade(connection, version));
    EIDER_CHECK(connection.Run(
        kPutSql, {std::string(schema.name), static_cast<std::int64_t>(schema.version)}));
    return {};
  });
}

}  // namespace eider::postgres
