// Ledgers that earlier programs made, brought up to date.
#include <optional>
#include <string>
#include <variant>

#include <SQLiteCpp/SQLiteCpp.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/ledger/testing/sqlite_ledger_fixture.h"

namespace eider::ledger {
namespace {

using SqliteLedgerMigrationTest = SqliteLedgerFixture;

// What the program of schema version 1 made, word for word: two files, one LOADED, one broken off.
constexpr const char* kLedgerOfVersion1 = R"(
CREATE TABLE file_loads (
  uri TEXT NOT NULL,
  version TEXT NOT NULL,
  version_id TEXT NOT NULL,
  etag TEXT NOT NULL,
  size_bytes INTEGER NOT NULL,
  sequencer TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('CLAIMED', 'LOADED', 'FAILED')),
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
  PRIMARY KEY (uri, version)
) STRICT, WITHOUT ROWID;
CREATE INDEX file_loads_newest ON file_loads (claimed_at_ms DESC);
INSERT INTO file_loads VALUES ('s3://src/f0', 'etag:e:1', '', 'e', 1, '0055', 'LOADED', 'src',
  'a.t', -77, 42, 'token-0', 'claim-0', 'me', '', 2, 1, 11, 12, 13, 14, NULL);
INSERT INTO file_loads VALUES ('s3://src/f1', 'etag:e:1', '', 'e', 1, '', 'FAILED', 'src',
  'a.t', NULL, 0, 'token-1', 'claim-1', 'me', 'bad', 1, 0, 21, 22, 23, 24, 15);
PRAGMA application_id = 1162429522;
PRAGMA user_version = 1;
PRAGMA journal_mode = WAL;
)";

TEST_F(SqliteLedgerMigrationTest, BringsALedgerOfVersion1UpToDate) {
  SQLite::Database(path_, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE).exec(kLedgerOfVersion1);
  const auto ledger = Open();
  const auto records = ledger->Query({});
  ASSERT_TRUE(records) << records.error().message;
  ASSERT_EQ(records->size(), 2U);
  const LoadRecord& failed = records->at(0);
  EXPECT_EQ(failed.file.uri.key, "f1");
  EXPECT_EQ(failed.state, State::kFailed);
  EXPECT_EQ(failed.error, "bad");
  EXPECT_EQ(failed.result.snapshot_id, std::nullopt);
  const LoadRecord& loaded = records->at(1);
  EXPECT_EQ(loaded.state, State::kLoaded);
  EXPECT_EQ(loaded.file.sequencer, "0055");
  EXPECT_EQ(loaded.result.route, "src");
  EXPECT_EQ(loaded.result.snapshot_id, -77);
  EXPECT_EQ(loaded.result.rows, 42);
  EXPECT_EQ(loaded.result.route_version, 0);
  EXPECT_EQ(loaded.result.sql_hash, "");
  EXPECT_TRUE(loaded.result.parts.empty());
  EXPECT_EQ(loaded.commit_token, "token-0");
  EXPECT_EQ(loaded.attempts, 2);
  EXPECT_EQ(loaded.first_seen, TimePoint(Milliseconds(11)));
  EXPECT_EQ(loaded.finished_at, TimePoint(Milliseconds(14)));

  const auto outcomes = ledger->TryClaim(Files(2), {});
  EXPECT_TRUE(std::holds_alternative<AlreadyLoaded>(outcomes->at(0)));
  const auto claim = std::get<Claim>(outcomes->at(1));
  EXPECT_EQ(claim.interrupted_since, TimePoint(Milliseconds(15)));
  ASSERT_TRUE(ledger->SetAside(claim, State::kHeld, {}, "disabled"));
  EXPECT_EQ(Open()->Query({.state = State::kHeld})->size(), 1U);
  const auto forced = ledger->TryClaim(Files(1), {.force = true});
  EXPECT_EQ(std::get<Claim>(forced->front()).commit_token, CommitToken(Files(1).front(), 2));
}

