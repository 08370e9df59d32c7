// The line against the structure and the limits of AWS's specification.
#include "eider/metrics/embedded_metrics.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "eider/base/clock.h"
#include "eider/base/result.h"

namespace eider::metrics {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

EmbeddedMetrics Example() {
  return {.name_space = "Eider",
          .time = TimePoint(Milliseconds(1'574'109'732'004)),
          .properties = {{"FunctionName", "loader", true}, {"RequestId", "989ffbf8", false}},
          .metrics = {{"RowsLoaded", Unit::kCount, 9'000'000'000},
                      {"DurationMs", Unit::kMilliseconds, 100}}};
}

// The shape of the specification's own example.
TEST(EmbeddedMetrics, HasTheSpecifiedStructure) {
  const auto line = ToEmbeddedMetricLine(Example());
  ASSERT_TRUE(line) << line.error().message;
  EXPECT_EQ(nlohmann::json::parse(*line), nlohmann::json::parse(R"({
    "_aws": {
      "Timestamp": 1574109732004,
      "CloudWatchMetrics": [{
        "Namespace": "Eider",
        "Dimensions": [["FunctionName"]],
        "Metrics": [{"Name": "RowsLoaded", "Unit": "Count"},
                    {"Name": "DurationMs", "Unit": "Milliseconds"}]
      }]
    },
    "FunctionName": "loader",
    "RequestId": "989ffbf8",
    "RowsLoaded": 9000000000,
    "DurationMs": 100
  })"));
  EXPECT_THAT(*line, Not(HasSubstr("\n")));
}

// "Dimensions" may hold an empty set: the metrics then stand for the namespace as a whole.
TEST(EmbeddedMetrics, NeedsNoDimension) {
  EmbeddedMetrics metrics = Example();
  metrics.properties.clear();
  const auto line = ToEmbeddedMetricLine(metrics);
  ASSERT_TRUE(line);
  EXPECT_THAT(*line, HasSubstr(R"("Dimensions":[[]])"));
}

TEST(EmbeddedMetrics, TextThatIsNoUtf8StillGivesJson) {
  EmbeddedMetrics metrics = Example();
  metrics.properties[1].value = "a\xff\n";
  const auto line = ToEmbeddedMetricLine(metrics);
  ASSERT_TRUE(line);
  EXPECT_TRUE(nlohmann::json::accept(*line));
}

TEST(EmbeddedMetrics, RefusesWhatTheFormatForbids) {
  const std::string long_text(1025, 'x');
  std::vector<EmbeddedMetrics> refused(8, Example());
  refused[0].metrics.clear();
  refused[1].metrics.clear();
  for (int i = 0; i < 101; ++i) {
    refused[1].metrics.push_back({"m" + std::to_string(i), Unit::kCount, 1});
  }
  for (int i = 0; i < 30; ++i) {  // beside the one that is there
    refused[2].properties.push_back({"d" + std::to_string(i), "v", true});
  }
  refused[3].name_space.clear();
  refused[4].properties[0].value.clear();
  refused[5].properties[0].value = long_text;
  refused[6].metrics[0].name = "FunctionName";
  refused[7].metrics[0].name = "_aws";
  for (std::size_t i = 0; i < refused.size(); ++i) {
    const auto line = ToEmbeddedMetricLine(refused[i]);
    ASSERT_FALSE(line) << i;
    EXPECT_EQ(line.error().code, Code::kInvalid) << i;
  }
}

}  // namespace
}  // namespace eider::metrics
