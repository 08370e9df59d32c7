// The standard variables that name a collector.
#include "eider/app/otlp_target.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/base/result.h"
#include "eider/http/transport.h"

namespace eider::app {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

using Variables = std::map<std::string, std::string, std::less<>>;

Result<std::optional<OtlpTarget>> Find(const Variables& variables) {
  return FindOtlpTarget([&](std::string_view name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  });
}

std::string UrlOf(const Variables& variables) {
  const auto found = Find(variables);
  if (!found) return found.error().message;
  return *found ? (*found)->url : "none";
}

TEST(OtlpTarget, IsTheEndpointForAllSignalsOrTheOneForTraces) {
  EXPECT_EQ(UrlOf({}), "none");
  EXPECT_EQ(UrlOf({{"OTEL_EXPORTER_OTLP_ENDPOINT", ""}}), "none");
  EXPECT_EQ(UrlOf({{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://c:4318"}}), "http://c:4318/v1/traces");
  EXPECT_EQ(UrlOf({{"OTEL_EXPORTER_OTLP_ENDPOINT", "https://c/otlp/"}}),
            "https://c/otlp/v1/traces");
  EXPECT_EQ(UrlOf({{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://c:4318"},
                   {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://t:1/as/it/is"}}),
            "http://t:1/as/it/is");
}

TEST(OtlpTarget, IsNoneWhereTracesAreSwitchedOff) {
  EXPECT_EQ(UrlOf({{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://c"}, {"OTEL_SDK_DISABLED", "true"}}),
            "none");
  EXPECT_EQ(UrlOf({{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://c"}, {"OTEL_TRACES_EXPORTER", "none"}}),
            "none");
}

TEST(OtlpTarget, TakesHeadersAndAttributes) {
  const auto found =
      Find({{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://c"},
            {"OTEL_EXPORTER_OTLP_HEADERS", "authorization=Basic%20YTpi, x-scope = a%"},
            {"OTEL_SERVICE_NAME", "loader"},
            {"OTEL_RESOURCE_ATTRIBUTES", "deployment.environment=prod,"}});
  ASSERT_TRUE(found && *found);
  const OtlpTarget& target = **found;
  ASSERT_EQ(target.headers.size(), 3U);
  EXPECT_EQ(target.headers[0].value, "application/json");
  EXPECT_EQ(target.headers[1].name, "authorization");
  EXPECT_EQ(target.headers[1].value, "Basic YTpi");
  EXPECT_EQ(target.headers[2].name, "x-scope");
  EXPECT_EQ(target.headers[2].value, "a%");
  EXPECT_EQ(target.source.service, "loader");
  ASSERT_EQ(target.source.attributes.size(), 1U);
  EXPECT_EQ(target.source.attributes[0].second, "prod");
}

TEST(OtlpTarget, RefusalsSayWhatToDoAndShowNoSecret) {
  EXPECT_THAT(UrlOf({{"OTEL_EXPORTER_OTLP_ENDPOINT", "c:4317"}}),
              HasSubstr("'c:4317/v1/traces', is no URL"));
  EXPECT_THAT(
      UrlOf({{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://c"}, {"OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"}}),
      HasSubstr("4318"));
  EXPECT_THAT(UrlOf({{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://c"},
                     {"OTEL_EXPORTER_OTLP_HEADERS", "api-key=s3cret,=s3cret"}}),
              AllOf(HasSubstr("part 2"), Not(HasSubstr("s3cret"))));
}

}  // namespace
}  // namespace eider::app
