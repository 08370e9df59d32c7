// One row per key; a row's columns are read by their names, as attributes.
#include "eider/routes/postgres_route_store.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "eider/base/result.h"
#include "eider/codec/json.h"
#include "eider/codec/utf8.h"
#include "eider/postgres/connection.h"
#include "eider/postgres/database.h"
#include "eider/postgres/schema_version.h"
#include "eider/routes/route.h"
#include "eider/routes/route_attributes.h"
#include "eider/routes/route_columns.h"
#include "eider/routes/route_condition.h"
#include "eider/routes/route_schema.h"
#include "eider/routes/route_store.h"

namespace eider::routes {
namespace {

using codec::Json;
using postgres::Connection;
using postgres::Value;

constexpr postgres::SchemaVersion kSchema = {.name = "routes", .version = 4};

// Every column: there may be further ones.
constexpr const char* kFindSql = R"(SELECT * FROM eider_routes WHERE "PartitionKey" = $1)";
constexpr const char* kLockSql = "LOCK TABLE eider_routes IN SHARE ROW EXCLUSIVE MODE";
constexpr const char* kListSql = R"(SELECT * FROM eider_routes ORDER BY "PartitionKey")";
constexpr const char* kPatternsSql =
    R"(SELECT * FROM eider_routes WHERE strpos("PartitionKey", '*') > 0 ORDER BY "PartitionKey")";
constexpr const char* kRemoveSql = R"(DELETE FROM eider_routes WHERE "PartitionKey" = $1)";

std::string CreateSql() {
  std::string sql = R"(CREATE TABLE eider_routes (
  "PartitionKey" TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  target_table TEXT NOT NULL,
  query_sql TEXT NOT NULL,
  create_table BIGINT NOT NULL DEFAULT 0 CHECK (create_table IN (0, 1)))";
  for (const AddedColumn& column : kAddedColumns) {
    sql += fmt::format(",\n  \"{}\" {} {}", column.name,
                       column.type == "INTEGER" ? "BIGINT" : column.type, column.constraint);
  }
  return sql + ")";
}

// Of the tables that earlier versions made.
constexpr const char* kVersion2 = "ALTER TABLE eider_routes ADD COLUMN IF NOT EXISTS rescue TEXT;";
constexpr const char* kVersion3 =
    "ALTER TABLE eider_routes ADD COLUMN IF NOT EXISTS lineage BIGINT NOT NULL DEFAULT 0 "
    "CHECK (lineage IN (0, 1));"
    "ALTER TABLE eider_routes ADD COLUMN IF NOT EXISTS after_load TEXT;"
    "ALTER TABLE eider_routes ADD COLUMN IF NOT EXISTS after_failure TEXT;";
constexpr const char* kVersion4 =
    "ALTER TABLE eider_routes ADD COLUMN IF NOT EXISTS transform TEXT;"
    "ALTER TABLE eider_routes ADD COLUMN IF NOT EXISTS then_sql TEXT;";

std::string ScriptFrom(int version) {
  if (version == 0) return CreateSql();
  std::string script;
  if (version < 2) script += kVersion2;
  if (version < 3) script += kVersion3;
  return script + kVersion4;
}

std::vector<Value> ValuesOf(const Route& route) {
  std::vector<Value> values;
  for (const Json& column : ColumnsOf(route)) {
    if (column.is_null()) {
      values.emplace_back();
    } else if (column.is_string()) {
      values.emplace_back(column.get<std::string>());
    } else {
      values.emplace_back(column.get<std::int64_t>());
    }
  }
  return values;
}

Json ItemOf(const std::vector<std::string>& names, const std::vector<Value>& values) {
  Json columns = Json::object();
  for (std::size_t i = 0; i < names.size(); ++i) {
    Json& column = columns[names[i]];
    if (const auto* text = std::get_if<std::string>(&values[i])) column = *text;
    if (const auto* number = std::get_if<std::int64_t>(&values[i])) column = *number;
  }
  return ItemOfColumns(std::move(columns));
}

class PostgresRouteStore final : public RouteStore {
 public:
  explicit PostgresRouteStore(std::unique_ptr<postgres::Database> database)
      : database_(std::move(database)) {}

