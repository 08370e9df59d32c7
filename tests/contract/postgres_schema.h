// A schema in the PostgreSQL stand-in that no other test has.
//
// The stand-in is where EIDER_TEST_POSTGRES_URI says; without it the tests of PostgreSQL are
// skipped.
#pragma once

#include <cstdlib>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "eider/base/clock.h"
#include "eider/base/random.h"
#include "eider/postgres/connection.h"

namespace eider::postgres {

class TestSchema {
 public:
  TestSchema() {
    if (missing().empty()) Run("CREATE SCHEMA " + name_);
  }

  ~TestSchema() {
    if (missing().empty()) Run("DROP SCHEMA " + name_ + " CASCADE");
  }

  TestSchema(const TestSchema&) = delete;
  TestSchema& operator=(const TestSchema&) = delete;

  std::string missing() const {
    return server_.empty() ? "EIDER_TEST_POSTGRES_URI is not set" : "";
  }

  // Whose tables are in this schema.
  std::string uri() const { return server_ + "?options=-csearch_path%3D" + name_; }

  ServerAddress address() const { return {.name = "test", .uri = uri()}; }

  // As another client of the server.
  Answer Run(const std::string& sql) const {
    auto connection = Connection::Open(address(), Milliseconds(10'000));
    EXPECT_TRUE(connection) << connection.error().message;
    if (!connection) return {};
    auto answer = (*connection)->Run(sql);
    EXPECT_TRUE(answer) << answer.error().message;
    return answer ? *std::move(answer) : Answer{};
  }

 private:
  static std::string FromEnvironment() {
    const char* uri = std::getenv("EIDER_TEST_POSTGRES_URI");
    return uri == nullptr ? "" : uri;
  }

  const std::string server_ = FromEnvironment();
  SystemRandom random_;
  const std::string name_ = "t" + NewUuid(random_).substr(0, 8);
};

}  // namespace eider::postgres
