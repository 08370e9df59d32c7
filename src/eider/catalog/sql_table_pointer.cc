// The rows of iceberg_tables in SQLite: read by name, swapped by one conditional UPDATE.
//
// Statements are prepared per call: another program may add a column to the table in between.
#include "eider/catalog/sql_table_pointer.h"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <SQLiteCpp/SQLiteCpp.h>
#include <SQLiteCpp/VariadicBind.h>
#include <fmt/format.h>
#include <sqlite3.h>

#include "eider/catalog/pointer_error.h"
#include "eider/config/regular_file.h"

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

Error CatalogError(const std::string& path, const SQLite::Exception& cause) {
  switch (cause.getErrorCode()) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {Code::kUnavailable,
              fmt::format("catalog {} is locked by another program; try again later: {}", path,
                          cause.what())};
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_CANTOPEN:
      return {Code::kDenied, fmt::format("cannot open catalog {} for writing; this user needs "
                                         "write rights to the file and its folder: {}",
                                         path, cause.what())};
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
      return {Code::kCorrupt, fmt::format("catalog {} is no intact SQLite database; configure "
                                          "another path or restore it: {}",
                                          path, cause.what())};
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_NOMEM:
      return {Code::kUnavailable, fmt::format("cannot use catalog {}: {}", path, cause.what())};
    default:
      return {Code::kInternal, fmt::format("catalog {} failed: {}", path, cause.what())};
  }
}

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
  SqlTablePointer(std::string path, std::string catalog_name, SQLite::Database database)
      : path_(std::move(path)),
        catalog_name_(std::move(catalog_name)),
        database_(std::move(database)) {}

  Result<std::string> Read(const TableName& table) override {
    const std::scoped_lock lock(mutex_);
    try {
      const std::optional<PointerRow> row = Find(table);
      if (!row) return std::unexpected(NoSuchTable(table));
      if (!row->is_table) {
        return Fail(Code::kUnsupported, fmt::format("{} is a view in catalog {}, not a table",
                                                    table.ToString(), path_));
      }
      if (!row->metadata_location) {
        return Fail(Code::kCorrupt, fmt::format("table {} has no metadata file in catalog {}",
                                                table.ToString(), path_));
      }
      return *row->metadata_location;
    } catch (const SQLite::Exception& cause) {
      return std::unexpected(CatalogError(path_, cause));
    }
  }

  Status Create(const TableName& table, const std::string& metadata_location,
                const iceberg::TableMetadata& /*metadata*/) override {
    return InTransaction([&]() -> Status {
      if (Find(table)) return std::unexpected(TableExists(table));
      const bool typed = database_.execAndGet(kHasTypeSql).getInt() > 0;
      SQLite::Statement insert(database_, typed ? kInsertTypedSql : kInsertSql);
      SQLite::bind(insert, catalog_name_, table.NamespaceText(), table.name, metadata_location);
      insert.exec();
      SQLite::Statement name_space(database_, kInsertNamespaceSql);
      SQLite::bind(name_space, catalog_name_, table.NamespaceText());
      name_space.exec();
      return {};
    });
  }

  Status Swap(const TableName& table, const std::string& expected,
              const std::string& next) override {
    return InTransaction([&] { return Move({table, expected, next}); });
  }

  bool swaps_together() const override { return true; }

  Status SwapAll(std::span<const PointerMove> moves) override {
    return InTransaction([&]() -> Status {
      for (const PointerMove& move : moves) EIDER_CHECK(Move(move));
      return {};
    });
  }

  Status Drop(const TableName& table, const std::string& expected) override {
    return InTransaction([&]() -> Status {
      SQLite::Statement drop(database_, kDropSql);
      SQLite::bind(drop, catalog_name_, table.NamespaceText(), table.name, expected);
      if (drop.exec() == 1) return {};
      return std::unexpected(NotAt(table, expected));
    });
  }

  Result<std::vector<TableName>> List() override {
    const std::scoped_lock lock(mutex_);
    try {
      SQLite::Statement list(database_, kListSql);
      list.bind(1, catalog_name_);
      std::vector<TableName> names;
      while (list.executeStep()) {
        if (!IsTable(list)) continue;
        names.push_back({Levels(list.getColumn("table_namespace").getString()),
                         list.getColumn("table_name").getString()});
      }
      std::ranges::sort(names);
      return names;
    } catch (const SQLite::Exception& cause) {
      return std::unexpected(CatalogError(path_, cause));
    }
  }

 private:
  // Throws SQLite::Exception.
  std::optional<PointerRow> Find(const TableName& table) {
    SQLite::Statement find(database_, kFindSql);
    SQLite::bind(find, catalog_name_, table.NamespaceText(), table.name);
    if (!find.executeStep()) return std::nullopt;
    PointerRow row{.metadata_location = std::nullopt, .is_table = IsTable(find)};
    const SQLite::Column location = find.getColumn("metadata_location");
    if (!location.isNull()) row.metadata_location = location.getString();
    return row;
  }

  // Inside a transaction. Throws SQLite::Exception.
  Status Move(const PointerMove& move) {
    const TableName& table = move.table;
    SQLite::Statement swap(database_, kSwapSql);
    SQLite::bind(swap, move.next, move.expected, catalog_name_, table.NamespaceText(), table.name,
                 move.expected);
    if (swap.exec() == 1) return {};
    return std::unexpected(NotAt(table, move.expected));
  }

  // Why a pointer is not at `expected`. Throws SQLite::Exception.
  Error NotAt(const TableName& table, const std::string& expected) {
    const std::optional<PointerRow> row = Find(table);
    if (!row) return NoSuchTable(table);
    return TableMoved(table, expected, row->metadata_location.value_or("none"));
  }

  // Runs `work` in one IMMEDIATE transaction, which is undone when it returns or throws an error.
  template <typename Work>
  Status InTransaction(const Work& work) {
    const std::scoped_lock lock(mutex_);
    try {
      database_.exec("BEGIN IMMEDIATE");
    } catch (const SQLite::Exception& cause) {
      return std::unexpected(CatalogError(path_, cause));
    }
    const Status status = Try(work);
    if (!status) {
      RollBack();
      return status;
    }
    return Commit();
  }

  template <typename Work>
  Status Try(const Work& work) {
    try {
      return work();
    } catch (const SQLite::Exception& cause) {
      return std::unexpected(CatalogError(path_, cause));
    }
  }

  Status Commit() {
    try {
      database_.exec("COMMIT");
      return {};
    } catch (const SQLite::Exception& cause) {
      Error error = CatalogError(path_, cause);
      RollBack();
      // Readers kept the commit from beginning. Any other failure may have come after the moment
      // that made it durable.
      if (cause.getErrorCode() == SQLITE_BUSY) return std::unexpected(std::move(error));
      return Fail(Code::kOutcomeUnknown, std::move(error.message));
    }
  }

  // SQLite undoes some failed transactions itself; then there is nothing to do.
  void RollBack() { database_.tryExec("ROLLBACK"); }

  const std::string path_;
  const std::string catalog_name_;
  std::mutex mutex_;  // guards database_
  SQLite::Database database_;
};

