// How much memory a process and its queries may hold.
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/base/clock.h"
#include "eider/config/testing/config_fixture.h"

namespace eider::config {
namespace {

using ::testing::HasSubstr;

TEST_F(ConfigTest, AProcessMayHoldTwiceWhatQueriesMayAndAGibibyte) {
  const auto loaded = LoadText(kWhole);
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(loaded->config.engine.process_memory_limit_bytes, 2 * 512'000'000ULL + (1ULL << 30U));
  variables_ = {{"EIDER_ENGINE_PROCESS_MEMORY_LIMIT", "1GiB"}, {"EIDER_ENGINE_TIMEOUT_MS", "5"}};
  const auto set = LoadText(kWhole);
  ASSERT_TRUE(set) << set.error().message;
  EXPECT_EQ(set->config.engine.process_memory_limit_bytes, 1ULL << 30U);
  EXPECT_EQ(set->config.engine.timeout, Milliseconds(5));
}

// Seen: a process that may hold less than its queries was taken without a word.
TEST_F(ConfigTest, QueriesMayNotHoldMoreThanTheProcess) {
  variables_ = {{"EIDER_ENGINE_PROCESS_MEMORY_LIMIT", "256MiB"}};
  const std::string told =
      "engine.memory_limit (500000KiB, from config.yaml:6) must not be more than "
      "engine.process_memory_limit (256MiB, from EIDER_ENGINE_PROCESS_MEMORY_LIMIT)";
  EXPECT_THAT(ErrorOf(kWhole), HasSubstr(told));
  variables_["EIDER_ENGINE_MEMORY_LIMIT"] = "256MiB";
  EXPECT_TRUE(LoadText(kWhole));
  variables_ = {{"AWS_LAMBDA_RUNTIME_API", "127.0.0.1:9001"},
                {"AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"}};
  EXPECT_THAT(ErrorOf(kWhole), HasSubstr("(256MiB, from AWS_LAMBDA_FUNCTION_MEMORY_SIZE)"));
}

TEST_F(ConfigTest, QueriesFollowTheProcessWhereOnlyThatIsBounded) {
  std::string text(kWhole);
  text.replace(text.find("memory_limit: 512MB, "), 21, "");
  EXPECT_EQ(LoadText(text)->config.engine.memory_limit_bytes, 2ULL << 30U);
  variables_ = {{"EIDER_ENGINE_PROCESS_MEMORY_LIMIT", "1GiB"}};
  const auto loaded = LoadText(text);
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(loaded->config.engine.memory_limit_bytes, 512ULL << 20U);
  EXPECT_EQ(Find(*loaded, "engine.memory_limit").origin, "half of engine.process_memory_limit");
  variables_["AWS_LAMBDA_RUNTIME_API"] = "127.0.0.1:9001";
  variables_["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] = "3538";
  EXPECT_EQ(LoadText(text)->config.engine.memory_limit_bytes, 512ULL << 20U);
  variables_["EIDER_ENGINE_PROCESS_MEMORY_LIMIT"] = "16GiB";
  EXPECT_EQ(LoadText(text)->config.engine.memory_limit_bytes, 1769ULL << 20U);
}

}  // namespace
}  // namespace eider::config
