// The SQS source against a real server of SQS's protocol: the stand-in for Glue serves it as well.
//
// It is where EIDER_TEST_GLUE_ENDPOINT says; without it these tests are skipped.
#include "eider/source/sqs_source.h"

#include <chrono>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/aws/fixed_credentials.h"
#include "eider/aws/json_service.h"
#include "eider/aws/service_client.h"
#include "eider/base/clock.h"
#include "eider/base/random.h"
#include "eider/base/result.h"
#include "eider/codec/json.h"
#include "eider/http/curl_transport.h"
#include "eider/source/event_source.h"
#include "eider/source/sqs_queue.h"

namespace eider::source {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

std::string EndpointFromEnvironment() {
  const char* endpoint = std::getenv("EIDER_TEST_GLUE_ENDPOINT");
  return endpoint == nullptr ? "" : endpoint;
}

class SqsSourceContract : public ::testing::Test {
 protected:
  void SetUp() override {
    if (endpoint_.empty()) GTEST_SKIP() << "EIDER_TEST_GLUE_ENDPOINT is not set";
  }

  void TearDown() override {
    for (const std::string& url : made_) Must("DeleteQueue", {{"QueueUrl", url}});
  }

  codec::Json Must(const std::string& operation, const codec::Json& input) {
    auto answer = service_.Invoke(operation, input, true);
    EXPECT_TRUE(answer) << answer.error().error.message;
    return answer ? *std::move(answer) : codec::Json::object();
  }

  // Its URL.
  std::string MakeQueue(const std::string& name,
                        const codec::Json& attributes = codec::Json::object()) {
    made_.push_back(Must("CreateQueue", {{"QueueName", prefix_ + name}, {"Attributes", attributes}})
                        .value("QueueUrl", ""));
    return made_.back();
  }

  void Send(const std::string& url, const std::string& body, const std::string& group = {}) {
    codec::Json input = {{"QueueUrl", url}, {"MessageBody", body}};
    if (!group.empty()) {
      input["MessageGroupId"] = group;
      input["MessageDeduplicationId"] = NewUuid(random_);
    }
    Must("SendMessage", input);
  }

