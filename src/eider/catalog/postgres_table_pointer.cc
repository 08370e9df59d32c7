#include "eider/catalog/postgres_table_pointer.h"

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/format.h>

#include "eider/catalog/sql_catalog_rows.h"
#include "eider/catalog/sql_table_pointer.h"
#include "eider/postgres/connection.h"
#include "eider/postgres/database.h"

namespace eider::catalog {
namespace {

constexpr const char* kHasTablesSql =
    "SELECT 1 WHERE to_regclass('iceberg_tables') IS NOT NULL"
    " AND to_regclass('iceberg_namespace_properties') IS NOT NULL";

// Of two programs that make the same table at once one would fail.
constexpr const char* kOneMakesTablesSql =
    "SELECT pg_advisory_xact_lock(hashtextextended('iceberg_tables', 0))";

std::optional<std::string> TextOf(const postgres::Value& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* number = std::get_if<std::int64_t>(&value)) return std::to_string(*number);
  return std::nullopt;
}

class PostgresStep final : public SqlStep {
 public:
  explicit PostgresStep(postgres::Connection& connection) : connection_(connection) {}

  Result<SqlAnswer> Run(const char* sql, std::initializer_list<std::string> texts) override {
    const std::vector<postgres::Value> parameters(texts.begin(), texts.end());
    EIDER_ASSIGN(postgres::Answer found, connection_.Run(sql, parameters));
    SqlAnswer answer{.columns = std::move(found.columns), .rows = {}, .changed = found.changed};
    for (const auto& values : found.rows) {
      auto& row = answer.rows.emplace_back();
      for (const postgres::Value& value : values) row.push_back(TextOf(value));
    }
    return answer;
  }

 private:
  postgres::Connection& connection_;
};

class PostgresCatalogRows final : public SqlCatalogRows {
 public:
  explicit PostgresCatalogRows(std::unique_ptr<postgres::Database> database)
      : database_(std::move(database)) {}

  std::string Name() const override { return database_->label(); }

  Status Read(const Work& work) override {
    return database_->Read([&](postgres::Connection& connection) {
      PostgresStep step(connection);
      return work(step);
    });
  }

  Status Atomically(const Work& work) override {
    return database_->Atomically([&](postgres::Connection& connection) {
      PostgresStep step(connection);
      return work(step);
    });
  }

 private:
  const std::unique_ptr<postgres::Database> database_;
};

// A catalog that may only be read is one too, as long as its tables are there.
Status Prepare(postgres::Database& database, bool create) {
  EIDER_ASSIGN(const bool is_there,
               database.Read([](postgres::Connection& connection) -> Result<bool> {
                 EIDER_ASSIGN(const postgres::Answer found, connection.Run(kHasTablesSql));
                 return !found.rows.empty();
               }));
  if (is_there) return {};
  if (!create) {
    return Fail(Code::kUnsupported,
                fmt::format("there are no catalog tables in the {} yet", database.label()));
  }
  return database.Atomically([](postgres::Connection& connection) -> Status {
    EIDER_CHECK(connection.Run(kOneMakesTablesSql));
    return connection.RunScript(kCreateCatalogTablesSql);
  });
}

}  // namespace

Result<std::unique_ptr<TablePointer>> OpenPostgresTablePointer(PostgresTablePointerOptions options,
                                                               Clock& clock, Random& random) {
  EIDER_ASSIGN(auto database,
               postgres::Database::Open({.address = {.name = "catalog",
                                                     .uri = std::move(options.uri),
                                                     .user = std::move(options.user),
                                                     .password = std::move(options.password)}},
                                        clock, random));
  EIDER_CHECK(Prepare(*database, options.create));
  return NewSqlTablePointer(std::move(options.catalog_name),
                            std::make_unique<PostgresCatalogRows>(std::move(database)));
}

}  // namespace eider::catalog
