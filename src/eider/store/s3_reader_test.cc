// Which requests a read makes, that its bytes are right, and what refusals mean.
#include <algorithm>
#include <cstdint>
#include <memory>
#include <mutex>
#include <set>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/base/result.h"
#include "eider/http/transport.h"
#include "eider/store/object_store.h"
#include "eider/store/s3_content.h"
#include "eider/store/testing/s3_fixture.h"

namespace eider::store {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

class S3ReaderTest : public S3Fixture {
 protected:
  void ServeObject(std::size_t size_bytes) {
    object_ = Content(size_bytes);
    transport_.script = [this](const SentRequest& sent) { return Serve(sent, object_); };
  }

  std::unique_ptr<ObjectReader> Open(const OpenOptions& options = {}) {
    auto reader = store_->Open(At("k"), options);
    EXPECT_TRUE(reader) << reader.error().message;
    return reader ? *std::move(reader) : nullptr;
  }

  Error OpenError(const OpenOptions& options = {}) {
    const auto reader = store_->Open(At("k"), options);
    return reader ? Error{Code::kInternal, "it opened"} : reader.error();
  }

  Error StatError() {
    const auto info = store_->Stat(At("k"));
    return info ? Error{Code::kInternal, "it is there"} : info.error();
  }

  static std::string Read(ObjectReader& reader, std::uint64_t offset, std::size_t size_bytes) {
    std::string bytes(size_bytes, ' ');
    const Status read = reader.ReadAt(offset, bytes);
    return read ? bytes : read.error().message;
  }

  std::string object_;
};

TEST_F(S3ReaderTest, OneRequestOpensAndReadsASmallObject) {
  ServeObject(kRange);
  const auto reader = Open({.etag = "tag"});
  EXPECT_EQ(Read(*reader, 0, kRange), object_);
  EXPECT_EQ(reader->info().etag, "tag");
  EXPECT_THAT(transport_.Lines(), ElementsAre("GET /k"));
  EXPECT_EQ(transport_.Last().Header("if-match"), "\"tag\"");
  EXPECT_EQ(transport_.Last().Header("range"), "bytes=0-63");
}

TEST_F(S3ReaderTest, ReadAllIsOneRequest) {
  ServeObject(10);
  EXPECT_EQ(*ReadAll(*store_, At("k"), 10), object_);
  EXPECT_THAT(transport_.Lines(), SizeIs(1));
}

TEST_F(S3ReaderTest, AsksForTheVersionOfTheEvent) {
  ServeObject(100);
  const auto reader = Open({.etag = "tag", .version_id = "v/1"});
  EXPECT_EQ(Read(*reader, 0, 100), object_);
  EXPECT_THAT(transport_.Lines(), ElementsAre("GET /k?versionId=v%2F1", "GET /k?versionId=v%2F1"));
}

TEST_F(S3ReaderTest, FetchesASmallObjectOnceByRangesOfTheSameContent) {
  ServeObject(200);
  const auto reader = Open();
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(Read(*reader, 0, 200), object_);
    EXPECT_EQ(Read(*reader, 60, 10), object_.substr(60, 10));
    EXPECT_EQ(Read(*reader, 199, 1), object_.substr(199));
  }
  EXPECT_THAT(transport_.Lines(), SizeIs(4));
  EXPECT_EQ(transport_.Last().Header("if-match"), "\"tag\"");
}

TEST_F(S3ReaderTest, ReadsALargeObjectByLargeAndSmallRanges) {
  ServeObject(1000);
  const auto reader = Open();
  EXPECT_EQ(Read(*reader, 0, 1000), object_);
  for (std::size_t offset = 0; offset < 1000; offset += 7) {
    const std::size_t size_bytes = std::min<std::size_t>(7, 1000 - offset);
    EXPECT_EQ(Read(*reader, offset, size_bytes), object_.substr(offset, size_bytes)) << offset;
  }
}

TEST_F(S3ReaderTest, FetchesTheEndOfALargeObjectOnce) {
  ServeObject(1000);
  const auto reader = Open();
  EXPECT_EQ(Read(*reader, 992, 8), object_.substr(992));
  EXPECT_EQ(Read(*reader, 970, 30), object_.substr(970));
  const std::size_t requests = transport_.Lines().size();
  EXPECT_EQ(requests, 3U);  // the beginning, and two blocks of the end
  for (int i = 0; i < 5; ++i) EXPECT_EQ(Read(*reader, 970, 30), object_.substr(970));
  EXPECT_THAT(transport_.Lines(), SizeIs(requests));
}

