// Which bucket is where, and that S3 is not touched before it is needed.
#include "eider/store/bucket_stores.h"

#include <stdlib.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/base/result.h"
#include "eider/base/uri.h"
#include "eider/store/memory_store.h"
#include "eider/store/object_store.h"

namespace eider::store {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class BucketStoresTest : public testing::Test {
 protected:
  BucketStoresTest() {
    std::string name = std::filesystem::temp_directory_path() / "eider-buckets-XXXXXX";
    folder = ::mkdtemp(name.data());
    stores = std::make_unique<BucketStores>(
        std::map<std::string, std::string>{{"here", folder / "here"}},
        [this]() -> Result<std::unique_ptr<ObjectStore>> {
          ++openings;
          if (is_offline) return Fail(Code::kDenied, "no credentials");
          auto opened = std::make_unique<MemoryStore>();
          s3 = opened.get();
          return opened;
        });
  }

  ~BucketStoresTest() override { std::filesystem::remove_all(folder); }

  std::filesystem::path folder;
  bool is_offline = false;
  int openings = 0;
  MemoryStore* s3 = nullptr;  // once it is opened
  std::unique_ptr<BucketStores> stores;
};

TEST_F(BucketStoresTest, LocalObjectsNeedNoS3) {
  is_offline = true;
  const Uri file{"file", "", folder / "plain"};
  for (const Uri& uri : {Uri{"s3", "here", "k"}, file}) {
    ASSERT_TRUE(stores->Put(uri, "x", PutMode::kReplace));
    EXPECT_TRUE(stores->Open(uri));
    EXPECT_TRUE(stores->Tags(uri, "")->empty());
    EXPECT_FALSE(stores->HasEtagsOfS3(uri));
  }
  EXPECT_TRUE(std::filesystem::exists(folder / "here" / "k"));
  EXPECT_TRUE(stores->Sync({}));
  EXPECT_EQ(openings, 0);
}

TEST_F(BucketStoresTest, EveryOtherBucketIsInS3) {
  const Uri uri{"s3", "there", "k"};
  EXPECT_TRUE(stores->HasEtagsOfS3(uri));
  EXPECT_EQ(openings, 0);
  ASSERT_TRUE(stores->Put(uri, "x", PutMode::kReplace));
  EXPECT_EQ(stores->Stat(uri)->size_bytes, 1U);
  std::vector<std::string> keys;
  ASSERT_TRUE(stores->List({"s3", "there", ""}, [&](const ObjectInfo& info) {
    keys.push_back(info.uri.key);
    return true;
  }));
  EXPECT_THAT(keys, ElementsAre("k"));
  ASSERT_TRUE(s3->SetTags(uri, {{"source", "orders"}}));
  EXPECT_EQ(stores->Tags(uri, "")->at("source"), "orders");
  ASSERT_TRUE(stores->Remove(uri));
  EXPECT_FALSE(stores->Open(uri));
  EXPECT_EQ(openings, 1);
}

TEST_F(BucketStoresTest, AFailedOpeningIsToldAndTriedAgain) {
  is_offline = true;
  const Uri uri{"s3", "there", "k"};
  const auto info = stores->Stat(uri);
  ASSERT_FALSE(info);
  EXPECT_EQ(info.error().code, Code::kDenied);
  EXPECT_THAT(info.error().message, HasSubstr("s3://there/k"));
  is_offline = false;
  EXPECT_TRUE(stores->Put(uri, "x", PutMode::kReplace));
  EXPECT_EQ(openings, 2);
}

// Seen: no region was found for S3, and the object counted as the one that was not found.
TEST_F(BucketStoresTest, WhatS3NeedsIsNotTheObjectThatIsMissing) {
  BucketStores without_region({}, []() -> Result<std::unique_ptr<ObjectStore>> {
    return Fail(Code::kNotFound, "no AWS region is configured");
  });
  const auto info = without_region.Stat({"s3", "there", "k"});
  ASSERT_FALSE(info);
  EXPECT_EQ(info.error().code, Code::kInvalid);
  EXPECT_THAT(info.error().message, HasSubstr("no AWS region"));
}

}  // namespace
}  // namespace eider::store
