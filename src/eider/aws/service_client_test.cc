// What is repeated, what is not, and what a failure means then.
#include "eider/aws/service_client.h"

#include <chrono>
#include <deque>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/aws/json_service.h"
#include "eider/aws/testing/scripted_transport.h"
#include "eider/aws/time_text.h"

namespace eider::aws {
namespace {

using testing::HasSubstr;
using testing::Not;

// Gives its credentials in order, the next one after a rejection.
class ScriptedCredentials final : public CredentialsProvider {
 public:
  Result<Credentials> Get() override {
    if (keys.empty()) return Fail(Code::kNotFound, "no AWS credentials");
    return Credentials{keys.front(), "wJalrXUtnFEMI", "session-token-value", {}};
  }

  void Reject(const Credentials& expired) override {
    if (keys.size() > 1 && expired.access_key_id == keys.front()) keys.pop_front();
  }

  std::deque<std::string> keys = {"AKID1"};
};

class ServiceClientTest : public testing::Test {
 protected:
  ServiceClient Client(const std::string& service = "dynamodb") {
    return ServiceClient({.service = service,
                          .region = "us-east-1",
                          .retry = {.num_retries = 2,
                                    .min_wait = Milliseconds(50),
                                    .max_wait = Milliseconds(5'000),
                                    .total_timeout = Milliseconds(60'000)}},
                         {transport_, credentials_, clock_, random_});
  }

  Result<http::Response> Send(bool is_repeatable = true) {
    ServiceClient client = Client();
    return client.Send(
        {.method = "POST", .url = "https://h/x?q=1", .body = "{}", .is_repeatable = is_repeatable});
  }

  const TimePoint start_ = *ParseIsoTime("2015-08-30T12:36:00Z");
  ScriptedTransport transport_;
  ScriptedCredentials credentials_;
  ManualClock clock_{start_};
  SeededRandom random_{7};
};

TEST_F(ServiceClientTest, SignsAndSends) {
  transport_.Add(200, "answer");
  ServiceClient client = Client();
  const auto response = client.Send({.method = "POST",
                                     .url = "https://h/x",
                                     .headers = {{"x-amz-target", "T"}},
                                     .body = "{}",
                                     .timeout = Milliseconds(1'234)});
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->body, "answer");
  const auto& sent = transport_.sent().at(0);
  EXPECT_EQ(sent.body, "{}");
  EXPECT_EQ(sent.timeout, Milliseconds(1'234));
  EXPECT_EQ(sent.Find("x-amz-date"), "20150830T123600Z");
  EXPECT_EQ(sent.Find("x-amz-security-token"), "session-token-value");
  EXPECT_EQ(sent.Find("x-amz-content-sha256"), "");
  EXPECT_THAT(sent.Find("authorization"),
              HasSubstr("Credential=AKID1/20150830/us-east-1/dynamodb/aws4_request, "
                        "SignedHeaders=host;x-amz-date;x-amz-security-token;x-amz-target"));
}

TEST_F(ServiceClientTest, HashesAnUploadWhereTlsDoesNotProtectIt) {
  ServiceClient client = Client("s3");
  for (int i = 0; i < 3; ++i) transport_.Add(200);
  ASSERT_TRUE(client.Send({.method = "PUT", .url = "https://h/k", .body = "abc"}));
  ASSERT_TRUE(client.Send({.method = "PUT", .url = "http://h/k", .body = "abc"}));
  ASSERT_TRUE(client.Send({.method = "GET", .url = "https://h/k"}));
  EXPECT_EQ(transport_.sent()[0].Find("x-amz-content-sha256"), "UNSIGNED-PAYLOAD");
  EXPECT_EQ(transport_.sent()[1].Find("x-amz-content-sha256"),  // echo -n abc | sha256sum
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(transport_.sent()[2].Find("x-amz-content-sha256"),  // sha256sum /dev/null
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST_F(ServiceClientTest, FinalAnswersComeBackAsTheyAre) {
  for (const int status : {200, 206, 304, 404, 412}) {
    transport_.Add(status);
    const auto response = Send();
    ASSERT_TRUE(response) << status;
    EXPECT_EQ(response->status, status);
  }
}

TEST_F(ServiceClientTest, RepeatsServerErrorsWithBackoff) {
  transport_.Add(500);
  transport_.Add(502);
  transport_.Add(200);
  ASSERT_TRUE(Send());
  EXPECT_EQ(transport_.sent().size(), 3U);
  EXPECT_GT(clock_.Now(), start_);
  EXPECT_LE(clock_.Now(), start_ + Milliseconds(150));  // at most 50, then at most 100
}

TEST_F(ServiceClientTest, GivesUpAfterTheRetries) {
  for (int i = 0; i < 3; ++i) {
    transport_.Add(503, "<Error><Code>SlowDown</Code><Message>Reduce</Message></Error>",
                   {{"x-amz-request-id", "R1"}});
  }
  const auto failed = Send();
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, Code::kUnavailable);
  EXPECT_EQ(failed.error().message,
            "POST https://h/x (after 2 retries): SlowDown (503): Reduce [request R1]");
}

TEST_F(ServiceClientTest, UnrepeatableCallIsNotRepeatedAfterAServerError) {
  transport_.Add(500);
  EXPECT_EQ(Send(false).error().code, Code::kOutcomeUnknown);
  transport_.AddFailure(Code::kOutcomeUnknown);
  EXPECT_EQ(Send(false).error().code, Code::kOutcomeUnknown);
  transport_.Add(400, R"({"__type":"com.amazonaws.glue#OperationTimeoutException"})");
  EXPECT_EQ(Send(false).error().code, Code::kOutcomeUnknown);
  EXPECT_EQ(transport_.sent().size(), 3U);
}

TEST_F(ServiceClientTest, UnrepeatableCallIsRepeatedWhereItSurelyHadNoEffect) {
  transport_.AddFailure(Code::kUnavailable);
  transport_.Add(400, R"({"__type":"com.amazonaws.dynamodb.v20120810#ThrottlingException"})");
  transport_.Add(200);
  EXPECT_TRUE(Send(false));
  for (int i = 0; i < 3; ++i) transport_.AddFailure(Code::kUnavailable);
  EXPECT_EQ(Send(false).error().code, Code::kUnavailable);
}

TEST_F(ServiceClientTest, RepeatableCallIsRepeatedAfterALostConnection) {
  transport_.AddFailure(Code::kOutcomeUnknown);
  transport_.Add(200);
  EXPECT_TRUE(Send());
  for (int i = 0; i < 3; ++i) transport_.AddFailure(Code::kOutcomeUnknown);
  EXPECT_EQ(Send().error().code, Code::kUnavailable);
}

TEST_F(ServiceClientTest, OtherFailuresAreFinal) {
  for (const Code code : {Code::kDenied, Code::kInvalid, Code::kCorrupt}) {
    transport_.AddFailure(code);
    EXPECT_EQ(Send().error().code, code);
  }
}

TEST_F(ServiceClientTest, CancelledCallIsUnknownWhereItMatters) {
  transport_.AddFailure(Code::kCancelled);
  EXPECT_EQ(Send().error().code, Code::kCancelled);
  transport_.AddFailure(Code::kCancelled);
  EXPECT_EQ(Send(false).error().code, Code::kOutcomeUnknown);
}

TEST_F(ServiceClientTest, WaitsAsLongAsTheServiceAsks) {
  transport_.Add(429, {}, {{"retry-after", "2"}});
  transport_.Add(503, {}, {{"retry-after", "86400"}});
  transport_.Add(200);
  ASSERT_TRUE(Send());
  EXPECT_EQ(clock_.Now() - start_, Milliseconds(2'000 + 5'000));  // within max_wait
}

TEST_F(ServiceClientTest, CorrectsAWrongClock) {
  const std::vector<http::Header> date = {{"date", "Sun, 30 Aug 2015 13:36:00 GMT"}};
  transport_.Add(400, R"({"__type":"InvalidSignatureException"})", date);
  transport_.Add(200);
  transport_.Add(200);
  ServiceClient client = Client();
  const Call call{.url = "https://h/"};
  ASSERT_TRUE(client.Send(call));
  EXPECT_EQ(transport_.sent().at(1).Find("x-amz-date"), "20150830T133600Z");
  ASSERT_TRUE(client.Send(call));  // and stays corrected
  EXPECT_EQ(transport_.sent().at(2).Find("x-amz-date"), "20150830T133600Z");
}

TEST_F(ServiceClientTest, RefusalUnderAGoodClockIsFinal) {
  transport_.Add(403, "<Error><Code>AccessDenied</Code></Error>",
                 {{"date", "Sun, 30 Aug 2015 12:39:00 GMT"}});
  EXPECT_EQ(Send()->status, 403);
  EXPECT_EQ(transport_.sent().size(), 1U);
}

TEST_F(ServiceClientTest, AsksOnceForNewerCredentials) {
  credentials_.keys = {"AKID1", "AKID2"};
  const std::string expired = R"({"__type":"ExpiredTokenException","message":"expired"})";
  transport_.Add(400, expired);
  transport_.Add(200);
  ASSERT_EQ(Send()->status, 200);
  EXPECT_THAT(transport_.sent().at(1).Find("authorization"), HasSubstr("Credential=AKID2/"));
  transport_.Add(400, expired);  // no newer ones
  EXPECT_EQ(Send()->status, 400);
}

TEST_F(ServiceClientTest, NoCredentialsIsDenied) {
  credentials_.keys.clear();
  EXPECT_EQ(Send().error().code, Code::kDenied);
  EXPECT_TRUE(transport_.sent().empty());
}

TEST_F(ServiceClientTest, ABrokenServiceUsesUpTheSharedBudget) {
  ServiceClient client = Client();
  const Call call{.url = "https://h/"};
  for (int i = 0; i < 150; ++i) transport_.Add(500);
  for (int i = 0; i < 50; ++i) ASSERT_FALSE(client.Send(call));  // 500 tokens, 10 a call
  EXPECT_TRUE(transport_.is_used_up());
  transport_.Add(500);
  ASSERT_FALSE(client.Send(call));
  EXPECT_TRUE(transport_.is_used_up());  // one attempt only
}

TEST_F(ServiceClientTest, ErrorsHoldNoSecrets) {
  // What services quote of a request that was signed wrongly.
  transport_.Add(403, R"({"__type":"InvalidSignatureException","message":"It does not match.\n\n)"
                      R"(The Canonical String:\nx-amz-security-token:session-token-value"})");
  ServiceClient client = Client();
  JsonService service(client, {"https://h", "DynamoDB_20120810", "1.0"});
  const auto failed = service.Invoke("PutItem", codec::Json::object(), true);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().error.code, Code::kDenied);
  const std::string message = failed.error().error.message;
  EXPECT_THAT(message, HasSubstr("It does not match."));
  EXPECT_THAT(message, HasSubstr("AWS_SECRET_ACCESS_KEY"));
  EXPECT_THAT(message, Not(HasSubstr("session-token-value")));
  EXPECT_THAT(message, Not(HasSubstr("wJalrXUtnFEMI")));
}

class JsonServiceTest : public ServiceClientTest {
 protected:
  ServiceClient client_ = Client();
  JsonService service_{client_, {"https://h", "DynamoDB_20120810", "1.0"}};
};

TEST_F(JsonServiceTest, SpeaksTheProtocol) {
  transport_.Add(200, R"({"Item":{"a":{"S":"ü"}}})");
  const auto answer = service_.Invoke("GetItem", {{"TableName", "t"}}, true);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->at("Item").at("a").at("S"), "ü");
  const auto& sent = transport_.sent().at(0);
  EXPECT_EQ(sent.method, "POST");
  EXPECT_EQ(sent.url, "https://h/");
  EXPECT_EQ(sent.body, R"({"TableName":"t"})");
  EXPECT_EQ(sent.Find("content-type"), "application/x-amz-json-1.0");
  EXPECT_EQ(sent.Find("x-amz-target"), "DynamoDB_20120810.GetItem");
}

TEST_F(JsonServiceTest, FailureKeepsCodeAndDetails) {
  transport_.Add(400,
                 R"({"__type":"com.amazonaws.dynamodb.v20120810#TransactionCanceledException",)"
                 R"("message":"cancelled","CancellationReasons":[{"Code":"None"}]})",
                 {{"x-amzn-requestid", "R7"}});
  const auto failed = service_.Invoke("TransactWriteItems", codec::Json::object(), true);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, "TransactionCanceledException");
  EXPECT_EQ(failed.error().error.code, Code::kConflict);
  EXPECT_EQ(failed.error().error.message,
            "TransactWriteItems: TransactionCanceledException (400): cancelled [request R7]");
  EXPECT_EQ(failed.error().details.at("CancellationReasons").at(0).at("Code"), "None");
}

TEST_F(JsonServiceTest, EmptyAnswerIsAnEmptyObject) {
  transport_.Add(200);
  const auto answer = service_.Invoke("PutItem", codec::Json::object(), true);
  ASSERT_TRUE(answer);
  EXPECT_TRUE(answer->empty());
}

TEST_F(JsonServiceTest, AnswerThatIsNoJsonIsCorrupt) {
  transport_.Add(200, "<html>");
  const auto failed = service_.Invoke("PutItem", codec::Json::object(), true);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().error.code, Code::kCorrupt);
}

}  // namespace
}  // namespace eider::aws
