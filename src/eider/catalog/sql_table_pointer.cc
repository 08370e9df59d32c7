// The rows of iceberg_tables in SQLite: read by name, swapped by one conditional UPDATE.
//
// Statements are prepared per call: another program may add a column to the table in between.
#include "eider/catalog/sql_table_pointer.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <SQLiteCpp/SQLiteCpp.h>
#include <SQLiteCpp/VariadicBind.h>
#include <fmt/format.h>

#include "eider/catalog/pointer_error.h"
#include "eider/sqlite/database.h"

namespace eider::catalog {
namespace {

using iceberg::TableName;

// As Java's JdbcCatalog makes them in schema version V1.
constexpr const char* kCreateTablesSql = R"(
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

constexpr const char* kCountTablesSql =
    "SELECT count(*) FROM sqlite_schema WHERE type = 'table'"
    " AND name IN ('iceberg_tables', 'iceberg_namespace_properties')";

constexpr const char* kIsEmptySql = "SELECT count(*) = 0 FROM sqlite_schema";

constexpr const char* kHasTypeSql =
    "SELECT count(*) FROM pragma_table_info('iceberg_tables') WHERE name = 'iceberg_type'";

// Every column: iceberg_type may be missing.
constexpr const char* kFindSql =
    "SELECT * FROM iceberg_tables"
    " WHERE catalog_name = ? AND table_namespace = ? AND table_name = ?";

constexpr const char* kListSql = "SELECT * FROM iceberg_tables WHERE catalog_name = ?";

constexpr const char* kSwapSql =
    "UPDATE iceberg_tables SET metadata_location = ?, previous_metadata_location = ?"
    " WHERE catalog_name = ? AND table_namespace = ? AND table_name = ? AND metadata_location = ?";

constexpr const char* kDropSql =
    "DELETE FROM iceberg_tables WHERE catalog_name = ? AND table_namespace = ? AND table_name = ?"
    " AND metadata_location = ?";

constexpr const char* kInsertSql =
    "INSERT INTO iceberg_tables (catalog_name, table_namespace, table_name, metadata_location,"
    " previous_metadata_location) VALUES (?, ?, ?, ?, NULL)";

constexpr const char* kInsertTypedSql =
    "INSERT INTO iceberg_tables (catalog_name, table_namespace, table_name, metadata_location,"
    " previous_metadata_location, iceberg_type) VALUES (?, ?, ?, ?, NULL, 'TABLE')";

constexpr const char* kInsertNamespaceSql =
    "INSERT INTO iceberg_namespace_properties (catalog_name, namespace, property_key,"
    " property_value) SELECT ?1, ?2, 'exists', 'true' WHERE NOT EXISTS (SELECT 1 FROM"
    " iceberg_namespace_properties WHERE catalog_name = ?1 AND namespace = ?2)";

std::vector<std::string> Levels(std::string_view name_space) {
  std::vector<std::string> levels;
  for (;;) {
    const std::size_t dot = name_space.find('.');
    levels.emplace_back(name_space.substr(0, dot));
    if (dot == std::string_view::npos) return levels;
    name_space.remove_prefix(dot + 1);
  }
}

// Rows of views carry another type than TABLE; those of schema version V0 none.
bool IsTable(SQLite::Statement& row) {
  for (int i = 0; i < row.getColumnCount(); ++i) {
    if (std::string_view(row.getColumnName(i)) != "iceberg_type") continue;
    const SQLite::Column type = row.getColumn(i);
    return type.isNull() || type.getString() == "TABLE";
  }
  return true;
}

// A row of iceberg_tables, as far as a pointer goes.
struct PointerRow {
  std::optional<std::string> metadata_location;
  bool is_table = true;
};

class SqlTablePointer final : public TablePointer {
 public:
  SqlTablePointer(std::string catalog_name, std::unique_ptr<sqlite::Database> database)
      : catalog_name_(std::move(catalog_name)), database_(std::move(database)) {}

  Result<std::string> Read(const TableName& table) override {
    return database_->Read([&](SQLite::Database& rows) -> Result<std::string> {
      const std::optional<PointerRow> row = Find(rows, table);
      if (!row) return std::unexpected(NoSuchTable(table));
      if (!row->is_table) {
        return Fail(Code::kUnsupported,
                    fmt::format("{} is a view in {}, not a table", table.ToString(), Name()));
      }
      if (!row->metadata_location) {
        return Fail(Code::kCorrupt,
                    fmt::format("table {} has no metadata file in {}", table.ToString(), Name()));
      }
      return *row->metadata_location;
    });
  }

