// Locations keep every byte of an object key.
#include "eider/base/uri.h"

#include <gtest/gtest.h>

#include "eider/base/result.h"

namespace eider {
namespace {

TEST(Uri, KeepsEveryByteOfAnS3Key) {
  const auto uri = Uri::Parse("s3://src-a/a dir/it's*[x]{y}?%20ñ.parquet");
  ASSERT_TRUE(uri);
  EXPECT_EQ(uri->bucket, "src-a");
  EXPECT_EQ(uri->key, "a dir/it's*[x]{y}?%20ñ.parquet");
  EXPECT_EQ(uri->ToString(), "s3://src-a/a dir/it's*[x]{y}?%20ñ.parquet");
}

TEST(Uri, ReadsEveryFormOfALocalPath) {
  for (const char* text : {"/data/x", "file:///data/x", "file:/data/x"}) {
    const auto uri = Uri::Parse(text);
    ASSERT_TRUE(uri) << text;
    EXPECT_EQ(uri->ToString(), "file:///data/x");
  }
}

TEST(Uri, ReadsHadoopsS3Schemes) {
  EXPECT_EQ(Uri::Parse("s3a://b/k")->ToString(), "s3://b/k");
}

TEST(Uri, RefusesWhatIsNoLocation) {
  for (const char* text :
       {"", "x", "s3://", "s3:///k", "http://b/k", "file://host/x", "relative/x"}) {
    const auto uri = Uri::Parse(text);
    ASSERT_FALSE(uri) << text;
    EXPECT_EQ(uri.error().code, Code::kInvalid);
  }
}

TEST(Uri, ChildHasOneSlashBetween) {
  EXPECT_EQ(Uri::Parse("s3://b")->Child("k").ToString(), "s3://b/k");
  EXPECT_EQ(Uri::Parse("s3://b/p/")->Child("k").ToString(), "s3://b/p/k");
  EXPECT_EQ(Uri::Parse("file:///p")->Child("k").ToString(), "file:///p/k");
  EXPECT_EQ(Uri::Parse("/")->Child("k").ToString(), "file:///k");
}

}  // namespace
}  // namespace eider
