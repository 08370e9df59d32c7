// Putting and uploading: which requests, and what lost and odd answers mean.
#include "eider/store/s3_upload.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/base/result.h"
#include "eider/http/transport.h"
#include "eider/store/object_store.h"
#include "eider/store/testing/s3_fixture.h"

namespace eider::store {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kCreated =
    "<InitiateMultipartUploadResult><UploadId>id 1</UploadId></InitiateMultipartUploadResult>";
constexpr const char* kCompleted =
    "<CompleteMultipartUploadResult><ETag>x</ETag></CompleteMultipartUploadResult>";
constexpr std::size_t kPart = 8U << 20U;

TEST(S3PartBytes, TenThousandPartsHoldTheLargestObject) {
  std::uint64_t all = 0;
  for (int number = 1; number <= 10'000; ++number) all += S3PartBytes(number);
  EXPECT_EQ(S3PartBytes(1), kPart);
  EXPECT_GE(all, 5ULL << 40U);                  // S3's limit was 5 TiB for long
  EXPECT_LE(S3PartBytes(10'000), 5ULL << 30U);  // the limit of one part
}

class S3PutTest : public S3Fixture {};

TEST_F(S3PutTest, ReplacingIsOnePlainPut) {
  transport_.script = [](const SentRequest&) { return Answer(200); };
  ASSERT_TRUE(store_->Put(At("it's +k"), "bytes", PutMode::kReplace));
  EXPECT_THAT(transport_.Lines(), ElementsAre("PUT /it%27s%20%2Bk"));
  EXPECT_EQ(transport_.Last().body, "bytes");
  EXPECT_EQ(transport_.Last().Header("if-none-match"), "");
}

TEST_F(S3PutTest, IfAbsentIsTheConditionOfS3) {
  transport_.script = [](const SentRequest&) { return Refusal(412, "PreconditionFailed"); };
  const Status put = store_->Put(At("k"), "x", PutMode::kIfAbsent);
  ASSERT_FALSE(put);
  EXPECT_EQ(put.error().code, Code::kAlreadyExists);
  EXPECT_EQ(transport_.Last().Header("if-none-match"), "*");
}

TEST_F(S3PutTest, TriesAgainWhileAnotherWriteIsUnderWay) {
  int refusals = 2;
  transport_.script = [&](const SentRequest&) {
    return refusals-- > 0 ? Refusal(409, "ConditionalRequestConflict") : Answer(200);
  };
  EXPECT_TRUE(store_->Put(At("k"), "x", PutMode::kIfAbsent));
  EXPECT_THAT(transport_.Lines(), ElementsAre("PUT /k", "PUT /k", "PUT /k"));
}

TEST_F(S3PutTest, ALostAnswerIsResolvedByLookingWhoseObjectIsThere) {
  std::string writer;
  transport_.script = [&](const SentRequest& sent) -> Result<http::Response> {
    if (sent.method == "PUT") return Fail(Code::kOutcomeUnknown, "timed out");
    return Answer(200, "", {{"content-length", "1"}, {"x-amz-meta-eider-write", writer}});
  };
  // Another's.
  writer = "somebody";
  Status put = store_->Put(At("k"), "x", PutMode::kIfAbsent);
  ASSERT_FALSE(put);
  EXPECT_EQ(put.error().code, Code::kAlreadyExists);
  // Our own.
  transport_.script = [&](const SentRequest& sent) -> Result<http::Response> {
    if (sent.method == "PUT") {
      writer = sent.Header("x-amz-meta-eider-write");
      return Fail(Code::kOutcomeUnknown, "timed out");
    }
    return Answer(200, "", {{"content-length", "1"}, {"x-amz-meta-eider-write", writer}});
  };
  put = store_->Put(At("k"), "x", PutMode::kIfAbsent);
  EXPECT_TRUE(put) << put.error().message;
  EXPECT_FALSE(writer.empty());
  // Nobody's, yet.
  transport_.script = [](const SentRequest& sent) -> Result<http::Response> {
    if (sent.method == "PUT") return Fail(Code::kOutcomeUnknown, "timed out");
    return Answer(404);
  };
  put = store_->Put(At("k"), "x", PutMode::kIfAbsent);
  ASSERT_FALSE(put);
  EXPECT_EQ(put.error().code, Code::kOutcomeUnknown);
}

class S3UploadTest : public S3Fixture {
 protected:
  S3UploadTest() {
    transport_.script = [this](const SentRequest& sent) -> Result<http::Response> {
      if (sent.method == "POST" && sent.target == "/k?uploads=") return Answer(200, kCreated);
      if (sent.method == "POST") return Completion(sent);
      if (sent.method == "DELETE") return Answer(204);
      if (sent.target == part_refused_) return Refusal(403, "AccessDenied");
      return Answer(200, "", {{"etag", "\"" + std::to_string(sent.body.size()) + "\""}});
    };
  }

  Result<http::Response> Completion(const SentRequest& sent) {
    completion_ = sent.body;
    ++completions_;
    if (completion_is_lost_) return Fail(Code::kOutcomeUnknown, "timed out");
    if (completions_ <= completion_errors_) return Refusal(200, "InternalError");
    return Answer(200, kCompleted);
  }

  std::unique_ptr<ObjectUpload> Start() { return *store_->StartUpload(At("k")); }

  std::vector<std::string> Lines() { return transport_.Lines(); }

  std::string part_refused_;
  std::string completion_;
  int completions_ = 0;
  int completion_errors_ = 0;
  bool completion_is_lost_ = false;
};

TEST_F(S3UploadTest, ASmallObjectIsOnePlainPut) {
  auto upload = Start();
  ASSERT_TRUE(upload->Write("small "));
  ASSERT_TRUE(upload->Write("object"));
  EXPECT_THAT(Lines(), ElementsAre());
  ASSERT_TRUE(upload->Finish());
  EXPECT_THAT(Lines(), ElementsAre("PUT /k"));
  EXPECT_EQ(transport_.Last().body, "small object");
}

TEST_F(S3UploadTest, ALargerOneGoesInPartsAndIsCompleted) {
  auto upload = Start();
  ASSERT_TRUE(upload->Write(std::string(kPart, 'a')));
  ASSERT_TRUE(upload->Write(std::string(kPart + 5, 'b')));
  const Status finished = upload->Finish();
  ASSERT_TRUE(finished) << finished.error().message;
  const std::vector<std::string> lines = Lines();
  ASSERT_EQ(lines.size(), 5U);
  EXPECT_EQ(lines.front(), "POST /k?uploads=");
  for (const char* part : {"1", "2", "3"}) {
    EXPECT_THAT(lines, Contains("PUT /k?partNumber=" + std::string(part) + "&uploadId=id%201"));
  }
  EXPECT_EQ(lines.back(), "POST /k?uploadId=id%201");
  EXPECT_EQ(completion_,
            "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
            "<Part><PartNumber>1</PartNumber><ETag>\"8388608\"</ETag></Part>"
            "<Part><PartNumber>2</PartNumber><ETag>\"8388608\"</ETag></Part>"
            "<Part><PartNumber>3</PartNumber><ETag>\"5\"</ETag></Part>"
            "</CompleteMultipartUpload>");
  upload.reset();
  EXPECT_EQ(Lines().back(), "POST /k?uploadId=id%201");  // no abort
}

TEST_F(S3UploadTest, WithoutFinishItIsAborted) {
  auto upload = Start();
  ASSERT_TRUE(upload->Write(std::string(kPart, 'a')));
  upload.reset();
  EXPECT_EQ(Lines().back(), "DELETE /k?uploadId=id%201");
}

TEST_F(S3UploadTest, ARefusedPartFailsTheUploadAndAbortsIt) {
  part_refused_ = "/k?partNumber=1&uploadId=id%201";
  auto upload = Start();
  ASSERT_TRUE(upload->Write(std::string(kPart, 'a')));
  const Status finished = upload->Finish();
  ASSERT_FALSE(finished);
  EXPECT_EQ(finished.error().code, Code::kDenied);
  EXPECT_THAT(finished.error().message, HasSubstr("s3:PutObject"));
  upload.reset();
  EXPECT_EQ(completions_, 0);
  EXPECT_EQ(Lines().back(), "DELETE /k?uploadId=id%201");
}

TEST_F(S3UploadTest, AnErrorInsideASuccessIsNone) {
  completion_errors_ = 2;
  auto upload = Start();
  ASSERT_TRUE(upload->Write(std::string(kPart, 'a')));
  EXPECT_TRUE(upload->Finish());
  EXPECT_EQ(completions_, 3);
}

TEST_F(S3UploadTest, AnErrorInsideASuccessThatStaysIsUnknown) {
  completion_errors_ = 100;
  auto upload = Start();
  ASSERT_TRUE(upload->Write(std::string(kPart, 'a')));
  const Status finished = upload->Finish();
  ASSERT_FALSE(finished);
  EXPECT_EQ(finished.error().code, Code::kOutcomeUnknown);
  EXPECT_THAT(finished.error().message, HasSubstr("InternalError"));
}

TEST_F(S3UploadTest, ALostCompletionIsUnknownAndNotRepeated) {
  completion_is_lost_ = true;
  auto upload = Start();
  ASSERT_TRUE(upload->Write(std::string(kPart, 'a')));
  const Status finished = upload->Finish();
  ASSERT_FALSE(finished);
  EXPECT_EQ(finished.error().code, Code::kOutcomeUnknown);
  EXPECT_EQ(completions_, 1);
}

}  // namespace
}  // namespace eider::store