  std::unique_ptr<EventSource> Open(const std::string& url) {
    return NewSqsSource(
        {.queue_url = url, .visibility = Milliseconds(3'000), .wait = Milliseconds(0)},
        {service_, clock_, random_});
  }

  // What the next call gives: it is told apart by the problem of each.
  static std::vector<Delivery> Receive(EventSource& source) {
    auto received = source.Receive(100, {});
    EXPECT_TRUE(received) << received.error().message;
    return received ? *std::move(received) : std::vector<Delivery>();
  }

  static void Settle(EventSource& source, const std::vector<Delivery>& deliveries, Settlement as) {
    std::vector<Settled> settled;
    for (const Delivery& delivery : deliveries) settled.push_back({delivery.id, as});
    const Status status = source.Settle(settled);
    EXPECT_TRUE(status) << status.error().message;
  }

  static std::string EventOf(const std::string& key) {
    return codec::ToJsonText(
        {{"Records",
          {{{"eventSource", "aws:s3"},
            {"eventName", "ObjectCreated:Put"},
            {"s3", {{"bucket", {{"name", "src"}}}, {"object", {{"key", key}}}}}}}}});
  }

  static std::vector<std::string> Keys(const std::vector<Delivery>& deliveries) {
    std::vector<std::string> keys;
    for (const Delivery& delivery : deliveries) {
      for (const FileRef& file : delivery.files) keys.push_back(file.uri.key);
    }
    return keys;
  }

  const std::string endpoint_ = EndpointFromEnvironment();
  SystemClock clock_;
  SystemRandom random_;
  const std::string prefix_ = "t" + NewUuid(random_).substr(0, 8) + "-";
  std::unique_ptr<http::Transport> transport_ = http::NewCurlTransport();
  aws::FixedCredentials credentials_{{"eider-test", "eider-test-secret", "", {}}};
  aws::ServiceClient client_{{.service = "sqs", .region = "us-east-1"},
                             {*transport_, credentials_, clock_, random_}};
  aws::JsonService service_{client_, {endpoint_, "AmazonSQS", "1.0"}};
  std::vector<std::string> made_;
};

TEST_F(SqsSourceContract, IsFoundReceivedAndDeleted) {
  const std::string url = MakeQueue("orders");
  EXPECT_EQ(FindSqsQueue(service_, prefix_ + "orders").value_or("none"), url);
  for (int i = 0; i < 12; ++i) Send(url, EventOf(std::to_string(i)));
  Send(url, "hello");
  const auto source = Open(url);
  EXPECT_EQ(source->name(), "sqs " + prefix_ + "orders");
  const auto first = Receive(*source);
  const auto second = Receive(*source);
  EXPECT_THAT(first, SizeIs(10));
  EXPECT_THAT(second, SizeIs(3));
  EXPECT_THAT(second.back().problems, SizeIs(1));
  Settle(*source, first, Settlement::kDone);
  Settle(*source, second, Settlement::kDone);
  const auto left =
      Must("GetQueueAttributes", {{"QueueUrl", url}, {"AttributeNames", {"All"}}}).at("Attributes");
  EXPECT_EQ(left.at("ApproximateNumberOfMessages"), "0");
  EXPECT_EQ(left.at("ApproximateNumberOfMessagesNotVisible"), "0");
}

TEST_F(SqsSourceContract, NobodyElseGetsWhatIsNotSettled) {
  const std::string url = MakeQueue("orders");
  Send(url, EventOf("a"));
  const auto source = Open(url);
  const auto other = Open(url);
  const auto received = Receive(*source);
  ASSERT_THAT(Keys(received), ElementsAre("a"));
  std::this_thread::sleep_for(Milliseconds(4'500));  // half as long again as it is hidden at once
  EXPECT_THAT(Receive(*other), IsEmpty());
  Settle(*source, received, Settlement::kHandedBack);
  EXPECT_THAT(Keys(Receive(*other)), ElementsAre("a"));
}

TEST_F(SqsSourceContract, PoisonIsTakenAwayByTheQueuesOwnPolicy) {
  const std::string dead = MakeQueue("dead");
  const std::string arn =
      Must("GetQueueAttributes", {{"QueueUrl", dead}, {"AttributeNames", {"QueueArn"}}})
          .at("Attributes")
          .at("QueueArn");
  const std::string url = MakeQueue(
      "orders", {{"RedrivePolicy",
                  codec::ToJsonText({{"deadLetterTargetArn", arn}, {"maxReceiveCount", "2"}})}});
  Send(url, "hello");
  const auto source = Open(url);
  Settle(*source, Receive(*source), Settlement::kAgain);
  EXPECT_THAT(Receive(*source), IsEmpty()) << "it comes after a second";
  std::this_thread::sleep_for(Milliseconds(1'200));
  const auto again = Receive(*source);
  EXPECT_THAT(again, SizeIs(1));
  Settle(*source, again, Settlement::kHandedBack);
  EXPECT_THAT(Receive(*source), IsEmpty());
  EXPECT_THAT(Receive(*Open(dead)), SizeIs(1));
}

TEST_F(SqsSourceContract, FifoQueueKeepsTheOrderOfAGroupWhateverFails) {
  const std::string url = MakeQueue("orders.fifo", {{"FifoQueue", "true"}});
  for (const std::string key : {"a1", "a2", "a3"}) Send(url, EventOf(key), "a");
  Send(url, EventOf("b1"), "b");
  const auto source = Open(url);
  const auto first = Receive(*source);
  ASSERT_THAT(Keys(first), UnorderedElementsAre("a1", "b1"));
  Settle(*source, first, Settlement::kHandedBack);
  std::vector<std::string> keys;
  for (int i = 0; i < 6 && keys.size() < 4; ++i) {
    const auto received = Receive(*source);
    for (std::string& key : Keys(received)) keys.push_back(std::move(key));
    Settle(*source, received, Settlement::kDone);
  }
  std::erase(keys, "b1");
  EXPECT_THAT(keys, ElementsAre("a1", "a2", "a3"));
}

TEST_F(SqsSourceContract, QueueThatIsGoneIsNotFound) {
  const std::string url = MakeQueue("orders");
  const auto source = Open(url);
  Must("DeleteQueue", {{"QueueUrl", url}});
  made_.clear();
  const auto received = source->Receive(10, {});
  ASSERT_FALSE(received);
  EXPECT_EQ(received.error().code, Code::kNotFound);
  EXPECT_THAT(received.error().message, HasSubstr(url + " does not exist"));
}

}  // namespace
}  // namespace eider::source
