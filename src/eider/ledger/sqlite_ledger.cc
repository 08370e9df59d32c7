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
#include <vector>

#include <SQLiteCpp/SQLiteCpp.h>
#include <fmt/format.h>

#include "eider/ledger/claim_owner.h"
#include "eider/ledger/claim_rules.h"
#include "eider/ledger/ledger_database.h"
#include "eider/ledger/ledger_rows.h"
#include "eider/ledger/part_records.h"
#include "eider/ledger/rules_ledger.h"
#include "eider/sqlite/database.h"

namespace eider::ledger {
namespace {

// In the order of RowOf and BindRow.
constexpr std::string_view kColumns =
    "uri, version_id, etag, size_bytes, sequencer, state, route, target_table, snapshot_id, rows,"
    " commit_token, claim_id, owner, error, attempts, forced_loads, first_seen_ms, claimed_at_ms,"
    " lease_expires_ms, finished_at_ms, interrupted_since_ms, route_version, sql_hash, parts,"
    " broken_off, error_code, program, rows_read, rows_filtered, rows_rejected, error_line,"
    " error_column, error_value, readers, schema_change";

std::string FindSql() {
  return fmt::format("SELECT {} FROM file_loads WHERE uri = ? AND version = ?", kColumns);
}

// A prefix is compared byte by byte: keys need not be valid UTF-8. ?5: see TargetTableText.
std::string HistorySql() {
  return fmt::format(
      "SELECT {} FROM file_loads WHERE (?1 = '' OR state = ?1)"
      " AND (?2 = '' OR target_table = ?2 OR instr(parts, ?5) > 0)"
      " AND (?3 = '' OR substr(CAST(uri AS BLOB), 1, length(CAST(?3 AS BLOB))) = CAST(?3 AS BLOB))"
      " AND (?6 = 0 OR rows > 0) AND (?7 = 0 OR schema_change <> '')"
      " ORDER BY claimed_at_ms DESC, uri, version LIMIT ?4",
      kColumns);
}

std::string StoreSql() {
  return fmt::format(
      "INSERT OR REPLACE INTO file_loads ({}, version)"
      " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,"
      " ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      kColumns);
}

TimePoint TimeOf(const SQLite::Column& column) {
  return TimePoint(Milliseconds(column.getInt64()));
}

std::optional<TimePoint> OptionalTimeOf(const SQLite::Column& column) {
  if (column.isNull()) return std::nullopt;
  return TimeOf(column);
}

void BindOptional(SQLite::Statement& statement, int index, std::optional<std::int64_t> value) {
  if (value) {
    statement.bind(index, *value);
  } else {
    statement.bind(index);
  }
}

std::optional<std::int64_t> MillisOf(const std::optional<TimePoint>& time) {
  if (!time) return std::nullopt;
  return UnixMillis(*time);
}

void ReadCounts(SQLite::Statement& statement, LoadRecord& record) {
  RowCounts& counts = record.result.counts;
  if (!statement.isColumnNull(27)) counts.read = statement.getColumn(27).getInt64();
  if (!statement.isColumnNull(28)) counts.filtered = statement.getColumn(28).getInt64();
  counts.rejected = statement.getColumn(29).getInt64();
  FilePlace& place = record.error_place;
  place.line = static_cast<std::uint64_t>(statement.getColumn(30).getInt64());
  place.column = statement.getColumn(31).getString();
  if (!statement.isColumnNull(32)) place.value = statement.getColumn(32).getString();
}

// The present row of a statement, without the URI, which stands in column 0. Errors: kCorrupt.
Result<ClaimRow> RowOf(SQLite::Statement& statement) {
  ClaimRow row;
  LoadRecord& record = row.record;
  record.file.version_id = statement.getColumn(1).getString();
  record.file.etag = statement.getColumn(2).getString();
  record.file.size_bytes = static_cast<std::uint64_t>(statement.getColumn(3).getInt64());
  record.file.sequencer = statement.getColumn(4).getString();
  // The table's CHECK admits no other.
  record.state = StateOf(statement.getColumn(5).getString()).value_or(State::kClaimed);
  record.result.route = statement.getColumn(6).getString();
  record.result.target_table = statement.getColumn(7).getString();
  if (!statement.isColumnNull(8)) record.result.snapshot_id = statement.getColumn(8).getInt64();
  record.result.rows = statement.getColumn(9).getInt64();
  record.commit_token = statement.getColumn(10).getString();
  row.claim_id = statement.getColumn(11).getString();
  record.owner = statement.getColumn(12).getString();
  record.error = statement.getColumn(13).getString();
  record.attempts = statement.getColumn(14).getInt();
  row.forced_loads = statement.getColumn(15).getInt64();
  record.first_seen = TimeOf(statement.getColumn(16));
  record.claimed_at = TimeOf(statement.getColumn(17));
  record.lease_expires = TimeOf(statement.getColumn(18));
  record.finished_at = OptionalTimeOf(statement.getColumn(19));
  row.interrupted_since = OptionalTimeOf(statement.getColumn(20));
  record.result.route_version = statement.getColumn(21).getInt64();
  record.result.sql_hash = statement.getColumn(22).getString();
  EIDER_ASSIGN(record.result.parts, ParseParts(statement.getColumn(23).getString()));
  record.broken_off = statement.getColumn(24).getInt();
  record.error_code = statement.getColumn(25).getString();
  record.result.program = statement.getColumn(26).getString();
  ReadCounts(statement, record);
  record.result.readers = statement.getColumn(33).getString();
  record.result.schema_change = statement.getColumn(34).getString();
  return row;
}

void BindRow(SQLite::Statement& statement, const ClaimRow& row) {
  const LoadRecord& record = row.record;
  statement.bind(1, record.file.uri.ToString());
  statement.bind(2, record.file.version_id);
  statement.bind(3, record.file.etag);
  statement.bind(4, static_cast<std::int64_t>(record.file.size_bytes));
  statement.bind(5, record.file.sequencer);
  statement.bind(6, std::string(StateName(record.state)));
  statement.bind(7, record.result.route);
  statement.bind(8, record.result.target_table);
  BindOptional(statement, 9, record.result.snapshot_id);
  statement.bind(10, record.result.rows);
  statement.bind(11, record.commit_token);
  statement.bind(12, row.claim_id);
  statement.bind(13, record.owner);
  statement.bind(14, record.error);
  statement.bind(15, record.attempts);
  statement.bind(16, row.forced_loads);
  statement.bind(17, UnixMillis(record.first_seen));
  statement.bind(18, UnixMillis(record.claimed_at));
  statement.bind(19, UnixMillis(record.lease_expires));
  BindOptional(statement, 20, MillisOf(record.finished_at));
  BindOptional(statement, 21, MillisOf(row.interrupted_since));
  statement.bind(22, record.result.route_version);
  statement.bind(23, record.result.sql_hash);
  statement.bind(24, PartsText(record.result.parts));
  statement.bind(25, record.broken_off);
  statement.bind(26, record.error_code);
  statement.bind(27, record.result.program);
  BindOptional(statement, 28, record.result.counts.read);
  BindOptional(statement, 29, record.result.counts.filtered);
  statement.bind(30, record.result.counts.rejected);
  statement.bind(31, static_cast<std::int64_t>(record.error_place.line));
  statement.bind(32, record.error_place.column);
  if (record.error_place.value) {
    statement.bind(33, *record.error_place.value);
  } else {
    statement.bind(33);
  }
  statement.bind(34, record.result.readers);
  statement.bind(35, record.result.schema_change);
  statement.bind(36, record.file.Version());
}

class SqliteRows final : public LedgerRows, private LedgerStep {
 public:
  // Throws SQLite::Exception.
  explicit SqliteRows(std::unique_ptr<sqlite::Database> database)
      : database_(std::move(database)),
        find_(database_->connection(), FindSql()),
        store_(database_->connection(), StoreSql()),
        history_(database_->connection(), HistorySql()) {}

  Status Atomically(const std::function<Status(LedgerStep&)>& work) override {
    return database_->Atomically([&](SQLite::Database& /*rows*/) { return work(*this); });
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
      auto records = ReadHistory();
      history_.reset();  // an open read would keep the journal from being folded back
      return records;
    });
  }

