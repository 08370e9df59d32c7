#include "eider/ledger/ledger_database.h"

#include <memory>
#include <string>
#include <string_view>

#include <SQLiteCpp/SQLiteCpp.h>
#include <fmt/format.h>

#include "eider/base/result.h"
#include "eider/sqlite/schema_mark.h"

namespace eider::ledger {
namespace {

constexpr sqlite::SchemaMark kMark = {.application_id = 0x45494452, .version = 8};  // "EIDR"

constexpr std::string_view kSchema = R"(
CREATE TABLE file_loads (
  uri TEXT NOT NULL,
  version TEXT NOT NULL,
  version_id TEXT NOT NULL,
  etag TEXT NOT NULL,
  size_bytes INTEGER NOT NULL,
  sequencer TEXT NOT NULL,
  state TEXT NOT NULL CHECK (
    state IN ('WAITING', 'CLAIMED', 'LOADED', 'FAILED', 'HELD', 'SKIPPED')),
  route TEXT NOT NULL,
  target_table TEXT NOT NULL,
  snapshot_id INTEGER,
  rows INTEGER NOT NULL,
  commit_token TEXT NOT NULL,
  claim_id TEXT NOT NULL,
  owner TEXT NOT NULL,
  error TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  forced_loads INTEGER NOT NULL,
  first_seen_ms INTEGER NOT NULL,
  claimed_at_ms INTEGER NOT NULL,
  lease_expires_ms INTEGER NOT NULL,
  finished_at_ms INTEGER,
  interrupted_since_ms INTEGER,
  route_version INTEGER NOT NULL DEFAULT 0,
  sql_hash TEXT NOT NULL DEFAULT '',
  parts TEXT NOT NULL DEFAULT '',
  broken_off INTEGER NOT NULL DEFAULT 0,
  error_code TEXT NOT NULL DEFAULT '',
  program TEXT NOT NULL DEFAULT '',
  rows_read INTEGER,
  rows_filtered INTEGER,
  rows_rejected INTEGER NOT NULL DEFAULT 0,
  error_line INTEGER NOT NULL DEFAULT 0,
  error_column TEXT NOT NULL DEFAULT '',
  error_value TEXT,
  readers TEXT NOT NULL DEFAULT '',
  schema_change TEXT NOT NULL DEFAULT '',
  errands TEXT NOT NULL DEFAULT '',
  afterwards TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (uri, version)
) STRICT, WITHOUT ROWID;
CREATE INDEX file_loads_newest ON file_loads (claimed_at_ms DESC);
CREATE INDEX file_loads_open ON file_loads (claimed_at_ms)
  WHERE state IN ('WAITING', 'CLAIMED');
CREATE INDEX file_loads_errands ON file_loads (uri, version) WHERE errands <> '';
)";

// A CHECK cannot be widened: the rows move to a new table. Its last columns have defaults for the
// programs of an older version that had the file open before.
constexpr std::string_view kColumnsOfVersion1 =
    "uri, version, version_id, etag, size_bytes, sequencer, state, route, target_table,"
    " snapshot_id, rows, commit_token, claim_id, owner, error, attempts, forced_loads,"
    " first_seen_ms, claimed_at_ms, lease_expires_ms, finished_at_ms, interrupted_since_ms";
constexpr std::string_view kColumnsNewInVersion2 = ", route_version, sql_hash, parts";
constexpr std::string_view kColumnsNewInVersion3 = ", broken_off, error_code, program";
constexpr std::string_view kColumnsNewInVersion4 =
    ", rows_read, rows_filtered, rows_rejected, error_line, error_column, error_value";
constexpr std::string_view kColumnsNewInVersion5 = ", readers";
constexpr std::string_view kColumnsNewInVersion6 = ", schema_change";

// Throws SQLite::Exception.
void Migrate(SQLite::Database& database, int from_version) {
  database.exec("DROP INDEX file_loads_newest");
  database.exec("DROP INDEX IF EXISTS file_loads_open");
  database.exec("ALTER TABLE file_loads RENAME TO file_loads_before");
  database.exec(std::string(kSchema));
  std::string columns(kColumnsOfVersion1);
  if (from_version >= 2) columns += kColumnsNewInVersion2;
  if (from_version >= 3) columns += kColumnsNewInVersion3;
  if (from_version >= 4) columns += kColumnsNewInVersion4;
  if (from_version >= 5) columns += kColumnsNewInVersion5;
  if (from_version >= 6) columns += kColumnsNewInVersion6;
  database.exec(
      fmt::format("INSERT INTO file_loads ({0}) SELECT {0} FROM file_loads_before", columns));
  database.exec("DROP TABLE file_loads_before");
}

// Creates the schema in an empty database and brings an older one up to date; refuses one that is
// not ours, without touching it.
// Throws SQLite::Exception.
Status PrepareSchema(SQLite::Database& database, const sqlite::Subject& subject) {
  EIDER_ASSIGN(const int version, sqlite::SchemaVersionOf(database, subject, kMark));
  if (version == kMark.version) return {};
  if (version == 0) {
    database.exec(std::string(kSchema));
  } else {
    Migrate(database, version);
  }
  sqlite::PutMark(database, kMark);
  return {};
}

}  // namespace

Result<std::unique_ptr<sqlite::Database>> OpenLedgerDatabase(const std::string& path, Clock& clock,
                                                             Random& random) {
  EIDER_ASSIGN(auto database,
               sqlite::Database::Open({.subject = {.name = "ledger",
                                                   .if_broken = "restore it from a backup, or move "
                                                                "it away to begin a new one",
                                                   .path = path}},
                                      clock, random));
  if (database->is_read_only()) {
    return Fail(Code::kDenied,
                fmt::format("ledger {} is read-only; this user needs write rights to the file and "
                            "its folder",
                            path));
  }
  EIDER_CHECK(database->Atomically(
      [&](SQLite::Database& tables) { return PrepareSchema(tables, database->subject()); }));
  EIDER_CHECK(database->UseWriteAheadLog());  // only now that it is ours
  return database;
}

}  // namespace eider::ledger
