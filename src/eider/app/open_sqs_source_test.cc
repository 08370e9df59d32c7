// Where SQS is asked, and for whom, by the queue's URL or name.
#include "eider/app/open_sqs_source.h"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/app/aws_access.h"
#include "eider/base/clock.h"
#include "eider/base/random.h"
#include "eider/http/testing/loopback_server.h"

namespace eider::app {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string Answer(std::string_view body) {
  return fmt::format("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{}", body.size(), body);
}

class OpenSqsSourceTest : public ::testing::Test {
 protected:
  Result<std::unique_ptr<source::EventSource>> Open(const std::string& queue) {
    return OpenSqsSource(queue, {aws_, clock_, random_, Milliseconds(120'000)});
  }

  std::string answer_ = Answer("{}");
  http::LoopbackServer server_{[this](const auto&) { return answer_; }};
  std::map<std::string, std::string, std::less<>> variables_ = {
      {"AWS_ACCESS_KEY_ID", "id"},
      {"AWS_SECRET_ACCESS_KEY", "secret"},
      {"AWS_REGION", "eu-west-1"},
      {"AWS_ENDPOINT_URL_SQS", server_.Url("")}};
  SystemClock clock_;
  SystemRandom random_;
  AwsAccess aws_{[this](std::string_view name) -> std::optional<std::string> {
                   const auto found = variables_.find(name);
                   if (found == variables_.end()) return std::nullopt;
                   return found->second;
                 },
                 "", clock_, random_};
};

TEST_F(OpenSqsSourceTest, NameIsLookedUp) {
  answer_ = Answer(R"({"QueueUrl":"http://elsewhere/1/orders"})");
  const auto source = Open("orders");
  ASSERT_TRUE(source) << source.error().message;
  EXPECT_EQ((*source)->name(), "sqs orders");
  ASSERT_EQ(server_.received().size(), 1U);
  EXPECT_THAT(server_.received().front().head, HasSubstr("AmazonSQS.GetQueueUrl"));
  answer_ = Answer("{}");
  ASSERT_TRUE((*source)->Receive(1, {}));
  EXPECT_THAT(server_.received().back().body, HasSubstr("http://elsewhere/1/orders"));
}

TEST_F(OpenSqsSourceTest, UrlIsAskedInItsRegionAtTheConfiguredEndpoint) {
  const auto source = Open("https://sqs.us-east-2.amazonaws.com/123456789012/orders");
  ASSERT_TRUE(source) << source.error().message;
  EXPECT_THAT(server_.received(), IsEmpty());
  ASSERT_TRUE((*source)->Receive(1, {}));
  EXPECT_THAT(server_.received().front().head, HasSubstr("/us-east-2/sqs/aws4_request"));
}

TEST_F(OpenSqsSourceTest, UrlsOwnHostIsAskedWhereNoEndpointIsConfigured) {
  variables_.erase("AWS_ENDPOINT_URL_SQS");
  const auto source = Open(server_.Url("/000000000000/orders"));
  ASSERT_TRUE(source) << source.error().message;
  ASSERT_TRUE((*source)->Receive(1, {}));
  EXPECT_THAT(server_.received().front().head, HasSubstr("/eu-west-1/sqs/aws4_request"));
}

TEST_F(OpenSqsSourceTest, QueuesOfOneEndpointAndRegionShareAClient) {
  const auto first = aws_.Sqs({"", "us-east-2"});
  const auto second = aws_.Sqs({"https://sqs.us-east-2.amazonaws.com", "us-east-2"});
  const auto third = aws_.Sqs({"", "us-east-1"});
  ASSERT_TRUE(first && second && third);
  EXPECT_EQ(*first, *second);
  EXPECT_NE(*first, *third);
}

TEST_F(OpenSqsSourceTest, WhatIsNoQueueIsInvalidAndAskedNowhere) {
  for (const std::string queue : {"", "a b", "arn:aws:sqs:eu-west-1:1:q", "https://host/"}) {
    const auto source = Open(queue);
    ASSERT_FALSE(source) << queue;
    EXPECT_EQ(source.error().code, Code::kInvalid) << queue;
  }
  EXPECT_THAT(server_.received(), IsEmpty());
}

TEST_F(OpenSqsSourceTest, RegionMustBeKnown) {
  variables_.erase("AWS_REGION");
  variables_["HOME"] = "/nowhere";
  const auto source = Open("orders");
  ASSERT_FALSE(source);
  EXPECT_THAT(source.error().message, HasSubstr("set AWS_REGION"));
}

}  // namespace
}  // namespace eider::app
