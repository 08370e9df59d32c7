// The Runtime API's four endpoints, as AWS's page on them says, against a scripted transport.
#include "eider/source/lambda_runtime.h"

#include <deque>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/base/result.h"
#include "eider/codec/json.h"
#include "eider/http/transport.h"

namespace eider::source {
namespace {

using ::testing::HasSubstr;

// Answers in the order given and keeps what was asked.
class ScriptedTransport final : public http::Transport {
 public:
  struct Sent {
    std::string line;  // "GET http://…"
    std::vector<http::Header> headers;
    std::string body;
    Milliseconds timeout{};
  };

  Result<http::Response> Send(const http::Request& request,
                              const std::stop_token& /*stop*/) override {
    sent.push_back({request.method + " " + request.url, request.headers, std::string(request.body),
                    request.timeout});
    auto answer = std::move(answers.front());
    answers.pop_front();
    return answer;
  }

  std::deque<Result<http::Response>> answers;
  std::vector<Sent> sent;
};

http::Response Answer(int status, std::string body = "") {
  http::Response response;
  response.status = status;
  response.body = std::move(body);
  return response;
}

http::Response AnInvocation() {
  http::Response response = Answer(200, R"({"Records":[]})");
  response.headers = {
      {"lambda-runtime-aws-request-id", "8476a536-e9f4-11e8-9739-2dfe598c3fcd"},
      {"lambda-runtime-deadline-ms", "1542409706888"},
      {"lambda-runtime-invoked-function-arn", "arn:aws:lambda:us-east-2:123456789012:function:f"},
      {"lambda-runtime-trace-id", "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Sampled=1"}};
  return response;
}

std::string HeaderOf(const ScriptedTransport::Sent& sent, const std::string& name) {
  for (const http::Header& header : sent.headers) {
    if (header.name == name) return header.value;
  }
  return "";
}

class LambdaRuntimeTest : public ::testing::Test {
 protected:
  ScriptedTransport transport_;
  LambdaRuntime runtime_{transport_, "127.0.0.1:9001"};
};

TEST_F(LambdaRuntimeTest, NextTellsTheInvocation) {
  transport_.answers.push_back(AnInvocation());
  const auto invocation = runtime_.Next({});
  ASSERT_TRUE(invocation) << invocation.error().message;
  EXPECT_EQ(invocation->request_id, "8476a536-e9f4-11e8-9739-2dfe598c3fcd");
  EXPECT_EQ(UnixMillis(invocation->deadline), 1'542'409'706'888);
  EXPECT_EQ(invocation->trace_id, "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Sampled=1");
  EXPECT_EQ(invocation->function, "arn:aws:lambda:us-east-2:123456789012:function:f");
  EXPECT_EQ(invocation->event, R"({"Records":[]})");
  ASSERT_EQ(transport_.sent.size(), 1U);
  EXPECT_EQ(transport_.sent[0].line,
            "GET http://127.0.0.1:9001/2018-06-01/runtime/invocation/next");
}

// "Do not set a timeout on the GET request": the process may be frozen before the answer comes.
TEST_F(LambdaRuntimeTest, NextHasNoTimeout) {
  transport_.answers.push_back(AnInvocation());
  ASSERT_TRUE(runtime_.Next({}));
  EXPECT_EQ(transport_.sent[0].timeout.count(), 0);
}

TEST_F(LambdaRuntimeTest, NextRefusesWhatIsNoInvocation) {
  for (const auto& [name, value] : std::vector<std::pair<std::string, std::string>>{
           {"lambda-runtime-aws-request-id", ""},
           {"lambda-runtime-aws-request-id", "../../init/error"},
           {"lambda-runtime-deadline-ms", ""},
           {"lambda-runtime-deadline-ms", "soon"},
           {"lambda-runtime-deadline-ms", "-1"},
           {"lambda-runtime-deadline-ms", "99999999999999999999"}}) {
    http::Response answer = AnInvocation();
    for (http::Header& header : answer.headers) {
      if (header.name == name) header.value = value;
    }
    transport_.answers.push_back(answer);
    const auto invocation = runtime_.Next({});
    ASSERT_FALSE(invocation) << name << value;
    EXPECT_EQ(invocation.error().code, Code::kCorrupt) << name << value;
  }
}

TEST_F(LambdaRuntimeTest, NextFailsWithTheApi) {
  transport_.answers.push_back(Answer(500, "container"));
  const auto refused = runtime_.Next({});
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("500"));
  transport_.answers.push_back(Fail(Code::kUnavailable, "connection refused"));
  const auto unreachable = runtime_.Next({});
  ASSERT_FALSE(unreachable);
  EXPECT_EQ(unreachable.error().code, Code::kUnavailable);
}

TEST_F(LambdaRuntimeTest, PostsTheResponse) {
  transport_.answers.push_back(Answer(202, R"({"status":"OK"})"));
  ASSERT_TRUE(runtime_.SendResponse("id-1", R"({"batchItemFailures":[]})"));
  EXPECT_EQ(transport_.sent[0].line,
            "POST http://127.0.0.1:9001/2018-06-01/runtime/invocation/id-1/response");
  EXPECT_EQ(transport_.sent[0].body, R"({"batchItemFailures":[]})");
}

TEST_F(LambdaRuntimeTest, PostsErrorsWithTypeAndMessage) {
  transport_.answers.push_back(Answer(202));
  transport_.answers.push_back(Answer(202));
  ASSERT_TRUE(runtime_.SendError("id-1", {"Eider.FilesFailed", "s3://b/\"k\": no route"}));
  ASSERT_TRUE(runtime_.SendInitError({"Eider.NotConfigured", "warehouse is not set"}));
  EXPECT_EQ(transport_.sent[0].line,
            "POST http://127.0.0.1:9001/2018-06-01/runtime/invocation/id-1/error");
  EXPECT_EQ(transport_.sent[1].line, "POST http://127.0.0.1:9001/2018-06-01/runtime/init/error");
  EXPECT_EQ(HeaderOf(transport_.sent[0], "Lambda-Runtime-Function-Error-Type"),
            "Eider.FilesFailed");
  const auto body = codec::ParseJson(transport_.sent[0].body);
  ASSERT_TRUE(body);
  EXPECT_EQ(*body, codec::Json::parse(R"({"errorMessage": "s3://b/\"k\": no route",
                                          "errorType": "Eider.FilesFailed", "stackTrace": []})"));
}

TEST_F(LambdaRuntimeTest, TellsARefusedAnswerFromABrokenContainer) {
  transport_.answers.push_back(Answer(413, R"({"errorType":"RequestEntityTooLarge"})"));
  transport_.answers.push_back(Answer(500, ""));
  const auto too_large = runtime_.SendResponse("id-1", "{}");
  ASSERT_FALSE(too_large);
  EXPECT_EQ(too_large.error().code, Code::kInvalid);
  EXPECT_THAT(too_large.error().message, HasSubstr("RequestEntityTooLarge"));
  const auto broken = runtime_.SendResponse("id-1", "{}");
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().code, Code::kInternal);
}

}  // namespace
}  // namespace eider::source
