#include "eider/ledger/postgres_ledger.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "eider/codec/utf8.h"
#include "eider/ledger/ledger_columns.h"
#include "eider/ledger/ledger_rows.h"
#include "eider/ledger/part_records.h"
#include "eider/ledger/rules_ledger.h"
#include "eider/postgres/connection.h"
#include "eider/postgres/database.h"
#include "eider/postgres/schema_version.h"

namespace eider::ledger {
namespace {

using postgres::Connection;
using postgres::Value;

constexpr postgres::SchemaVersion kSchema = {.name = "ledger", .version = 3};

constexpr std::string_view kCreateSql = R"(
CREATE TABLE eider_file_loads (
  uri TEXT COLLATE "C" NOT NULL,
  version TEXT COLLATE "C" NOT NULL,
  version_id TEXT NOT NULL,
  etag TEXT NOT NULL,
  size_bytes BIGINT NOT NULL,
  sequencer TEXT NOT NULL,
  state TEXT NOT NULL CHECK (
    state IN ('WAITING', 'CLAIMED', 'LOADED', 'FAILED', 'HELD', 'SKIPPED')),
  route TEXT NOT NULL,
  target_table TEXT NOT NULL,
  snapshot_id BIGINT,
  rows BIGINT NOT NULL,
  commit_token TEXT NOT NULL,
  claim_id TEXT NOT NULL,
  owner TEXT NOT NULL,
  error TEXT NOT NULL,
  attempts BIGINT NOT NULL,
  forced_loads BIGINT NOT NULL,
  first_seen_ms BIGINT NOT NULL,
  claimed_at_ms BIGINT NOT NULL,
  lease_expires_ms BIGINT NOT NULL,
  finished_at_ms BIGINT,
  interrupted_since_ms BIGINT,
  route_version BIGINT NOT NULL,
  sql_hash TEXT NOT NULL,
  parts TEXT NOT NULL,
  broken_off BIGINT NOT NULL,
  error_code TEXT NOT NULL,
  program TEXT NOT NULL,
  rows_read BIGINT,
  rows_filtered BIGINT,
  rows_rejected BIGINT NOT NULL,
  error_line BIGINT NOT NULL,
  error_column TEXT NOT NULL,
  error_value TEXT,
  readers TEXT NOT NULL,
  schema_change TEXT NOT NULL,
  errands TEXT NOT NULL,
  afterwards TEXT NOT NULL,
  PRIMARY KEY (uri, version)
);
CREATE INDEX eider_file_loads_newest ON eider_file_loads (claimed_at_ms DESC);
CREATE INDEX eider_file_loads_open ON eider_file_loads (claimed_at_ms)
  WHERE state IN ('WAITING', 'CLAIMED');
CREATE INDEX eider_file_loads_errands ON eider_file_loads (uri, version) WHERE errands <> '';
)";

// Of the table that the first version made.
constexpr std::string_view kVersion2 = R"(
ALTER TABLE eider_file_loads DROP CONSTRAINT eider_file_loads_state_check;
ALTER TABLE eider_file_loads ADD CONSTRAINT eider_file_loads_state_check CHECK (
  state IN ('WAITING', 'CLAIMED', 'LOADED', 'FAILED', 'HELD', 'SKIPPED'));
CREATE INDEX eider_file_loads_open ON eider_file_loads (claimed_at_ms)
  WHERE state IN ('WAITING', 'CLAIMED');
)";

// Of the table of the second. The defaults are for programs that had it open before.
constexpr std::string_view kVersion3 = R"(
ALTER TABLE eider_file_loads ADD COLUMN errands TEXT NOT NULL DEFAULT '';
ALTER TABLE eider_file_loads ADD COLUMN afterwards TEXT NOT NULL DEFAULT '';
CREATE INDEX eider_file_loads_errands ON eider_file_loads (uri, version) WHERE errands <> '';
)";

std::string ScriptFrom(int version) {
  if (version == 0) return std::string(kCreateSql);
  return std::string(version == 1 ? kVersion2 : "") + std::string(kVersion3);
}

