// One row per identity, one IMMEDIATE transaction per step.
#include "eider/ledger/sqlite_ledger.h"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <SQLiteCpp/SQLiteCpp.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "eider/ledger/claim_owner.h"
#include "eider/ledger/claim_rules.h"
#include "eider/ledger/ledger_columns.h"
#include "eider/ledger/ledger_database.h"
#include "eider/ledger/ledger_rows.h"
#include "eider/ledger/part_records.h"
#include "eider/ledger/rules_ledger.h"
#include "eider/sqlite/database.h"

namespace eider::ledger {
namespace {

std::string FindSql() {
  return fmt::format("SELECT {} FROM file_loads WHERE uri = ? AND version = ?",
                     fmt::join(kLedgerColumns, ", "));
}

// A prefix is compared byte by byte: keys need not be valid UTF-8. ?5: see TargetTableText.
std::string HistorySql() {
  return fmt::format(
      "SELECT {} FROM file_loads WHERE (?1 = '' OR state = ?1)"
      " AND (?2 = '' OR target_table = ?2 OR instr(parts, ?5) > 0)"
      " AND (?3 = '' OR substr(CAST(uri AS BLOB), 1, length(CAST(?3 AS BLOB))) = CAST(?3 AS BLOB))"
      " AND (?6 = 0 OR rows > 0) AND (?7 = 0 OR schema_change <> '')"
      " ORDER BY claimed_at_ms DESC, uri, version LIMIT ?4",
      fmt::join(kLedgerColumns, ", "));
}

// Of the index file_loads_open.
std::string WaitingSql() {
  return fmt::format(
      "SELECT {} FROM file_loads WHERE state IN ('WAITING', 'CLAIMED')"
      " AND (state = 'WAITING' OR lease_expires_ms <= ?1)"
      " ORDER BY claimed_at_ms, uri, version LIMIT ?2",
      fmt::join(kLedgerColumns, ", "));
}

std::string StoreSql() {
  std::string places = "?";
  for (std::size_t i = 0; i < kLedgerColumns.size(); ++i) places += ", ?";
  return fmt::format("INSERT OR REPLACE INTO file_loads ({}, version) VALUES ({})",
                     fmt::join(kLedgerColumns, ", "), places);
}

// The present row of a statement. Errors: kCorrupt.
Result<ClaimRow> PresentRow(SQLite::Statement& statement) {
  std::vector<Cell> cells;
  for (int i = 0; i < static_cast<int>(kLedgerColumns.size()); ++i) {
    const SQLite::Column column = statement.getColumn(i);
    if (column.isNull()) {
      cells.emplace_back();
    } else if (column.isInteger()) {
      cells.emplace_back(column.getInt64());
    } else {
      cells.emplace_back(column.getString());
    }
  }
  return RowOf(cells);
}

void BindRow(SQLite::Statement& statement, const ClaimRow& row) {
  int place = 0;
  for (const Cell& cell : CellsOf(row)) {
    ++place;
    if (const auto* text = std::get_if<std::string>(&cell)) {
      statement.bind(place, *text);
    } else if (const auto* number = std::get_if<std::int64_t>(&cell)) {
      statement.bind(place, *number);
    } else {
      statement.bind(place);
    }
  }
  statement.bind(place + 1, row.record.file.Version());
}

class SqliteRows final : public LedgerRows, private LedgerStep {
 public:
  // Throws SQLite::Exception.
  explicit SqliteRows(std::unique_ptr<sqlite::Database> database)
      : database_(std::move(database)),
        find_(database_->connection(), FindSql()),
        store_(database_->connection(), StoreSql()),
        history_(database_->connection(), HistorySql()),
        waiting_(database_->connection(), WaitingSql()) {}

  Status Atomically(const std::function<Status(LedgerStep&)>& work) override {
    return database_->Atomically([&](SQLite::Database& /*rows*/) { return work(*this); });
  }

  Result<std::vector<LoadRecord>> FindWaiting(TimePoint now, int limit) override {
    return database_->Read([&](SQLite::Database& /*rows*/) {
      waiting_.reset();
      waiting_.bind(1, UnixMillis(now));
      waiting_.bind(2, std::max(limit, 0));
      return RecordsOf(waiting_);
    });
  }

  Result<std::vector<LoadRecord>> Query(const HistoryFilter& filter) override {
    return database_->Read([&](SQLite::Database& /*rows*/) {
      history_.reset();
      history_.bind(1, filter.state ? std::string(StateName(*filter.state)) : std::string());
      history_.bind(2, filter.target_table);
      history_.bind(3, filter.uri_prefix);
      history_.bind(4, std::max(filter.limit, 0));
      history_.bind(5, TargetTableText(filter.target_table));
      history_.bind(6, filter.only_with_rows ? 1 : 0);
      history_.bind(7, filter.only_with_schema_change ? 1 : 0);
      return RecordsOf(history_);
    });
  }

 private:
  Result<std::vector<LoadRecord>> RecordsOf(SQLite::Statement& statement) {
    std::vector<LoadRecord> records;
    Status read;
    while (read && statement.executeStep()) {
      auto row = PresentRow(statement);
      if (row) {
        records.push_back(std::move(row->record));
      } else {
        read = std::unexpected(Corrupt(std::move(row).error()));
      }
    }
    statement.reset();  // an open read would keep the journal from being folded back
    EIDER_CHECK(read);
    return records;
  }

  Error Corrupt(Error cause) const {
    return Annotate(database_->subject().ToString(), std::move(cause));
  }

  // Throws SQLite::Exception.
  Result<std::optional<ClaimRow>> Find(const FileRef& file) override {
    find_.reset();
    find_.bind(1, file.uri.ToString());
    find_.bind(2, file.Version());
    if (!find_.executeStep()) {
      find_.reset();
      return std::nullopt;
    }
    auto row = PresentRow(find_);
    find_.reset();
    if (!row) return std::unexpected(Corrupt(std::move(row).error()));
    return *std::move(row);
  }

  // Throws SQLite::Exception.
  Status Store(const ClaimRow& row) override {
    store_.reset();
    BindRow(store_, row);
    store_.exec();
    store_.reset();
    return {};
  }

  const std::unique_ptr<sqlite::Database> database_;
  // Run inside of database_'s calls only.
  SQLite::Statement find_;
  SQLite::Statement store_;
  SQLite::Statement history_;
  SQLite::Statement waiting_;
};

}  // namespace

Result<std::unique_ptr<Ledger>> OpenSqliteLedger(const std::string& path, Clock& clock,
                                                 Random& random) {
  EIDER_ASSIGN(const ClaimOwner self, CurrentClaimOwner());
  EIDER_ASSIGN(auto database, OpenLedgerDatabase(path, clock, random));
  const sqlite::Subject subject = database->subject();
  try {
    auto rows = std::make_unique<SqliteRows>(std::move(database));
    return NewRulesLedger(std::move(rows), OwnedBy(self.ToText()), clock, random);
  } catch (const SQLite::Exception& cause) {
    return std::unexpected(sqlite::ErrorOf(subject, cause));
  }
}

}  // namespace eider::ledger
