// What only the SQLite ledger has: the file, its owners' deaths, other programs' files.
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <SQLiteCpp/SQLiteCpp.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/ledger/testing/sqlite_ledger_fixture.h"

namespace eider::ledger {
namespace {

using testing::HasSubstr;

using SqliteLedgerTest = SqliteLedgerFixture;

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
  SQLite::Database(path_, SQLite::OPEN_READWRITE).exec("PRAGMA user_version = 1000");
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