std::string Columns() {
  return fmt::format("{}", fmt::join(kLedgerColumns, ", "));
}

// Until the transaction ends nobody else changes the row.
std::string FindSql() {
  return fmt::format("SELECT {} FROM eider_file_loads WHERE uri = $1 AND version = $2 FOR UPDATE",
                     Columns());
}

// $3, $5: see TargetTableText and RouteText.
constexpr std::string_view kFilterSql =
    " WHERE ($1 = '' OR state = $1) AND ($2 = '' OR target_table = $2 OR strpos(parts, $3) > 0)"
    " AND ($4 = '' OR route = $4 OR strpos(parts, $5) > 0) AND starts_with(uri, $6)"
    " AND ($7 = '' OR error_code = $7) AND ($8 = '' OR strpos(lower(error), lower($8)) > 0)"
    " AND coalesce(finished_at_ms, claimed_at_ms) >= $9::bigint"
    " AND coalesce(finished_at_ms, claimed_at_ms) < $10::bigint"
    " AND ($11 = 0::bigint OR rows > 0) AND ($12 = 0::bigint OR schema_change <> '')";

std::string HistorySql() {
  return fmt::format(
      "SELECT {} FROM eider_file_loads{} ORDER BY claimed_at_ms DESC, uri, version"
      " LIMIT $13::bigint OFFSET $14::bigint",
      Columns(), kFilterSql);
}

std::string ByUriSql() {
  return fmt::format(
      "SELECT {} FROM eider_file_loads WHERE (uri, version) > ($2, $3) AND uri >= $1"
      " AND starts_with(uri, $1) ORDER BY uri, version LIMIT $4::bigint",
      Columns());
}

std::string CountSql() {
  return fmt::format(
      "SELECT state, route, target_table, count(*)::bigint, sum(rows)::bigint,"
      " sum(size_bytes)::bigint, min(claimed_at_ms)::bigint,"
      " max(coalesce(finished_at_ms, claimed_at_ms))::bigint FROM eider_file_loads{}"
      " GROUP BY state, route, target_table"
      " ORDER BY state COLLATE \"C\", route COLLATE \"C\", target_table COLLATE \"C\"",
      kFilterSql);
}

// Of the index eider_file_loads_open.
std::string WaitingSql() {
  return fmt::format(
      "SELECT {} FROM eider_file_loads WHERE state IN ('WAITING', 'CLAIMED')"
      " AND (state = 'WAITING' OR lease_expires_ms <= $1::bigint)"
      " ORDER BY claimed_at_ms, uri, version LIMIT $2::bigint",
      Columns());
}

// Of the index eider_file_loads_errands.
std::string ErrandsSql() {
  return fmt::format(
      "SELECT {} FROM eider_file_loads WHERE errands <> '' AND (uri, version) > ($1, $2)"
      " ORDER BY uri, version LIMIT $3::bigint",
      Columns());
}

// `on_conflict`: what follows where the row is there.
std::string StoreSql(std::string_view on_conflict) {
  std::string places = "$1";
  for (std::size_t i = 2; i <= kLedgerColumns.size() + 1; ++i) places += fmt::format(", ${}", i);
  return fmt::format(
      "INSERT INTO eider_file_loads ({}, version) VALUES ({}) ON CONFLICT (uri, version) DO {}",
      Columns(), places, on_conflict);
}

std::string Updates() {
  std::vector<std::string> updates;
  for (const std::string_view column : kLedgerColumns) {
    updates.push_back(fmt::format("{0} = excluded.{0}", column));
  }
  return fmt::format("UPDATE SET {}", fmt::join(updates, ", "));
}

// PostgreSQL's texts are UTF-8 without NUL, and a key is any bytes: what it cannot hold is \xHH,
// and a backslash is two.
std::string Escaped(std::string_view bytes) {
  std::string text;
  while (!bytes.empty()) {
    const codec::CodePoint first = codec::FirstCodePoint(bytes);
    if (first.bytes == 0 || first.value == 0) {
      text += fmt::format("\\x{:02x}", static_cast<unsigned char>(bytes.front()));
      bytes.remove_prefix(1);
      continue;
    }
    if (first.value == '\\') text += '\\';
    text += bytes.substr(0, first.bytes);
    bytes.remove_prefix(first.bytes);
  }
  return text;
}

