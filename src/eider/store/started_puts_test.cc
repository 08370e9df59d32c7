// Objects that are on their way while their writer goes on.
#include "eider/store/started_puts.h"

#include <algorithm>
#include <atomic>
#include <future>
#include <latch>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/base/result.h"
#include "eider/base/uri.h"
#include "eider/store/object_store.h"
#include "eider/store/testing/s3_fixture.h"

namespace eider::store {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;
using testing::UnorderedElementsAre;

class StartedPutsTest : public S3Fixture {
 protected:
  Status Sync(const std::vector<std::string>& keys) {
    std::vector<Uri> objects;
    for (const std::string& key : keys) objects.push_back(At(key));
    return store_->Sync(objects);
  }
};

TEST_F(StartedPutsTest, ObjectsGoSideBySideAndAreThereAfterASync) {
  std::latch all_are_on_their_way(3);
  transport_.script = [&](const SentRequest&) {
    all_are_on_their_way.arrive_and_wait();
    return Answer(200);
  };
  for (const char* key : {"a", "b", "c"})
    ASSERT_TRUE(store_->PutSoon(At(key), "bytes", PutMode::kReplace));
  EXPECT_TRUE(Sync({"a", "b", "c"}));
  EXPECT_THAT(transport_.Lines(), UnorderedElementsAre("PUT /a", "PUT /b", "PUT /c"));
}

TEST_F(StartedPutsTest, AnObjectOnItsWayIsReadWithoutARequest) {
  std::promise<void> may_arrive;
  transport_.script = [&](const SentRequest&) {
    may_arrive.get_future().wait();
    return Answer(200);
  };
  ASSERT_TRUE(store_->PutSoon(At("list"), "what is in it", PutMode::kReplace));
  EXPECT_EQ(ReadAll(*store_, At("list"), 100).value(), "what is in it");
  may_arrive.set_value();
  ASSERT_TRUE(Sync({"list"}));
  EXPECT_EQ(ReadAll(*store_, At("list"), 100).value(), "what is in it");
  EXPECT_THAT(transport_.Lines(), ElementsAre("PUT /list"));
}

TEST_F(StartedPutsTest, ASyncWaitsForItsOwnObjectsOnly) {
  std::promise<void> may_arrive;
  transport_.script = [&](const SentRequest& sent) {
    if (sent.target == "/slow") may_arrive.get_future().wait();
    return Answer(200);
  };
  ASSERT_TRUE(store_->PutSoon(At("slow"), "x", PutMode::kReplace));
  ASSERT_TRUE(store_->PutSoon(At("k"), "x", PutMode::kReplace));
  EXPECT_TRUE(Sync({"k", "of nobody"}));
  may_arrive.set_value();
  EXPECT_TRUE(Sync({"slow"}));  // the script must not outlive what it refers to
}

TEST_F(StartedPutsTest, AFailureIsToldBySyncAndPutAgainByTheNext) {
  std::atomic<bool> fails = true;
  transport_.script = [&](const SentRequest&) {
    return fails ? Refusal(403, "AccessDenied") : Answer(200);
  };
  ASSERT_TRUE(store_->PutSoon(At("k"), "the same bytes", PutMode::kReplace));
  for (int i = 0; i < 2; ++i) {
    const Status synced = Sync({"k"});
    ASSERT_FALSE(synced);
    EXPECT_EQ(synced.error().code, Code::kDenied);
    EXPECT_THAT(synced.error().message, HasSubstr("s3://b/k"));
  }
  fails = false;
  EXPECT_TRUE(Sync({"k"}));
  EXPECT_EQ(transport_.Last().body, "the same bytes");
  const auto puts = transport_.Lines().size();
  EXPECT_TRUE(Sync({"k"}));
  EXPECT_THAT(transport_.Lines(), SizeIs(puts));
}

TEST_F(StartedPutsTest, OneThatMayNotReplaceAnotherSaysSo) {
  transport_.script = [](const SentRequest&) { return Refusal(412, "PreconditionFailed"); };
  ASSERT_TRUE(store_->PutSoon(At("k"), "x", PutMode::kIfAbsent));
  const Status synced = Sync({"k"});
  ASSERT_FALSE(synced);
  EXPECT_EQ(synced.error().code, Code::kAlreadyExists);
  EXPECT_EQ(transport_.Last().Header("if-none-match"), "*");
}

TEST_F(StartedPutsTest, WhatIsRemovedDoesNotArriveAfterwards) {
  transport_.script = [](const SentRequest& sent) {
    return sent.method == "PUT" ? Refusal(403, "AccessDenied") : Answer(204);
  };
  ASSERT_TRUE(store_->PutSoon(At("k"), "x", PutMode::kReplace));
  ASSERT_TRUE(store_->Remove(At("k")));
  EXPECT_THAT(transport_.Lines(), ElementsAre("PUT /k", "DELETE /k"));
  EXPECT_TRUE(Sync({"k"}));
  EXPECT_THAT(transport_.Lines(), SizeIs(2));
  transport_.script = [](const SentRequest&) { return Refusal(404, "NoSuchKey"); };
  EXPECT_EQ(store_->Open(At("k")).error().code, Code::kNotFound);
}

TEST_F(StartedPutsTest, BytesOnTheirWayAreBounded) {
  std::atomic<int> on_the_way = 0;
  std::atomic<int> most = 0;
  std::promise<void> may_arrive;
  const auto arrival = may_arrive.get_future().share();
  transport_.script = [&](const SentRequest& sent) {
    most = std::max(most.load(), ++on_the_way);
    if (sent.target != "/last") arrival.wait();
    --on_the_way;
    return Answer(200);
  };
  const std::string large(10U << 20U, 'x');
  for (const char* key : {"a", "b", "c"})
    ASSERT_TRUE(store_->PutSoon(At(key), large, PutMode::kReplace));
  ASSERT_TRUE(store_->PutSoon(At("last"), large, PutMode::kReplace));  // by the caller itself
  EXPECT_THAT(transport_.Lines(), Contains("PUT /last"));
  may_arrive.set_value();
  EXPECT_TRUE(Sync({"a", "b", "c", "last"}));
}

TEST_F(StartedPutsTest, ASmallUploadIsFinishedSoonALargeOneAtOnce) {
  std::promise<void> may_arrive;
  transport_.script = [&](const SentRequest& sent) {
    if (sent.target == "/small") may_arrive.get_future().wait();
    if (sent.target == "/large?uploads=") {
      return Answer(200, "<R><UploadId>id</UploadId></R>");
    }
    return Answer(200, "<R/>", {{"etag", "\"part\""}});
  };
  auto small = store_->StartUpload(At("small")).value();
  ASSERT_TRUE(small->Write("few bytes"));
  ASSERT_TRUE(small->FinishSoon());
  small.reset();  // it is on its way without its writer
  auto large = store_->StartUpload(At("large")).value();
  ASSERT_TRUE(large->Write(std::string(9U << 20U, 'x')));
  ASSERT_TRUE(large->FinishSoon());
  EXPECT_EQ(transport_.Last().method, "POST");  // it is complete
  may_arrive.set_value();
  EXPECT_TRUE(Sync({"small", "large"}));
  EXPECT_THAT(transport_.Lines(), Contains("PUT /small"));
}

}  // namespace
}  // namespace eider::store
