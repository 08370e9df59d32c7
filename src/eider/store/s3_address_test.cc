// Hosts and paths as the S3 User Guide shows them, and keys that are easily encoded twice.
#include "eider/store/s3_address.h"

#include <string>

#include <gtest/gtest.h>

namespace eider::store {
namespace {

const S3Endpoint kAws{"https://s3.us-west-2.amazonaws.com", false};
const S3Endpoint kOwn{"http://127.0.0.1:7070", true};

std::string PathOf(const std::string& key) {
  const std::string url = S3Url(kOwn, {"s3", "b", key});
  return url.substr(kOwn.url.size() + 2);
}

// Source: Amazon S3 User Guide, "Virtual hosting of general purpose buckets".
TEST(S3Url, PutsTheBucketInTheHostAtAws) {
  EXPECT_EQ(S3Url(kAws, {"s3", "amzn-s3-demo-bucket1", "puppy.png"}),
            "https://amzn-s3-demo-bucket1.s3.us-west-2.amazonaws.com/puppy.png");
  EXPECT_EQ(S3Url(kAws, {"s3", "amzn-s3-demo-bucket1", ""}),
            "https://amzn-s3-demo-bucket1.s3.us-west-2.amazonaws.com/");
}

TEST(S3Url, PutsTheBucketInThePathElsewhere) {
  EXPECT_EQ(S3Url(kOwn, {"s3", "b", "k"}), "http://127.0.0.1:7070/b/k");
  EXPECT_EQ(S3Url(kOwn, {"s3", "b", ""}), "http://127.0.0.1:7070/b/");
}

TEST(S3Url, PutsABucketThatIsNoHostLabelInThePath) {
  EXPECT_EQ(S3Url(kAws, {"s3", "example.com", "k"}),
            "https://s3.us-west-2.amazonaws.com/example.com/k");
  EXPECT_EQ(S3Url(kAws, {"s3", "Old_Bucket", "k"}),
            "https://s3.us-west-2.amazonaws.com/Old_Bucket/k");
}

TEST(S3Url, EncodesKeysOnce) {
  EXPECT_EQ(PathOf("it's*[x] +ü#?.parquet"), "/it%27s%2A%5Bx%5D%20%2B%C3%BC%23%3F.parquet");
  EXPECT_EQ(PathOf("100%25"), "/100%2525");
  EXPECT_EQ(PathOf("𝄞"), "/%F0%9D%84%9E");
}

TEST(S3Url, KeepsSegmentsAsTheyAre) {
  EXPECT_EQ(PathOf("a/../b"), "/a/../b");
  EXPECT_EQ(PathOf("a//b"), "/a//b");
  EXPECT_EQ(PathOf("/a"), "//a");
  EXPECT_EQ(PathOf("a/"), "/a/");
}

TEST(S3Url, EncodesTheQuery) {
  EXPECT_EQ(S3Url(kOwn, {"s3", "b", ""}, {{"list-type", "2"}, {"prefix", "a b/ü&="}}),
            "http://127.0.0.1:7070/b/?list-type=2&prefix=a%20b%2F%C3%BC%26%3D");
}

}  // namespace
}  // namespace eider::store