std::string Unescaped(std::string_view text) {
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      bytes += text[i];
    } else if (text[i + 1] == 'x' && i + 3 < text.size()) {
      const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
      bytes += static_cast<char>(digit(text[i + 2]) * 16 + digit(text[i + 3]));
      i += 3;
    } else {
      bytes += text[++i];
    }
  }
  return bytes;
}

// The parts are JSON, which is UTF-8, and are looked into by the history.
bool IsPlain(std::size_t place) {
  return kLedgerColumns[place] == "parts";
}

std::vector<Value> ValuesOf(const ClaimRow& row) {
  std::vector<Value> values = CellsOf(row);
  for (std::size_t i = 0; i < values.size(); ++i) {
    auto* const text = std::get_if<std::string>(&values[i]);
    if (text != nullptr && !IsPlain(i)) *text = Escaped(*text);
  }
  values.emplace_back(Escaped(row.record.file.Version()));
  return values;
}

Result<ClaimRow> RowOfValues(std::vector<Value> values) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    auto* const text = std::get_if<std::string>(&values[i]);
    if (text != nullptr && !IsPlain(i)) *text = Unescaped(*text);
  }
  return RowOf(values);
}

using Identity = std::pair<std::string, std::string>;  // URI, version; escaped

Identity RowKeyOf(const FileRef& file) {
  return {Escaped(file.uri.ToString()), Escaped(file.Version())};
}

struct Statements {
  std::string find = FindSql();
  std::string add = StoreSql("NOTHING");
  std::string replace = StoreSql(Updates());
  std::string history = HistorySql();
  std::string waiting = WaitingSql();
  std::string errands = ErrandsSql();
  std::string count = CountSql();
  std::string by_uri = ByUriSql();
};

class PostgresStep final : public LedgerStep {
 public:
  PostgresStep(const Statements& statements, Connection& connection)
      : statements_(statements), connection_(connection) {}

  Result<std::optional<ClaimRow>> Find(const FileRef& file) override {
    Identity identity = RowKeyOf(file);
    EIDER_ASSIGN(postgres::Answer found,
                 connection_.Run(statements_.find, {identity.first, identity.second}));
    if (found.rows.empty()) {
      absent_.insert(std::move(identity));
      return std::nullopt;
    }
    EIDER_ASSIGN(ClaimRow row, RowOfValues(std::move(found.rows.front())));
    return row;
  }

  // Where there was no row there is none to lock: another step may have made it meanwhile.
  Status Store(const ClaimRow& row) override {
    const FileRef& file = row.record.file;
    const bool is_new = absent_.erase(RowKeyOf(file)) > 0;
    EIDER_ASSIGN(const postgres::Answer stored,
                 connection_.Run(is_new ? statements_.add : statements_.replace, ValuesOf(row)));
    if (stored.changed == 1) return {};
    connection_.set_may_repeat(true);
    return Fail(Code::kUnavailable,
                fmt::format("other programs were faster at {}, time after time; try again later",
                            file.uri.ToString()));
  }

 private:
  const Statements& statements_;
  Connection& connection_;
  std::set<Identity> absent_;  // looked for, and not stored since
};

class PostgresRows final : public LedgerRows {
 public:
  explicit PostgresRows(std::unique_ptr<postgres::Database> database)
      : database_(std::move(database)) {}

  Status Atomically(const std::function<Status(LedgerStep&)>& work) override {
    return database_->Atomically([&](Connection& connection) {
      PostgresStep step(statements_, connection);
      return work(step);
    });
  }

  Result<std::vector<LoadRecord>> Query(const HistoryFilter& filter) override {
    std::vector<Value> parameters = ParametersOf(filter);
    parameters.emplace_back(std::int64_t{std::max(filter.limit, 0)});
    parameters.emplace_back(std::int64_t{std::max(filter.skip, 0)});
    return RecordsOf(statements_.history, parameters);
  }

