// Neighbours of every kind: readers that stay, readers that come, writers, and what they see.
#include "eider/sqlite/database.h"

#include <stdlib.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <utility>

#include <SQLiteCpp/SQLiteCpp.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

namespace eider::sqlite {
namespace {

using testing::HasSubstr;

// Stands still but for its sleeps, in which something may happen.
class EventfulClock final : public Clock {
 public:
  TimePoint Now() override { return now_; }

  void SleepFor(Milliseconds duration, std::stop_token /*stop*/) override {
    now_ += duration;
    ++sleeps;
    if (on_sleep) on_sleep();
  }

  int sleeps = 0;
  std::function<void()> on_sleep;

 private:
  TimePoint now_{Milliseconds(1'700'000'000'000)};
};

class DatabaseTest : public testing::Test {
 protected:
  DatabaseTest() {
    std::string pattern = std::filesystem::temp_directory_path() / "eider-sqlite-XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
    path_ = folder_ / "shared.db";
  }

  ~DatabaseTest() override { std::filesystem::remove_all(folder_); }

  // Waits for locks are real ones, so they are short here.
  std::unique_ptr<Database> Open(Milliseconds wait_max = Milliseconds(30'000)) {
    auto database = Database::Open({.subject = {.name = "catalog", .if_broken = "", .path = path_},
                                    .wait_max = wait_max,
                                    .commit_wait = Milliseconds(10)},
                                   clock_, random_);
    EXPECT_TRUE(database) << database.error().message;
    return database ? *std::move(database) : nullptr;
  }

  // A connection of somebody else, who waits for nobody.
  SQLite::Database Neighbour() const {
    return SQLite::Database(path_, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
  }

  // What a reader that comes now sees; nothing when it does not get in.
  std::optional<int> RowsForANewReader() const {
    try {
      return Neighbour().execAndGet("SELECT count(*) FROM t").getInt();
    } catch (const SQLite::Exception& cause) {
      EXPECT_EQ(cause.getErrorCode(), SQLITE_BUSY) << cause.what();
      return std::nullopt;
    }
  }

  // How another program has made it, with a rollback journal.
  void MakeTable() const { Neighbour().exec("CREATE TABLE t (a); INSERT INTO t VALUES (0)"); }

  std::string JournalMode() const {
    return Neighbour().execAndGet("PRAGMA journal_mode").getString();
  }

  static Status Insert(SQLite::Database& rows) {
    rows.exec("INSERT INTO t VALUES (1)");
    return {};
  }

  EventfulClock clock_;
  SeededRandom random_{7};
  std::filesystem::path folder_;
  std::string path_;
};

// Leaves a read open until it is destroyed, as Spark's JDBC catalog does.
class OpenRead {
 public:
  explicit OpenRead(SQLite::Database database)
      : database_(std::move(database)), rows_(database_, "SELECT a FROM t") {
    EXPECT_TRUE(rows_.executeStep());
  }

 private:
  SQLite::Database database_;
  SQLite::Statement rows_;
};

// Seen: the COMMIT waited 30 s with its lock pending, and no new reader got in meanwhile.
TEST_F(DatabaseTest, CommitGivesWayToNewReadersAndComesAgain) {
  MakeTable();
  auto database = Open();
  std::optional<OpenRead> read(std::in_place, Neighbour());
  clock_.on_sleep = [&] {
    EXPECT_EQ(RowsForANewReader(), 1);
    if (clock_.sleeps == 3) read.reset();
  };
  int attempts = 0;
  const auto done = database->Atomically([&](SQLite::Database& rows) -> Result<int> {
    EIDER_CHECK(Insert(rows));
    return ++attempts;
  });
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(*done, 4);
  EXPECT_EQ(clock_.sleeps, 3);
  EXPECT_EQ(RowsForANewReader(), 2);
  EXPECT_EQ(JournalMode(), "delete");
}

TEST_F(DatabaseTest, ReadThatNeverEndsIsNamedWithTheWaysOut) {
  MakeTable();
  auto database = Open();
  const TimePoint start = clock_.Now();
  clock_.on_sleep = [&] { EXPECT_EQ(RowsForANewReader(), 1); };
  {
    const OpenRead read(Neighbour());
    const Status blocked = database->Atomically(Insert);
    ASSERT_FALSE(blocked);
    EXPECT_EQ(blocked.error().code, Code::kUnavailable);
    EXPECT_THAT(blocked.error().message, HasSubstr("catalog " + path_ + " is being read"));
    EXPECT_THAT(blocked.error().message, HasSubstr("end that program's query or session"));
    EXPECT_THAT(blocked.error().message,
                HasSubstr("sqlite3 " + path_ + " 'PRAGMA journal_mode = WAL'"));
    EXPECT_THAT(blocked.error().message, HasSubstr("in 30 s"));
    EXPECT_EQ(RowsForANewReader(), 1);
  }
  EXPECT_GT(clock_.Now() - start, Milliseconds(20'000));
  EXPECT_LE(clock_.Now() - start, Milliseconds(30'000) + 100 * Milliseconds(clock_.sleeps));
  EXPECT_LT(clock_.sleeps, 100);
  EXPECT_TRUE(database->Atomically(Insert));
  EXPECT_EQ(RowsForANewReader(), 2);
}

TEST_F(DatabaseTest, PauseIsLongEnoughForReadersThatWait) {
  MakeTable();
  auto database = Open();
  std::optional<OpenRead> read(std::in_place, Neighbour());
  TimePoint before = clock_.Now();
  clock_.on_sleep = [&] {
    EXPECT_GE(clock_.Now() - before, Milliseconds(100));
    before = clock_.Now();
    if (clock_.sleeps == 10) read.reset();
  };
  EXPECT_TRUE(database->Atomically(Insert));
}

TEST_F(DatabaseTest, ReadersAreInNobodysWayWithAWriteAheadLog) {
  MakeTable();
  auto database = Open();
  ASSERT_TRUE(database->UseWriteAheadLog());
  EXPECT_EQ(JournalMode(), "wal");
  const OpenRead read(Neighbour());
  EXPECT_TRUE(database->Atomically(Insert));
  EXPECT_EQ(clock_.sleeps, 0);
  EXPECT_EQ(RowsForANewReader(), 2);
}

TEST_F(DatabaseTest, JournalStaysAsItIsWhileANeighbourReads) {
  MakeTable();
  auto database = Open();
  {
    const OpenRead read(Neighbour());
    EXPECT_TRUE(database->UseWriteAheadLog());
    EXPECT_EQ(RowsForANewReader(), 1);
  }
  EXPECT_EQ(JournalMode(), "delete");
  EXPECT_TRUE(database->Atomically(Insert));
}

// As on a file system that cannot share memory.
TEST_F(DatabaseTest, JournalStaysAsItIsWhereMemoryCannotBeShared) {
  sqlite3_vfs* const usual = sqlite3_vfs_find(nullptr);
  sqlite3_vfs_register(sqlite3_vfs_find("unix-dotfile"), 1);
  {
    MakeTable();
    auto database = Open();
    EXPECT_TRUE(database->UseWriteAheadLog());
    EXPECT_TRUE(database->Atomically(Insert));
    EXPECT_EQ(RowsForANewReader(), 2);
    EXPECT_EQ(JournalMode(), "delete");
  }
  sqlite3_vfs_register(usual, 1);
}

TEST_F(DatabaseTest, AnotherWriterIsWaitedForUntilTheTimeIsUp) {
  MakeTable();
  auto database = Open(Milliseconds(20));
  SQLite::Database writer = Neighbour();
  writer.exec("BEGIN IMMEDIATE");
  const Status locked = database->Atomically(Insert);
  ASSERT_FALSE(locked);
  EXPECT_EQ(locked.error().code, Code::kUnavailable);
  EXPECT_THAT(locked.error().message, HasSubstr("is locked by another program"));
  EXPECT_EQ(clock_.sleeps, 0);
  writer.exec("ROLLBACK");
  EXPECT_TRUE(database->Atomically(Insert));
}

TEST_F(DatabaseTest, WorkThatFailsWritesNothing) {
  MakeTable();
  auto database = Open();
  const auto failed = database->Atomically([](SQLite::Database& rows) -> Result<int> {
    EIDER_CHECK(Insert(rows));
    return Fail(Code::kConflict, "changed my mind");
  });
  EXPECT_EQ(failed.error().code, Code::kConflict);
  const Status wrong = database->Atomically([](SQLite::Database& rows) -> Status {
    EIDER_CHECK(Insert(rows));
    rows.exec("INSERT INTO no_such_table VALUES (1)");
    return {};
  });
  EXPECT_EQ(wrong.error().code, Code::kInternal);
  EXPECT_THAT(wrong.error().message, HasSubstr(path_));
  EXPECT_THROW(database
                   ->Atomically([](SQLite::Database& rows) -> Status {
                     EIDER_CHECK(Insert(rows));
                     throw std::runtime_error("not of SQLite");
                   })
                   .value(),
               std::runtime_error);
  EXPECT_EQ(RowsForANewReader(), 1);
  EXPECT_TRUE(database->Atomically(Insert));
}

TEST_F(DatabaseTest, MissingFileIsMadeWithItsFolderOnlyWhereAsked) {
  path_ = folder_ / "a" / "b" / "shared.db";
  const OpenOptions options{.subject = {.name = "catalog", .if_broken = "", .path = path_},
                            .create = false};
  const auto missing = Database::Open(options, clock_, random_);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, Code::kDenied);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "a"));
  EXPECT_TRUE(Open()->Atomically([](SQLite::Database& rows) -> Status {
    rows.exec("CREATE TABLE t (a)");
    return {};
  }));
  EXPECT_EQ(RowsForANewReader(), 0);
}

}  // namespace
}  // namespace eider::sqlite
