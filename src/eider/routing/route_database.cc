// Creating, migrating and refusing of databases.
//
// Version 1 had the first four columns. Later versions add others, each by ALTER TABLE, so that
// people's own columns and every row stay as they are. target_table and query_sql are empty texts
// in a route that is the same_as another, because version 1 wanted them to be there.
#include "eider/routing/route_database.h"

#include <array>
#include <string>
#include <string_view>

#include <SQLiteCpp/SQLiteCpp.h>
#include <fmt/format.h>
#include <sqlite3.h>

#include "eider/base/result.h"

namespace eider::routing {
namespace {

constexpr int kApplicationId = 0x45495254;  // "EIRT"
constexpr int kSchemaVersion = 4;

constexpr const char* kVersion1 = R"(
CREATE TABLE routes (
  PartitionKey TEXT NOT NULL PRIMARY KEY,
  target_table TEXT NOT NULL,
  query_sql TEXT NOT NULL,
  create_table INTEGER NOT NULL DEFAULT 0 CHECK (create_table IN (0, 1))
) STRICT;
)";

struct Column {
  int since;  // the version that added it
  std::string_view name;
  std::string_view type;
  std::string_view constraint;
};

constexpr std::array kAddedColumns = {
    Column{2, "enabled", "INTEGER", "NOT NULL DEFAULT 1 CHECK (enabled IN (0, 1))"},
    Column{2, "same_as", "TEXT", ""},
    Column{2, "inputs", "TEXT", ""},  // JSON, as the next two
    Column{2, "engine", "TEXT", ""},
    Column{2, "commit", "TEXT", ""},
    Column{2, "priority", "INTEGER", "NOT NULL DEFAULT 0"},
    Column{2, "description", "TEXT", ""},
    Column{2, "owner", "TEXT", ""},
    Column{2, "updated_at", "TEXT", ""},
    Column{2, "version", "INTEGER", "NOT NULL DEFAULT 0"},
    Column{3, "types", "TEXT", ""},  // JSON
    Column{3, "encoding", "TEXT", ""},
    Column{4, "on_bad_rows", "TEXT", ""},
    Column{4, "reject_max", "TEXT", ""},
};

// The declared type of the column; empty when there is none. Throws SQLite::Exception.
std::string TypeOfColumn(SQLite::Database& database, std::string_view name) {
  SQLite::Statement find(database,
                         "SELECT type FROM pragma_table_info('routes') WHERE lower(name) = ?");
  find.bind(1, std::string(name));
  return find.executeStep() ? find.getColumn(0).getString() : "";
}

// Throws SQLite::Exception.
Status AddColumns(SQLite::Database& database, const std::string& path, int version) {
  for (const Column& column : kAddedColumns) {
    if (column.since <= version) continue;
    const std::string type = TypeOfColumn(database, column.name);
    if (type == column.type) continue;  // people's own, which means something from now on
    if (!type.empty()) {
      return Fail(Code::kInvalid,
                  fmt::format("routing table {} has a column {} of people's own, of type {}; since "
                              "this version it is an attribute of routes, of type {}: rename the "
                              "column (ALTER TABLE routes RENAME COLUMN \"{}\" TO …), then open it "
                              "again",
                              path, column.name, type, column.type, column.name));
    }
    database.exec(fmt::format("ALTER TABLE routes ADD COLUMN \"{}\" {} {}", column.name,
                              column.type, column.constraint));
  }
  database.exec(fmt::format("PRAGMA user_version = {}", kSchemaVersion));
  return {};
}

// Throws SQLite::Exception.
Status CheckSchema(SQLite::Database& database, const std::string& path) {
  const int application_id = database.execAndGet("PRAGMA application_id").getInt();
  const int version = database.execAndGet("PRAGMA user_version").getInt();
  const int tables = database.execAndGet("SELECT count(*) FROM sqlite_schema").getInt();
  if (application_id == kApplicationId) {
    if (version == kSchemaVersion) return {};
    if (version >= 1 && version < kSchemaVersion) return AddColumns(database, path, version);
    return Fail(Code::kUnsupported,
                fmt::format("routing table {} was made by a newer Eider: its schema version is {}, "
                            "this program knows {}; use that Eider, or another routing table",
                            path, version, kSchemaVersion));
  }
  if (application_id != 0 || version != 0 || tables != 0) {
    return Fail(Code::kCorrupt,
                fmt::format("{} is a database of another program, not a routing table; configure "
                            "another path (application_id {}, user_version {})",
                            path, application_id, version));
  }
  database.exec(kVersion1);
  database.exec(fmt::format("PRAGMA application_id = {}", kApplicationId));
  return AddColumns(database, path, 1);
}

}  // namespace

Error RoutesError(const std::string& path, const SQLite::Exception& cause) {
  switch (cause.getErrorCode()) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {Code::kUnavailable,
              fmt::format("routing table {} is locked by another program: waited {} s", path,
                          kRouteBusyTimeoutMs / 1'000)};
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_CANTOPEN:
      return {Code::kDenied,
              fmt::format("cannot open routing table {}; this user needs write rights to the file "
                          "and its folder: {}",
                          path, cause.what())};
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
      return {Code::kCorrupt, fmt::format("routing table {} is no intact SQLite database; restore "
                                          "it from a backup: {}",
                                          path, cause.what())};
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_NOMEM:
      return {Code::kUnavailable,
              fmt::format("cannot use routing table {}: {}", path, cause.what())};
    default:
      return {Code::kInternal, fmt::format("routing table {} failed: {}", path, cause.what())};
  }
}

Status PrepareRouteDatabase(SQLite::Database& database, const std::string& path) {
  {
    SQLite::Transaction transaction(database, SQLite::TransactionBehavior::IMMEDIATE);
    EIDER_CHECK(CheckSchema(database, path));
    transaction.commit();
  }
  // Only now that it is ours: the journal mode stays with the file.
  database.exec("PRAGMA journal_mode = WAL");
  database.exec("PRAGMA synchronous = FULL");
  return {};
}

}  // namespace eider::routing
