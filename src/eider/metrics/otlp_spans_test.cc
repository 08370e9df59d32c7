// The body of OTLP/HTTP: names and encodings of the specification's JSON mapping.
#include "eider/metrics/otlp_spans.h"

#include <cstdint>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "eider/base/clock.h"

namespace eider::metrics {
namespace {

using Json = nlohmann::json;

Span Root() {
  Span span;
  span.trace = {0x5b8efff798038103, 0xd269b633813fc60c};
  span.id = 0xeee19b7ec3c1b174;
  span.name = "load";
  span.began = TimePoint(Milliseconds(1'544'712'660'000));
  span.ended = TimePoint(Milliseconds(1'544'712'661'000));
  span.attributes = {{"eider.rows", std::int64_t{123}}, {"url.full", "s3://b/k"}};
  return span;
}

// Identifiers and times are those of the example trace in the OTLP repository
// (open-telemetry/opentelemetry-proto, examples/trace.json).
TEST(OtlpSpans, AreWrittenAsTheSpecificationMapsThem) {
  const Json body =
      Json::parse(ToOtlpJson({"eider", "1.2", {{"deployment.environment", "test"}}}, {{Root()}}));
  const Json& sent = body["resourceSpans"][0];
  EXPECT_EQ(sent["resource"]["attributes"],
            Json::parse(R"([{"key": "service.name", "value": {"stringValue": "eider"}},
                {"key": "service.version", "value": {"stringValue": "1.2"}},
                {"key": "deployment.environment", "value": {"stringValue": "test"}}])"));
  EXPECT_EQ(sent["scopeSpans"][0]["scope"], Json::parse(R"({"name": "eider", "version": "1.2"})"));
  EXPECT_EQ(sent["scopeSpans"][0]["spans"], Json::parse(R"([{
      "traceId": "5b8efff798038103d269b633813fc60c", "spanId": "eee19b7ec3c1b174", "name": "load",
      "kind": 5, "startTimeUnixNano": "1544712660000000000",
      "endTimeUnixNano": "1544712661000000000",
      "attributes": [{"key": "eider.rows", "value": {"intValue": "123"}},
                     {"key": "url.full", "value": {"stringValue": "s3://b/k"}}]}])"));
}

TEST(OtlpSpans, ChildrenNameTheirParentAndFailuresTheirError) {
  Span child = Root();
  child.id = 7;
  child.parent = Root().id;
  child.error = "no \xff";
  const Json body = Json::parse(ToOtlpJson({"eider", "1.2"}, {{child}}));
  const Json& span = body["resourceSpans"][0]["scopeSpans"][0]["spans"][0];
  EXPECT_EQ(span["spanId"], "0000000000000007");
  EXPECT_EQ(span["parentSpanId"], "eee19b7ec3c1b174");
  EXPECT_EQ(span["kind"], 1);
  EXPECT_EQ(span["status"], Json::parse(R"({"code": 2, "message": "no \\xff"})"));
}

}  // namespace
}  // namespace eider::metrics
