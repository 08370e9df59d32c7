// Requests as the API reference has them, entries that fail, and what errors say.
#include "eider/source/sqs_queue.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/codec/json.h"
#include "eider/source/testing/sqs_fixture.h"

namespace eider::source {
namespace {

using codec::Json;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class SqsQueueTest : public SqsFixture {
 protected:
  Error ErrorOfReceive() {
    const auto received = queue_.Receive({}, {});
    if (!received) return received.error();
    ADD_FAILURE() << "no error";
    return {};
  }

  SqsQueue queue_{deps(), kUrl};
};

TEST_F(SqsQueueTest, ReceivesAsTheApiReferenceSays) {
  AnswerReceive({{.id = "a", .receive_count = 3}, {.id = "b", .body = "{}"}});
  const auto received =
      queue_.Receive({.messages_max = 7, .visibility_seconds = 120, .wait_seconds = 20}, {});
  ASSERT_TRUE(received) << received.error().message;
  ASSERT_EQ(received->size(), 2U);
  EXPECT_EQ(received->front().id, "a");
  EXPECT_EQ(received->front().receipt, "receipt-a");
  EXPECT_EQ(received->front().receive_count, 3);
  EXPECT_EQ(received->back().body, "{}");

  const auto& sent = transport_.sent().front();
  EXPECT_EQ(sent.method, "POST");
  EXPECT_EQ(sent.url, "https://sqs.eu-west-1.amazonaws.com/");
  EXPECT_EQ(sent.Find("content-type"), "application/x-amz-json-1.0");
  EXPECT_EQ(sent.Find("x-amz-target"), "AmazonSQS.ReceiveMessage");
  EXPECT_THAT(sent.Find("authorization"), HasSubstr("/eu-west-1/sqs/aws4_request"));
  EXPECT_EQ(Input(0), Json({{"QueueUrl", kUrl},
                            {"MaxNumberOfMessages", 7},
                            {"VisibilityTimeout", 120},
                            {"WaitTimeSeconds", 20},
                            {"AttributeNames", {"ApproximateReceiveCount", "MessageGroupId"}}}));
  // The answer comes at the end of the wait.
  EXPECT_GT(sent.timeout, Milliseconds(20'000));
}

TEST_F(SqsQueueTest, RepeatedCallOfAFifoQueueAsksForTheSameMessages) {
  SqsQueue fifo(deps(), kFifoUrl);
  transport_.AddFailure(Code::kOutcomeUnknown);
  AnswerReceive({});
  AnswerReceive({});
  ASSERT_TRUE(fifo.Receive({}, {}));
  ASSERT_TRUE(fifo.Receive({}, {}));
  const std::string first = Input(0).at("ReceiveRequestAttemptId");
  EXPECT_THAT(first, ::testing::SizeIs(::testing::AllOf(::testing::Ge(1), ::testing::Le(128))));
  EXPECT_EQ(Input(1).at("ReceiveRequestAttemptId"), first);
  EXPECT_NE(Input(2).at("ReceiveRequestAttemptId"), first);
}

TEST_F(SqsQueueTest, NoMessagesAreAnAnswerWithoutAList) {
  AnswerReceive({});
  const auto received = queue_.Receive({}, {});
  ASSERT_TRUE(received);
  EXPECT_THAT(*received, IsEmpty());
}

TEST_F(SqsQueueTest, MessageWithoutBodyOrAttributesIsAMessage) {
  transport_.Add(200, R"({"Messages":[{"MessageId":"a","ReceiptHandle":"r"}]})");
  const auto received = queue_.Receive({}, {});
  ASSERT_TRUE(received) << received.error().message;
  EXPECT_EQ(received->front().body, "");
  EXPECT_EQ(received->front().receive_count, 1);
}

TEST_F(SqsQueueTest, AnswersThatAreNotOfSqsAreCorrupt) {
  for (const std::string answer :
       {"", "[]", R"("ok")", R"({"Messages":3})", R"({"Messages":[{"MessageId":"a"}]})"}) {
    transport_.Add(200, answer);
    EXPECT_EQ(ErrorOfReceive().code, Code::kCorrupt) << answer;
  }
}

TEST_F(SqsQueueTest, AddsAMessage) {
  transport_.Add(200, R"({"MessageId":"1","MD5OfMessageBody":"x"})");
  ASSERT_TRUE(queue_.Add("{}", {}));
  EXPECT_EQ(Operation(0), "AmazonSQS.SendMessage");
  EXPECT_EQ(Input(0), Json({{"QueueUrl", kUrl}, {"MessageBody", "{}"}}));
  transport_.Add(200, "{}");
  EXPECT_EQ(queue_.Add("{}", {}).error().code, Code::kCorrupt) << "nobody says that it is there";
}

TEST_F(SqsQueueTest, DeletesAndHidesTenAtATime) {
  std::vector<std::string> receipts;
  std::vector<SqsVisibility> changes;
  for (int i = 0; i < 11; ++i) {
    receipts.push_back("r" + std::to_string(i));
    changes.push_back({"r" + std::to_string(i), i});
  }
  for (int i = 0; i < 4; ++i) AnswerBatch();
  ASSERT_TRUE(queue_.Delete(receipts));
  ASSERT_TRUE(queue_.ChangeVisibility(changes));
  EXPECT_EQ(Operation(0), "AmazonSQS.DeleteMessageBatch");
  EXPECT_EQ(Entries(0).size(), 10U);
  EXPECT_EQ(Input(1),
            Json({{"QueueUrl", kUrl}, {"Entries", {{{"Id", "10"}, {"ReceiptHandle", "r10"}}}}}));
  EXPECT_EQ(Operation(2), "AmazonSQS.ChangeMessageVisibilityBatch");
  EXPECT_EQ(
      Input(3),
      Json({{"QueueUrl", kUrl},
            {"Entries", {{{"Id", "10"}, {"ReceiptHandle", "r10"}, {"VisibilityTimeout", 10}}}}}));
}

TEST_F(SqsQueueTest, NothingToDoIsNoRequest) {
  ASSERT_TRUE(queue_.Delete({}));
  ASSERT_TRUE(queue_.ChangeVisibility({}));
  EXPECT_THAT(transport_.sent(), IsEmpty());
}

TEST_F(SqsQueueTest, EntriesThatTheServerFailsAreTriedAgainAlone) {
  AnswerBatch({{"b", kServerFault}});
  AnswerBatch();
  const auto lost = queue_.Delete(std::vector<std::string>{"a", "b", "c"});
  ASSERT_TRUE(lost) << lost.error().message;
  EXPECT_THAT(*lost, IsEmpty());
  EXPECT_THAT(Entries(1), ElementsAre("b"));
}

TEST_F(SqsQueueTest, EntriesThatTheServerFailsForLongAreTold) {
  for (int i = 0; i < 4; ++i) AnswerBatch({{"b", kServerFault}});
  const auto lost = queue_.Delete(std::vector<std::string>{"a", "b", "c"});
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().code, Code::kUnavailable);
  EXPECT_THAT(lost.error().message,
              AllOf(HasSubstr(kUrl), HasSubstr("DeleteMessageBatch failed for 1 of 3 messages"),
                    HasSubstr("InternalError: try again")));
  EXPECT_TRUE(transport_.is_used_up());
}

TEST_F(SqsQueueTest, EntriesThatTheAnswerLeavesOutAreTriedAgain) {
  transport_.Add(200, "{}");
  AnswerBatch();
  ASSERT_TRUE(queue_.Delete(std::vector<std::string>{"a"}));
  EXPECT_THAT(Entries(1), ElementsAre("a"));
}

TEST_F(SqsQueueTest, EntriesWhoseReceiptHasEndedAreLostAndNoError) {
  AnswerBatch(
      {{"b", {{"SenderFault", true}, {"Code", "ReceiptHandleIsInvalid"}}},
       {"c", {{"SenderFault", true}, {"Code", "MessageNotInflight"}}},
       {"d", {{"SenderFault", true}, {"Code", "InvalidParameterValue"}}},
       {"e", {{"SenderFault", true}, {"Code", "AWS.SimpleQueueService.MessageNotInflight"}}}});
  const auto lost = queue_.ChangeVisibility(
      std::vector<SqsVisibility>{{"a", 1}, {"b", 1}, {"c", 1}, {"d", 1}, {"e", 1}});
  ASSERT_TRUE(lost) << lost.error().message;
  EXPECT_THAT(*lost, ElementsAre(1, 2, 3, 4));
  EXPECT_EQ(transport_.sent().size(), 1U);
}

TEST_F(SqsQueueTest, EntriesThatAreRefusedAreToldAndNotTriedAgain) {
  AnswerBatch({{"b", {{"SenderFault", true}, {"Code", "InvalidBatchEntryId"}}}});
  const auto lost = queue_.Delete(std::vector<std::string>{"a", "b"});
  ASSERT_FALSE(lost);
  EXPECT_THAT(lost.error().message, HasSubstr("failed for 1 of 2 messages"));
  EXPECT_EQ(transport_.sent().size(), 1U);
}

TEST_F(SqsQueueTest, QueueThatIsGoneIsNotFoundWithItsUrlAndWhatToDo) {
  AnswerError(400, "QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue");
  const Error error = ErrorOfReceive();
  EXPECT_EQ(error.code, Code::kNotFound);
  EXPECT_THAT(error.message, AllOf(HasSubstr(kUrl),
                                   HasSubstr("create it, or correct its name, AWS_REGION or "
                                             "AWS_ENDPOINT_URL_SQS"),
                                   HasSubstr("the service's words")));
  transport_.Add(400, R"({"__type":"AWS.SimpleQueueService.NonExistentQueue"})");
  EXPECT_EQ(ErrorOfReceive().code, Code::kNotFound);
}

TEST_F(SqsQueueTest, ProxysNotFoundIsNoQueueThatIsGone) {
  transport_.Add(404, "<html>no such page</html>");
  EXPECT_EQ(ErrorOfReceive().code, Code::kUnavailable);
}

TEST_F(SqsQueueTest, RefusedRightNamesTheIamAction) {
  const auto refuse = [&] {
    transport_.Add(403, R"({"__type":"com.amazon.coral.service#AccessDeniedException"})");
  };
  refuse();
  EXPECT_EQ(ErrorOfReceive().code, Code::kDenied);
  refuse();
  EXPECT_THAT(ErrorOfReceive().message, HasSubstr("need sqs:ReceiveMessage on it"));
  refuse();
  EXPECT_THAT(queue_.Delete(std::vector<std::string>{"a"}).error().message,
              HasSubstr("need sqs:DeleteMessage on it"));
  refuse();
  EXPECT_THAT(queue_.ChangeVisibility(std::vector<SqsVisibility>{{"a", 1}}).error().message,
              HasSubstr("need sqs:ChangeMessageVisibility on it"));
}

TEST_F(SqsQueueTest, RefusedKeyNamesTheActionOfItsService) {
  AnswerError(400, "KmsAccessDenied", "KMS.AccessDeniedException");
  const Error error = ErrorOfReceive();
  EXPECT_EQ(error.code, Code::kDenied);
  EXPECT_THAT(error.message, HasSubstr("kms:Decrypt"));
}

TEST_F(SqsQueueTest, WrongSignatureIsDeniedForWhatItIs) {
  AnswerError(403, "SignatureDoesNotMatch", "SignatureDoesNotMatch");
  const Error error = ErrorOfReceive();
  EXPECT_EQ(error.code, Code::kDenied);
  EXPECT_THAT(error.message, HasSubstr("AWS_SECRET_ACCESS_KEY"));
}

TEST_F(SqsQueueTest, OtherRefusalsMayPass) {
  AnswerError(403, "OverLimit", "OverLimit");
  const Error error = ErrorOfReceive();
  EXPECT_THAT(error.message, AllOf(HasSubstr(kUrl), HasSubstr("OverLimit")));
  AnswerError(400, "UnsupportedOperation", "AWS.SimpleQueueService.UnsupportedOperation");
  EXPECT_EQ(ErrorOfReceive().code, Code::kUnavailable);
}

TEST_F(SqsQueueTest, NameIsTheLastPartOfTheUrl) {
  EXPECT_EQ(queue_.name(), "orders");
  EXPECT_FALSE(queue_.is_fifo());
  EXPECT_TRUE(SqsQueue(deps(), kFifoUrl).is_fifo());
}

TEST_F(SqsQueueTest, IsFoundByItsName) {
  transport_.Add(200, R"({"QueueUrl":"https://there/1/orders"})");
  const auto url = FindSqsQueue(service_, "orders");
  ASSERT_TRUE(url) << url.error().message;
  EXPECT_EQ(*url, "https://there/1/orders");
  EXPECT_EQ(Operation(0), "AmazonSQS.GetQueueUrl");
  EXPECT_EQ(Input(0), Json({{"QueueName", "orders"}}));
  AnswerError(400, "QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue");
  const auto missing = FindSqsQueue(service_, "orders");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, Code::kNotFound);
  EXPECT_THAT(missing.error().message, HasSubstr("queue orders does not exist"));
}

}  // namespace
}  // namespace eider::source
