// Hosts of SQS as AWS lists them, and queues that are none.
#include "eider/app/queue_address.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace eider::app {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

QueueAddress Address(const std::string& url) {
  const auto address = AddressOfQueue(url);
  EXPECT_TRUE(address) << address.error().message;
  return address.value_or(QueueAddress{});
}

TEST(QueueAddress, TellsEndpointAndRegionOfAnAmazonUrl) {
  EXPECT_EQ(Address("https://sqs.eu-west-1.amazonaws.com/123456789012/orders"),
            (QueueAddress{"https://sqs.eu-west-1.amazonaws.com", "eu-west-1"}));
  EXPECT_EQ(Address("https://sqs.cn-north-1.amazonaws.com.cn/1/q").region, "cn-north-1");
  EXPECT_EQ(Address("https://sqs-fips.us-gov-west-1.amazonaws.com/1/q").region, "us-gov-west-1");
  EXPECT_EQ(Address("https://sqs.eu-west-1.api.aws/1/q").region, "eu-west-1");
  EXPECT_EQ(Address("https://vpce-0a1b-x.sqs.us-east-2.vpce.amazonaws.com/1/q"),
            (QueueAddress{"https://vpce-0a1b-x.sqs.us-east-2.vpce.amazonaws.com", "us-east-2"}));
}

TEST(QueueAddress, OfALegacyUrlTellsTheRegionAlone) {
  EXPECT_EQ(Address("https://eu-west-1.queue.amazonaws.com/1/q"), (QueueAddress{"", "eu-west-1"}));
  EXPECT_EQ(Address("https://queue.amazonaws.com/1/q"), (QueueAddress{"", "us-east-1"}));
}

TEST(QueueAddress, OfAnotherServerTellsItsEndpointAlone) {
  EXPECT_EQ(Address("http://localhost:9324/000000000000/sqs.fifo"),
            (QueueAddress{"http://localhost:9324", ""}));
  EXPECT_EQ(Address("http://sqs.internal.example:9324/queue/q").region, "");
}

TEST(QueueAddress, RefusesWhatNamesNoQueue) {
  for (const std::string url :
       {"https://", "https://sqs.eu-west-1.amazonaws.com", "https://sqs.eu-west-1.amazonaws.com/",
        "https:///1/q", "https://sqs.eu-west-1.amazonaws.com/1/q?x=1"}) {
    const auto address = AddressOfQueue(url);
    ASSERT_FALSE(address) << url;
    EXPECT_EQ(address.error().code, Code::kInvalid);
    EXPECT_THAT(address.error().message, HasSubstr("'" + url + "' is no SQS queue"));
  }
}

TEST(QueueAddress, TellsNoPassword) {
  const auto address = AddressOfQueue("https://user:secret@host/1/q");
  ASSERT_FALSE(address);
  EXPECT_THAT(address.error().message, Not(HasSubstr("secret")));
}

TEST(QueueAddress, NamesAreThoseOfTheApiReference) {
  EXPECT_TRUE(CheckQueueName("orders-events_2"));
  EXPECT_TRUE(CheckQueueName("orders.fifo"));
  EXPECT_TRUE(CheckQueueName(std::string(80, 'a')));
  EXPECT_FALSE(CheckQueueName(std::string(81, 'a')));
  EXPECT_FALSE(CheckQueueName(std::string(76, 'a') + ".fifo"));
  EXPECT_FALSE(CheckQueueName(""));
  EXPECT_FALSE(CheckQueueName(".fifo"));
  EXPECT_FALSE(CheckQueueName("a.b"));
  EXPECT_FALSE(CheckQueueName("arn:aws:sqs:eu-west-1:1:q"));
}

}  // namespace
}  // namespace eider::app