  Result<std::optional<Route>> Find(std::string_view key) override {
    return database_->Read([&](Connection& connection) { return FindRow(connection, key); });
  }

  Result<RouteListing> List() override { return ListRows(kListSql); }

  Result<RouteListing> Patterns() override {
    EIDER_ASSIGN(RouteListing listing, ListRows(kPatternsSql));
    KeepPatterns(listing);
    return listing;
  }

  Status Put(const Route& route, const RouteCondition& condition) override {
    return database_->Atomically([&](Connection& connection) -> Status {
      EIDER_CHECK(Check(connection, route.partition_key, condition));
      EIDER_CHECK(connection.Run(put_sql_, ValuesOf(route)));
      return {};
    });
  }

  // All or none: one transaction.
  Status PutAll(std::span<const Route> routes) override {
    const Status put = database_->Atomically([&](Connection& connection) -> Status {
      for (const Route& route : routes) EIDER_CHECK(connection.Run(put_sql_, ValuesOf(route)));
      return {};
    });
    if (put) return put;
    return PartlyWritten(0, routes.size(), put.error());
  }

  Result<bool> Remove(std::string_view key, const RouteCondition& condition) override {
    return database_->Atomically([&](Connection& connection) -> Result<bool> {
      EIDER_CHECK(Check(connection, key, condition));
      EIDER_ASSIGN(const postgres::Answer removed, connection.Run(kRemoveSql, {std::string(key)}));
      return removed.changed > 0;
    });
  }

  std::string Name() const override { return database_->label(); }

 private:
  Result<std::optional<Route>> FindRow(Connection& connection, std::string_view key) const {
    // A key of other bytes, such as a folder's name, can be no route's.
    if (!codec::IsUtf8(key) || key.find('\0') != key.npos) return std::nullopt;
    EIDER_ASSIGN(const postgres::Answer found, connection.Run(kFindSql, {std::string(key)}));
    if (found.rows.empty()) return std::nullopt;
    EIDER_ASSIGN(Route route, RouteOf(ItemOf(found.columns, found.rows.front()), Name()));
    return route;
  }

  // Nobody else writes between the look and the write.
  Status Check(Connection& connection, std::string_view key,
               const RouteCondition& condition) const {
    if (!condition.is_checked) return {};
    EIDER_CHECK(connection.RunScript(kLockSql));
    auto found = FindRow(connection, key);
    if (found) return CheckCondition(key, condition, {.route = *std::move(found)});
    if (found.error().code != Code::kInvalid) return std::unexpected(std::move(found).error());
    return CheckCondition(key, condition, {.is_wrong = true});
  }

  Result<RouteListing> ListRows(const char* sql) {
    EIDER_ASSIGN(const postgres::Answer rows,
                 database_->Read([&](Connection& connection) { return connection.Run(sql); }));
    const RouteSchema schema;
    RouteListing listing;
    for (const std::vector<Value>& values : rows.rows) {
      AddToListing(DecodeChecked(ItemOf(rows.columns, values), schema), Name(), listing);
    }
    return listing;
  }

  const std::string put_sql_ = PutRouteSql("eider_routes");
  const std::unique_ptr<postgres::Database> database_;
};

}  // namespace

Result<std::unique_ptr<RouteStore>> OpenPostgresRoutes(const std::string& uri, IfMissing if_missing,
                                                       Clock& clock, Random& random) {
  EIDER_ASSIGN(
      auto database,
      postgres::Database::Open({.address = {.name = "routing table", .uri = uri}}, clock, random));
  if (if_missing == IfMissing::kFail) {
    EIDER_ASSIGN(const int version, postgres::SchemaVersionIn(*database, kSchema.name));
    if (version == 0) {
      return Fail(Code::kNotFound,
                  fmt::format("there is no {} yet; `eider routes import FILE` makes it, or name "
                              "another database by routing.uri",
                              database->label()));
    }
  }
  EIDER_CHECK(postgres::PrepareSchema(*database, kSchema, [](Connection& connection, int from) {
    return connection.RunScript(ScriptFrom(from));
  }));
  return std::make_unique<PostgresRouteStore>(std::move(database));
}

}  // namespace eider::routes
