// Error answers as the services give them, in JSON and in XML.
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/aws/service_client.h"

namespace eider::aws {
namespace {

using testing::HasSubstr;

TEST(ServiceError, ReadsJson) {
  const ServiceError error = ParseServiceError(
      {.status = 400,
       .headers = {{"x-amzn-requestid", "R1"}},
       .body = R"({"__type":"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException",)"
               R"("message":"Cannot do operations on a non-existent table"})"});
  EXPECT_EQ(error.code, "ResourceNotFoundException");
  EXPECT_EQ(error.message, "Cannot do operations on a non-existent table");
  EXPECT_EQ(error.request_id, "R1");
  EXPECT_EQ(ToError(error).code, Code::kNotFound);
}

TEST(ServiceError, ReadsGluesCapitalMessageAndTheHeader) {
  const ServiceError error = ParseServiceError(
      {.status = 400,
       .headers = {{"x-amzn-errortype", "EntityNotFoundException:http://internal.amazon.com/"}},
       .body = R"({"Message":"Table orders not found."})"});
  EXPECT_EQ(error.code, "EntityNotFoundException");
  EXPECT_EQ(error.message, "Table orders not found.");
}

TEST(ServiceError, ReadsS3Xml) {
  const ServiceError error = ParseServiceError(
      {.status = 404,
       .body = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>NoSuchKey</Code>"
               "<Message>The resource you requested does not exist</Message>"
               "<Resource>/b/k</Resource><RequestId>4442587FB7D0A2F9</RequestId></Error>"});
  EXPECT_EQ(error.code, "NoSuchKey");
  EXPECT_EQ(error.request_id, "4442587FB7D0A2F9");
  EXPECT_EQ(ParseS3Error({.status = 404, .body = "<Error><Code>NoSuchKey</Code></Error>"}).code,
            "NoSuchKey");
  EXPECT_EQ(ToError(error).message,
            "NoSuchKey (404): The resource you requested does not exist"
            " [request 4442587FB7D0A2F9]");
}

TEST(ServiceError, ReadsQueryProtocolXml) {
  const ServiceError error = ParseServiceError(
      {.status = 403,
       .body = "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error>"
               "<Type>Sender</Type><Code>AccessDenied</Code><Message>Not authorized</Message>"
               "</Error><RequestId>R2</RequestId></ErrorResponse>"});
  EXPECT_EQ(error.code, "AccessDenied");
  EXPECT_EQ(error.message, "Not authorized");
  EXPECT_EQ(error.request_id, "R2");
  EXPECT_EQ(ToError(error).code, Code::kDenied);
}

TEST(ServiceError, BrokenOrEmptyBodySaysItsStatus) {
  for (const char* body : {"", "<Error", "{", "[]", "{\"__type\":7}", "plain"}) {
    const Error error = ToError(ParseServiceError({.status = 412, .body = body}));
    EXPECT_EQ(error.code, Code::kConflict) << body;
    EXPECT_EQ(error.message, "status 412") << body;
  }
}

// Seen: a proxy's 404 was taken for the object's, and the events of a whole queue were settled.
TEST(ServiceError, A404ThatIsNotTheServicesOwnFindsNothingMissing) {
  for (const char* body :
       {"", "<html><head><title>404 Not Found</title></head></html>", R"({"message":"Not Found"})",
        "<Error><Code>NoSuchPage</Code></Error>", "404 page not found", "<Error>"}) {
    const Error error = ToError(ParseServiceError({.status = 404, .body = body}));
    EXPECT_EQ(error.code, Code::kUnavailable) << body;
    EXPECT_THAT(error.message, HasSubstr("is the endpoint right")) << body;
  }
}

// Seen: a page of HTML with such an element somewhere in it settled an event.
TEST(ServiceError, APageThatQuotesAnErrorOfS3IsNone) {
  for (const char* body :
       {"<html><Code>NoSuchKey</Code></html>",
        "<html><body><Error><Code>NoSuchKey</Code></Error></body></html>",
        "<html><Error><Code>NoSuchKey</Code></Error></html>", "<Code>NoSuchKey</Code>",
        "<!DOCTYPE html><Html><Code>NoSuchKey</Code></Html>",
        "<Error><p><Code>NoSuchKey</Code></p></Error>", "<error><Code>NoSuchKey</Code></error>",
        "<Error><Code>NoSuchKey</Code></Error><p>not S3</p>", R"({"code":"NoSuchKey"})",
        R"({"__type":"NoSuchKey"})"}) {
    EXPECT_EQ(ParseS3Error({.status = 404, .body = body}).code, "") << body;
  }
  EXPECT_EQ(ParseS3Error(
                {.status = 404, .headers = {{"x-amzn-errortype", "NoSuchKey"}}, .body = "<html/>"})
                .code,
            "");
}

TEST(ServiceError, OnlyTheServicesOwnWordIsNotFound) {
  for (const char* code : {"NoSuchKey", "NoSuchVersion", "NoSuchUpload"}) {
    EXPECT_EQ(ToError({.status = 404, .code = code}).code, Code::kNotFound) << code;
  }
  for (const char* code : {"ResourceNotFoundException", "EntityNotFoundException"}) {
    EXPECT_EQ(ToError({.status = 400, .code = code}).code, Code::kNotFound) << code;
  }
  const Error no_bucket = ToError({.status = 404, .code = "NoSuchBucket"});
  EXPECT_EQ(no_bucket.code, Code::kInvalid);
  EXPECT_THAT(no_bucket.message, HasSubstr("check the bucket's name and the endpoint"));
}

TEST(ServiceError, MeansWhatTheCallerCanDo) {
  const auto code_of = [](int status, const std::string& code) {
    return ToError({.status = status, .code = code}).code;
  };
  EXPECT_EQ(code_of(400, "ExpiredTokenException"), Code::kDenied);
  EXPECT_EQ(code_of(400, "UnrecognizedClientException"), Code::kDenied);
  EXPECT_EQ(code_of(400, "AccessDeniedException"), Code::kDenied);
  EXPECT_EQ(code_of(403, "RequestTimeTooSkewed"), Code::kDenied);
  EXPECT_EQ(code_of(400, "ConditionalCheckFailedException"), Code::kConflict);
  EXPECT_EQ(code_of(400, "ConcurrentModificationException"), Code::kConflict);
  EXPECT_EQ(code_of(409, "ConditionalRequestConflict"), Code::kConflict);
  EXPECT_EQ(code_of(400, "AlreadyExistsException"), Code::kAlreadyExists);
  EXPECT_EQ(code_of(400, "ThrottlingException"), Code::kUnavailable);
  EXPECT_EQ(code_of(503, ""), Code::kUnavailable);
  EXPECT_EQ(code_of(400, "ValidationException"), Code::kInvalid);
}

TEST(ServiceError, SaysWhatToDo) {
  const auto message_of = [](int status, const std::string& code) {
    return ToError({.status = status, .code = code}).message;
  };
  EXPECT_THAT(message_of(400, "ExpiredToken"), HasSubstr("renew"));
  EXPECT_THAT(message_of(403, "InvalidAccessKeyId"), HasSubstr("AWS_ACCESS_KEY_ID"));
  EXPECT_THAT(message_of(301, "PermanentRedirect"), HasSubstr("AWS_REGION"));
  EXPECT_THAT(message_of(403, "AccessDenied"), HasSubstr("IAM"));
}

}  // namespace
}  // namespace eider::aws
