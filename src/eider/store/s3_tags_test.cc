// An object's metadata and tags: which requests tell them, and what refusals mean.
#include "eider/store/s3_tags.h"

#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/base/result.h"
#include "eider/store/testing/s3_fixture.h"

namespace eider::store {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

// As the Amazon S3 API Reference shows it, with a second tag.
constexpr const char* kTagging = R"(<?xml version="1.0" encoding="UTF-8"?>
<Tagging xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
   <TagSet>
      <Tag><Key>project</Key><Value>O&apos;Neil &amp; ñandú</Value></Tag>
      <Tag><Key>empty</Key><Value/></Tag>
      <Tag><Key>blank</Key><Value> </Value></Tag>
   </TagSet>
</Tagging>)";

class S3TagsTest : public S3Fixture {
 protected:
  void AnswerAlways(http::Response answer) {
    transport_.script = [answer = std::move(answer)](const SentRequest&) { return answer; };
  }

  Error TagsError(const std::string& version_id = "") {
    const auto tags = store_->Tags(At("k"), version_id);
    return tags ? Error{Code::kInternal, "there are tags"} : tags.error();
  }
};

TEST_F(S3TagsTest, OneRequestTellsAllTags) {
  AnswerAlways(Answer(200, kTagging));
  const auto tags = store_->Tags(At("k"), "");
  ASSERT_TRUE(tags) << tags.error().message;
  EXPECT_THAT(
      *tags, ElementsAre(Pair("blank", " "), Pair("empty", ""), Pair("project", "O'Neil & ñandú")));
  EXPECT_THAT(transport_.Lines(), ElementsAre("GET /k?tagging="));
}

TEST_F(S3TagsTest, AsksForTheTagsOfTheVersion) {
  AnswerAlways(Answer(200, kTagging));
  ASSERT_TRUE(store_->Tags(At("k"), "v/1"));
  EXPECT_THAT(transport_.Lines(), ElementsAre("GET /k?tagging=&versionId=v%2F1"));
}

TEST_F(S3TagsTest, AnObjectMayHaveNone) {
  AnswerAlways(Answer(200, "<Tagging><TagSet/></Tagging>"));
  EXPECT_THAT(*store_->Tags(At("k"), ""), IsEmpty());
  AnswerAlways(Refusal(404, "NoSuchTagSet"));
  EXPECT_THAT(*store_->Tags(At("k"), ""), IsEmpty());
}

TEST_F(S3TagsTest, RefusalsNameTheRightAndTheObject) {
  AnswerAlways(Refusal(403, "AccessDenied"));
  EXPECT_EQ(TagsError().code, Code::kDenied);
  EXPECT_THAT(TagsError().message, HasSubstr("s3://b/k needs the right s3:GetObjectTagging on it"));
  EXPECT_THAT(TagsError("v1").message, HasSubstr("the right s3:GetObjectVersionTagging"));
  AnswerAlways(Refusal(404, "NoSuchKey"));
  EXPECT_EQ(TagsError().code, Code::kNotFound);
  EXPECT_THAT(TagsError().message, HasSubstr("s3://b/k"));
  AnswerAlways(Refusal(404, "NoSuchVersion"));
  EXPECT_EQ(TagsError("v1").code, Code::kNotFound);
}

TEST_F(S3TagsTest, AnswerThatIsNoneOfS3IsToldSo) {
  for (const char* body : {"", "<html>welcome</html>", "<Tagging>"}) {
    AnswerAlways(Answer(200, body));
    EXPECT_EQ(TagsError().code, Code::kCorrupt) << body;
    EXPECT_THAT(TagsError().message, HasSubstr("s3://b/k")) << body;
  }
}

TEST_F(S3TagsTest, AUriWithoutAKeyHasNoTags) {
  const auto tags = store_->Tags({"s3", "b", ""}, "");
  ASSERT_FALSE(tags);
  EXPECT_EQ(tags.error().code, Code::kInvalid);
  EXPECT_THAT(transport_.Lines(), IsEmpty());
}

TEST_F(S3TagsTest, ReadingBringsTheMetadataAlong) {
  AnswerAlways(Answer(206, "0123456789",
                      {{"content-range", "bytes 0-9/10"},
                       {"etag", "\"tag\""},
                       {"x-amz-meta-source", "Orders, EU"},
                       {"x-amz-meta-owner", "=?UTF-8?Q?Jos=C3=A9?="},
                       {"x-amz-meta-", "a name is missing"},
                       {"x-amz-version-id", "v1"}}));
  const auto reader = store_->Open(At("k"));
  ASSERT_TRUE(reader) << reader.error().message;
  EXPECT_THAT((*reader)->info().metadata,
              ElementsAre(Pair("owner", "=?UTF-8?Q?Jos=C3=A9?="), Pair("source", "Orders, EU")));
  EXPECT_THAT(transport_.Lines(), ElementsAre("GET /k"));
}

TEST_F(S3TagsTest, StatTellsTheMetadata) {
  AnswerAlways(Answer(200, "", {{"content-length", "10"}, {"x-amz-meta-source", "orders"}}));
  const auto info = store_->Stat(At("k"));
  ASSERT_TRUE(info) << info.error().message;
  EXPECT_THAT(info->metadata, ElementsAre(Pair("source", "orders")));
  EXPECT_THAT(transport_.Lines(), ElementsAre("HEAD /k"));
}

}  // namespace
}  // namespace eider::store
