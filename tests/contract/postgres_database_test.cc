// PostgreSQL connections that are lost, transactions that are given up, and what errors show.
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/base/clock.h"
#include "eider/base/random.h"
#include "eider/base/result.h"
#include "eider/postgres/connection.h"
#include "eider/postgres/database.h"
#include "eider/postgres/schema_version.h"
#include "postgres_schema.h"

namespace eider::postgres {
namespace {

using testing::HasSubstr;
using testing::Not;

class PostgresDatabase : public testing::Test {
 protected:
  void SetUp() override {
    if (const std::string missing = schema_.missing(); !missing.empty()) GTEST_SKIP() << missing;
    schema_.Run("CREATE TABLE counts (name TEXT PRIMARY KEY, n BIGINT NOT NULL)");
    schema_.Run("INSERT INTO counts VALUES ('a', 0), ('b', 0)");
    database_ = Open(schema_.address());
  }

  std::unique_ptr<Database> Open(const ServerAddress& address) {
    auto database = Database::Open({.address = address}, clock_, random_);
    EXPECT_TRUE(database) << database.error().message;
    return database ? *std::move(database) : nullptr;
  }

  static Status Add(Connection& connection, const std::string& name) {
    EIDER_CHECK(connection.Run("UPDATE counts SET n = n + 1 WHERE name = $1", {name}));
    return {};
  }

  static std::int64_t BackendOf(Connection& connection) {
    return std::get<std::int64_t>(connection.Run("SELECT pg_backend_pid()")->rows[0][0]);
  }

  void Kill(std::int64_t backend) {
    schema_.Run("SELECT pg_terminate_backend(" + std::to_string(backend) + ", 5000)");
  }

  std::int64_t Count(const std::string& name) {
    return std::get<std::int64_t>(
        schema_.Run("SELECT n FROM counts WHERE name = '" + name + "'").rows[0][0]);
  }

  SystemClock clock_;
  SystemRandom random_;
  TestSchema schema_;
  std::unique_ptr<Database> database_;
};

TEST_F(PostgresDatabase, AConnectionThatDiedWhileIdleIsReplaced) {
  const auto backend = database_->Read(
      [](Connection& connection) -> Result<std::int64_t> { return BackendOf(connection); });
  Kill(*backend);
  const Status added =
      database_->Atomically([](Connection& connection) { return Add(connection, "a"); });
  ASSERT_TRUE(added) << added.error().message;
  EXPECT_EQ(Count("a"), 1);
}

TEST_F(PostgresDatabase, AConnectionThatDiesBeforeTheCommitIsNotDoneAndRunAgain) {
  int runs = 0;
  const Status added = database_->Atomically([&](Connection& connection) -> Status {
    EIDER_CHECK(Add(connection, "a"));
    if (++runs == 1) Kill(BackendOf(connection));
    return Add(connection, "b");
  });
  ASSERT_TRUE(added) << added.error().message;
  EXPECT_EQ(runs, 2);
  EXPECT_EQ(Count("a"), 1);
  EXPECT_EQ(Count("b"), 1);
}

TEST_F(PostgresDatabase, AConnectionThatDiesAtTheCommitLeavesTheOutcomeUnknown) {
  int runs = 0;
  const Status added = database_->Atomically([&](Connection& connection) -> Status {
    EIDER_CHECK(Add(connection, "a"));
    ++runs;
    Kill(BackendOf(connection));  // the COMMIT is the next to be sent
    return {};
  });
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().code, Code::kOutcomeUnknown);
  EXPECT_EQ(runs, 1);
}

TEST_F(PostgresDatabase, OfTwoInADeadlockBothAreDoneInTheEnd) {
  const auto both = [&](const std::string& first, const std::string& second) {
    return database_->Atomically([&](Connection& connection) -> Status {
      EIDER_CHECK(Add(connection, first));
      clock_.SleepFor(Milliseconds(200), {});
      return Add(connection, second);
    });
  };
  Status other;
  std::jthread thread([&] { other = both("b", "a"); });
  const Status one = both("a", "b");
  thread.join();
  EXPECT_TRUE(one) << one.error().message;
  EXPECT_TRUE(other) << other.error().message;
  EXPECT_EQ(Count("a"), 2);
  EXPECT_EQ(Count("b"), 2);
}

TEST_F(PostgresDatabase, WhatFailsWritesNothing) {
  const Status failed = database_->Atomically([&](Connection& connection) -> Status {
    EIDER_CHECK(Add(connection, "a"));
    return Fail(Code::kConflict, "not so");
  });
  EXPECT_EQ(failed.error().code, Code::kConflict);
  EXPECT_EQ(Count("a"), 0);
}

TEST_F(PostgresDatabase, MoreThreadsThanConnectionsWait) {
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 20; ++i) {
      threads.emplace_back([&] {
        const Status added =
            database_->Atomically([](Connection& connection) { return Add(connection, "a"); });
        EXPECT_TRUE(added) << added.error().message;
      });
    }
  }
  EXPECT_EQ(Count("a"), 20);
}

