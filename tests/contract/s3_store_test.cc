// What only a real S3 can show: large objects, many objects, odd keys, uploads that break off.
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/base/result.h"
#include "eider/base/uri.h"
#include "eider/store/object_store.h"
#include "s3_bucket.h"

namespace eider::store {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::Pair;

class S3StoreTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!bucket_.is_there()) GTEST_SKIP() << "EIDER_TEST_S3_ENDPOINT is not set";
  }

  // No two places of it look alike.
  static std::string Content(std::size_t size_bytes) {
    std::string content;
    content.reserve(size_bytes + 16);
    for (std::size_t i = 0; content.size() < size_bytes; ++i) content += std::to_string(i) + ",";
    content.resize(size_bytes);
    return content;
  }

  void Upload(const std::string& key, const std::string& content) {
    auto upload = bucket_.store().StartUpload(bucket_.At(key));
    ASSERT_TRUE(upload) << upload.error().message;
    constexpr std::size_t kPiece = 1'000'003;
    for (std::size_t at = 0; at < content.size(); at += kPiece) {
      ASSERT_TRUE((*upload)->Write(std::string_view(content).substr(at, kPiece)));
    }
    const Status finished = (*upload)->Finish();
    ASSERT_TRUE(finished) << finished.error().message;
  }

  S3Bucket bucket_;
};

