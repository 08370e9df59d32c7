// SQLAlchemy's names of SQLite files.
#include "eider/config/sqlite_uri.h"

#include <gtest/gtest.h>

namespace eider::config {
namespace {

// Expected: sqlalchemy.engine.make_url(uri).database, SQLAlchemy 2.0.
TEST(SqliteUri, FourSlashesAreAbsolute) {
  EXPECT_EQ(*PathOfSqliteUri("sqlite:////data/catalog.db"), "/data/catalog.db");
  EXPECT_EQ(*PathOfSqliteUri("sqlite:///catalog.db"), "catalog.db");
  EXPECT_EQ(*PathOfSqliteUri("sqlite:////a b/ñ%20.db"), "/a b/ñ%20.db");
  EXPECT_EQ(SqliteUriOfPath("/data/catalog.db"), "sqlite:////data/catalog.db");
}

TEST(SqliteUri, RefusesOthers) {
  for (const char* uri : {"", "sqlite://", "sqlite:///", "sqlite:/x.db", "sqlite:///:memory:",
                          "jdbc:sqlite:/x.db", "postgresql://h/x", "sqlite:////x.db?timeout=3"}) {
    EXPECT_FALSE(PathOfSqliteUri(uri)) << uri;
  }
}

}  // namespace
}  // namespace eider::config
