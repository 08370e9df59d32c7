// How each kind of target is told, as its documentation has it.
#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/aws/fixed_credentials.h"
#include "eider/aws/service_client.h"
#include "eider/aws/testing/scripted_transport.h"
#include "eider/base/clock.h"
#include "eider/base/random.h"
#include "eider/codec/json.h"
#include "eider/errands/aws_targets.h"
#include "eider/errands/webhook.h"

namespace eider::errands {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

const Event kEvent{.id = "0123",
                   .type = "loaded",
                   .group = "g",
                   .body = R"({"id":"0123","type":"loaded"})",
                   .records = {0}};

constexpr const char* kTopic = "arn:aws:sns:eu-west-1:123456789012:loads";
constexpr const char* kBus = "arn:aws:events:eu-west-1:123456789012:event-bus/default";

class TargetsTest : public testing::Test {
 protected:
  Status TellWebhook(WebhookOptions options) {
    return NewWebhook(std::move(options), transport_)->Tell(kEvent, {});
  }

  Status TellTopic(const std::string& arn = kTopic) {
    aws::ServiceClient client({.service = "sns", .region = "eu-west-1"}, deps_);
    return NewSnsTopic({arn, "https://sns.eu-west-1.amazonaws.com"}, client)->Tell(kEvent, {});
  }

  Status TellBus() {
    aws::ServiceClient client({.service = "events", .region = "eu-west-1"}, deps_);
    return NewEventBus({kBus, "https://events.eu-west-1.amazonaws.com"}, client)->Tell(kEvent, {});
  }

  aws::ScriptedTransport transport_;
  aws::FixedCredentials credentials_{{"AK", "SK", "", {}}};
  ManualClock clock_{TimePoint(Milliseconds(1'700'000'000'000))};
  SeededRandom random_{7};
  aws::ClientDeps deps_{transport_, credentials_, clock_, random_};
};

TEST_F(TargetsTest, AWebhookGetsTheEventAsItsBody) {
  transport_.Add(204);
  ASSERT_TRUE(TellWebhook({.url = "https://example.com/hook?key=hush", .token = "", .secret = ""}));
  const auto& sent = transport_.sent().front();
  EXPECT_EQ(sent.method, "POST");
  EXPECT_EQ(sent.url, "https://example.com/hook?key=hush");
  EXPECT_EQ(sent.body, kEvent.body);
  EXPECT_EQ(sent.Find("content-type"), "application/json");
  EXPECT_EQ(sent.Find("x-eider-event"), "loaded");
  EXPECT_EQ(sent.Find("x-eider-event-id"), "0123");
  EXPECT_EQ(sent.Find("authorization"), "");
  EXPECT_EQ(sent.Find("x-hub-signature-256"), "");
}

// The signature is openssl's: printf '%s' BODY | openssl dgst -sha256 -hmac shh
TEST_F(TargetsTest, AWebhookMayCheckWhoTells) {
  transport_.Add(200);
  ASSERT_TRUE(TellWebhook({.url = "https://example.com/hook", .token = "abc", .secret = "shh"}));
  const auto& sent = transport_.sent().front();
  EXPECT_EQ(sent.Find("authorization"), "Bearer abc");
  EXPECT_EQ(sent.Find("x-hub-signature-256"),
            "sha256=7baf8c06ec52ccff96f4d37ac34fcc8fae32ff4bf3dab8015b35bfc59490ce59");
}

TEST_F(TargetsTest, AWebhooksAnswerTellsWhetherTheEventOrTheSenderIsWrong) {
  transport_.Add(400, "what is this");
  const auto refused = TellWebhook({.url = "https://example.com/hook", .token = "", .secret = ""});
  EXPECT_EQ(refused.error().code, Code::kInvalid);
  EXPECT_THAT(refused.error().message, HasSubstr("status 400: what is this"));
  for (const int status : {302, 401, 404, 429, 500, 503}) {
    transport_.Add(status);
    const auto away = TellWebhook({.url = "https://example.com/hook", .token = "", .secret = ""});
    EXPECT_EQ(away.error().code, Code::kUnavailable) << status;
  }
}

TEST_F(TargetsTest, AWebhooksSecretsAreInNoMessage) {
  const std::string url = "https://example.com/hook?key=hush";
  EXPECT_EQ(NewWebhook({.url = url, .token = "abc", .secret = "shh"}, transport_)->name(),
            "https://example.com/hook");
  transport_.AddFailure(Code::kUnavailable, "cannot connect to " + url + " at all");
  const auto away = TellWebhook({.url = url, .token = "abc", .secret = "shh"});
  EXPECT_EQ(away.error().message, "cannot connect to https://example.com/hook at all");
}

TEST_F(TargetsTest, ATopicGetsAMessage) {
  transport_.Add(200, "<PublishResponse/>");
  ASSERT_TRUE(TellTopic());
  const auto& sent = transport_.sent().front();
  EXPECT_EQ(sent.url, "https://sns.eu-west-1.amazonaws.com/");
  EXPECT_THAT(sent.Find("content-type"), StartsWith("application/x-www-form-urlencoded"));
  EXPECT_THAT(sent.body, StartsWith("Action=Publish&Version=2010-03-31"
                                    "&TopicArn=arn%3Aaws%3Asns%3Aeu-west-1%3A123456789012%3Aloads"
                                    "&Message=%7B%22id%22%3A%220123%22"));
  EXPECT_THAT(sent.body, HasSubstr("&MessageAttributes.entry.1.Name=type"));
  EXPECT_THAT(sent.body, HasSubstr("&MessageAttributes.entry.1.Value.StringValue=loaded"));
  EXPECT_THAT(sent.body, Not(HasSubstr("MessageGroupId")));
}

TEST_F(TargetsTest, AFifoTopicGetsGroupAndId) {
  transport_.Add(200, "<PublishResponse/>");
  ASSERT_TRUE(TellTopic(std::string(kTopic) + ".fifo"));
  EXPECT_THAT(transport_.sent().front().body,
              HasSubstr("&MessageGroupId=g&MessageDeduplicationId=0123"));
}

TEST_F(TargetsTest, ATopicThatIsNotThereIsTold) {
  transport_.Add(404,
                 "<ErrorResponse><Error><Code>NotFound</Code><Message>Topic does not exist"
                 "</Message></Error></ErrorResponse>");
  const auto away = TellTopic();
  ASSERT_FALSE(away);
  EXPECT_THAT(away.error().message, HasSubstr("Topic does not exist"));
}

TEST_F(TargetsTest, ABusGetsAnEntry) {
  transport_.Add(200, R"({"FailedEntryCount":0,"Entries":[{"EventId":"1"}]})");
  ASSERT_TRUE(TellBus());
  const auto& sent = transport_.sent().front();
  EXPECT_EQ(sent.Find("x-amz-target"), "AWSEvents.PutEvents");
  EXPECT_EQ(*codec::ParseJson(sent.body), (codec::Json{{"Entries",
                                                        {{{"Source", "eider"},
                                                          {"DetailType", "loaded"},
                                                          {"Detail", kEvent.body},
                                                          {"EventBusName", kBus}}}}}));
}

TEST_F(TargetsTest, ABusFailsEntriesInAnAnswerThatSucceeds) {
  transport_.Add(200, R"({"FailedEntryCount":1,"Entries":[{"ErrorCode":"InternalFailure",)"
                      R"("ErrorMessage":"try again"}]})");
  const auto away = TellBus();
  EXPECT_EQ(away.error().code, Code::kUnavailable);
  EXPECT_THAT(away.error().message, HasSubstr("InternalFailure: try again"));
}

}  // namespace
}  // namespace eider::errands