Status CreateFolderOf(const std::string& path) {
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  if (folder.empty()) return {};
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (!error) return {};
  return Fail(Code::kDenied, fmt::format("cannot create folder {} for the catalog: {}",
                                         folder.string(), error.message()));
}

}  // namespace

Result<std::unique_ptr<TablePointer>> OpenSqliteTablePointer(const std::string& path,
                                                             const std::string& catalog_name,
                                                             Milliseconds busy_timeout) {
  EIDER_CHECK(CreateFolderOf(path));
  if (const Status is_file = config::CheckRegularFile(path); !is_file) {
    return Fail("cannot use the catalog", is_file.error());
  }
  try {
    SQLite::Database database(path, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE,
                              static_cast<int>(busy_timeout.count()));
    database.exec("PRAGMA synchronous = FULL");
    if (database.execAndGet(kCountTablesSql).getInt() < 2) {
      SQLite::Transaction transaction(database, SQLite::TransactionBehavior::IMMEDIATE);
      database.exec(kCreateTablesSql);
      transaction.commit();
    }
    return std::make_unique<SqlTablePointer>(path, catalog_name, std::move(database));
  } catch (const SQLite::Exception& cause) {
    return std::unexpected(CatalogError(path, cause));
  }
}

}  // namespace eider::catalog