TEST_F(PostgresDatabase, ValuesAreBoundNotPasted) {
  const std::string odd = "'); DROP TABLE counts; -- \\ $1 ñ";
  const auto found = database_->Read([&](Connection& connection) {
    return connection.Run("SELECT $1::text, $2::bigint, NULL", {odd, std::int64_t{-7}});
  });
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(found->rows[0][0], Value(odd));
  EXPECT_EQ(found->rows[0][1], Value(std::int64_t{-7}));
  EXPECT_EQ(found->rows[0][2], Value());
  const auto refused = database_->Read([&](Connection& connection) {
    return connection.Run("SELECT $1::text", {std::string("a\0b", 3)});
  });
  EXPECT_EQ(refused.error().code, Code::kInvalid);
}

TEST_F(PostgresDatabase, AWrongPasswordIsDeniedAndNotShown) {
  ServerAddress address = schema_.address();
  address.password = "not-the-word";
  const auto denied = Database::Open({.address = address}, clock_, random_);
  ASSERT_FALSE(denied);
  EXPECT_EQ(denied.error().code, Code::kDenied);
  EXPECT_THAT(denied.error().message,
              HasSubstr("test in PostgreSQL database postgres at 127.0.0.1"));
  EXPECT_THAT(denied.error().message, Not(HasSubstr("not-the-word")));
}

TEST_F(PostgresDatabase, ADatabaseThatIsNotThereIsNotFound) {
  ServerAddress address = schema_.address();
  address.uri.replace(address.uri.find("/postgres?"), 10, "/nowhere?");
  const auto missing = Database::Open({.address = address}, clock_, random_);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, Code::kNotFound) << missing.error().message;
}

TEST_F(PostgresDatabase, TlsThatTheServerDoesNotHaveIsDenied) {
  ServerAddress address = schema_.address();
  address.uri += "&sslmode=require";
  const auto denied = Database::Open({.address = address}, clock_, random_);
  ASSERT_FALSE(denied);
  EXPECT_EQ(denied.error().code, Code::kDenied) << denied.error().message;
}

TEST_F(PostgresDatabase, AServerThatIsAwayIsUnavailable) {
  const auto away =
      Database::Open({.address = {.name = "test", .uri = "postgresql://u:hidden@127.0.0.1:1/d"},
                      .retry_max = Milliseconds(100)},
                     clock_, random_);
  ASSERT_FALSE(away);
  EXPECT_EQ(away.error().code, Code::kUnavailable);
  EXPECT_THAT(away.error().message, Not(HasSubstr("hidden")));
}

TEST_F(PostgresDatabase, AnAnswerThatDoesNotComeIsGivenUp) {
  const auto slow = Database::Open({.address = schema_.address(), .answer_wait = Milliseconds(200)},
                                   clock_, random_);
  ASSERT_TRUE(slow);
  const auto answer =
      (*slow)->Read([](Connection& connection) { return connection.Run("SELECT pg_sleep(3)"); });
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Code::kUnavailable);
  EXPECT_THAT(answer.error().message, HasSubstr("no answer for 0.2 s"));
}

TEST_F(PostgresDatabase, ASchemaIsMadeOnceAndANewerOneRefused) {
  int made = 0;
  const auto prepare = [&](int version) {
    return PrepareSchema(*database_, {.name = "things", .version = version},
                         [&](Connection& connection, int from) -> Status {
                           ++made;
                           if (from > 0) return {};
                           return connection.RunScript("CREATE TABLE things (n BIGINT)");
                         });
  };
  ASSERT_TRUE(prepare(1));
  ASSERT_TRUE(prepare(1));
  EXPECT_EQ(made, 1);
  ASSERT_TRUE(prepare(2));
  EXPECT_EQ(made, 2);
  const Status older = prepare(1);
  ASSERT_FALSE(older);
  EXPECT_EQ(older.error().code, Code::kUnsupported);
  EXPECT_THAT(older.error().message, HasSubstr("newer Eider"));
}

TEST_F(PostgresDatabase, OfTwoThatMakeASchemaAtOnceTheSecondFindsIt) {
  int made = 0;
  const auto prepare = [&](Database& database, const auto& then) {
    return PrepareSchema(database, {.name = "things", .version = 1},
                         [&](Connection& connection, int /*from*/) -> Status {
                           ++made;
                           EIDER_CHECK(connection.RunScript("CREATE TABLE things (n BIGINT)"));
                           then();
                           return {};
                         });
  };
  const auto other = Open(schema_.address());
  Status second;
  std::jthread thread;
  const Status first = prepare(*database_, [&] {
    thread = std::jthread([&] { second = prepare(*other, [] {}); });
    while (schema_.Run("SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
               .rows.empty()) {
      clock_.SleepFor(Milliseconds(10), {});
    }
  });
  thread.join();
  EXPECT_TRUE(first) << first.error().message;
  EXPECT_TRUE(second) << second.error().message;
  EXPECT_EQ(made, 1);
}

}  // namespace
}  // namespace eider::postgres
