// PUT, and who won where only one may.
#include "eider/store/s3_put.h"

#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "eider/base/backoff.h"
#include "eider/base/clock.h"
#include "eider/base/random.h"
#include "eider/base/result.h"
#include "eider/base/uri.h"
#include "eider/http/transport.h"
#include "eider/store/object_store.h"
#include "eider/store/s3_requests.h"

namespace eider::store {
namespace {

// Kept with the object: tells our own write from another's after an answer that got lost.
constexpr const char* kWriterHeader = "x-amz-meta-eider-write";

// S3 asks to try again while another write of the same key is under way.
constexpr RetryLimits kConditionalConflict{.num_retries = 8,
                                           .min_wait = Milliseconds(20),
                                           .max_wait = Milliseconds(1'000),
                                           .total_timeout = Milliseconds(30'000)};

Error AlreadyExists(const Uri& uri) {
  return Error{Code::kAlreadyExists, fmt::format("the object exists already: {}", uri.ToString())};
}

class PutIfAbsent {
 public:
  PutIfAbsent(const S3Writing& writing, const Uri& uri, std::string_view bytes)
      : writing_(writing),
        uri_(uri),
        writer_(NewUuid(writing.random)),
        request_{.action = "s3:PutObject",
                 .method = "PUT",
                 .uri = uri,
                 .headers = {{"if-none-match", "*"}, {kWriterHeader, writer_}},
                 .body = bytes,
                 .is_repeatable = false} {}

  Status Run() {
    Backoff backoff(kConditionalConflict, writing_.clock, writing_.random);
    while (true) {
      auto answer = writing_.requests.Send(request_);
      if (!answer) {
        if (answer.error().code != Code::kOutcomeUnknown) {
          return std::unexpected(std::move(answer).error());
        }
        return Resolve(std::move(answer).error());
      }
      if (answer->status / 100 == 2) return {};
      if (answer->status == 412) return std::unexpected(AlreadyExists(uri_));
      if (answer->status != 409)
        return std::unexpected(writing_.requests.ErrorOf(*answer, request_));
      const auto wait = backoff.NextWait();
      if (!wait) {
        return Fail(Code::kUnavailable,
                    fmt::format("other writes of the object were under way for too long: {}",
                                uri_.ToString()));
      }
      writing_.clock.SleepFor(*wait, {});
    }
  }

 private:
  // After an answer that was lost: looks whose object is there.
  Status Resolve(Error lost) {
    const S3Request look{.action = "s3:GetObject", .method = "HEAD", .uri = uri_};
    const auto answer = writing_.requests.Send(look);
    // Not there yet is no proof: the write may still arrive.
    if (!answer || answer->status / 100 != 2) return std::unexpected(std::move(lost));
    if (answer->Find(kWriterHeader) == writer_) return {};
    return std::unexpected(AlreadyExists(uri_));
  }

  const S3Writing& writing_;
  const Uri& uri_;
  std::string writer_;
  S3Request request_;
};

}  // namespace

Status CheckS3Key(const Uri& uri) {
  if (uri.scheme == "s3" && !uri.key.empty() && !uri.key.ends_with('/')) return {};
  return Fail(Code::kInvalid, fmt::format("the URI names no object of S3: {}", uri.ToString()));
}

Status PutS3Object(const S3Writing& writing, const Uri& uri, std::string_view bytes, PutMode mode) {
  EIDER_CHECK(CheckS3Key(uri));
  if (mode == PutMode::kIfAbsent) return PutIfAbsent(writing, uri, bytes).Run();
  // The same bytes twice are the same as once.
  EIDER_CHECK(writing.requests.SendForSuccess(
      {.action = "s3:PutObject", .method = "PUT", .uri = uri, .body = bytes}));
  return {};
}

}  // namespace eider::store
