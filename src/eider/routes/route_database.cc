// Creating, migrating and refusing of databases.
//
// Version 1 had the first four columns. Later versions add others, each by ALTER TABLE, so that
// people's own columns and every row stay as they are. target_table and query_sql are empty texts
// in a route that is the same_as another, because version 1 wanted them to be there.
#include "eider/routes/route_database.h"

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>

#include <SQLiteCpp/SQLiteCpp.h>
#include <fmt/format.h>

#include "eider/base/result.h"
#include "eider/routes/route_columns.h"
#include "eider/sqlite/schema_mark.h"

namespace eider::routes {
namespace {

constexpr sqlite::SchemaMark kMark = {.application_id = 0x45495254, .version = 8};  // "EIRT"

constexpr const char* kVersion1 = R"(
CREATE TABLE routes (
  PartitionKey TEXT NOT NULL PRIMARY KEY,
  target_table TEXT NOT NULL,
  query_sql TEXT NOT NULL,
  create_table INTEGER NOT NULL DEFAULT 0 CHECK (create_table IN (0, 1))
) STRICT;
)";

// The declared type of the column; empty when there is none. Throws SQLite::Exception.
std::string TypeOfColumn(SQLite::Database& database, std::string_view name) {
  SQLite::Statement find(database,
                         "SELECT type FROM pragma_table_info('routes') WHERE lower(name) = ?");
  find.bind(1, std::string(name));
  return find.executeStep() ? find.getColumn(0).getString() : "";
}

// Throws SQLite::Exception.
Status AddColumns(SQLite::Database& database, const std::string& path, int version) {
  for (const AddedColumn& column : kAddedColumns) {
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
  return {};
}

// Throws SQLite::Exception.
Status PrepareSchema(SQLite::Database& database, const sqlite::Subject& subject) {
  EIDER_ASSIGN(int version, sqlite::SchemaVersionOf(database, subject, kMark));
  if (version == kMark.version) return {};
  if (version == 0) {
    database.exec(kVersion1);
    version = 1;
  }
  EIDER_CHECK(AddColumns(database, subject.path, version));
  sqlite::PutMark(database, kMark);
  return {};
}

}  // namespace

Result<std::unique_ptr<sqlite::Database>> OpenRouteDatabase(const std::string& path,
                                                            IfMissing if_missing, Clock& clock,
                                                            Random& random) {
  if (std::error_code error;
      if_missing == IfMissing::kFail && !std::filesystem::exists(path, error) && !error) {
    return Fail(Code::kNotFound,
                fmt::format("routing table {} does not exist; `eider routes import FILE` makes it, "
                            "or name another by routing.path",
                            path));
  }
  EIDER_ASSIGN(auto database,
               sqlite::Database::Open({.subject = {.name = "routing table",
                                                   .if_broken = "restore it from a backup",
                                                   .path = path},
                                       .create = if_missing == IfMissing::kCreate},
                                      clock, random));
  EIDER_CHECK(database->Atomically(
      [&](SQLite::Database& tables) { return PrepareSchema(tables, database->subject()); }));
  EIDER_CHECK(database->UseWriteAheadLog());  // only now that it is ours
  return database;
}

}  // namespace eider::routes
