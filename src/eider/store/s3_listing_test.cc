// Pages as S3 sends them.
#include "eider/store/s3_listing.h"

#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/base/result.h"
#include "eider/base/uri.h"
#include "eider/store/object_store.h"
#include "eider/store/testing/s3_fixture.h"

namespace eider::store {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string Contents(const std::string& key) {
  return "<Contents><Key>" + key +
         "</Key><LastModified>2015-10-21T07:28:00.123Z</LastModified><ETag>\"tag\"</ETag>"
         "<Size>12</Size></Contents>";
}

std::string Result2(const std::string& inside) {
  return "<?xml version=\"1.0\"?><ListBucketResult "
         "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">" +
         inside + "</ListBucketResult>";
}

std::vector<std::string> KeysOf(const std::string& xml) {
  const auto page = ParseS3Page(xml, "b");
  EXPECT_TRUE(page) << page.error().message;
  std::vector<std::string> keys;
  if (!page) return keys;
  for (const ObjectInfo& info : page->objects) keys.push_back(info.uri.key);
  return keys;
}

TEST(ParseS3Page, ReadsObjects) {
  const auto page = ParseS3Page(Result2(Contents("a/b")), "bucket");
  ASSERT_TRUE(page);
  ASSERT_EQ(page->objects.size(), 1U);
  const ObjectInfo& info = page->objects[0];
  EXPECT_EQ(info.uri, (Uri{"s3", "bucket", "a/b"}));
  EXPECT_EQ(info.size_bytes, 12U);
  EXPECT_EQ(info.etag, "tag");
  EXPECT_EQ(info.modified, TimePoint(Milliseconds(1'445'412'480'000)));
  EXPECT_THAT(page->next, IsEmpty());
}

TEST(ParseS3Page, DecodesKeysOnlyWhereTheyAreEncoded) {
  EXPECT_THAT(KeysOf(Result2("<EncodingType>url</EncodingType>" + Contents("a+b%2Bc%0A%C3%BC/d"))),
              ElementsAre("a b+c\nü/d"));
  EXPECT_THAT(KeysOf(Result2(Contents("a+b%2Bc") + Contents("&lt;&amp;&#10;") + Contents(" "))),
              ElementsAre("a+b%2Bc", "<&\n", " "));
}

TEST(ParseS3Page, TellsWhereTheNextPageBegins) {
  auto page = ParseS3Page(Result2("<IsTruncated>true</IsTruncated><NextContinuationToken>t/+="
                                  "</NextContinuationToken>" +
                                  Contents("a")),
                          "b");
  ASSERT_TRUE(page);
  EXPECT_THAT(page->next,
              ElementsAre(std::pair<std::string_view, std::string>{"continuation-token", "t/+="}));
}

TEST(ParseS3Page, OfVersionsTheLatestCounts) {
  const auto version = [](const char* key, const char* id, const char* is_latest) {
    return fmt::format(
        "<Version><Key>{}</Key><VersionId>{}</VersionId><IsLatest>{}</IsLatest>"
        "<ETag>&quot;t&quot;</ETag><Size>1</Size></Version>",
        key, id, is_latest);
  };
  const auto page = ParseS3Page(
      "<ListVersionsResult><EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>"
      "<NextKeyMarker>c+d</NextKeyMarker><NextVersionIdMarker>3</NextVersionIdMarker>" +
          version("a", "2", "true") + version("a", "1", "false") +
          "<DeleteMarker><Key>b</Key><VersionId>9</VersionId><IsLatest>true</IsLatest>"
          "</DeleteMarker>" +
          version("b", "8", "false") + version("c", "null", "true") + "</ListVersionsResult>",
      "b");
  ASSERT_TRUE(page) << page.error().message;
  ASSERT_EQ(page->objects.size(), 2U);
  EXPECT_EQ(page->objects[0].uri.key, "a");
  EXPECT_EQ(page->objects[0].version_id, "2");
  EXPECT_EQ(page->objects[0].etag, "t");
  EXPECT_EQ(page->objects[1].uri.key, "c");
  EXPECT_EQ(page->objects[1].version_id, "");
  EXPECT_THAT(page->next,
              ElementsAre(std::pair<std::string_view, std::string>{"key-marker", "c d"},
                          std::pair<std::string_view, std::string>{"version-id-marker", "3"}));
}

TEST(ParseS3Page, RefusesWhatIsNoListing) {
  for (const char* xml : {"", "no xml", "<html></html>", "<ListBucketResult>"}) {
    const auto page = ParseS3Page(xml, "b");
    ASSERT_FALSE(page) << xml;
    EXPECT_EQ(page.error().code, Code::kCorrupt);
    EXPECT_THAT(page.error().message, HasSubstr("bucket 'b'"));
  }
}

class S3ListingTest : public S3Fixture {
 protected:
  std::vector<std::string> Versions(const std::string& prefix) {
    std::vector<std::string> found;
    const Status listed = store_->List(At(prefix), [&](const ObjectInfo& info) {
      found.push_back(info.uri.key + "@" + info.version_id);
      return true;
    });
    EXPECT_TRUE(listed) << listed.error().message;
    return found;
  }
};

TEST_F(S3ListingTest, GoesThroughThePages) {
  transport_.script = [](const SentRequest& sent) {
    if (sent.method == "HEAD") return Answer(200, "", {{"content-length", "12"}});
    if (sent.target.ends_with("&continuation-token=t%2B"))
      return Answer(200, Result2(Contents("b")));
    return Answer(200, Result2("<IsTruncated>true</IsTruncated><NextContinuationToken>t+"
                               "</NextContinuationToken>" +
                               Contents("a")));
  };
  EXPECT_THAT(Versions("p q/"), ElementsAre("a@", "b@"));
  EXPECT_THAT(transport_.Lines(),
              ElementsAre("GET /?list-type=2&encoding-type=url&prefix=p%20q%2F", "HEAD /a",
                          "GET /?list-type=2&encoding-type=url&prefix=p%20q%2F&continuation-token="
                          "t%2B",
                          "HEAD /b"));
}

TEST_F(S3ListingTest, ABucketWithVersionsIsListedByThem) {
  transport_.script = [](const SentRequest& sent) {
    if (sent.method == "HEAD") {
      return Answer(200, "", {{"content-length", "12"}, {"x-amz-version-id", "null"}});
    }
    if (sent.target == "/?versions=&encoding-type=url&prefix=&key-marker=") {
      return Answer(200,
                    "<ListVersionsResult><Version><Key>a</Key><VersionId>7</VersionId>"
                    "<IsLatest>true</IsLatest></Version></ListVersionsResult>");
    }
    return Answer(200, Result2(Contents("a")));
  };
  EXPECT_THAT(Versions(""), ElementsAre("a@7"));
}

// Versions were switched on after the first page's objects were written.
TEST_F(S3ListingTest, GoesOnByVersionsFromThePageThatHasThem) {
  transport_.script = [](const SentRequest& sent) {
    if (sent.method == "HEAD" && sent.target == "/a") {
      return Answer(200, "", {{"content-length", "12"}});
    }
    if (sent.method == "HEAD") {
      return Answer(200, "", {{"content-length", "12"}, {"x-amz-version-id", "7"}});
    }
    if (sent.target == "/?versions=&encoding-type=url&prefix=&key-marker=a") {
      return Answer(200,
                    "<ListVersionsResult><Version><Key>b</Key><VersionId>7</VersionId>"
                    "<IsLatest>true</IsLatest></Version></ListVersionsResult>");
    }
    if (sent.target.ends_with("&continuation-token=t")) return Answer(200, Result2(Contents("b")));
    return Answer(200, Result2("<IsTruncated>true</IsTruncated><NextContinuationToken>t"
                               "</NextContinuationToken>" +
                               Contents("a")));
  };
  EXPECT_THAT(Versions(""), ElementsAre("a@", "b@7"));
}

// Taken for an object that was removed, it would make files of versions into files without.
TEST_F(S3ListingTest, A404OfAProxyTellsNothingOfVersions) {
  transport_.script = [](const SentRequest& sent) {
    if (sent.target.starts_with("/?")) return Answer(200, Result2(Contents("a")));
    return Answer(404, "<html>Not Found</html>");
  };
  const Status listed = store_->List(At(""), [](const ObjectInfo&) { return true; });
  ASSERT_FALSE(listed);
  EXPECT_EQ(listed.error().code, Code::kUnavailable);
}

TEST_F(S3ListingTest, ABucketThatIsNotThereIsNoEmptyOne) {
  transport_.script = [](const SentRequest&) { return Refusal(404, "NoSuchBucket"); };
  const Status listed = store_->List(At("p/"), [](const ObjectInfo&) { return true; });
  ASSERT_FALSE(listed);
  EXPECT_EQ(listed.error().code, Code::kInvalid);
  EXPECT_THAT(listed.error().message, HasSubstr("no bucket 'b'"));
}

TEST_F(S3ListingTest, RefusalNamesTheRight) {
  transport_.script = [](const SentRequest&) { return Refusal(403, "AccessDenied"); };
  const Status listed = store_->List(At("p/"), [](const ObjectInfo&) { return true; });
  ASSERT_FALSE(listed);
  EXPECT_EQ(listed.error().code, Code::kDenied);
  EXPECT_THAT(listed.error().message, HasSubstr("s3:ListBucket"));
}

TEST_F(S3ListingTest, RemovingWhatIsNotThereIsNoError) {
  transport_.script = [](const SentRequest&) { return Refusal(404, "NoSuchKey"); };
  EXPECT_TRUE(store_->Remove(At("k")));
  for (const auto& answer : {Refusal(404, "NoSuchBucket"), Answer(404), Answer(404, "<html/>")}) {
    transport_.script = [&answer](const SentRequest&) { return answer; };
    EXPECT_FALSE(store_->Remove(At("k"))) << answer.body;
  }
}

}  // namespace
}  // namespace eider::store