TEST_F(S3StoreTest, CarriesLargeObjectsInPartsAndRanges) {
  for (const std::size_t megabytes : {21, 70}) {  // kept whole, and not
    const std::string content = Content((megabytes << 20U) + 12'345);
    Upload("large", content);
    const auto read = ReadAll(bucket_.store(), bucket_.At("large"), content.size());
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_TRUE(*read == content);
    const auto reader = bucket_.store().Open(bucket_.At("large"));
    ASSERT_TRUE(reader) << reader.error().message;
    for (const std::size_t offset : {content.size() - 8, content.size() - 70'000,
                                     content.size() / 2, std::size_t{9'000'000}}) {
      std::string some(8, ' ');
      ASSERT_TRUE((*reader)->ReadAt(offset, some));
      EXPECT_EQ(some, content.substr(offset, 8));
    }
  }
}

TEST_F(S3StoreTest, AnUploadThatBreaksOffLeavesNoParts) {
  {
    auto upload = bucket_.store().StartUpload(bucket_.At("broken"));
    ASSERT_TRUE(upload);
    ASSERT_TRUE((*upload)->Write(std::string(20U << 20U, 'x')));
    EXPECT_THAT(bucket_.UploadsUnderWay(), HasSubstr("<Key>broken</Key>"));
  }
  EXPECT_THAT(bucket_.UploadsUnderWay(), Not(HasSubstr("<Key>broken</Key>")));
  EXPECT_FALSE(bucket_.store().Stat(bucket_.At("broken")));
}

TEST_F(S3StoreTest, ListsMoreThanOnePage) {
  constexpr int kObjects = 1'100;
  {
    std::vector<std::jthread> writers;
    for (int writer = 0; writer < 4; ++writer) {
      writers.emplace_back([&, writer] {
        for (int i = writer; i < kObjects; i += 4) {
          const Uri uri = bucket_.At("p +%/" + std::to_string(10'000 + i));
          EXPECT_TRUE(bucket_.store().Put(uri, "x", PutMode::kReplace));
        }
      });
    }
  }
  int visited = 0;
  const Status listed = bucket_.store().List(bucket_.At("p +%/"), [&](const ObjectInfo& info) {
    EXPECT_EQ(info.uri, bucket_.At("p +%/" + std::to_string(10'000 + visited)));
    ++visited;
    return true;
  });
  EXPECT_TRUE(listed) << listed.error().message;
  EXPECT_EQ(visited, kObjects);
}

TEST_F(S3StoreTest, OpensOnlyTheContentOfTheEvent) {
  const Uri uri = bucket_.At("k");
  ASSERT_TRUE(bucket_.store().Put(uri, "old", PutMode::kReplace));
  const std::string etag = bucket_.store().Stat(uri)->etag;
  EXPECT_EQ(etag, "149603e6c03516362a8da23f624db945");  // S3's ETag of a plain PUT is the MD5
  EXPECT_TRUE(bucket_.store().Open(uri, {.etag = etag}));
  ASSERT_TRUE(bucket_.store().Put(uri, "new", PutMode::kReplace));
  const auto reader = bucket_.store().Open(uri, {.etag = etag});
  ASSERT_FALSE(reader);
  EXPECT_EQ(reader.error().code, Code::kConflict);
}

TEST_F(S3StoreTest, BringsTheMetadataOfAnObject) {
  bucket_.PutWithHeaders("k", {{"x-amz-meta-source", "Orders, EU"}, {"x-amz-meta-Batch-Id", "7"}});
  const auto info = bucket_.store().Stat(bucket_.At("k"));
  ASSERT_TRUE(info) << info.error().message;
  EXPECT_THAT(info->metadata, ElementsAre(Pair("batch-id", "7"), Pair("source", "Orders, EU")));
  const auto reader = bucket_.store().Open(bucket_.At("k"));
  ASSERT_TRUE(reader) << reader.error().message;
  EXPECT_EQ((*reader)->info().metadata, info->metadata);
}

TEST_F(S3StoreTest, BringsTheTagsOfAnObject) {
  bucket_.PutWithHeaders("k", {{"x-amz-tagging", "source=orders%20EU&owner=me%2Byou&empty="}});
  const auto tags = bucket_.store().Tags(bucket_.At("k"), "");
  ASSERT_TRUE(tags) << tags.error().message;
  EXPECT_THAT(*tags,
              ElementsAre(Pair("empty", ""), Pair("owner", "me+you"), Pair("source", "orders EU")));
}

TEST_F(S3StoreTest, SaysThatThereIsNoSuchBucket) {
  const Uri uri{"s3", "eider-no-such-bucket", "k"};
  const auto reader = bucket_.store().Open(uri);
  ASSERT_FALSE(reader);
  EXPECT_EQ(reader.error().code, Code::kInvalid);
  EXPECT_THAT(reader.error().message, HasSubstr("no bucket 'eider-no-such-bucket'"));
  EXPECT_FALSE(bucket_.store().Put(uri, "x", PutMode::kReplace));
  EXPECT_FALSE(bucket_.store().List({"s3", uri.bucket, ""}, [](const auto&) { return true; }));
}

TEST_F(S3StoreTest, CopiesAndMovesOneContentAndNoOther) {
  S3Store& store = bucket_.store();
  const Uri from = bucket_.At("in/it's a + b ñ.csv");
  const Uri to = bucket_.At("done/it's a + b ñ.csv");
  ASSERT_TRUE(store.Put(from, "rows", PutMode::kReplace));
  const std::string etag = store.Stat(from)->etag;
  const Status copied = store.Copy(from, {.etag = etag}, to);
  ASSERT_TRUE(copied) << copied.error().message;
  EXPECT_EQ(*ReadAll(store, to, 100), "rows");
  ASSERT_TRUE(store.Put(from, "newer rows", PutMode::kReplace));
  for (const Status& late : {store.Copy(from, {.etag = etag}, to),
                             store.Move(from, {.etag = etag}, to), store.RemoveIf(from, etag)}) {
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().code, Code::kConflict) << late.error().message;
  }
  EXPECT_EQ(*ReadAll(store, from, 100), "newer rows");
  EXPECT_EQ(*ReadAll(store, to, 100), "rows");
  ASSERT_TRUE(store.Move(from, {.etag = store.Stat(from)->etag}, to));
  EXPECT_EQ(store.Stat(from).error().code, Code::kNotFound);
  EXPECT_EQ(*ReadAll(store, to, 100), "newer rows");
  EXPECT_TRUE(store.RemoveIf(from, etag)) << "it is gone already";
  EXPECT_EQ(store.Copy(from, {.etag = etag}, to).error().code, Code::kNotFound);
}

TEST_F(S3StoreTest, SetsTags) {
  S3Store& store = bucket_.store();
  ASSERT_TRUE(store.Put(bucket_.At("a"), "rows", PutMode::kReplace));
  const Status set =
      store.SetTags(bucket_.At("a"), "", {{"eider", "loaded"}, {"a b+c", "x/y@z=1"}});
  ASSERT_TRUE(set) << set.error().message;
  EXPECT_THAT(*store.Tags(bucket_.At("a"), ""),
              ElementsAre(Pair("a b+c", "x/y@z=1"), Pair("eider", "loaded")));
  ASSERT_TRUE(store.SetTags(bucket_.At("a"), "", {{"eider", "failed"}}));
  EXPECT_THAT(*store.Tags(bucket_.At("a"), ""), ElementsAre(Pair("eider", "failed")));
}

}  // namespace
}  // namespace eider::store