 private:
  Result<std::vector<LoadRecord>> ReadHistory() {
    std::vector<LoadRecord> records;
    while (history_.executeStep()) {
      const std::string uri = history_.getColumn(0).getString();
      auto row = RowOf(history_);
      if (!row) return std::unexpected(Corrupt(uri, std::move(row).error()));
      EIDER_ASSIGN(row->record.file.uri, Uri::Parse(uri));
      records.push_back(std::move(row->record));
    }
    return records;
  }

  Error Corrupt(const std::string& uri, Error cause) const {
    return Annotate(fmt::format("{}, the row of {}", database_->subject().ToString(), uri),
                    std::move(cause));
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
    auto row = RowOf(find_);
    find_.reset();
    if (!row) return std::unexpected(Corrupt(file.uri.ToString(), std::move(row).error()));
    row->record.file.uri = file.uri;
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
};

RulesLedgerOptions OptionsFor(ClaimOwner self) {
  std::string owner = self.ToText();
  return {.owner = std::move(owner),
          .owner_is_dead = [self = std::move(self)](std::string_view text) {
            const std::optional<ClaimOwner> other = ClaimOwner::Parse(text);
            return other && IsSurelyDead(*other, self);
          }};
}

}  // namespace

Result<std::unique_ptr<Ledger>> OpenSqliteLedger(const std::string& path, Clock& clock,
                                                 Random& random) {
  EIDER_ASSIGN(ClaimOwner self, CurrentClaimOwner());
  EIDER_ASSIGN(auto database, OpenLedgerDatabase(path, clock, random));
  const sqlite::Subject subject = database->subject();
  try {
    auto rows = std::make_unique<SqliteRows>(std::move(database));
    return NewRulesLedger(std::move(rows), OptionsFor(std::move(self)), clock, random);
  } catch (const SQLite::Exception& cause) {
    return std::unexpected(sqlite::ErrorOf(subject, cause));
  }
}

}  // namespace eider::ledger
