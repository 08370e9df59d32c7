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
#include <vector>

#include <SQLiteCpp/SQLiteCpp.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "eider/base/result.h"
#include "eider/codec/json.h"
#include "eider/routes/attribute_types.h"
#include "eider/routes/route.h"
#include "eider/routes/route_attributes.h"
#include "eider/routes/route_condition.h"
#include "eider/routes/route_database.h"
#include "eider/routes/route_json.h"
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

// Parameters are the attributes in their order, from 1.
std::string PutSql() {
  std::vector<std::string> columns;
  std::vector<std::string> parameters;
  std::vector<std::string> updates;
  for (std::size_t i = 0; i < kAttributes.size(); ++i) {
    columns.push_back(fmt::format("\"{}\"", kAttributes[i]));  // "commit" is a word of SQL
    parameters.push_back(fmt::format("?{}", i + 1));
    if (kAttributes[i] == kPartitionKey) continue;
    updates.push_back(fmt::format("{} = {}", columns.back(), parameters.back()));
  }
  return fmt::format(
      "INSERT INTO routes ({}) VALUES ({}) ON CONFLICT (PartitionKey) DO UPDATE SET {}",
      fmt::join(columns, ", "), fmt::join(parameters, ", "), fmt::join(updates, ", "));
}

// What stands in a column whose attribute is not set. Throws SQLite::Exception.
void BindAbsent(SQLite::Statement& put, int parameter, std::string_view name) {
  if (name == kTargetTable || name == kQuerySql) {
    put.bind(parameter, "");
  } else if (name == kEnabled) {
    put.bind(parameter, 1);
  } else if (name == kCreateTable || name == kPriority || name == kVersion) {
    put.bind(parameter, 0);
  } else {
    put.bind(parameter);
  }
}

// Throws SQLite::Exception.
void Bind(SQLite::Statement& put, const Route& route) {
  const Json json = ToJson(route);
  int parameter = 0;
  for (const std::string_view name : kAttributes) {
    ++parameter;
    const auto value = json.find(name);
    if (value == json.end()) {
      BindAbsent(put, parameter, name);
    } else if (value->is_string()) {
      put.bind(parameter, value->get_ref<const std::string&>());
    } else if (value->is_boolean()) {
      put.bind(parameter, value->get<bool>() ? 1 : 0);
    } else if (value->is_number_integer()) {
      put.bind(parameter, value->get<std::int64_t>());
    } else {
      put.bind(parameter, codec::ToJsonText(*value));
    }
  }
}

// Rows as items, for one statement.
class RowReader {
 public:
  // Throws SQLite::Exception.
  explicit RowReader(SQLite::Statement& statement) : statement_(statement) {
    for (int i = 0; i < statement_.getColumnCount(); ++i) {
      names_.emplace_back(statement_.getColumnName(i));
      types_.push_back(TypeOf(names_.back()));
    }
  }

  // The present row. Throws SQLite::Exception.
  Json Read() {
    Json item = Json::object();
    for (std::size_t i = 0; i < names_.size(); ++i) {
      item[names_[i]] = ValueOf(statement_.getColumn(static_cast<int>(i)), types_[i]);
    }
    const auto same_as = item.find(kSameAs);
    if (same_as != item.end() && !same_as->is_null()) {
      for (const std::string_view name : {kTargetTable, kQuerySql}) {
        if (item[name] == "") item.erase(name);
      }
    }
    return item;
  }

 private:
  static Json ValueOf(const SQLite::Column& column, AttributeType type) {
    if (column.isNull()) return nullptr;
    if (column.isInteger()) {
      const std::int64_t number = column.getInt64();
      if (type == AttributeType::kBoolean && (number == 0 || number == 1)) return number == 1;
      return number;
    }
    if (column.isFloat()) return column.getDouble();
    std::string text = column.getString();
    if (column.isBlob()) return Json::binary({text.begin(), text.end()});
    if (type == AttributeType::kList || type == AttributeType::kMap) {
      if (auto json = codec::ParseJson(text)) return *std::move(json);
    }
    return text;
  }

  SQLite::Statement& statement_;
  std::vector<std::string> names_;
  std::vector<AttributeType> types_;
};

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
    EIDER_ASSIGN(Route route, RouteOf(RowReader(find).Read(), Name()));
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
      RowReader reader(list);
      while (list.executeStep()) {
        AddToListing(DecodeChecked(reader.Read(), schema), Name(), listing);
      }
      return listing;
    });
  }

  const std::string put_sql_ = PutSql();
  const std::unique_ptr<sqlite::Database> database_;
};

}  // namespace

Result<std::unique_ptr<RouteStore>> OpenSqliteRoutes(const std::string& path, IfMissing if_missing,
                                                     Clock& clock, Random& random) {
  EIDER_ASSIGN(auto database, OpenRouteDatabase(path, if_missing, clock, random));
  return std::make_unique<SqliteRouteStore>(std::move(database));
}

}  // namespace eider::routes