  Result<std::vector<LoadRecord>> FindWaiting(TimePoint now, int limit) override {
    return RecordsOf(statements_.waiting,
                     {UnixMillis(now), static_cast<std::int64_t>(std::max(limit, 0))});
  }

  Result<std::vector<LoadRecord>> FindErrands(const HistoryPlace& after, int limit) override {
    return RecordsOf(statements_.errands, {Escaped(after.uri), Escaped(after.version),
                                           std::int64_t{std::max(limit, 0)}});
  }

  Result<std::vector<LoadRecord>> ListByUri(const std::string& uri_prefix,
                                            const HistoryPlace& after, int limit) override {
    return RecordsOf(statements_.by_uri,
                     {Escaped(uri_prefix), Escaped(after.uri), Escaped(after.version),
                      std::int64_t{std::max(limit, 0)}});
  }

  Result<std::vector<HistoryCount>> Count(const HistoryFilter& filter) override {
    const std::vector<Value> parameters = ParametersOf(filter);
    EIDER_ASSIGN(postgres::Answer found, database_->Read([&](Connection& connection) {
      return connection.Run(statements_.count, parameters);
    }));
    std::vector<HistoryCount> counts;
    for (std::vector<Value>& values : found.rows) {
      const auto text = [&](std::size_t place) {
        return Unescaped(std::get<std::string>(values[place]));
      };
      const auto number = [&](std::size_t place) { return std::get<std::int64_t>(values[place]); };
      counts.push_back({.state = StateOf(text(0)).value_or(State::kFailed),
                        .route = text(1),
                        .target_table = text(2),
                        .files = number(3),
                        .rows = number(4),
                        .size_bytes = static_cast<std::uint64_t>(number(5)),
                        .oldest = TimePoint(Milliseconds(number(6))),
                        .newest = TimePoint(Milliseconds(number(7)))});
    }
    return counts;
  }

 private:
  static std::vector<Value> ParametersOf(const HistoryFilter& filter) {
    return {filter.state ? std::string(StateName(*filter.state)) : std::string(),
            Escaped(filter.target_table),
            TargetTableText(filter.target_table),
            Escaped(filter.route),
            RouteText(filter.route),
            Escaped(filter.uri_prefix),
            filter.error_code,
            Escaped(filter.error_text),
            filter.since ? UnixMillis(*filter.since) : INT64_MIN,
            filter.until ? UnixMillis(*filter.until) : INT64_MAX,
            std::int64_t{filter.only_with_rows ? 1 : 0},
            std::int64_t{filter.only_with_schema_change ? 1 : 0}};
  }

  Result<std::vector<LoadRecord>> RecordsOf(const std::string& statement,
                                            const std::vector<Value>& parameters) {
    EIDER_ASSIGN(postgres::Answer found, database_->Read([&](Connection& connection) {
      return connection.Run(statement, parameters);
    }));
    std::vector<LoadRecord> records;
    for (std::vector<Value>& values : found.rows) {
      auto row = RowOfValues(std::move(values));
      if (!row) return Fail(database_->label(), std::move(row).error());
      records.push_back(std::move(row->record));
    }
    return records;
  }

  const Statements statements_;
  const std::unique_ptr<postgres::Database> database_;
};

}  // namespace

Result<std::unique_ptr<Ledger>> OpenPostgresLedger(PostgresLedgerOptions options, Clock& clock,
                                                   Random& random) {
  EIDER_ASSIGN(auto database,
               postgres::Database::Open(
                   {.address = {.name = "ledger", .uri = std::move(options.uri)}}, clock, random));
  EIDER_CHECK(postgres::PrepareSchema(*database, kSchema, [](Connection& connection, int from) {
    return connection.RunScript(ScriptFrom(from));
  }));
  return NewRulesLedger(std::make_unique<PostgresRows>(std::move(database)),
                        OwnedBy(std::move(options.owner), std::move(options.ended_owners)), clock,
                        random);
}

}  // namespace eider::ledger
