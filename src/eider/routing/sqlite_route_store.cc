// One row per key; a row's columns are read by their names, as attributes.
#include "eider/routing/sqlite_route_store.h"

#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <SQLiteCpp/SQLiteCpp.h>
#include <fmt/format.h>
#include <sqlite3.h>

#include "eider/base/result.h"
#include "eider/routing/route.h"
#include "eider/routing/route_attributes.h"
#include "eider/routing/route_store.h"

namespace eider::routing {
namespace {

constexpr int kApplicationId = 0x45495254;  // "EIRT"
constexpr int kSchemaVersion = 1;
constexpr int kBusyTimeoutMs = 30'000;

constexpr const char* kSchema = R"(
CREATE TABLE routes (
  PartitionKey TEXT NOT NULL PRIMARY KEY,
  target_table TEXT NOT NULL,
  query_sql TEXT NOT NULL,
  create_table INTEGER NOT NULL DEFAULT 0 CHECK (create_table IN (0, 1))
) STRICT;
)";

// Every column: there may be further ones. Statements are prepared per call, because a column may
// come in between.
constexpr const char* kFindSql = "SELECT * FROM routes WHERE PartitionKey = ?";
constexpr const char* kListSql = "SELECT * FROM routes ORDER BY PartitionKey";
constexpr const char* kPutSql =
    "INSERT INTO routes (PartitionKey, target_table, query_sql, create_table)"
    " VALUES (?1, ?2, ?3, ?4) ON CONFLICT (PartitionKey) DO UPDATE"
    " SET target_table = ?2, query_sql = ?3, create_table = ?4";
constexpr const char* kRemoveSql = "DELETE FROM routes WHERE PartitionKey = ?";

Error RoutesError(const std::string& path, const SQLite::Exception& cause) {
  switch (cause.getErrorCode()) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {Code::kUnavailable,
              fmt::format("routing table {} is locked by another program: waited {} s", path,
                          kBusyTimeoutMs / 1'000)};
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

// Creates the schema in an empty database; refuses one that is not ours, without touching it.
// Throws SQLite::Exception.
Status CheckSchema(SQLite::Database& database, const std::string& path) {
  const int application_id = database.execAndGet("PRAGMA application_id").getInt();
  const int version = database.execAndGet("PRAGMA user_version").getInt();
  const int tables = database.execAndGet("SELECT count(*) FROM sqlite_schema").getInt();
  if (application_id == kApplicationId && version == kSchemaVersion) return {};
  if (application_id == kApplicationId) {
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
  database.exec(kSchema);
  database.exec(fmt::format("PRAGMA application_id = {}", kApplicationId));
  database.exec(fmt::format("PRAGMA user_version = {}", kSchemaVersion));
  return {};
}

// Throws SQLite::Exception.
Status PrepareDatabase(SQLite::Database& database, const std::string& path) {
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

// The present row, column by column.
std::vector<RouteAttribute> AttributesOf(SQLite::Statement& statement) {
  using Kind = RouteAttribute::Kind;
  std::vector<RouteAttribute> attributes;
  for (int i = 0; i < statement.getColumnCount(); ++i) {
    const SQLite::Column column = statement.getColumn(i);
    RouteAttribute attribute{column.getName(), Kind::kOther, "", false, "a number"};
    if (column.isText()) {
      attribute.kind = Kind::kText;
      attribute.text = column.getString();
    } else if (column.isNull()) {
      attribute.kind = Kind::kNothing;
    } else if (column.isInteger() && attribute.name == kCreateTable) {
      attribute.kind = Kind::kBoolean;
      attribute.boolean = column.getInt64() != 0;
    } else if (column.isBlob()) {
      attribute.kind_name = "binary";
    }
    attributes.push_back(std::move(attribute));
  }
  return attributes;
}

class SqliteRouteStore final : public RouteStore {
 public:
  SqliteRouteStore(std::string path, SQLite::Database database)
      : path_(std::move(path)), database_(std::move(database)) {}

  Result<std::optional<Route>> Find(std::string_view key) override {
    const std::scoped_lock lock(mutex_);
    try {
      SQLite::Statement find(database_, kFindSql);
      find.bind(1, std::string(key));
      if (!find.executeStep()) return std::nullopt;
      EIDER_ASSIGN(Route route, RouteOf(AttributesOf(find), Name()));
      return route;
    } catch (const SQLite::Exception& cause) {
      return std::unexpected(RoutesError(path_, cause));
    }
  }

  Result<RouteListing> List() override {
    const std::scoped_lock lock(mutex_);
    try {
      RouteListing listing;
      SQLite::Statement list(database_, kListSql);
      while (list.executeStep()) AddToListing(AttributesOf(list), Name(), listing);
      return listing;
    } catch (const SQLite::Exception& cause) {
      return std::unexpected(RoutesError(path_, cause));
    }
  }

  Status Put(const Route& route) override {
    const std::scoped_lock lock(mutex_);
    try {
      SQLite::Statement put(database_, kPutSql);
      put.bind(1, route.partition_key);
      put.bind(2, route.target_table.ToString());
      put.bind(3, route.query_sql);
      put.bind(4, route.create_table ? 1 : 0);
      put.exec();
      return {};
    } catch (const SQLite::Exception& cause) {
      return std::unexpected(RoutesError(path_, cause));
    }
  }

  Result<bool> Remove(std::string_view key) override {
    const std::scoped_lock lock(mutex_);
    try {
      SQLite::Statement remove(database_, kRemoveSql);
      remove.bind(1, std::string(key));
      return remove.exec() > 0;
    } catch (const SQLite::Exception& cause) {
      return std::unexpected(RoutesError(path_, cause));
    }
  }

  std::string Name() const override { return fmt::format("routing table {}", path_); }

 private:
  const std::string path_;
  std::mutex mutex_;  // guards all below
  SQLite::Database database_;
};

Status CreateFolderOf(const std::string& path) {
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  if (folder.empty()) return {};
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (!error) return {};
  return Fail(Code::kDenied, fmt::format("cannot create folder {} for the routing table: {}",
                                         folder.string(), error.message()));
}

}  // namespace

Result<std::unique_ptr<RouteStore>> OpenSqliteRoutes(const std::string& path) {
  EIDER_CHECK(CreateFolderOf(path));
  try {
    SQLite::Database database(path, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE, kBusyTimeoutMs);
    EIDER_CHECK(PrepareDatabase(database, path));
    return std::make_unique<SqliteRouteStore>(path, std::move(database));
  } catch (const SQLite::Exception& cause) {
    return std::unexpected(RoutesError(path, cause));
  }
}

}  // namespace eider::routing
