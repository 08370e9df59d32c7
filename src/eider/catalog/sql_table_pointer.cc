// The rows of iceberg_tables: read by name, swapped by one conditional UPDATE.
#include "eider/catalog/sql_table_pointer.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "eider/catalog/pointer_error.h"

namespace eider::catalog {
namespace {

using iceberg::TableName;

// Every column: iceberg_type may be missing.
constexpr const char* kFindSql =
    "SELECT * FROM iceberg_tables"
    " WHERE catalog_name = $1 AND table_namespace = $2 AND table_name = $3";

constexpr const char* kListSql = "SELECT * FROM iceberg_tables WHERE catalog_name = $1";

constexpr const char* kSwapSql =
    "UPDATE iceberg_tables SET metadata_location = $1, previous_metadata_location = $2"
    " WHERE catalog_name = $3 AND table_namespace = $4 AND table_name = $5"
    " AND metadata_location = $2";

constexpr const char* kDropSql =
    "DELETE FROM iceberg_tables WHERE catalog_name = $1 AND table_namespace = $2"
    " AND table_name = $3 AND metadata_location = $4";

constexpr const char* kInsertSql =
    "INSERT INTO iceberg_tables (catalog_name, table_namespace, table_name, metadata_location,"
    " previous_metadata_location) VALUES ($1, $2, $3, $4, NULL) ON CONFLICT DO NOTHING";

constexpr const char* kInsertTypedSql =
    "INSERT INTO iceberg_tables (catalog_name, table_namespace, table_name, metadata_location,"
    " previous_metadata_location, iceberg_type) VALUES ($1, $2, $3, $4, NULL, 'TABLE')"
    " ON CONFLICT DO NOTHING";

constexpr const char* kInsertNamespaceSql =
    "INSERT INTO iceberg_namespace_properties (catalog_name, namespace, property_key,"
    " property_value) SELECT CAST($1 AS VARCHAR), CAST($2 AS VARCHAR), 'exists', 'true'"
    " WHERE NOT EXISTS (SELECT 1 FROM"
    " iceberg_namespace_properties WHERE catalog_name = $1 AND namespace = $2)"
    " ON CONFLICT DO NOTHING";

std::vector<std::string> Levels(std::string_view name_space) {
  std::vector<std::string> levels;
  for (;;) {
    const std::size_t dot = name_space.find('.');
    levels.emplace_back(name_space.substr(0, dot));
    if (dot == std::string_view::npos) return levels;
    name_space.remove_prefix(dot + 1);
  }
}

// The place of a column; nothing when the table has none of that name.
std::optional<std::size_t> PlaceOf(const SqlAnswer& answer, std::string_view column) {
  const auto found = std::ranges::find(answer.columns, column);
  if (found == answer.columns.end()) return std::nullopt;
  return static_cast<std::size_t>(found - answer.columns.begin());
}

std::optional<std::string> TextOf(const SqlAnswer& answer, std::size_t row,
                                  std::string_view column) {
  const auto place = PlaceOf(answer, column);
  return place ? answer.rows[row][*place] : std::nullopt;
}

// Rows of views carry another type than TABLE; those of schema version V0 none.
bool IsTable(const SqlAnswer& answer, std::size_t row) {
  return TextOf(answer, row, "iceberg_type").value_or("TABLE") == "TABLE";
}

// A row of iceberg_tables, as far as a pointer goes.
struct PointerRow {
  bool is_there = false;
  std::optional<std::string> metadata_location = {};
  bool is_table = true;
  bool has_type = false;  // the column, whether there is a row or not
};

class SqlTablePointer final : public TablePointer {
 public:
  SqlTablePointer(std::string catalog_name, std::unique_ptr<SqlCatalogRows> rows)
      : catalog_name_(std::move(catalog_name)), rows_(std::move(rows)) {}

  Result<std::string> Read(const TableName& table) override {
    PointerRow row;
    EIDER_CHECK(rows_->Read([&](SqlStep& step) -> Status {
      EIDER_ASSIGN(row, Find(step, table));
      return {};
    }));
    if (!row.is_there) return std::unexpected(NoSuchTable(table));
    if (!row.is_table) {
      return Fail(Code::kUnsupported,
                  fmt::format("{} is a view in {}, not a table", table.ToString(), rows_->Name()));
    }
    if (!row.metadata_location) {
      return Fail(Code::kCorrupt, fmt::format("table {} has no metadata file in {}",
                                              table.ToString(), rows_->Name()));
    }
    return *std::move(row.metadata_location);
  }

