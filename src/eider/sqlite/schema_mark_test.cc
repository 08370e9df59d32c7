// Ours, empty, newer, somebody else's.
#include "eider/sqlite/schema_mark.h"

#include <SQLiteCpp/SQLiteCpp.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace eider::sqlite {
namespace {

using testing::HasSubstr;

constexpr SchemaMark kMark = {.application_id = 77, .version = 3};

class SchemaMarkTest : public testing::Test {
 protected:
  Result<int> Version() { return SchemaVersionOf(database_, subject_, kMark); }

  const Subject subject_{.name = "ledger", .if_broken = "", .path = "/a/b.db"};
  SQLite::Database database_{":memory:", SQLite::OPEN_READWRITE};
};

TEST_F(SchemaMarkTest, EmptyDatabaseHasVersionZero) {
  EXPECT_EQ(Version(), 0);
}

TEST_F(SchemaMarkTest, MarkedDatabaseHasItsVersion) {
  PutMark(database_, {.application_id = 77, .version = 2});
  EXPECT_EQ(Version(), 2);
  PutMark(database_, kMark);
  EXPECT_EQ(Version(), 3);
}

TEST_F(SchemaMarkTest, NewerVersionIsRefused) {
  PutMark(database_, {.application_id = 77, .version = 4});
  ASSERT_FALSE(Version());
  EXPECT_EQ(Version().error().code, Code::kUnsupported);
  EXPECT_THAT(Version().error().message, HasSubstr("ledger /a/b.db was made by a newer Eider"));
  EXPECT_THAT(Version().error().message, HasSubstr("version is 4, this program knows 3"));
}

TEST_F(SchemaMarkTest, WhatIsOfAnotherProgramIsRefused) {
  for (const char* theirs : {"CREATE TABLE t (a)", "PRAGMA application_id = 78",
                             "PRAGMA application_id = 0; PRAGMA user_version = 3"}) {
    database_.exec(theirs);
    ASSERT_FALSE(Version()) << theirs;
    EXPECT_EQ(Version().error().code, Code::kCorrupt);
    EXPECT_THAT(Version().error().message,
                HasSubstr("/a/b.db is a database of another program, not a ledger"));
    database_.exec("DROP TABLE IF EXISTS t");
  }
}

}  // namespace
}  // namespace eider::sqlite
