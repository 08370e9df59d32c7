// When a store is opened, and what is told while it cannot be.
#include "eider/routes/lazy_route_store.h"

#include <memory>
#include <optional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/base/result.h"
#include "eider/routes/memory_route_store.h"

namespace eider::routes {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class LazyRouteStoreTest : public ::testing::Test {
 protected:
  std::optional<Error> error_;
  int opened_ = 0;
  LazyRouteStore store_{"routing table of the test",
                        [this]() -> Result<std::unique_ptr<RouteStore>> {
                          ++opened_;
                          if (error_) return std::unexpected(*error_);
                          return std::make_unique<MemoryRouteStore>(RouteListing{});
                        }};
};

TEST_F(LazyRouteStoreTest, IsOpenedOnceAndNotBeforeItIsAsked) {
  EXPECT_EQ(store_.Name(), "routing table of the test");
  EXPECT_EQ(opened_, 0);
  EXPECT_TRUE(store_.Find("a"));
  EXPECT_TRUE(store_.Put({.partition_key = "a"}));
  EXPECT_TRUE(store_.Find("a")->has_value());
  EXPECT_EQ(opened_, 1);
}

TEST_F(LazyRouteStoreTest, WhatCannotBeOpenedIsTriedAgainAndIsNoWrongRoute) {
  error_ = Error{Code::kInvalid, "routes.yaml:3: no YAML"};
  const auto route = store_.Find("a");
  ASSERT_FALSE(route);
  EXPECT_EQ(route.error().code, Code::kCorrupt);
  EXPECT_THAT(route.error().message, AllOf(HasSubstr("cannot open routing table of the test"),
                                           HasSubstr("routes.yaml:3: no YAML")));
  error_ = Error{Code::kNotFound, "there is no such file"};
  EXPECT_EQ(store_.Patterns().error().code, Code::kNotFound);
  error_.reset();
  EXPECT_TRUE(store_.List());
  EXPECT_EQ(opened_, 3);
}

}  // namespace
}  // namespace eider::routes
