// Every envelope in which S3's news reaches a function, and what is wrong with some of them.
#include "eider/source/lambda_event.h"

#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/base/result.h"
#include "eider/codec/json.h"
#include "eider/source/testing/golden_event.h"

namespace eider::source {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::string Quoted(std::string_view text) {
  return codec::ToJsonText(codec::Json(std::string(text)));
}

std::string Message(std::string_view id, std::string_view body) {
  return fmt::format(R"({{"eventSource":"aws:sqs","messageId":"{}","body":{}}})", id, Quoted(body));
}

std::string Sqs(const std::vector<std::string>& messages) {
  std::string list;
  for (const std::string& message : messages) list += (list.empty() ? "" : ",") + message;
  return R"({"Records":[)" + list + "]}";
}

std::string Created(std::string_view object) {
  return fmt::format(R"({{"Records":[{{"eventSource":"aws:s3","eventName":"ObjectCreated:Put",)"
                     R"("s3":{{"bucket":{{"name":"b"}},"object":{{{}}}}}}}]}})",
                     object);
}

std::string Bridge(std::string_view type, std::string_view object) {
  return fmt::format(R"({{"source":"aws.s3","detail-type":"{}","detail":{{"bucket":{{"name":"b"}},)"
                     R"("object":{{{}}}}}}})",
                     type, object);
}

int Ignored(const LambdaEvent& event) {
  int sum = 0;
  for (const Delivery& delivery : event.deliveries) sum += delivery.ignored;
  return sum;
}

LambdaEvent Parse(const std::string& json) {
  auto event = ParseLambdaEvent(json);
  EXPECT_TRUE(event) << event.error().message;
  return event ? *std::move(event) : LambdaEvent{};
}

TEST(LambdaEvent, ReadsS3Directly) {
  const LambdaEvent event = Parse(GoldenEvent("lambda_s3.json"));
  EXPECT_FALSE(event.is_sqs);
  ASSERT_THAT(event.deliveries, SizeIs(1));
  ASSERT_THAT(event.deliveries[0].files, SizeIs(1));
  const FileRef& file = event.deliveries[0].files[0];
  EXPECT_EQ(file.uri.ToString(), "s3://src-a/orders/a b+c.parquet");
  EXPECT_EQ(file.size_bytes, 1'305'107U);
  EXPECT_EQ(file.etag, "b21b84d653bb07b05b1e6b33684dc11b");
  EXPECT_EQ(file.sequencer, "0C0F6F405D6ED209E1");
}

TEST(LambdaEvent, ReadsSns) {
  const LambdaEvent event = Parse(GoldenEvent("lambda_sns.json"));
  EXPECT_FALSE(event.is_sqs);
  ASSERT_THAT(event.deliveries, SizeIs(1));
  ASSERT_THAT(event.deliveries[0].files, SizeIs(1));
  EXPECT_EQ(event.deliveries[0].files[0].uri.ToString(), "s3://src-a/orders/a b+c.parquet");
}

// EventBridge does not encode keys: `+` and `%20` stand for themselves.
TEST(LambdaEvent, ReadsEventBridgeKeysAsTheyAre) {
  const LambdaEvent event = Parse(GoldenEvent("lambda_eventbridge.json"));
  EXPECT_FALSE(event.is_sqs);
  ASSERT_THAT(event.deliveries, SizeIs(1));
  ASSERT_THAT(event.deliveries[0].files, SizeIs(1));
  const FileRef& file = event.deliveries[0].files[0];
  EXPECT_EQ(file.uri.ToString(), "s3://src-b/in/a+b %20.parquet");
  EXPECT_EQ(file.size_bytes, 5U);
  EXPECT_EQ(file.etag, "b1946ac92492d2347c6235b4d2611184");
  EXPECT_EQ(file.version_id, "IYV3p45BT0ac8hjHg1houSdS1a.Mro8e");
  EXPECT_EQ(file.sequencer, "617f08299329d189");
}

TEST(LambdaEvent, ReadsEveryEnvelopeInsideSqs) {
  const LambdaEvent event = Parse(GoldenEvent("lambda_sqs.json"));
  EXPECT_TRUE(event.is_sqs);
  ASSERT_THAT(event.deliveries, SizeIs(6));
  EXPECT_EQ(event.deliveries[0].id, "059f36b4-87a3-44ab-83d2-661975830a7d");
  const std::vector<std::string> uris = {"s3://src-a/orders/a b+c.parquet",
                                         "s3://src-a/orders/a b+c.parquet",
                                         "s3://src-b/in/a+b %20.parquet"};
  for (std::size_t i = 0; i < uris.size(); ++i) {
    ASSERT_THAT(event.deliveries[i].files, SizeIs(1)) << i;
    EXPECT_EQ(event.deliveries[i].files[0].uri.ToString(), uris[i]);
    EXPECT_THAT(event.deliveries[i].problems, IsEmpty());
  }
  for (const std::size_t no_work : {3U, 4U}) {  // the test event, the removal
    EXPECT_THAT(event.deliveries[no_work].files, IsEmpty());
    EXPECT_THAT(event.deliveries[no_work].problems, IsEmpty());
  }
  EXPECT_EQ(Ignored(event), 2);
  EXPECT_THAT(event.deliveries[5].files, IsEmpty());
  EXPECT_THAT(event.deliveries[5].problems, SizeIs(1));
}

TEST(LambdaEvent, ReadsEventBridgeInsideSnsInsideSqs) {
  const std::string notification = R"({"Type":"Notification","Message":)" +
                                   Quoted(Bridge("Object Created", R"("key":"k","size":1)")) + "}";
  const LambdaEvent event = Parse(Sqs({Message("m", notification)}));
  ASSERT_THAT(event.deliveries[0].files, SizeIs(1));
  EXPECT_EQ(event.deliveries[0].files[0].uri.ToString(), "s3://b/k");
}

TEST(LambdaEvent, BadMessagesLeaveOthersAlone) {
  const LambdaEvent event = Parse(Sqs({
      Message("no-json", "{"),
      Message("no-event", "{}"),
      Message("subscription", R"({"Type":"SubscriptionConfirmation","Message":"{}"})"),
      Message("bad-inner", R"({"Type":"Notification","Message":"You have chosen"})"),
      Message("bad-record", Created(R"("size":1)")),
      Message("other-source", R"({"source":"aws.ec2","detail-type":"Object Created"})"),
      Message("other-type", Bridge("Object Invented", R"("key":"k")")),
      Message("nul", Bridge("Object Created", R"("key":"a\u0000b")")),
      R"({"eventSource":"aws:sqs","messageId":"no-body"})",
      Message("good", Created(R"("key":"z")")),
  }));
  ASSERT_THAT(event.deliveries, SizeIs(10));
  for (std::size_t i = 0; i < 9; ++i) {
    EXPECT_THAT(event.deliveries[i].files, IsEmpty()) << event.deliveries[i].id;
    EXPECT_THAT(event.deliveries[i].problems, SizeIs(1)) << event.deliveries[i].id;
  }
  EXPECT_THAT(event.deliveries[2].problems[0], HasSubstr("SubscriptionConfirmation"));
  EXPECT_THAT(event.deliveries[4].problems[0], HasSubstr("Records[0].s3.object.key"));
  EXPECT_THAT(event.deliveries[6].problems[0], HasSubstr("Object Invented"));
  ASSERT_THAT(event.deliveries[9].files, SizeIs(1));
  EXPECT_EQ(event.deliveries[9].files[0].uri.key, "z");
}

TEST(LambdaEvent, SeveralRecordsInOneMessage) {
  const std::string body =
      R"({"Records":[{"eventSource":"aws:s3","eventName":"ObjectCreated:Put","s3":{"bucket":)"
      R"({"name":"b"},"object":{"key":"1"}}},{"eventSource":"aws:s3","eventName":)"
      R"("ObjectCreated:Copy","s3":{"bucket":{"name":"c"},"object":{"key":"2"}}}]})";
  const LambdaEvent event = Parse(Sqs({Message("m", body)}));
  ASSERT_THAT(event.deliveries, SizeIs(1));
  ASSERT_THAT(event.deliveries[0].files, SizeIs(2));
  EXPECT_EQ(event.deliveries[0].files[1].uri.ToString(), "s3://c/2");
}

TEST(LambdaEvent, EventBridgeNewsWithoutNewContentIsNoWork) {
  for (const char* type : {"Object Deleted", "Object Restore Completed", "Object Tags Added",
                           "Object ACL Updated", "Object Storage Class Changed"}) {
    const LambdaEvent event = Parse(Bridge(type, R"("key":"k")"));
    EXPECT_THAT(event.deliveries[0].files, IsEmpty()) << type;
    EXPECT_EQ(Ignored(event), 1) << type;
  }
  EXPECT_EQ(Ignored(Parse(Bridge("Object Created", R"("key":"folder/","size":0)"))), 1);
}

TEST(LambdaEvent, EmptyRecordsAreNoWork) {
  const LambdaEvent event = Parse(R"({"Records":[]})");
  ASSERT_THAT(event.deliveries, SizeIs(1));
  EXPECT_THAT(event.deliveries[0].files, IsEmpty());
  EXPECT_THAT(event.deliveries[0].problems, IsEmpty());
}

// Without its id the message could not be named as failed, and would count as done.
TEST(LambdaEvent, RefusesASqsMessageWithoutId) {
  const auto event = ParseLambdaEvent(R"({"Records":[{"eventSource":"aws:sqs","body":"{}"}]})");
  ASSERT_FALSE(event);
  EXPECT_EQ(event.error().code, Code::kCorrupt);
  EXPECT_THAT(event.error().message, HasSubstr("messageId"));
}

TEST(LambdaEvent, RefusesWhatIsNoEvent) {
  for (const char* text : {"", "7", "null", "[]", "{}", R"({"Records":7})", R"({"Records":[)",
                           R"({"detail-type":"Object Created"})", R"("text")"}) {
    EXPECT_FALSE(ParseLambdaEvent(text)) << text;
  }
}

TEST(LambdaEvent, AMessageMayAskForAPieceAndTellsItsQueue) {
  const std::string body = Created(R"("key":"large.csv")");
  const std::string piece =
      body.substr(0, body.size() - 1) + R"(,"eiderPiece":{"number":2,"of":3,"cut":"a"}})";
  std::string message = Message("m", piece);
  message.insert(1, R"("eventSourceARN":"arn:aws:sqs:eu-west-1:1:files",)");
  const LambdaEvent event = Parse(Sqs({message}));
  EXPECT_EQ(event.queue_arn, "arn:aws:sqs:eu-west-1:1:files");
  ASSERT_THAT(event.deliveries, SizeIs(1));
  EXPECT_EQ(event.deliveries.front().piece, (FilePiece{2, 3, "a"}));
}

}  // namespace
}  // namespace eider::source
