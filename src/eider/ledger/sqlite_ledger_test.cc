// What only the SQLite ledger has: the file, its owners' deaths, other programs' files.
#include "eider/ledger/sqlite_ledger.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <SQLiteCpp/SQLiteCpp.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace eider::ledger {
namespace {

using testing::HasSubstr;

class SqliteLedgerTest : public testing::Test {
 protected:
  SqliteLedgerTest() {
    std::string pattern = std::filesystem::temp_directory_path() / "eider-ledger-XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
    path_ = folder_ / "ledger.db";
  }

  ~SqliteLedgerTest() override { std::filesystem::remove_all(folder_); }

  std::unique_ptr<Ledger> Open() {
    auto ledger = OpenSqliteLedger(path_, clock_, random_);
    EXPECT_TRUE(ledger) << ledger.error().message;
    return ledger ? *std::move(ledger) : nullptr;
  }

  Error OpenFails() {
    auto ledger = OpenSqliteLedger(path_, clock_, random_);
    EXPECT_FALSE(ledger);
    return ledger ? Error{} : ledger.error();
  }

  std::string Bytes() const {
    std::ifstream file(path_, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  static std::vector<FileRef> Files(int count) {
    std::vector<FileRef> files;
    for (int i = 0; i < count; ++i) {
      files.push_back({{"s3", "src", "f" + std::to_string(i)}, "", "e", 1, ""});
    }
    return files;
  }

  SystemClock clock_;
  SystemRandom random_;
  std::filesystem::path folder_;
  std::string path_;
};

// Runs `work` in a process of its own and returns its exit code.
template <typename Work>
int InChild(const Work& work) {
  const pid_t pid = ::fork();
  if (pid == 0) ::_exit(work());
  int status = 0;
  EXPECT_EQ(::waitpid(pid, &status, 0), pid);
  return WEXITSTATUS(status);
}

TEST_F(SqliteLedgerTest, CreatesItsFolder) {
  path_ = folder_ / "a" / "b" / "ledger.db";
  EXPECT_TRUE(Open()->TryClaim(Files(1), {}));
  EXPECT_TRUE(std::filesystem::exists(path_));
}

TEST_F(SqliteLedgerTest, KeepsEveryFieldOverAReopen) {
  const FileRef file{{"s3", "src", "it's *[\xff].csv"}, "v1", "e", 1ULL << 40, "0055"};
  {
    auto ledger = Open();
    const auto claim = std::get<Claim>(ledger->TryClaim({{file}}, {})->front());
    ASSERT_TRUE(ledger->Finish({{{claim, {"src", "a.t", -9'223'372'036'854'775'807, 42}}}}));
  }
  const auto records = Open()->Query({});
  ASSERT_EQ(records->size(), 1U);
  const LoadRecord& record = records->front();
  EXPECT_EQ(record.file.uri, file.uri);
  EXPECT_EQ(record.file.Version(), "version:v1");
  EXPECT_EQ(record.file.etag, "e");
  EXPECT_EQ(record.file.size_bytes, 1ULL << 40);
  EXPECT_EQ(record.file.sequencer, "0055");
  EXPECT_EQ(record.state, State::kLoaded);
  EXPECT_EQ(record.result.route, "src");
  EXPECT_EQ(record.result.snapshot_id, -9'223'372'036'854'775'807);
  EXPECT_EQ(record.result.rows, 42);
  EXPECT_EQ(record.commit_token, CommitToken(file, 0));
  EXPECT_THAT(record.owner, HasSubstr("pid=" + std::to_string(::getpid())));
  EXPECT_TRUE(record.finished_at);
}

TEST_F(SqliteLedgerTest, KeepsPartsOverAReopen) {
  PartRecord part;
  part.route = "orders";
  part.values = {"orders", std::nullopt, "it's"};
  part.target_table = "bronze.orders";
  part.commit_token = "token";
  part.sql_hash = "hash";
  const int planned = InChild([&] {  // dies at once, between two parts
    auto ledger = OpenSqliteLedger(path_, clock_, random_);
    const auto claim = std::get<Claim>((*ledger)->TryClaim(Files(1), {})->front());
    return (*ledger)->RecordParts(claim, {&part, 1}) ? 7 : 1;
  });
  ASSERT_EQ(planned, 7);
  const auto claim = std::get<Claim>(Open()->TryClaim(Files(1), {})->front());
  EXPECT_TRUE(claim.interrupted_since);
  ASSERT_EQ(claim.parts.size(), 1U);
  EXPECT_EQ(claim.parts.front(), part);
}

TEST_F(SqliteLedgerTest, BrokenPartsNameTheLedgerAndTheFile) {
  ASSERT_TRUE(Open()->TryClaim(Files(1), {}));
  SQLite::Database(path_, SQLite::OPEN_READWRITE).exec("UPDATE file_loads SET parts = '[{}]'");
  const auto ledger = Open();
  const auto outcomes = ledger->TryClaim(Files(1), {});
  ASSERT_FALSE(outcomes);
  EXPECT_EQ(outcomes.error().code, Code::kCorrupt);
  const auto records = ledger->Query({});
  ASSERT_FALSE(records);
  for (const Error& error : {outcomes.error(), records.error()}) {
    EXPECT_THAT(error.message, HasSubstr(path_));
    EXPECT_THAT(error.message, HasSubstr("s3://src/f0"));
    EXPECT_THAT(error.message, HasSubstr("parts[0].route"));
  }
}

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

TEST_F(SqliteLedgerTest, BringsALedgerOfVersion1UpToDate) {
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

TEST_F(SqliteLedgerTest, BringsALedgerOfVersion2UpToDate) {
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
  EXPECT_EQ(SQLite::Database(path_).execAndGet("PRAGMA user_version").getInt(), 4);
}

// A ledger of version 3, from one of version 2.
constexpr const char* kToVersion3 = R"(
ALTER TABLE file_loads ADD COLUMN broken_off INTEGER NOT NULL DEFAULT 0;
ALTER TABLE file_loads ADD COLUMN error_code TEXT NOT NULL DEFAULT '';
ALTER TABLE file_loads ADD COLUMN program TEXT NOT NULL DEFAULT '';
UPDATE file_loads SET broken_off = 2, error_code = 'corrupt', program = 'eider 0';
PRAGMA user_version = 3;
)";

TEST_F(SqliteLedgerTest, BringsALedgerOfVersion3UpToDate) {
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

TEST_F(SqliteLedgerTest, BroughtUpToDateItIsWhatANewOneIs) {
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

TEST_F(SqliteLedgerTest, SyncsEveryTransactionToAWriteAheadLog) {
  Open();
  SQLite::Database database(path_);
  EXPECT_EQ(database.execAndGet("PRAGMA journal_mode").getString(), "wal");
}

TEST_F(SqliteLedgerTest, RefusesAFileThatIsNoDatabase) {
  std::ofstream(path_) << std::string(5'000, 'x');
  const Error error = OpenFails();
  EXPECT_EQ(error.code, Code::kCorrupt);
  EXPECT_THAT(error.message, HasSubstr(path_));
}

TEST_F(SqliteLedgerTest, RefusesAnotherProgramsDatabaseAndLeavesItAlone) {
  SQLite::Database(path_, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE).exec("CREATE TABLE t(a)");
  const std::string before = Bytes();
  const Error error = OpenFails();
  EXPECT_EQ(error.code, Code::kCorrupt);
  EXPECT_THAT(error.message, HasSubstr(path_));
  EXPECT_EQ(Bytes(), before);
}

TEST_F(SqliteLedgerTest, RefusesANewerSchema) {
  Open();
  SQLite::Database(path_, SQLite::OPEN_READWRITE).exec("PRAGMA user_version = 5");
  const Error error = OpenFails();
  EXPECT_EQ(error.code, Code::kUnsupported);
  EXPECT_THAT(error.message, HasSubstr("newer"));
}

TEST_F(SqliteLedgerTest, ReadOnlyIsDenied) {
  Open();
  ::chmod(folder_.c_str(), 0555);
  ::chmod(path_.c_str(), 0444);
  const bool root = ::geteuid() == 0;
  constexpr uid_t kNobody = 65'534;
  if (root) {
    ASSERT_EQ(::seteuid(kNobody), 0);
  }
  const Error error = OpenFails();
  if (root) {
    ASSERT_EQ(::seteuid(0), 0);
  }
  ::chmod(folder_.c_str(), 0755);
  EXPECT_EQ(error.code, Code::kDenied) << error.message;
  EXPECT_THAT(error.message, HasSubstr(path_));
}

// Seen: a FIFO was "disk I/O error".
TEST_F(SqliteLedgerTest, WhatIsNoFileIsNamed) {
  path_ = folder_ / "fifo";
  ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
  EXPECT_EQ(OpenFails().message, "cannot use the ledger: is a FIFO, not a file: " + path_);
  path_ = folder_;
  EXPECT_EQ(OpenFails().code, Code::kInvalid);
}

TEST_F(SqliteLedgerTest, DeadProcessLosesItsClaimsAtOnce) {
  const int claimed = InChild([&] {
    auto ledger = OpenSqliteLedger(path_, clock_, random_);
    return std::holds_alternative<Claim>((*ledger)->TryClaim(Files(1), {})->front()) ? 7 : 1;
  });
  ASSERT_EQ(claimed, 7);
  auto ledger = Open();
  const auto outcome = ledger->TryClaim(Files(1), {})->front();
  ASSERT_TRUE(std::holds_alternative<Claim>(outcome));
  EXPECT_TRUE(std::get<Claim>(outcome).interrupted_since);
  EXPECT_EQ(std::get<Claim>(outcome).commit_token, CommitToken(Files(1).front(), 0));
}

TEST_F(SqliteLedgerTest, LiveProcessKeepsItsClaims) {
  auto ledger = Open();
  ASSERT_TRUE(std::holds_alternative<Claim>(ledger->TryClaim(Files(1), {})->front()));
  const int held = InChild([&] {
    auto other = OpenSqliteLedger(path_, clock_, random_);
    const auto outcome = (*other)->TryClaim(Files(1), {})->front();
    return std::holds_alternative<HeldByAnother>(outcome) ? 7 : 1;
  });
  EXPECT_EQ(held, 7);
}

TEST_F(SqliteLedgerTest, EightProcessesClaimEachOf200FilesOnce) {
  constexpr int kProcesses = 8;
  constexpr int kFiles = 200;
  int gate[2] = {};
  int done[2] = {};
  ASSERT_EQ(::pipe(gate), 0);
  ASSERT_EQ(::pipe(done), 0);
  std::vector<pid_t> children;
  for (int process = 0; process < kProcesses; ++process) {
    const pid_t pid = ::fork();
    if (pid != 0) {
      children.push_back(pid);
      continue;
    }
    ::close(gate[1]);
    char byte = 0;
    if (::read(gate[0], &byte, 1) != 0) ::_exit(1);  // ends when the parent opens the gate
    auto ledger = OpenSqliteLedger(path_, clock_, random_);
    if (!ledger) ::_exit(2);
    unsigned char claimed = 0;  // at most 200
    for (const FileRef& file : Files(kFiles)) {
      const auto outcomes = (*ledger)->TryClaim({&file, 1}, {});
      if (!outcomes) ::_exit(3);
      if (std::holds_alternative<Claim>(outcomes->front())) ++claimed;
    }
    if (::write(done[1], &claimed, 1) != 1) ::_exit(4);
    ::pause();  // alive, so that its claims hold
  }
  ::close(gate[0]);
  ::close(gate[1]);
  int total = 0;
  for (int process = 0; process < kProcesses; ++process) {
    unsigned char claimed = 0;
    ASSERT_EQ(::read(done[0], &claimed, 1), 1);
    total += claimed;
  }
  EXPECT_EQ(total, kFiles);
  for (const pid_t pid : children) {
    ::kill(pid, SIGKILL);
    EXPECT_EQ(::waitpid(pid, nullptr, 0), pid);
  }
  const auto records = Open()->Query({});
  EXPECT_EQ(records->size(), static_cast<std::size_t>(kFiles));
  for (const LoadRecord& record : *records) EXPECT_EQ(record.attempts, 1) << record.owner;
}

}  // namespace
}  // namespace eider::ledger
