#include "eider/config/postgres_uri.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/base/result.h"

namespace eider::config {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(PostgresUri, EveryProgramsFormIsLibpqs) {
  const char* const there = "postgresql://u:p@host:5433/lake?sslmode=require";
  for (const char* form : {"postgresql://", "postgres://", "postgresql+psycopg2://",
                           "postgresql+psycopg://", "jdbc:postgresql://"}) {
    EXPECT_EQ(*LibpqUriOf(std::string(form) + "u:p@host:5433/lake?sslmode=require"), there) << form;
  }
}

TEST(PostgresUri, ParametersMayHoldAnAt) {
  EXPECT_TRUE(LibpqUriOf("jdbc:postgresql://host/lake?user=u&password=p@ss"));
  EXPECT_TRUE(LibpqUriOf("postgresql:///lake?host=/run/postgresql"));
}

TEST(PostgresUri, WhatLibpqWouldTakeForTheHostIsRefusedWithoutShowingIt) {
  for (const char* uri : {"postgresql://u:hid@den@host/lake", "postgresql://u:hid/den@host/lake",
                          "postgresql+psycopg2://u:hid/@den@host/lake"}) {
    const auto refused = LibpqUriOf(uri);
    ASSERT_FALSE(refused) << uri;
    EXPECT_EQ(refused.error().code, Code::kInvalid);
    EXPECT_THAT(refused.error().message, HasSubstr("%40"));
    EXPECT_THAT(refused.error().message, Not(HasSubstr("hid"))) << uri;
    EXPECT_THAT(refused.error().message, Not(HasSubstr("den"))) << uri;
  }
}

TEST(PostgresUri, OtherFormsAreRefused) {
  for (const char* uri : {"postgresql:lake", "postgresql+asyncpg://h/d", "postgresql://",
                          "jdbc:postgresql:lake", "mysql://h/d"}) {
    EXPECT_FALSE(LibpqUriOf(uri)) << uri;
  }
}

}  // namespace
}  // namespace eider::config
