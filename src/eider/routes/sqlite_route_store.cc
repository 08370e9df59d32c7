// One row per key; a row's columns are read by their names, as attributes.
#include "eider/routes/sqlite_route_store.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <SQLiteCpp/SQLiteCpp.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "eider/base/result.h"
#include "eider/codec/json.h"
#include "eider/routes/route.h"
#include "eider/routes/route_attributes.h"
#include "eider/routes/route_columns.h"
#include "eider/routes/route_condition.h"
#include "eider/routes/route_database.h"
#include "eider/routes/route_schema.h"
#include "eider/routes/route_store.h"
#include "eider/sqlite/database.h"

namespace eider::routes {
namespace {

using codec::Json;

// Every column: there may be further ones. Statements are prepared per call, because a column may
// come in between.
constexpr const char* kFindSql = "SELECT * FROM routes WHERE PartitionKey = ?";
constexpr const char* kListSql = "SELECT * FROM routes ORDER BY PartitionKey";
constexpr const char* kPatternsSql =
    "SELECT * FROM routes WHERE instr(PartitionKey, '*') ORDER BY PartitionKey";
constexpr const char* kRemoveSql = "DELETE FROM routes WHERE PartitionKey = ?";

// Throws SQLite::Exception.
void Bind(SQLite::Statement& put, const Route& route) {
  int parameter = 0;
  for (const Json& value : ColumnsOf(route)) {
    ++parameter;
    if (value.is_null()) {
      put.bind(parameter);
    } else if (value.is_string()) {
      put.bind(parameter, value.get_ref<const std::string&>());
    } else {
      put.bind(parameter, value.get<std::int64_t>());
    }
  }
}

// The present row. Throws SQLite::Exception.
Json ItemOf(SQLite::Statement& statement) {
  Json columns = Json::object();
  for (int i = 0; i < statement.getColumnCount(); ++i) {
    const SQLite::Column column = statement.getColumn(i);
    Json& value = columns[statement.getColumnName(i)];
    if (column.isInteger()) {
      value = column.getInt64();
    } else if (column.isFloat()) {
      value = column.getDouble();
    } else if (!column.isNull()) {
      const std::string bytes = column.getString();
      value = column.isBlob() ? Json::binary({bytes.begin(), bytes.end()}) : Json(bytes);
    }
  }
  return ItemOfColumns(std::move(columns));
}

class SqliteRouteStore final : public RouteStore {
 public:
  explicit SqliteRouteStore(std::unique_ptr<sqlite::Database> database)
      : database_(std::move(database)) {}

  Result<std::optional<Route>> Find(std::string_view key) override {
    return database_->Read([&](SQLite::Database& rows) { return FindRow(rows, key); });
  }

  Result<RouteListing> List() override { return ListRows(kListSql); }

  Result<RouteListing> Patterns() override {
    EIDER_ASSIGN(RouteListing listing, ListRows(kPatternsSql));
    KeepPatterns(listing);
    return listing;
  }

  Status Put(const Route& route, const RouteCondition& condition) override {
    return database_->Atomically([&](SQLite::Database& rows) -> Status {
      EIDER_CHECK(Check(rows, route.partition_key, condition));
      SQLite::Statement put(rows, put_sql_);
      Bind(put, route);
      put.exec();
      return {};
    });
  }

  // All or none: one transaction.
  Status PutAll(std::span<const Route> routes) override {
    const Status put = database_->Atomically([&](SQLite::Database& rows) -> Status {
      SQLite::Statement put_one(rows, put_sql_);
      for (const Route& route : routes) {
        Bind(put_one, route);
        put_one.exec();
        put_one.reset();
      }
      return {};
    });
    if (put) return put;
    return PartlyWritten(0, routes.size(), put.error());
  }

  Result<bool> Remove(std::string_view key, const RouteCondition& condition) override {
    return database_->Atomically([&](SQLite::Database& rows) -> Result<bool> {
      EIDER_CHECK(Check(rows, key, condition));
      SQLite::Statement remove(rows, kRemoveSql);
      remove.bind(1, std::string(key));
      return remove.exec() > 0;
    });
  }

  std::string Name() const override { return database_->subject().ToString(); }

 private:
  // Throw SQLite::Exception.
  Result<std::optional<Route>> FindRow(SQLite::Database& rows, std::string_view key) const {
    SQLite::Statement find(rows, kFindSql);
    find.bind(1, std::string(key));
    if (!find.executeStep()) return std::nullopt;
    EIDER_ASSIGN(Route route, RouteOf(ItemOf(find), Name()));
    return route;
  }

  Status Check(SQLite::Database& rows, std::string_view key,
               const RouteCondition& condition) const {
    if (!condition.is_checked) return {};
    auto found = FindRow(rows, key);
    if (!found) return CheckCondition(key, condition, {.is_wrong = true});
    return CheckCondition(key, condition, {.route = *std::move(found)});
  }

  Result<RouteListing> ListRows(const char* sql) {
    const RouteSchema schema;
    return database_->Read([&](SQLite::Database& rows) -> Result<RouteListing> {
      RouteListing listing;
      SQLite::Statement list(rows, sql);
      while (list.executeStep()) {
        AddToListing(DecodeChecked(ItemOf(list), schema), Name(), listing);
      }
      return listing;
    });
  }

  const std::string put_sql_ = PutRouteSql("routes");
  const std::unique_ptr<sqlite::Database> database_;
};

}  // namespace

Result<std::unique_ptr<RouteStore>> OpenSqliteRoutes(const std::string& path, IfMissing if_missing,
                                                     Clock& clock, Random& random) {
  EIDER_ASSIGN(auto database, OpenRouteDatabase(path, if_missing, clock, random));
  return std::make_unique<SqliteRouteStore>(std::move(database));
}

}  // namespace eider::routes
