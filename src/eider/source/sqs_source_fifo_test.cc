// FIFO queues: turns within a group, and what goes back when one of it fails.
#include <atomic>
#include <cstddef>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/source/event_source.h"
#include "eider/source/sqs_source.h"
#include "eider/source/testing/sqs_fixture.h"

namespace eider::source {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Names = std::vector<std::string>;

class FifoSourceTest : public SqsSourceFixture {
 protected:
  void TearDown() override {
    source_.reset();
    SqsSourceFixture::TearDown();
  }

  std::unique_ptr<EventSource> source_ = Open(kFifoUrl);

  Names Next() { return Ids(source_->Receive(100, {})); }
};

TEST_F(FifoSourceTest, GivesAGroupOneAfterTheOther) {
  EXPECT_EQ(Receive(*source_, {{.id = "a1", .group = "a"},
                               {.id = "a2", .group = "a"},
                               {.id = "b1", .group = "b"},
                               {.id = "a3", .group = "a"}}),
            (Names{"a1", "b1"}));
  EXPECT_THAT(Receive(*source_, {}), IsEmpty());
  AnswerBatch();
  Settle(*source_, {{"a1", Settlement::kDone}});
  EXPECT_EQ(Next(), (Names{"a2"}));
  AnswerBatch();
  Settle(*source_, {{"a2", Settlement::kDone}});
  EXPECT_EQ(Next(), (Names{"a3"}));
  AnswerBatch();
  Settle(*source_, {{"a3", Settlement::kDone}, {"b1", Settlement::kDone}});
  EXPECT_EQ(Receive(*source_, {{.id = "a4", .group = "a"}}), (Names{"a4"}));
}

TEST_F(FifoSourceTest, AnOrdinaryQueueHasNoTurns) {
  const auto source = Open();
  EXPECT_EQ(Receive(*source, {{.id = "a1", .group = "a"}, {.id = "a2", .group = "a"}}),
            (Names{"a1", "a2"}));
}

TEST_F(FifoSourceTest, MessagesWithoutAGroupAreOneGroup) {
  EXPECT_EQ(Receive(*source_, {{.id = "1"}, {.id = "2"}}), (Names{"1"}));
  AnswerBatch();
  Settle(*source_, {{"1", Settlement::kDone}});
  EXPECT_EQ(Next(), (Names{"2"}));
}

TEST_F(FifoSourceTest, DoesNotWaitAtTheQueueWhileItHoldsMessagesBack) {
  const auto source = NewSqsSource({.queue_url = kFifoUrl, .wait = Milliseconds(1'000)}, deps());
  Receive(*source, {{.id = "a1", .group = "a"}, {.id = "a2", .group = "a"}});
  EXPECT_EQ(Input(0).at("WaitTimeSeconds"), 1);
  std::atomic<bool> is_asked = false;
  transport_.Add([&](const http::Request&) -> Result<http::Response> {
    is_asked = true;
    is_asked.notify_all();
    return http::Response{.status = 200, .body = "{}"};
  });
  AnswerBatch();
  // The turn comes while Receive waits.
  const std::jthread settling([&] {
    is_asked.wait(false);
    Settle(*source, {{"a1", Settlement::kDone}});
  });
  EXPECT_EQ(Ids(source->Receive(10, {})), (Names{"a2"}));
  EXPECT_EQ(Input(1).at("WaitTimeSeconds"), 0);
}

TEST_F(FifoSourceTest, WhatWaitsBehindOneThatComesAgainGoesBackFromTheLastOn) {
  for (const Settlement settlement :
       {Settlement::kAgain, Settlement::kWrong, Settlement::kHandedBack}) {
    const std::size_t before = requests();
    EXPECT_EQ(Receive(*source_, {{.id = "a1", .group = "a"},
                                 {.id = "a2", .group = "a"},
                                 {.id = "b1", .group = "b"},
                                 {.id = "b2", .group = "b"},
                                 {.id = "a3", .group = "a"}}),
              (Names{"a1", "b1"}));
    AnswerBatch();
    AnswerBatch();
    Settle(*source_, {{"a1", settlement}});
    EXPECT_THAT(Entries(before + 1), ElementsAre("receipt-a3 0", "receipt-a2 0"));
    EXPECT_THAT(Entries(before + 2), ElementsAre(HasSubstr("receipt-a1 ")));
    AnswerBatch();
    Settle(*source_, {{"b1", Settlement::kDone}});
    EXPECT_EQ(Next(), (Names{"b2"}));
    AnswerBatch();
    Settle(*source_, {{"b2", Settlement::kDone}});
  }
}

// What is received behind a message that fails is counted as received each time, and would be taken
// for poison with it.
TEST_F(FifoSourceTest, AfterOneThatFailedMessagesAreReceivedOneAtATimeForAWhile) {
  Receive(*source_, {{.id = "a1", .group = "a"}});
  AnswerBatch();
  Settle(*source_, {{"a1", Settlement::kWrong}});  // comes after 30 s
  Receive(*source_, {});
  EXPECT_EQ(Input(2).at("MaxNumberOfMessages"), 1);
  clock_.Advance(Milliseconds(149'999));
  Receive(*source_, {});
  EXPECT_EQ(Input(3).at("MaxNumberOfMessages"), 1);
  clock_.Advance(Milliseconds(1));
  Receive(*source_, {});
  EXPECT_EQ(Input(4).at("MaxNumberOfMessages"), 10);
}

TEST_F(FifoSourceTest, WhatIsHeldBackIsKeptHidden) {
  Receive(*source_, {{.id = "a1", .group = "a"}, {.id = "a2", .group = "a"}});
  AnswerBatch();
  PassAThird();
  EXPECT_THAT(Entries(1), ElementsAre("receipt-a1 120", "receipt-a2 120"));
  AnswerBatch();  // the end of the source
}

TEST_F(FifoSourceTest, WhatWaitsBehindOneThatWasLostGoesBackUnseen) {
  Receive(*source_, {{.id = "a1", .group = "a"},
                     {.id = "a2", .group = "a"},
                     {.id = "a3", .group = "a"},
                     {.id = "a4", .group = "a"}});
  AnswerBatch({{"receipt-a2", kLost}});
  AnswerBatch();
  PassAThird();
  EXPECT_THAT(Entries(2), ElementsAre("receipt-a4 0", "receipt-a3 0"));
  AnswerBatch();
  Settle(*source_, {{"a1", Settlement::kDone}});
  EXPECT_EQ(Receive(*source_, {{.id = "a2", .receive_count = 2, .group = "a"}}), (Names{"a2"}));
}

TEST_F(FifoSourceTest, MessageOfAGroupAtWorkWaitsWheneverItComes) {
  EXPECT_EQ(Receive(*source_, {{.id = "a1", .group = "a"}}), (Names{"a1"}));
  EXPECT_THAT(Receive(*source_, {{.id = "a2", .group = "a"}}), IsEmpty());
  AnswerBatch();
  Settle(*source_, {{"a1", Settlement::kDone}});
  EXPECT_EQ(Next(), (Names{"a2"}));
}

TEST_F(FifoSourceTest, TheNextIsGivenAlsoWhereTheOneThatIsDoneCouldNotBeDeleted) {
  Receive(*source_, {{.id = "a1", .group = "a"}, {.id = "a2", .group = "a"}});
  for (int i = 0; i < 4; ++i) AnswerBatch({{"receipt-a1", kServerFault}});
  EXPECT_FALSE(source_->Settle(std::vector<Settled>{{"a1", Settlement::kDone}}));
  EXPECT_EQ(Next(), (Names{"a2"}));
}

TEST_F(FifoSourceTest, GivesBackWhatNobodyHasSeenWhenItEnds) {
  Receive(*source_, {{.id = "a1", .group = "a"},
                     {.id = "a2", .group = "a"},
                     {.id = "b1", .group = "b"},
                     {.id = "a3", .group = "a"},
                     {.id = "b2", .group = "b"}});
  AnswerBatch();
  Settle(*source_, {{"b1", Settlement::kDone}});  // b2 is to be given
  AnswerBatch();
  source_.reset();
  EXPECT_THAT(Entries(2), ElementsAre("receipt-a3 0", "receipt-a2 0", "receipt-b2 0"));
}

}  // namespace
}  // namespace eider::source
