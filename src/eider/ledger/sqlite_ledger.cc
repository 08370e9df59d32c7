// One row per identity, one IMMEDIATE transaction per step.
#include "eider/ledger/sqlite_ledger.h"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
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
constexpr std::string_view kFilterSql =
    " WHERE (?1 = '' OR state = ?1) AND (?2 = '' OR target_table = ?2 OR instr(parts, ?3) > 0)"
    " AND (?4 = '' OR route = ?4 OR instr(parts, ?5) > 0)"
    " AND (?6 = '' OR substr(CAST(uri AS BLOB), 1, length(CAST(?6 AS BLOB))) = CAST(?6 AS BLOB))"
    " AND (?7 = '' OR error_code = ?7) AND (?8 = '' OR instr(lower(error), lower(?8)) > 0)"
    " AND coalesce(finished_at_ms, claimed_at_ms) >= ?9"
    " AND coalesce(finished_at_ms, claimed_at_ms) < ?10"
    " AND (?11 = 0 OR rows > 0) AND (?12 = 0 OR schema_change <> '')";

std::string HistorySql() {
  return fmt::format(
      "SELECT {} FROM file_loads{} ORDER BY claimed_at_ms DESC, uri, version LIMIT ?13 OFFSET ?14",
      fmt::join(kLedgerColumns, ", "), kFilterSql);
}

// A text is stored as the bytes that it is, and compared so.
std::string ByUriSql() {
  return fmt::format(
      "SELECT {} FROM file_loads WHERE (uri, version) > (?2, ?3)"
      " AND substr(CAST(uri AS BLOB), 1, length(CAST(?1 AS BLOB))) = CAST(?1 AS BLOB)"
      " AND uri >= ?1 ORDER BY uri, version LIMIT ?4",
      fmt::join(kLedgerColumns, ", "));
}

std::string CountSql() {
  return fmt::format(
      "SELECT state, route, target_table, count(*), sum(rows), sum(size_bytes),"
      " min(claimed_at_ms), max(coalesce(finished_at_ms, claimed_at_ms)) FROM file_loads{}"
      " GROUP BY state, route, target_table ORDER BY state, route, target_table",
      kFilterSql);
}

void BindFilter(SQLite::Statement& statement, const HistoryFilter& filter) {
  int place = 0;
  statement.bind(++place, filter.state ? std::string(StateName(*filter.state)) : std::string());
  statement.bind(++place, filter.target_table);
  statement.bind(++place, TargetTableText(filter.target_table));
  statement.bind(++place, filter.route);
  statement.bind(++place, RouteText(filter.route));
  statement.bind(++place, filter.uri_prefix);
  statement.bind(++place, filter.error_code);
  statement.bind(++place, filter.error_text);
  statement.bind(++place, filter.since ? UnixMillis(*filter.since) : INT64_MIN);
  statement.bind(++place, filter.until ? UnixMillis(*filter.until) : INT64_MAX);
  statement.bind(++place, filter.only_with_rows ? 1 : 0);
  statement.bind(++place, filter.only_with_schema_change ? 1 : 0);
}

// Of the index file_loads_open.
std::string WaitingSql() {
  return fmt::format(
      "SELECT {} FROM file_loads WHERE state IN ('WAITING', 'CLAIMED')"
      " AND (state = 'WAITING' OR lease_expires_ms <= ?1)"
      " ORDER BY claimed_at_ms, uri, version LIMIT ?2",
      fmt::join(kLedgerColumns, ", "));
}

// Of the index file_loads_errands.
std::string ErrandsSql() {
  return fmt::format(
      "SELECT {} FROM file_loads WHERE errands <> '' AND (uri, version) > (?1, ?2)"
      " ORDER BY uri, version LIMIT ?3",
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

// Borrows the texts until the statement's bindings are cleared.
void BindRow(SQLite::Statement& statement, const std::vector<Cell>& cells,
             const std::string& version) {
  int place = 0;
  for (const Cell& cell : cells) {
    ++place;
    if (const auto* text = std::get_if<std::string>(&cell)) {
      statement.bindNoCopy(place, *text);
    } else if (const auto* number = std::get_if<std::int64_t>(&cell)) {
      statement.bind(place, *number);
    } else {
      statement.bind(place);
    }
  }
  statement.bindNoCopy(place + 1, version);
}

class SqliteRows final : public LedgerRows, private LedgerStep {
 public:
  // Throws SQLite::Exception.
  explicit SqliteRows(std::unique_ptr<sqlite::Database> database)
      : database_(std::move(database)),
        find_(database_->connection(), FindSql()),
        store_(database_->connection(), StoreSql()),
        history_(database_->connection(), HistorySql()),
        waiting_(database_->connection(), WaitingSql()),
        errands_(database_->connection(), ErrandsSql()),
        count_(database_->connection(), CountSql()),
        by_uri_(database_->connection(), ByUriSql()) {}

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

  Result<std::vector<LoadRecord>> FindErrands(const HistoryPlace& after, int limit) override {
    return database_->Read([&](SQLite::Database& /*rows*/) {
      errands_.reset();
      errands_.bind(1, after.uri);
      errands_.bind(2, after.version);
      errands_.bind(3, std::max(limit, 0));
      return RecordsOf(errands_);
    });
  }

  Result<std::vector<LoadRecord>> Query(const HistoryFilter& filter) override {
    return database_->Read([&](SQLite::Database& /*rows*/) {
      history_.reset();
      BindFilter(history_, filter);
      history_.bind(13, std::max(filter.limit, 0));
      history_.bind(14, std::max(filter.skip, 0));
      return RecordsOf(history_);
    });
  }

  Result<std::vector<LoadRecord>> ListByUri(const std::string& uri_prefix,
                                            const HistoryPlace& after, int limit) override {
    return database_->Read([&](SQLite::Database& /*rows*/) {
      by_uri_.reset();
      by_uri_.bind(1, uri_prefix);
      by_uri_.bind(2, after.uri);
      by_uri_.bind(3, after.version);
      by_uri_.bind(4, std::max(limit, 0));
      return RecordsOf(by_uri_);
    });
  }

  Result<std::vector<HistoryCount>> Count(const HistoryFilter& filter) override {
    return database_->Read([&](SQLite::Database& /*rows*/) -> Result<std::vector<HistoryCount>> {
      count_.reset();
      BindFilter(count_, filter);
      std::vector<HistoryCount> counts;
      while (count_.executeStep()) {
        counts.push_back(
            {.state = StateOf(count_.getColumn(0).getString()).value_or(State::kFailed),
             .route = count_.getColumn(1).getString(),
             .target_table = count_.getColumn(2).getString(),
             .files = count_.getColumn(3).getInt64(),
             .rows = count_.getColumn(4).getInt64(),
             .size_bytes = static_cast<std::uint64_t>(count_.getColumn(5).getInt64()),
             .oldest = TimePoint(Milliseconds(count_.getColumn(6).getInt64())),
             .newest = TimePoint(Milliseconds(count_.getColumn(7).getInt64()))});
      }
      count_.reset();
      return counts;
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
    const std::vector<Cell> cells = CellsOf(row);
    const std::string version = row.record.file.Version();
    store_.reset();
    BindRow(store_, cells, version);
    store_.exec();
    store_.reset();
    store_.clearBindings();
    return {};
  }

  const std::unique_ptr<sqlite::Database> database_;
  // Run inside of database_'s calls only.
  SQLite::Statement find_;
  SQLite::Statement store_;
  SQLite::Statement history_;
  SQLite::Statement waiting_;
  SQLite::Statement errands_;
  SQLite::Statement count_;
  SQLite::Statement by_uri_;
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