// A ledger of version 2, from one of version 1.
constexpr const char* kToVersion2 = R"(
ALTER TABLE file_loads RENAME TO old;
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
  PRIMARY KEY (uri, version)
) STRICT, WITHOUT ROWID;
INSERT INTO file_loads SELECT *, 7, 'hash', '' FROM old;
DROP TABLE old;
CREATE INDEX file_loads_newest ON file_loads (claimed_at_ms DESC);
UPDATE file_loads SET state = 'HELD', parts = '[{"commit_token":"t","is_loaded":true,"route":"o",'
  || '"route_version":3,"rows":9,"snapshot_id":77,"sql_hash":"h","target_table":"a.o",'
  || '"values":["o",null]}]' WHERE state = 'FAILED';
PRAGMA user_version = 2;
)";

TEST_F(SqliteLedgerMigrationTest, BringsALedgerOfVersion2UpToDate) {
  {
    SQLite::Database old(path_, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    old.exec(kLedgerOfVersion1);
    old.exec(kToVersion2);
  }
  const auto records = Open()->Query({});
  ASSERT_TRUE(records) << records.error().message;
  ASSERT_EQ(records->size(), 2U);
  const LoadRecord& held = records->at(0);
  EXPECT_EQ(held.state, State::kHeld);
  ASSERT_EQ(held.result.parts.size(), 1U);
  EXPECT_EQ(held.result.parts[0].target_table, "a.o");
  for (const LoadRecord& record : *records) {
    EXPECT_EQ(record.result.route_version, 7);
    EXPECT_EQ(record.result.sql_hash, "hash");
    EXPECT_EQ(record.broken_off, 0);
    EXPECT_EQ(record.error_code, "");
    EXPECT_EQ(record.result.program, "");
  }
  EXPECT_EQ(SQLite::Database(path_).execAndGet("PRAGMA user_version").getInt(), 8);
}

// A ledger of version 3, from one of version 2.
constexpr const char* kToVersion3 = R"(
ALTER TABLE file_loads ADD COLUMN broken_off INTEGER NOT NULL DEFAULT 0;
ALTER TABLE file_loads ADD COLUMN error_code TEXT NOT NULL DEFAULT '';
ALTER TABLE file_loads ADD COLUMN program TEXT NOT NULL DEFAULT '';
UPDATE file_loads SET broken_off = 2, error_code = 'corrupt', program = 'eider 0';
PRAGMA user_version = 3;
)";

TEST_F(SqliteLedgerMigrationTest, BringsALedgerOfVersion3UpToDate) {
  {
    SQLite::Database old(path_, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    old.exec(std::string(kLedgerOfVersion1) + kToVersion2 + kToVersion3);
  }
  const auto records = Open()->Query({});
  ASSERT_TRUE(records.has_value());
  EXPECT_EQ(records->at(0).broken_off, 2);
  EXPECT_EQ(records->at(0).error_code, "corrupt");
  EXPECT_EQ(records->at(0).result.program, "eider 0");
}

// A ledger of version 4, from one of version 3.
constexpr const char* kToVersion4 = R"(
ALTER TABLE file_loads ADD COLUMN rows_read INTEGER;
ALTER TABLE file_loads ADD COLUMN rows_filtered INTEGER;
ALTER TABLE file_loads ADD COLUMN rows_rejected INTEGER NOT NULL DEFAULT 0;
ALTER TABLE file_loads ADD COLUMN error_line INTEGER NOT NULL DEFAULT 0;
ALTER TABLE file_loads ADD COLUMN error_column TEXT NOT NULL DEFAULT '';
ALTER TABLE file_loads ADD COLUMN error_value TEXT;
UPDATE file_loads SET rows_read = 9, rows_rejected = 1, error_line = 4, error_value = 'x';
PRAGMA user_version = 4;
)";

TEST_F(SqliteLedgerMigrationTest, BringsALedgerOfVersion4UpToDate) {
  {
    SQLite::Database old(path_, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    old.exec(std::string(kLedgerOfVersion1) + kToVersion2 + kToVersion3 + kToVersion4);
  }
  const auto records = Open()->Query({});
  ASSERT_TRUE(records.has_value());
  EXPECT_EQ(records->at(0).result.counts, (RowCounts{.read = 9, .filtered = {}, .rejected = 1}));
  EXPECT_EQ(records->at(0).error_place, (FilePlace{.line = 4, .column = "", .value = "x"}));
  EXPECT_EQ(records->at(0).result.readers, "");
}

// A ledger of version 5, from one of version 4.
constexpr const char* kToVersion5 = R"(
ALTER TABLE file_loads ADD COLUMN readers TEXT NOT NULL DEFAULT '';
UPDATE file_loads SET readers = 'read_csv()';
PRAGMA user_version = 5;
)";