TEST_F(S3ReaderTest, ServesManyThreadsAtOnce) {
  ServeObject(1000);
  const auto reader = Open();
  std::vector<std::jthread> threads;
  for (std::size_t thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&, thread] {
      for (std::size_t offset = thread; offset + 40 < 1000; offset += 11) {
        EXPECT_EQ(Read(*reader, offset, 5), object_.substr(offset, 5));
        EXPECT_EQ(Read(*reader, offset, 40), object_.substr(offset, 40));
      }
    });
  }
}

TEST_F(S3ReaderTest, AnEmptyObjectHasNoRanges) {
  transport_.script = [](const SentRequest& sent) {
    if (sent.method == "GET") return Refusal(416, "InvalidRange");
    return Answer(200, "", {{"content-length", "0"}, {"etag", "\"empty\""}});
  };
  const auto reader = Open();
  EXPECT_EQ(reader->info().size_bytes, 0U);
  EXPECT_EQ(reader->info().etag, "empty");
  EXPECT_TRUE(reader->ReadAt(0, {}));
}

TEST_F(S3ReaderTest, AReplacedObjectIsSuperseded) {
  transport_.script = [](const SentRequest&) { return Refusal(412, "PreconditionFailed"); };
  const Error error = OpenError({.etag = "old"});
  EXPECT_EQ(error.code, Code::kConflict);
  EXPECT_THAT(error.message, HasSubstr("superseded"));
  EXPECT_THAT(error.message, HasSubstr("s3://b/k"));
}

TEST_F(S3ReaderTest, AnObjectReplacedBetweenTwoRangesIsSuperseded) {
  object_ = Content(1000);
  transport_.script = [this](const SentRequest& sent) {
    if (sent.Header("if-match").empty()) return Serve(sent, object_);
    return Refusal(412, "PreconditionFailed");
  };
  const auto reader = Open();
  std::string bytes(500, ' ');
  const Status read = reader->ReadAt(100, bytes);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, Code::kConflict);
}

TEST_F(S3ReaderTest, ABodyThatIsCutOffIsFetchedAgain) {
  object_ = Content(200);
  std::mutex mutex;
  std::set<std::string> cut;
  transport_.script = [&](const SentRequest& sent) -> Result<http::Response> {
    {
      const std::lock_guard lock(mutex);
      if (cut.insert(sent.Header("range")).second) {
        return Fail(Code::kOutcomeUnknown, "the body was cut off");
      }
    }
    return Serve(sent, object_);
  };
  const auto reader = Open();
  EXPECT_EQ(Read(*reader, 0, 200), object_);
}

TEST_F(S3ReaderTest, AnAnswerThatIsTooShortIsNoContent) {
  object_ = Content(200);
  transport_.script = [this](const SentRequest& sent) {
    http::Response answer = Serve(sent, object_);
    if (!sent.Header("if-match").empty()) answer.body.pop_back();
    return answer;
  };
  const auto reader = Open();
  std::string bytes(200, ' ');
  const Status read = reader->ReadAt(0, bytes);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, Code::kUnavailable);
}

TEST_F(S3ReaderTest, AStopEndsItsReads) {
  ServeObject(1000);
  std::stop_source stop;
  const auto reader = Open({.stop = stop.get_token()});
  stop.request_stop();
  std::string bytes(500, ' ');
  const Status read = reader->ReadAt(200, bytes);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, Code::kCancelled);
}

TEST_F(S3ReaderTest, RefusalsSayWhatToDo) {
  const auto refused = [&](http::Response answer) {
    transport_.script = [answer](const SentRequest&) { return answer; };
    return OpenError();
  };
  Error error = refused(Refusal(404, "NoSuchKey"));
  EXPECT_EQ(error.code, Code::kNotFound);
  EXPECT_THAT(error.message, HasSubstr("s3://b/k"));
  error = refused(Refusal(404, "NoSuchBucket"));
  EXPECT_EQ(error.code, Code::kInvalid);
  EXPECT_THAT(error.message, HasSubstr("no bucket 'b'"));
  error = refused(Refusal(403, "AccessDenied"));
  EXPECT_EQ(error.code, Code::kDenied);
  EXPECT_THAT(error.message, HasSubstr("s3:GetObject"));
  EXPECT_THAT(error.message, HasSubstr("s3://b/k"));
  error = refused(Refusal(301, "PermanentRedirect", {{"x-amz-bucket-region", "us-east-2"}}));
  EXPECT_EQ(error.code, Code::kInvalid);
  EXPECT_THAT(error.message, HasSubstr("AWS_REGION=us-east-2"));
  EXPECT_THAT(error.message, HasSubstr("eu-west-1"));
  error = refused(Answer(400,
                         "<Error><Code>AuthorizationHeaderMalformed</Code><Message>m</Message>"
                         "<Region>us-east-2</Region></Error>"));
  EXPECT_EQ(error.code, Code::kInvalid);
  EXPECT_THAT(error.message, HasSubstr("AWS_REGION=us-east-2"));
  error = refused(Refusal(403, "InvalidObjectState"));
  EXPECT_EQ(error.code, Code::kUnsupported);
  EXPECT_THAT(error.message, HasSubstr("archived"));
  error = refused(Refusal(405, "MethodNotAllowed", {{"x-amz-delete-marker", "true"}}));
  EXPECT_EQ(error.code, Code::kNotFound);
}

