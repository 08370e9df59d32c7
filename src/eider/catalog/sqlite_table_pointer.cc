// Statements are prepared per call: another program may add a column to the table in between.
#include "eider/catalog/sqlite_table_pointer.h"

#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <SQLiteCpp/SQLiteCpp.h>

#include "eider/catalog/sql_catalog_rows.h"
#include "eider/catalog/sql_table_pointer.h"
#include "eider/sqlite/database.h"

namespace eider::catalog {
namespace {

constexpr const char* kCountTablesSql =
    "SELECT count(*) FROM sqlite_schema WHERE type = 'table'"
    " AND name IN ('iceberg_tables', 'iceberg_namespace_properties')";

constexpr const char* kIsEmptySql = "SELECT count(*) = 0 FROM sqlite_schema";

class SqliteStep final : public SqlStep {
 public:
  explicit SqliteStep(SQLite::Database& database) : database_(database) {}

  // Throws SQLite::Exception.
  Result<SqlAnswer> Run(const char* sql, std::initializer_list<std::string> texts) override {
    SQLite::Statement statement(database_, sql);
    int place = 0;
    for (const std::string& text : texts) statement.bind(++place, text);
    SqlAnswer answer;
    const int columns = statement.getColumnCount();
    for (int i = 0; i < columns; ++i) answer.columns.emplace_back(statement.getColumnName(i));
    while (statement.executeStep()) {
      auto& row = answer.rows.emplace_back();
      for (int i = 0; i < columns; ++i) {
        const SQLite::Column column = statement.getColumn(i);
        row.push_back(column.isNull() ? std::nullopt : std::optional(column.getString()));
      }
    }
    answer.changed = database_.getChanges();
    return answer;
  }

 private:
  SQLite::Database& database_;
};

class SqliteCatalogRows final : public SqlCatalogRows {
 public:
  explicit SqliteCatalogRows(std::unique_ptr<sqlite::Database> database)
      : database_(std::move(database)) {}

  std::string Name() const override { return database_->subject().ToString(); }

  Status Read(const Work& work) override {
    return database_->Read([&](SQLite::Database& rows) {
      SqliteStep step(rows);
      return work(step);
    });
  }

  Status Atomically(const Work& work) override {
    return database_->Atomically([&](SQLite::Database& rows) {
      SqliteStep step(rows);
      return work(step);
    });
  }

 private:
  const std::unique_ptr<sqlite::Database> database_;
};

// A catalog that may only be read is one too, as long as its tables are there.
Status Prepare(sqlite::Database& database) {
  EIDER_ASSIGN(const int tables, database.Read([](SQLite::Database& rows) -> Result<int> {
    return rows.execAndGet(kCountTablesSql).getInt();
  }));
  if (tables == 2) return {};
  EIDER_ASSIGN(const bool is_new, database.Atomically([](SQLite::Database& rows) -> Result<bool> {
    const bool was_empty = rows.execAndGet(kIsEmptySql).getInt() == 1;
    rows.exec(kCreateCatalogTablesSql);
    return was_empty;
  }));
  return is_new ? database.UseWriteAheadLog() : Status();
}

}  // namespace

Result<std::unique_ptr<TablePointer>> OpenSqliteTablePointer(SqliteTablePointerOptions options,
                                                             Clock& clock, Random& random) {
  EIDER_ASSIGN(auto database,
               sqlite::Database::Open({.subject = {.name = "catalog",
                                                   .if_broken = "configure another path or restore "
                                                                "it",
                                                   .path = std::move(options.path)},
                                       .wait_max = options.wait_max,
                                       .commit_wait = options.commit_wait},
                                      clock, random));
  EIDER_CHECK(Prepare(*database));
  return NewSqlTablePointer(std::move(options.catalog_name),
                            std::make_unique<SqliteCatalogRows>(std::move(database)));
}

}  // namespace eider::catalog
