// Who may send, and what every kind of sender says.
#include "eider/source/webhook.h"

#include <iterator>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/base/result.h"
#include "eider/source/testing/golden_event.h"

namespace eider::source {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

constexpr std::string_view kToken = "open-sesame-0123456789";

void ExpectDenied(const Status& status, std::string_view said) {
  ASSERT_FALSE(status) << said;
  EXPECT_EQ(status.error().code, Code::kDenied);
  EXPECT_THAT(status.error().message, HasSubstr(std::string(said)));
  EXPECT_THAT(status.error().message, Not(HasSubstr("sesame")));
}

TEST(Webhook, LetsTheBearerIn) {
  EXPECT_TRUE(CheckBearer("Bearer open-sesame-0123456789", kToken));
  EXPECT_TRUE(CheckBearer("bearer  open-sesame-0123456789 ", kToken));
  ExpectDenied(CheckBearer("", kToken), "no Authorization header");
  ExpectDenied(CheckBearer("Bearer open-sesame-012345678", kToken), "not the configured one");
  ExpectDenied(CheckBearer("Bearer open-sesame-01234567890", kToken), "not the configured one");
  ExpectDenied(CheckBearer("Bearer Open-sesame-0123456789", kToken), "not the configured one");
  ExpectDenied(CheckBearer("Bearer ", kToken), "not the configured one");
  ExpectDenied(CheckBearer("Bearer", kToken), "no bearer token");
  ExpectDenied(CheckBearer("open-sesame-0123456789", kToken), "no bearer token");
  ExpectDenied(CheckBearer("Basic b3BlbjpzZXNhbWU=", kToken), "no bearer token");
}

TEST(Webhook, LetsNobodyInWithoutASecret) {
  ExpectDenied(CheckBearer("Bearer ", ""), "configured");
  ExpectDenied(CheckBasic("Basic Og==", ""), "configured");  // ":"
  // HMAC-SHA256 of nothing under an empty key, by Python's hmac.
  ExpectDenied(
      CheckHmac("sha256=b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad", "", ""),
      "configured");
}

// "hook:open-sesame-0123456789" and others, by Python's base64. The gateway of Versity sends the
// first form for a URL with `hook:…@`.
TEST(Webhook, LetsThePasswordOfAUrlIn) {
  EXPECT_TRUE(CheckBasic("Basic aG9vazpvcGVuLXNlc2FtZS0wMTIzNDU2Nzg5", kToken));
  EXPECT_TRUE(CheckBasic("Basic Om9wZW4tc2VzYW1lLTAxMjM0NTY3ODk=", kToken));  // no user
  EXPECT_TRUE(CheckBasic("Basic dTpwOnc=", "p:w"));                           // "u:p:w"
  ExpectDenied(CheckBasic("", kToken), "no Authorization header");
  ExpectDenied(CheckBasic("Basic b3Blbi1zZXNhbWUtMDEyMzQ1Njc4OQ==", kToken), "no user");  // no ':'
  ExpectDenied(CheckBasic("Basic aG9vazpvcGVu", kToken), "not the configured one");  // "hook:open"
  ExpectDenied(CheckBasic("Basic !!!!", kToken), "no user");
  ExpectDenied(CheckBasic("Bearer open-sesame-0123456789", kToken), "no user");
}

// The example of GitHub's "Validating webhook deliveries".
TEST(Webhook, ChecksSignaturesAsGitHubDocumentsThem) {
  constexpr std::string_view kSecret = "It's a Secret to Everybody";
  constexpr std::string_view kBody = "Hello, World!";
  const std::string signature =
      "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
  EXPECT_TRUE(CheckHmac(signature, kSecret, kBody));
  ExpectDenied(CheckHmac(signature, kSecret, "Hello, World"), "not that of the body");
  ExpectDenied(CheckHmac(signature, "it's a Secret to Everybody", kBody), "not that of the body");
  ExpectDenied(CheckHmac("", kSecret, kBody), "no signature");
  ExpectDenied(CheckHmac(signature.substr(7), kSecret, kBody), "sha256=<hex>");
  ExpectDenied(CheckHmac(signature.substr(0, 70), kSecret, kBody), "sha256=<hex>");
  ExpectDenied(CheckHmac(signature.substr(0, 69), kSecret, kBody), "not that of the body");
  ExpectDenied(CheckHmac("sha256=", kSecret, kBody), "not that of the body");
  ExpectDenied(CheckHmac("sha1=7571", kSecret, kBody), "sha256=<hex>");
}

TEST(Webhook, ReadsEverySender) {
  for (const auto& [name, uri] :
       {std::pair("minio_webhook.json", "s3://src-b/in/a b.csv.gz"),
        std::pair("ceph_documented.json", "s3://mybucket1/myimage1.jpg"),
        std::pair("versity_multipart.json", "s3://src-v/in/multi.csv"),
        std::pair("sns_notification.json", "s3://src-a/orders/it's a day+1/ñ-🦆[x].parquet")}) {
    const Delivery delivery = ReadWebhook(GoldenEvent(name));
    EXPECT_THAT(delivery.problems, IsEmpty()) << name;
    ASSERT_THAT(delivery.files, SizeIs(1)) << name;
    EXPECT_EQ(delivery.files[0].uri.ToString(), uri) << name;
  }
  EXPECT_THAT(ReadWebhook(GoldenEvent("lambda_eventbridge.json")).files, SizeIs(1));
  EXPECT_EQ(ReadWebhook(GoldenEvent("s3_test_event.json")).ignored, 1);
  // What the gateway of Versity sends when it starts.
  EXPECT_EQ(
      ReadWebhook(R"({"Bucket":"Test-Bucket","Event":"s3:TestEvent","Service":"S3"})").ignored, 1);
}

TEST(Webhook, SaysHowASubscriptionIsConfirmed) {
  const Delivery delivery = ReadWebhook(GoldenEvent("sns_subscription.json"));
  EXPECT_THAT(delivery.files, IsEmpty());
  ASSERT_THAT(delivery.problems, SizeIs(1));
  EXPECT_THAT(delivery.problems[0],
              HasSubstr("--topic-arn arn:aws:sns:eu-central-1:000000000000:src-a-objects --token "
                        "2336412f37f0e1d2c3b4a5968778695a4b3c2d1e0f"));
  EXPECT_THAT(delivery.problems[0], Not(HasSubstr("https://")));
}

// The command is there to be copied: nothing in it may be a sender's own words.
TEST(Webhook, ShowsNoCommandOfASender) {
  for (const char* members :
       {R"("TopicArn":"arn:x","Token":"a; rm b")", R"("TopicArn":"arn:`x`","Token":"a")",
        R"("TopicArn":"arn:x","Token":"--endpoint-url")", R"("TopicArn":"x","Token":"a")",
        R"("TopicArn":"arn:x","Token":"")", R"("TopicArn":7)"}) {
    const Delivery delivery = ReadWebhook(
        fmt::format(R"({{"Type":"SubscriptionConfirmation","Message":"",{}}})", members));
    ASSERT_THAT(delivery.problems, SizeIs(1)) << members;
    EXPECT_THAT(delivery.problems[0], HasSubstr("is not what SNS sends")) << members;
    EXPECT_THAT(delivery.problems[0], Not(HasSubstr("rm b"))) << members;
  }
}

TEST(Webhook, BodiesThatAreNoNotificationAreProblems) {
  const std::string deep = std::string(500'000, '[') + std::string(500'000, ']');
  const std::string objects = [] {
    std::string text;
    for (int i = 0; i < 100'000; ++i) text += R"({"Records":)";
    return text;
  }();
  const std::string inner =
      R"({"Type":"Notification","Message":")" + std::string(100'000, '[') + R"("})";
  for (const std::string_view body :
       {std::string_view(), std::string_view("{}"), std::string_view("[]"),
        std::string_view("[{\"Records\":[]}]"), std::string_view("null"), std::string_view("7"),
        std::string_view("\"text\""), std::string_view("<xml/>"), std::string_view("a=b&c=d"),
        std::string_view("{\"Records\":[{\"eventSource\":\"caf\xe9\"}]}"),  // Latin-1
        std::string_view("\xff\xfe{\0}\0", 6), std::string_view(R"({"Records":7})"),
        std::string_view(R"({"Message":7,"Type":"Notification"})"),
        std::string_view(R"({"Message":"{}","Type":"Notification"})"), std::string_view(deep),
        std::string_view(objects), std::string_view(inner)}) {
    const Delivery delivery = ReadWebhook(body);
    EXPECT_THAT(delivery.files, IsEmpty()) << body.substr(0, 40);
    EXPECT_THAT(delivery.problems, SizeIs(1)) << body.substr(0, 40);
  }
}

TEST(Webhook, ABodyBeyondTheLimitIsAProblem) {
  const std::string large = R"({"Records":[],"x":")" + std::string(100U << 20U, 'x') + R"("})";
  EXPECT_THAT(ReadWebhook(large).problems,
              ElementsAre("a notification of 104857621 bytes; one has at most 1048576"));
}

}  // namespace
}  // namespace eider::source
