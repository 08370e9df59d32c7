// Opening of the ledger's file, its schema, and the translation of SQLite's errors.
#include "eider/ledger/ledger_database.h"

#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>

#include <SQLiteCpp/SQLiteCpp.h>
#include <fmt/format.h>
#include <sqlite3.h>

#include "eider/base/result.h"
#include "eider/config/regular_file.h"

namespace eider::ledger {
namespace {

constexpr int kApplicationId = 0x45494452;  // "EIDR"
constexpr int kSchemaVersion = 5;
constexpr int kBusyTimeoutMs = 30'000;

constexpr std::string_view kSchema = R"(
CREATE TABLE file_loads (
  uri TEXT NOT NULL,
  version TEXT NOT NULL,
  version_id TEXT NOT NULL,
  etag TEXT NOT NULL,
  size_bytes INTEGER NOT NULL,
  sequencer TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('CLAIMED', 'LOADED', 'FAILED', 'HELD', 'SKIPPED')),
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
  PRIMARY KEY (uri, version)
) STRICT, WITHOUT ROWID;
CREATE INDEX file_loads_newest ON file_loads (claimed_at_ms DESC);
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

// Throws SQLite::Exception.
void Migrate(SQLite::Database& database, int from_version) {
  database.exec("DROP INDEX file_loads_newest");
  database.exec("ALTER TABLE file_loads RENAME TO file_loads_before");
  database.exec(std::string(kSchema));
  std::string columns(kColumnsOfVersion1);
  if (from_version >= 2) columns += kColumnsNewInVersion2;
  if (from_version >= 3) columns += kColumnsNewInVersion3;
  if (from_version >= 4) columns += kColumnsNewInVersion4;
  database.exec(
      fmt::format("INSERT INTO file_loads ({0}) SELECT {0} FROM file_loads_before", columns));
  database.exec("DROP TABLE file_loads_before");
  database.exec(fmt::format("PRAGMA user_version = {}", kSchemaVersion));
}

// Creates the schema in an empty database and brings an older one up to date; refuses one that is
// not ours, without touching it.
// Throws SQLite::Exception.
Status CheckSchema(SQLite::Database& database, const std::string& path) {
  const int application_id = database.execAndGet("PRAGMA application_id").getInt();
  const int version = database.execAndGet("PRAGMA user_version").getInt();
  const int tables = database.execAndGet("SELECT count(*) FROM sqlite_schema").getInt();
  if (application_id == kApplicationId && version == kSchemaVersion) return {};
  if (application_id == kApplicationId && version >= 1 && version < kSchemaVersion) {
    Migrate(database, version);
    return {};
  }
  if (application_id == kApplicationId) {
    return Fail(Code::kUnsupported,
                fmt::format("ledger {} was made by a newer Eider: its schema version is {}, this "
                            "program knows {}; use that Eider, or another ledger",
                            path, version, kSchemaVersion));
  }
  if (application_id != 0 || version != 0 || tables != 0) {
    return Fail(Code::kCorrupt,
                fmt::format("{} is a database of another program, not a ledger; configure another "
                            "path (application_id {}, user_version {})",
                            path, application_id, version));
  }
  database.exec(std::string(kSchema));
  database.exec(fmt::format("PRAGMA application_id = {}", kApplicationId));
  database.exec(fmt::format("PRAGMA user_version = {}", kSchemaVersion));
  return {};
}

// Throws SQLite::Exception.
Status PrepareDatabase(SQLite::Database& database, const std::string& path) {
  if (sqlite3_db_readonly(database.getHandle(), "main") == 1) {
    return Fail(Code::kDenied,
                fmt::format("ledger {} is read-only; this user needs write rights to the file and "
                            "its folder",
                            path));
  }
  {
    SQLite::Transaction transaction(database, SQLite::TransactionBehavior::IMMEDIATE);
    EIDER_CHECK(CheckSchema(database, path));
    transaction.commit();
  }
  // Only now that it is ours: the journal mode stays with the file.
  database.exec("PRAGMA journal_mode = WAL");
  database.exec("PRAGMA synchronous = FULL");
  return {};
}

Status CreateFolderOf(const std::string& path) {
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  if (folder.empty()) return {};
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (!error) return {};
  return Fail(Code::kDenied, fmt::format("cannot create folder {} for the ledger: {}",
                                         folder.string(), error.message()));
}

}  // namespace

Error LedgerError(const std::string& path, const SQLite::Exception& cause) {
  switch (cause.getErrorCode()) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {Code::kUnavailable, fmt::format("ledger {} is locked by another program: waited {} s",
                                              path, kBusyTimeoutMs / 1'000)};
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_CANTOPEN:
      return {Code::kDenied, fmt::format("cannot open ledger {} for writing; this user needs write "
                                         "rights to the file and its folder: {}",
                                         path, cause.what())};
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
      return {Code::kCorrupt,
              fmt::format("ledger {} is no intact SQLite database; restore it from a backup, or "
                          "move it away to begin a new one: {}",
                          path, cause.what())};
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_NOMEM:
      return {Code::kUnavailable, fmt::format("cannot use ledger {}: {}", path, cause.what())};
    default:
      return {Code::kInternal, fmt::format("ledger {} failed: {}", path, cause.what())};
  }
}

Result<SQLite::Database> OpenLedgerDatabase(const std::string& path) {
  EIDER_CHECK(CreateFolderOf(path));
  if (const Status is_file = config::CheckRegularFile(path); !is_file) {
    return Fail("cannot use the ledger", is_file.error());
  }
  try {
    SQLite::Database database(path, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE, kBusyTimeoutMs);
    EIDER_CHECK(PrepareDatabase(database, path));
    return database;
  } catch (const SQLite::Exception& cause) {
    return std::unexpected(LedgerError(path, cause));
  }
}

}  // namespace eider::ledger