  Status Create(const TableName& table, const std::string& metadata_location,
                const iceberg::TableMetadata& /*metadata*/) override {
    return rows_->Atomically([&](SqlStep& step) -> Status {
      EIDER_ASSIGN(const PointerRow row, Find(step, table));
      if (row.is_there) return std::unexpected(TableExists(table));
      EIDER_ASSIGN(const SqlAnswer inserted,
                   step.Run(row.has_type ? kInsertTypedSql : kInsertSql,
                            {catalog_name_, table.NamespaceText(), table.name, metadata_location}));
      if (inserted.changed == 0) return std::unexpected(TableExists(table));
      EIDER_CHECK(step.Run(kInsertNamespaceSql, {catalog_name_, table.NamespaceText()}));
      return {};
    });
  }

  Status Swap(const PointerMove& move) override { return SwapAll({&move, 1}); }

  bool swaps_together() const override { return true; }

  Status SwapAll(std::span<const PointerMove> moves) override {
    return rows_->Atomically([&](SqlStep& step) -> Status {
      for (const PointerMove& move : moves) EIDER_CHECK(Move(step, move));
      return {};
    });
  }

  Status Drop(const TableName& table, const std::string& expected) override {
    return rows_->Atomically([&](SqlStep& step) -> Status {
      EIDER_ASSIGN(
          const SqlAnswer dropped,
          step.Run(kDropSql, {catalog_name_, table.NamespaceText(), table.name, expected}));
      return dropped.changed == 1 ? Status() : NotAt(step, table, expected);
    });
  }

  Result<std::vector<TableName>> List() override {
    std::vector<TableName> names;
    EIDER_CHECK(rows_->Read([&](SqlStep& step) -> Status {
      EIDER_ASSIGN(const SqlAnswer list, step.Run(kListSql, {catalog_name_}));
      names.clear();
      for (std::size_t row = 0; row < list.rows.size(); ++row) {
        if (!IsTable(list, row)) continue;
        names.push_back({Levels(TextOf(list, row, "table_namespace").value_or("")),
                         TextOf(list, row, "table_name").value_or("")});
      }
      return {};
    }));
    std::ranges::sort(names);
    return names;
  }

 private:
  Result<PointerRow> Find(SqlStep& step, const TableName& table) const {
    EIDER_ASSIGN(const SqlAnswer found,
                 step.Run(kFindSql, {catalog_name_, table.NamespaceText(), table.name}));
    PointerRow row{.has_type = PlaceOf(found, "iceberg_type").has_value()};
    if (found.rows.empty()) return row;
    row.is_there = true;
    row.is_table = IsTable(found, 0);
    row.metadata_location = TextOf(found, 0, "metadata_location");
    return row;
  }

  // Inside a transaction.
  Status Move(SqlStep& step, const PointerMove& move) const {
    const TableName& table = move.table;
    EIDER_ASSIGN(const SqlAnswer swapped,
                 step.Run(kSwapSql, {move.next, move.expected, catalog_name_, table.NamespaceText(),
                                     table.name}));
    return swapped.changed == 1 ? Status() : NotAt(step, table, move.expected);
  }

  // Why a pointer is not at `expected`.
  Status NotAt(SqlStep& step, const TableName& table, const std::string& expected) const {
    EIDER_ASSIGN(const PointerRow row, Find(step, table));
    if (!row.is_there) return std::unexpected(NoSuchTable(table));
    return std::unexpected(TableMoved(table, expected, row.metadata_location.value_or("none")));
  }

  const std::string catalog_name_;
  const std::unique_ptr<SqlCatalogRows> rows_;
};

}  // namespace

std::unique_ptr<TablePointer> NewSqlTablePointer(std::string catalog_name,
                                                 std::unique_ptr<SqlCatalogRows> rows) {
  return std::make_unique<SqlTablePointer>(std::move(catalog_name), std::move(rows));
}

}  // namespace eider::catalog
