#include "eider/config/notify_target.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace eider::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

TEST(NotifyTarget, IsAWebhookATopicOrABus) {
  const auto webhook = ParseNotifyTarget("https://example.com:8443/a?b=c");
  EXPECT_EQ(webhook->kind, NotifyKind::kWebhook);
  EXPECT_EQ(webhook->address, "https://example.com:8443/a?b=c");
  EXPECT_EQ(ParseNotifyTarget("http://localhost:1")->kind, NotifyKind::kWebhook);
  const auto topic = ParseNotifyTarget("arn:aws-cn:sns:cn-north-1:123456789012:loads.fifo");
  EXPECT_EQ(topic->kind, NotifyKind::kSnsTopic);
  EXPECT_EQ(topic->region, "cn-north-1");
  const auto bus = ParseNotifyTarget("arn:aws:events:eu-west-1:123456789012:event-bus/a/b");
  EXPECT_EQ(bus->kind, NotifyKind::kEventBus);
  EXPECT_EQ(bus->region, "eu-west-1");
}

TEST(NotifyTarget, SaysWhatItMayBe) {
  for (const char* text : {"", "example.com", "ftp://example.com", "https://", "https:///x",
                           "https://a/#b", "arn:aws:sns", "arn:aws:sns::1:x",
                           "arn:aws:sqs:eu-west-1:1:queue", "arn:aws:events:eu-west-1:1:rule/x"}) {
    const auto target = ParseNotifyTarget(text);
    ASSERT_FALSE(target) << text;
    EXPECT_EQ(target.error().code, Code::kInvalid);
    EXPECT_THAT(target.error().message, HasSubstr("https://host/path")) << text;
  }
}

TEST(NotifyTarget, TakesNoPasswordAndTellsNone) {
  const auto target = ParseNotifyTarget("https://me:hush@example.com/");
  EXPECT_THAT(target.error().message, HasSubstr("notify_token"));
  EXPECT_THAT(target.error().message, Not(HasSubstr("hush")));
  EXPECT_THAT(ParseNotifyTarget("hush://hush").error().message, Not(HasSubstr("hush")));
}

TEST(NotifyTarget, OfSeveralEachIsReadAndShownWithoutSecrets) {
  const auto targets = ParseNotify({"https://a/x?sig=hush,arn:aws:sns:r:1:t", "/"});
  ASSERT_TRUE(targets) << targets.error().message;
  EXPECT_THAT(*targets, ElementsAre("https://a/x?sig=hush", "arn:aws:sns:r:1:t"));
  EXPECT_EQ(ShownNotify(*targets), "https://a/x?***,arn:aws:sns:r:1:t");
  EXPECT_FALSE(ParseNotify({"https://a/x,nothing", "/"}));
}

}  // namespace
}  // namespace eider::config