// Seen: each of these was "the object is gone since its event", and the event was settled.
TEST_F(S3ReaderTest, A404OfAProxyIsNoMissingObject) {
  for (const char* body : {"", "<html><body>404 Not Found</body></html>", "not found",
                           "<Error><Code>NotHere</Code></Error>"}) {
    transport_.script = [body](const SentRequest&) { return Answer(404, body); };
    for (const Error& error : {OpenError(), StatError()}) {
      EXPECT_EQ(error.code, Code::kUnavailable) << body;
      EXPECT_THAT(error.message, HasSubstr("s3://b/k")) << body;
      EXPECT_THAT(error.message, HasSubstr("is the endpoint right")) << body;
    }
  }
}

// A web server in S3's place compares ETags as well: with those of its own pages.
TEST_F(S3ReaderTest, A412OfAProxySupersedesNothing) {
  for (const char* body : {"", "<html><body>412 Precondition Failed</body></html>"}) {
    transport_.script = [body](const SentRequest&) { return Answer(412, body); };
    const Error error = OpenError({.etag = "old"});
    EXPECT_EQ(error.code, Code::kUnavailable) << body;
    EXPECT_THAT(error.message, HasSubstr("is the endpoint right")) << body;
  }
}

// A HEAD's 404 has no body: one byte is asked for, and its refusal tells.
TEST_F(S3ReaderTest, StatAsksByAGetWhatAHeadCannotTell) {
  const auto refused = [&](const http::Response& answer_to_get) {
    transport_.script = [answer_to_get](const SentRequest& sent) {
      return sent.method == "HEAD" ? Answer(404) : answer_to_get;
    };
    const Error error = StatError();
    EXPECT_EQ(transport_.Last().method, "GET");
    EXPECT_EQ(transport_.Last().Header("range"), "bytes=0-0");
    return error;
  };
  EXPECT_EQ(refused(Refusal(404, "NoSuchKey")).code, Code::kNotFound);
  EXPECT_EQ(refused(Refusal(404, "NoSuchVersion")).code, Code::kNotFound);
  const Error no_bucket = refused(Refusal(404, "NoSuchBucket"));
  EXPECT_EQ(no_bucket.code, Code::kInvalid);
  EXPECT_THAT(no_bucket.message, HasSubstr("no bucket 'b'"));
  EXPECT_EQ(refused(Refusal(403, "AccessDenied")).code, Code::kDenied);
  // It came meanwhile, or somebody in between knows no HEAD.
  transport_.script = [](const SentRequest& sent) {
    return sent.method == "HEAD" ? Answer(404) : Serve(sent, "content");
  };
  const auto info = store_->Stat(At("k"));
  ASSERT_TRUE(info) << info.error().message;
  EXPECT_EQ(info->size_bytes, 7U);
  EXPECT_EQ(info->etag, "tag");
}

TEST_F(S3ReaderTest, StatAsksOnceWhereTheHeadTells) {
  transport_.script = [](const SentRequest&) {
    return Answer(404, "", {{"x-amz-delete-marker", "true"}, {"x-amz-version-id", "7"}});
  };
  EXPECT_EQ(StatError().code, Code::kNotFound);
  transport_.script = [](const SentRequest&) {
    return Answer(200, "", {{"content-length", "7"}, {"etag", "\"tag\""}});
  };
  EXPECT_TRUE(store_->Stat(At("k")));
  EXPECT_THAT(transport_.Lines(), ElementsAre("HEAD /k", "HEAD /k"));
}

// Source: RFC 9110, 5.6.7; Amazon S3 API Reference, ListObjectsV2.
TEST(S3Time, ReadsBothForms) {
  const TimePoint expected(Milliseconds(1'445'412'480'000));
  EXPECT_EQ(S3TimeOf("Wed, 21 Oct 2015 07:28:00 GMT"), expected);
  EXPECT_EQ(S3TimeOf("2015-10-21T07:28:00.000Z"), expected);
  EXPECT_EQ(S3TimeOf("yesterday"), TimePoint{});
}

}  // namespace
}  // namespace eider::store