  Status Create(const TableName& table, const std::string& metadata_location,
                const iceberg::TableMetadata& /*metadata*/) override {
    return database_->Atomically([&](SQLite::Database& rows) -> Status {
      if (Find(rows, table)) return std::unexpected(TableExists(table));
      const bool typed = rows.execAndGet(kHasTypeSql).getInt() > 0;
      SQLite::Statement insert(rows, typed ? kInsertTypedSql : kInsertSql);
      SQLite::bind(insert, catalog_name_, table.NamespaceText(), table.name, metadata_location);
      insert.exec();
      SQLite::Statement name_space(rows, kInsertNamespaceSql);
      SQLite::bind(name_space, catalog_name_, table.NamespaceText());
      name_space.exec();
      return {};
    });
  }

  Status Swap(const TableName& table, const std::string& expected,
              const std::string& next) override {
    return database_->Atomically([&](SQLite::Database& rows) {
      return Move(rows, {table, expected, next});
    });
  }

  bool swaps_together() const override { return true; }

  Status SwapAll(std::span<const PointerMove> moves) override {
    return database_->Atomically([&](SQLite::Database& rows) -> Status {
      for (const PointerMove& move : moves) EIDER_CHECK(Move(rows, move));
      return {};
    });
  }

  Status Drop(const TableName& table, const std::string& expected) override {
    return database_->Atomically([&](SQLite::Database& rows) -> Status {
      SQLite::Statement drop(rows, kDropSql);
      SQLite::bind(drop, catalog_name_, table.NamespaceText(), table.name, expected);
      if (drop.exec() == 1) return {};
      return std::unexpected(NotAt(rows, table, expected));
    });
  }

  Result<std::vector<TableName>> List() override {
    return database_->Read([&](SQLite::Database& rows) -> Result<std::vector<TableName>> {
      SQLite::Statement list(rows, kListSql);
      list.bind(1, catalog_name_);
      std::vector<TableName> names;
      while (list.executeStep()) {
        if (!IsTable(list)) continue;
        names.push_back({Levels(list.getColumn("table_namespace").getString()),
                         list.getColumn("table_name").getString()});
      }
      std::ranges::sort(names);
      return names;
    });
  }

 private:
  std::string Name() const { return database_->subject().ToString(); }

  // All of these throw SQLite::Exception.

  std::optional<PointerRow> Find(SQLite::Database& rows, const TableName& table) const {
    SQLite::Statement find(rows, kFindSql);
    SQLite::bind(find, catalog_name_, table.NamespaceText(), table.name);
    if (!find.executeStep()) return std::nullopt;
    PointerRow row{.metadata_location = std::nullopt, .is_table = IsTable(find)};
    const SQLite::Column location = find.getColumn("metadata_location");
    if (!location.isNull()) row.metadata_location = location.getString();
    return row;
  }

  // Inside a transaction.
  Status Move(SQLite::Database& rows, const PointerMove& move) const {
    const TableName& table = move.table;
    SQLite::Statement swap(rows, kSwapSql);
    SQLite::bind(swap, move.next, move.expected, catalog_name_, table.NamespaceText(), table.name,
                 move.expected);
    if (swap.exec() == 1) return {};
    return std::unexpected(NotAt(rows, table, move.expected));
  }

  // Why a pointer is not at `expected`.
  Error NotAt(SQLite::Database& rows, const TableName& table, const std::string& expected) const {
    const std::optional<PointerRow> row = Find(rows, table);
    if (!row) return NoSuchTable(table);
    return TableMoved(table, expected, row->metadata_location.value_or("none"));
  }

  const std::string catalog_name_;
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
    rows.exec(kCreateTablesSql);
    return was_empty;
  }));
  return is_new ? database.UseWriteAheadLog() : Status();
}

}  // namespace

Result<std::unique_ptr<TablePointer>> OpenSqliteTablePointer(SqlTablePointerOptions options,
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
  return std::make_unique<SqlTablePointer>(std::move(options.catalog_name), std::move(database));
}

}  // namespace eider::catalog
