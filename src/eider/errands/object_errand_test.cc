#include "eider/errands/object_errand.h"

#include <map>
#include <string>
#include <string_view>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/base/uri.h"
#include "eider/routes/after_load.h"
#include "eider/store/memory_store.h"
#include "eider/store/object_deeds.h"
#include "eider/store/object_store.h"

namespace eider::errands {
namespace {

using ledger::LoadRecord;
using routes::AfterLoad;
using routes::ObjectDeed;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

// Has tags, and can fail once.
class TestStore final : public store::MemoryStore, public store::PlainDeeds {
 public:
  TestStore() : PlainDeeds(static_cast<store::ObjectStore&>(*this)) {}

  Status SetTags(const Uri& uri, const std::string& /*version_id*/,
                 const std::map<std::string, std::string>& tags) override {
    if (!has_tags) return PlainDeeds::SetTags(uri, "", tags);
    tags_[uri] = tags;
    return {};
  }

  Result<std::map<std::string, std::string>> Tags(const Uri& uri,
                                                  const std::string& /*version_id*/) override {
    return tags_[uri];
  }

  Status RemoveIf(const Uri& uri, const std::string& etag) override {
    if (remove_fails) {
      remove_fails = false;
      return Fail(Code::kUnavailable, "no route to the store");
    }
    return PlainDeeds::RemoveIf(uri, etag);
  }

  bool has_tags = true;
  bool remove_fails = false;

 private:
  std::map<Uri, std::map<std::string, std::string>> tags_;
};

class ObjectErrandTest : public testing::Test {
 protected:
  void SetUp() override {
    Put(kObject, "rows");
    record_.file = {kObject, "", store_.Stat(kObject)->etag, 4, ""};
    record_.state = ledger::State::kLoaded;
    record_.commit_token = "0123456789abcdef";
  }

  void Put(const Uri& uri, std::string_view bytes) {
    ASSERT_TRUE(store_.Put(uri, bytes, store::PutMode::kReplace));
  }

  std::string Run(const AfterLoad& errand) {
    const auto done = RunObjectErrand({store_, store_}, record_, errand);
    EXPECT_TRUE(done) << done.error().message;
    return done.value_or("");
  }

  std::string Read(const Uri& uri) {
    return store::ReadAll(store_, uri, 100).value_or("(nothing)");
  }

  inline static const Uri kObject{"s3", "src", "in/a b.csv"};
  inline static const AfterLoad kMove{ObjectDeed::kMove, Uri{"s3", "archive", "done"}};
  TestStore store_;
  LoadRecord record_;
};

TEST_F(ObjectErrandTest, MovesBelowThePrefixByTheWholeKey) {
  EXPECT_EQ(Run(kMove), "moved to s3://archive/done/in/a b.csv");
  EXPECT_EQ(Read({"s3", "archive", "done/in/a b.csv"}), "rows");
  EXPECT_EQ(store_.Stat(kObject).error().code, Code::kNotFound);
  EXPECT_EQ(Run(kMove), "moved to s3://archive/done/in/a b.csv") << "whoever did it died";
}

TEST_F(ObjectErrandTest, CopiesAndDeletes) {
  EXPECT_EQ(Run({ObjectDeed::kCopy, Uri{"s3", "archive", ""}}),
            "copied to s3://archive/in/a b.csv");
  EXPECT_EQ(Read(kObject), "rows");
  EXPECT_EQ(Run({ObjectDeed::kDelete, {}}), "deleted");
  EXPECT_EQ(store_.Stat(kObject).error().code, Code::kNotFound);
  EXPECT_EQ(Run({ObjectDeed::kDelete, {}}), "left as it is: it is not there any more");
}

TEST_F(ObjectErrandTest, TagsBesideTheTagsThatAreThere) {
  ASSERT_TRUE(store_.SetTags(kObject, "", {{"team", "blue"}, {"eider", "failed"}}));
  EXPECT_EQ(Run({ObjectDeed::kTag, {}}), "tagged eider=loaded");
  EXPECT_THAT(*store_.Tags(kObject, ""),
              ElementsAre(testing::Pair("eider", "loaded"), testing::Pair("team", "blue")));
  record_.state = ledger::State::kFailed;
  EXPECT_EQ(Run({ObjectDeed::kTag, {}}), "tagged eider=failed");
  store_.has_tags = false;
  EXPECT_THAT(Run({ObjectDeed::kTag, {}}), StartsWith("left as it is: files in folders have no"));
}

TEST_F(ObjectErrandTest, AnObjectThatWasReplacedStaysAsItIs) {
  Put(kObject, "newer rows");
  for (const ObjectDeed deed : {ObjectDeed::kTag, ObjectDeed::kDelete}) {
    EXPECT_EQ(Run({deed, {}}), "left as it is: it was replaced since");
  }
  EXPECT_EQ(Run(kMove), "left as it is: it was replaced since");
  EXPECT_EQ(Read(kObject), "newer rows");
  EXPECT_EQ(Read({"s3", "archive", "done/in/a b.csv"}), "(nothing)");
}

TEST_F(ObjectErrandTest, GoesBesideAnotherObjectOfItsName) {
  const Uri taken{"s3", "archive", "done/in/a b.csv"};
  Put(taken, "rows of yesterday");
  EXPECT_EQ(Run(kMove), "moved to s3://archive/done/in/a b.csv.01234567");
  EXPECT_EQ(Read(taken), "rows of yesterday");
  EXPECT_EQ(Read({"s3", "archive", "done/in/a b.csv.01234567"}), "rows");
  EXPECT_EQ(Run(kMove), "moved to s3://archive/done/in/a b.csv.01234567");
}

TEST_F(ObjectErrandTest, AMoveThatBrokeOffHalfWayIsCompleted) {
  store_.remove_fails = true;
  const auto broken = RunObjectErrand({store_, store_}, record_, kMove);
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().code, Code::kUnavailable);
  EXPECT_EQ(Read(kObject), "rows");
  EXPECT_THAT(Run(kMove), StartsWith("moved to s3://archive/done/in/a b.csv"));
  EXPECT_EQ(store_.Stat(kObject).error().code, Code::kNotFound);
}

}  // namespace
}  // namespace eider::errands
