// Long listings side by side: the same objects in the same order as one after the other.
#include "eider/store/s3_ranges.h"

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/base/random.h"
#include "eider/base/result.h"
#include "eider/store/testing/pretend_bucket.h"
#include "eider/store/testing/s3_fixture.h"

namespace eider::store {
namespace {

using testing::HasSubstr;
using testing::Lt;

class S3RangesTest : public S3Fixture {
 protected:
  void SetUp() override {
    bucket_.page_keys = 10;
    transport_.script = [this](const SentRequest& sent) -> Result<http::Response> {
      if (sent.method == "HEAD") return Answer(200, "", {{"content-length", "12"}});
      std::this_thread::sleep_for(std::chrono::milliseconds(1));  // for the threads to begin
      std::string page = bucket_.List(std::string_view(sent.target).substr(2));
      const bool is_broken = !broken_.empty() && page.find(broken_) != std::string::npos;
      return is_broken ? Refusal(403, "AccessDenied") : Answer(200, std::move(page));
    };
  }

  // Folders of folders of files, of odd sizes.
  void Fill(int folders, int inner, int files) {
    SeededRandom random(folders);
    for (int i = 0; i < folders; ++i) {
      for (int k = 0; k < inner; ++k) {
        for (int f = static_cast<int>(random.Next() % 3); f < files; ++f) {
          bucket_.keys.insert(fmt::format("in/{:03}/day={}/{} +%.csv", i, k, f));
        }
      }
    }
  }

  std::vector<std::string> Listed(const std::string& prefix, std::size_t at_most = SIZE_MAX) {
    std::vector<std::string> keys;
    listed_ = store_->List(At(prefix), [&](const ObjectInfo& info) {
      keys.push_back(info.uri.key);
      return keys.size() < at_most;
    });
    return keys;
  }

  std::vector<std::string> Below(const std::string& prefix) const {
    std::vector<std::string> keys;
    for (const std::string& key : bucket_.keys) {
      if (key.starts_with(prefix)) keys.push_back(key);
    }
    return keys;
  }

  std::size_t Lists() {
    std::size_t count = 0;
    for (const std::string& line : transport_.Lines()) count += line.starts_with("GET /?") ? 1 : 0;
    return count;
  }

  PretendBucket bucket_;
  std::string broken_;
  Status listed_;
};

TEST_F(S3RangesTest, GivesEachObjectOnceAndInOrder) {
  Fill(30, 7, 9);
  bucket_.keys.insert(
      {"a", "in", "in/", "in/000", "in/000/", "in/005/day=3/", "in/\xC3\xBC", "in0"});
  for (const char* prefix : {"", "in/", "in/0", "in/01", "in/007/", "in/007/day=", "none"}) {
    EXPECT_EQ(Listed(prefix), Below(prefix)) << prefix;
    EXPECT_TRUE(listed_) << listed_.error().message;
  }
}

TEST_F(S3RangesTest, IsReallyCutIntoRanges) {
  Fill(30, 2, 60);
  EXPECT_EQ(Listed("in/").size(), bucket_.keys.size());
  std::size_t ranges = 0;
  for (const std::string& line : transport_.Lines()) {
    ranges += line.find("start-after=") != std::string::npos ? 1 : 0;
  }
  EXPECT_GE(ranges, 8U);
}

TEST_F(S3RangesTest, AShortListingIsOneAfterTheOther) {
  Fill(2, 4, 9);
  const std::size_t pages = bucket_.keys.size() / 10 + 1;
  EXPECT_EQ(Listed("in/").size(), bucket_.keys.size());
  EXPECT_EQ(Lists(), pages);
}

// A folder a file, and a page holds many of them: the ranges that a page covers are not asked for.
TEST_F(S3RangesTest, ManySmallFoldersCostFewPages) {
  bucket_.page_keys = 100;
  for (int i = 0; i < 5'000; ++i) bucket_.keys.insert(fmt::format("in/{:05}/x.csv", i));
  EXPECT_EQ(Listed("in/"), Below("in/"));
  EXPECT_THAT(Lists(), Lt(5'000U / 100 * 9));
}

TEST_F(S3RangesTest, AFlatFolderIsListedAlone) {
  for (int i = 0; i < 300; ++i) bucket_.keys.insert(fmt::format("in/{:05}.csv", i));
  EXPECT_EQ(Listed("in/"), Below("in/"));
  EXPECT_EQ(Lists(), 31U);  // the pages, and one look for folders
}

TEST_F(S3RangesTest, EndsWhereTheVisitorHasEnough) {
  Fill(30, 7, 9);
  const auto all = Below("in/");
  for (const std::size_t enough : {1U, 79U, 80U, 81U, 500U}) {
    EXPECT_EQ(Listed("in/", enough), std::vector(all.begin(), all.begin() + enough));
    EXPECT_TRUE(listed_);
  }
}

TEST_F(S3RangesTest, AnErrorComesWhereTheListingIsBroken) {
  Fill(30, 7, 9);
  broken_ = "<Key>in/020/";
  const auto keys = Listed("in/");
  ASSERT_FALSE(listed_);
  EXPECT_EQ(listed_.error().code, Code::kDenied);
  const auto all = Below("in/");
  ASSERT_LT(keys.size(), all.size());
  EXPECT_EQ(keys, std::vector(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(keys.size())));
  EXPECT_LT(keys.back(), "in/020/");
  EXPECT_GE(keys.back(), "in/018/");
}

TEST_F(S3RangesTest, AStoreThatDoesNotKeepToTheOrderIsFoundOut) {
  Fill(30, 7, 9);
  transport_.script = [this](const SentRequest& sent) -> Result<http::Response> {
    if (sent.method == "HEAD") return Answer(200, "", {{"content-length", "12"}});
    std::string query = sent.target.substr(2);
    if (const auto at = query.find("&start-after="); at != std::string::npos) query.resize(at);
    return Answer(200, bucket_.List(query));
  };
  (void)Listed("in/");
  ASSERT_FALSE(listed_);
  EXPECT_EQ(listed_.error().code, Code::kCorrupt);
  EXPECT_THAT(listed_.error().message, HasSubstr("does not list keys in the order"));
}

}  // namespace
}  // namespace eider::store