TEST_F(SqliteLedgerMigrationTest, BringsALedgerOfVersion5UpToDate) {
  {
    SQLite::Database old(path_, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    old.exec(std::string(kLedgerOfVersion1) + kToVersion2 + kToVersion3 + kToVersion4 +
             kToVersion5);
  }
  const auto records = Open()->Query({});
  ASSERT_TRUE(records.has_value());
  EXPECT_EQ(records->at(0).result.readers, "read_csv()");
  EXPECT_EQ(records->at(0).result.schema_change, "");
  EXPECT_TRUE(Open()->Query({.only_with_schema_change = true})->empty());
}

// A ledger of version 6, from one of version 5.
constexpr const char* kToVersion6 = R"(
ALTER TABLE file_loads ADD COLUMN schema_change TEXT NOT NULL DEFAULT '';
UPDATE file_loads SET schema_change = '[{}]' WHERE state = 'HELD';
PRAGMA user_version = 6;
)";

TEST_F(SqliteLedgerMigrationTest, BringsALedgerOfVersion6UpToDate) {
  {
    SQLite::Database old(path_, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    old.exec(std::string(kLedgerOfVersion1) + kToVersion2 + kToVersion3 + kToVersion4 +
             kToVersion5 + kToVersion6);
  }
  const auto ledger = Open();
  const auto held = ledger->Query({.only_with_schema_change = true});
  ASSERT_EQ(held->size(), 1U);
  EXPECT_EQ(held->front().result.schema_change, "[{}]");
  FileRef file = held->front().file;
  file.etag = "newer";
  ASSERT_TRUE(ledger->Announce({&file, 1}));
  EXPECT_EQ(ledger->FindWaiting(10)->size(), 1U);
}

// A ledger of version 7, from one of version 6.
constexpr const char* kToVersion7 = R"(
CREATE INDEX file_loads_open ON file_loads (claimed_at_ms) WHERE state IN ('WAITING', 'CLAIMED');
PRAGMA user_version = 7;
)";

TEST_F(SqliteLedgerMigrationTest, BringsALedgerOfVersion7UpToDate) {
  {
    SQLite::Database old(path_, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    old.exec(std::string(kLedgerOfVersion1) + kToVersion2 + kToVersion3 + kToVersion4 +
             kToVersion5 + kToVersion6 + kToVersion7);
  }
  const auto ledger = Open();
  EXPECT_EQ(ledger->Query({})->size(), 2U);
  EXPECT_TRUE(ledger->FindErrands({}, 10)->empty());
  EXPECT_EQ(ledger->Query({.state = State::kHeld})->front().result.schema_change, "[{}]");
}

TEST_F(SqliteLedgerMigrationTest, BroughtUpToDateItIsWhatANewOneIs) {
  const auto schema_of = [](const std::string& path) {
    SQLite::Database database(path);
    std::string text = std::to_string(database.execAndGet("PRAGMA user_version").getInt());
    SQLite::Statement statement(database, "SELECT name, sql FROM sqlite_schema ORDER BY name");
    while (statement.executeStep()) {
      text += "\n" + statement.getColumn(0).getString() + statement.getColumn(1).getString();
    }
    return text;
  };
  Open();
  const std::string as_new = schema_of(path_);
  path_ = folder_ / "old.db";
  SQLite::Database(path_, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE).exec(kLedgerOfVersion1);
  Open();
  EXPECT_EQ(schema_of(path_), as_new);
  path_ = folder_ / "less old.db";
  SQLite::Database(path_, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE).exec(kLedgerOfVersion1);
  SQLite::Database(path_, SQLite::OPEN_READWRITE).exec(kToVersion2);
  Open();
  EXPECT_EQ(schema_of(path_), as_new);
}

}  // namespace
}  // namespace eider::ledger
