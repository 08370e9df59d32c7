// A queue's deliveries: what is given, kept hidden, and given back.
#include "eider/source/sqs_source.h"

#include <chrono>
#include <cstddef>
#include <initializer_list>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/source/event_source.h"
#include "eider/source/testing/sqs_fixture.h"

namespace eider::source {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Names = std::vector<std::string>;

using SqsSourceTest = SqsSourceFixture;

TEST_F(SqsSourceTest, IsNamedAfterItsQueue) {
  EXPECT_EQ(Open()->name(), "sqs orders");
}

TEST_F(SqsSourceTest, MessagesAreDeliveries) {
  const auto source = Open();
  AnswerReceive({{.id = "a"}, {.id = "b"}});
  const auto received = source->Receive(100, {});
  ASSERT_EQ(Ids(received), (Names{"a", "b"}));
  ASSERT_THAT(received->front().files, SizeIs(1));
  EXPECT_EQ(received->front().files.front().uri.ToString(), "s3://src/a");
  EXPECT_EQ(Input(0).at("MaxNumberOfMessages"), 10);
  EXPECT_EQ(Input(0).at("VisibilityTimeout"), 120);
}

TEST_F(SqsSourceTest, AsksForNoMoreThanItsCallerTakes) {
  const auto source = Open();
  AnswerReceive({});
  EXPECT_THAT(Ids(source->Receive(3, {})), IsEmpty());
  EXPECT_EQ(Input(0).at("MaxNumberOfMessages"), 3);
  EXPECT_THAT(Ids(source->Receive(0, {})), IsEmpty());
}

TEST_F(SqsSourceTest, WaitsAtTheQueueForTwentySeconds) {
  const auto source = NewSqsSource({.queue_url = kUrl}, deps());
  AnswerReceive({});
  EXPECT_THAT(Ids(source->Receive(10, {})), IsEmpty());
  EXPECT_EQ(Input(0).at("WaitTimeSeconds"), 20);
}

TEST_F(SqsSourceTest, StopIsNoError) {
  const auto source = Open();
  std::stop_source stop;
  transport_.Add([&](const http::Request&) -> Result<http::Response> {
    stop.request_stop();
    return Fail(Code::kCancelled, "stopped on request");
  });
  EXPECT_THAT(Ids(source->Receive(10, stop.get_token())), IsEmpty());
}

TEST_F(SqsSourceTest, WhatIsNoEventIsADeliveryWithAProblem) {
  const auto source = Open();
  const std::string large = "{\"Records\": \"" + std::string(1U << 20U, 'x') + "\"}";
  const Names bodies = {"hello",
                        "{",
                        "\"\"",
                        "[[[",
                        "\xC3\x83\xC2\xA4",
                        large,
                        "AAAAAA==",
                        std::string("\0\0", 2),
                        std::string(100'000, '[')};
  for (const std::string& body : bodies) {
    AnswerReceive({{.id = "a", .body = body}});
    AnswerBatch();
    const auto received = source->Receive(10, {});
    ASSERT_TRUE(received);
    ASSERT_THAT(*received, SizeIs(1)) << body.substr(0, 20);
    EXPECT_THAT(received->front().files, IsEmpty());
    EXPECT_THAT(received->front().problems, SizeIs(1)) << body.substr(0, 20);
    Settle(*source, {{"a", Settlement::kWrong}});
  }
}

TEST_F(SqsSourceTest, EmptyBodyIsADeliveryWithAProblem) {
  const auto source = Open();
  transport_.Add(200, R"({"Messages":[{"MessageId":"a","ReceiptHandle":"r","Body":""}]})");
  const auto received = source->Receive(10, {});
  ASSERT_EQ(Ids(received), (Names{"a"}));
  EXPECT_THAT(received->front().problems, SizeIs(1));
}

TEST_F(SqsSourceTest, DoneIsDeleted) {
  const auto source = Open();
  Receive(*source, {{.id = "a"}, {.id = "b"}, {.id = "c"}});
  AnswerBatch();
  Settle(*source, {{"a", Settlement::kDone}, {"b", Settlement::kDone}});
  EXPECT_EQ(Operation(1), "AmazonSQS.DeleteMessageBatch");
  EXPECT_THAT(Entries(1), ElementsAre("receipt-a", "receipt-b"));
}

TEST_F(SqsSourceTest, WhatIsNotKnownIsNoneOfItsBusiness) {
  const auto source = Open();
  Receive(*source, {{.id = "a"}});
  AnswerBatch();
  Settle(*source, {{"a", Settlement::kDone}});
  Settle(*source, {{"a", Settlement::kDone}, {"x", Settlement::kAgain}});
}

TEST_F(SqsSourceTest, AgainComesLaterEachTime) {
  const auto source = Open();
  Receive(*source, {{.id = "a", .receive_count = 1},
                    {.id = "b", .receive_count = 2},
                    {.id = "c", .receive_count = 9},
                    {.id = "d", .receive_count = 10},
                    {.id = "e", .receive_count = 2'000'000}});
  AnswerBatch();
  Settle(*source, {{"a", Settlement::kAgain},
                   {"b", Settlement::kAgain},
                   {"c", Settlement::kAgain},
                   {"d", Settlement::kAgain},
                   {"e", Settlement::kAgain}});
  EXPECT_EQ(Operation(1), "AmazonSQS.ChangeMessageVisibilityBatch");
  EXPECT_THAT(Entries(1), ElementsAre("receipt-a 1", "receipt-b 2", "receipt-c 256",
                                      "receipt-d 300", "receipt-e 300"));
}

TEST_F(SqsSourceTest, WrongComesMuchLaterEachTime) {
  const auto source = Open();
  Receive(*source, {{.id = "a", .receive_count = 1},
                    {.id = "b", .receive_count = 5},
                    {.id = "c", .receive_count = 6}});
  AnswerBatch();
  Settle(*source,
         {{"a", Settlement::kWrong}, {"b", Settlement::kWrong}, {"c", Settlement::kWrong}});
  EXPECT_THAT(Entries(1), ElementsAre("receipt-a 30", "receipt-b 480", "receipt-c 900"));
}

TEST_F(SqsSourceTest, HandedBackIsSeenAtOnceAndGivenAgain) {
  const auto source = Open();
  Receive(*source, {{.id = "a", .receive_count = 4}});
  AnswerBatch();
  Settle(*source, {{"a", Settlement::kHandedBack}});
  EXPECT_THAT(Entries(1), ElementsAre("receipt-a 0"));
  EXPECT_EQ(Receive(*source, {{.id = "a", .receive_count = 5}}), (Names{"a"}));
}

TEST_F(SqsSourceTest, MessageThatCameAgainIsGivenOnceAndSettledByItsNewestReceipt) {
  const auto source = Open();
  EXPECT_EQ(Receive(*source, {{.id = "a"}}), (Names{"a"}));
  EXPECT_THAT(Receive(*source, {{.id = "a", .receive_count = 3, .receipt = "newer"}}), IsEmpty());
  AnswerBatch();
  Settle(*source, {{"a", Settlement::kAgain}});
  EXPECT_THAT(Entries(2), ElementsAre("newer 4"));
}

TEST_F(SqsSourceTest, WhatCannotBeSettledIsToldAndForgotten) {
  const auto source = Open();
  Receive(*source, {{.id = "a"}, {.id = "b"}, {.id = "c"}});
  AnswerError(400, "QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue");
  AnswerBatch();
  const std::vector<Settled> settled = {{"a", Settlement::kDone}, {"b", Settlement::kAgain}};
  const Status status = source->Settle(settled);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Code::kNotFound);
  EXPECT_THAT(Entries(2), ElementsAre("receipt-b 1")) << "one error stops nothing else";
  EXPECT_EQ(Receive(*source, {{.id = "a", .receive_count = 2}}), (Names{"a"}));
}

TEST_F(SqsSourceTest, SettlesOneByOneWhatABatchFails) {
  const auto source = Open();
  Receive(*source, {{.id = "a"}, {.id = "b"}});
  AnswerBatch({{"receipt-b", kServerFault}});
  AnswerBatch({{"receipt-b", kLost}});
  Settle(*source, {{"a", Settlement::kDone}, {"b", Settlement::kDone}});
  EXPECT_THAT(Entries(2), ElementsAre("receipt-b"));
}

TEST_F(SqsSourceTest, IsKeptHiddenUntilItIsSettled) {
  const auto source = Open();
  Receive(*source, {{.id = "a"}, {.id = "b"}});
  AnswerBatch();
  PassAThird();
  EXPECT_EQ(Operation(1), "AmazonSQS.ChangeMessageVisibilityBatch");
  EXPECT_THAT(Entries(1), ElementsAre("receipt-a 120", "receipt-b 120"));
  AnswerBatch();
  Settle(*source, {{"a", Settlement::kDone}});
  AnswerBatch();
  PassAThird();
  EXPECT_THAT(Entries(3), ElementsAre("receipt-b 120"));
}

TEST_F(SqsSourceTest, IsKeptHiddenTenAtATime) {
  const auto source = Open();
  for (int call = 0; call < 3; ++call) {
    std::vector<Given> messages;
    for (int i = 0; i < 10; ++i) messages.push_back({.id = fmt::format("{}-{}", call, i)});
    Receive(*source, messages);
  }
  for (int call = 0; call < 3; ++call) AnswerBatch();
  PassAThird();
  ASSERT_EQ(requests(), 6U);
  for (std::size_t place = 3; place < 6; ++place) EXPECT_THAT(Entries(place), SizeIs(10));
}

TEST_F(SqsSourceTest, VisibilityThatWasLostIsNoErrorAndNotAskedForAgain) {
  const auto source = Open();
  Receive(*source, {{.id = "a"}, {.id = "b"}});
  AnswerBatch({{"receipt-a", kLost}});
  PassAThird();
  AnswerBatch();
  PassAThird();
  EXPECT_THAT(Entries(2), ElementsAre("receipt-b 120"));
  AnswerBatch({{"receipt-a", kLost}});
  Settle(*source, {{"a", Settlement::kDone}});
}

TEST_F(SqsSourceTest, LostMessageThatCameAgainIsKeptHiddenAgain) {
  const auto source = Open();
  Receive(*source, {{.id = "a"}});
  AnswerBatch({{"receipt-a", kLost}});
  PassAThird();
  EXPECT_THAT(Receive(*source, {{.id = "a", .receipt = "newer"}}), IsEmpty());
  AnswerBatch();
  PassAThird();
  EXPECT_THAT(Entries(3), ElementsAre("newer 120"));
}

TEST_F(SqsSourceTest, ExtensionThatFailedIsTriedAtTheNextTick) {
  const auto source = Open();
  Receive(*source, {{.id = "a"}});
  transport_.Add(500);
  transport_.Add(500);
  PassAThird();
  AnswerBatch();
  clock_.PassSleep();
  EXPECT_THAT(Entries(3), ElementsAre("receipt-a 120"));
  EXPECT_THAT(Receive(*source, {}), IsEmpty()) << "what has passed is not told";
}

TEST_F(SqsSourceTest, ExtensionThatIsDeniedIsToldByTheNextReceive) {
  const auto source = Open();
  Receive(*source, {{.id = "a"}});
  transport_.Add(403, R"({"__type":"AccessDeniedException"})");
  PassAThird();
  const auto received = source->Receive(10, {});
  ASSERT_FALSE(received);
  EXPECT_EQ(received.error().code, Code::kDenied);
  EXPECT_THAT(received.error().message, HasSubstr("sqs:ChangeMessageVisibility"));
  EXPECT_THAT(Receive(*source, {}), IsEmpty());
}

// SQS hides a message for 12 hours in all: 43,200 s.
TEST_F(SqsSourceTest, IsLetGoBeforeTwelveHours) {
  const auto source = NewSqsSource(
      {.queue_url = kUrl, .visibility = std::chrono::hours(3), .wait = Milliseconds(0)}, deps());
  Receive(*source, {{.id = "a"}});
  for (int i = 0; i < 8; ++i) AnswerBatch();
  for (int tick = 0; tick < 40; ++tick) clock_.PassSleep();  // 20 hours
  // At each of 1 to 8 hours, and not at the 9th, when 3 more would not be given for long.
  EXPECT_EQ(requests(), 9U);
  AnswerBatch();
  Settle(*source, {{"a", Settlement::kDone}});
}

}  // namespace
}  // namespace eider::source
