// Multipart upload. Source: Amazon S3 API Reference, CreateMultipartUpload, UploadPart,
// CompleteMultipartUpload, AbortMultipartUpload.
#include "eider/store/s3_upload.h"

#include <algorithm>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <pugixml.hpp>

#include "eider/base/result.h"
#include "eider/base/uri.h"
#include "eider/http/transport.h"
#include "eider/store/s3_error.h"
#include "eider/store/s3_put.h"
#include "eider/store/s3_requests.h"

namespace eider::store {
namespace {

constexpr std::size_t kFirstPartBytes = 8U << 20U;
constexpr int kPartsOfOneSize = 1'000;
constexpr std::size_t kBytesOnTheWayMax = 4 * kFirstPartBytes;
constexpr int kCompletionsMax = 3;

// What S3 tells in a 200 that took long to come: whether it is a success after all.
bool IsError(const http::Response& answer) {
  pugi::xml_document document;
  const auto parsed = document.load_buffer(answer.body.data(), answer.body.size());
  return !parsed || std::string_view(document.document_element().name()) == "Error";
}

}  // namespace

std::size_t S3PartBytes(int number) {
  return kFirstPartBytes << static_cast<unsigned>((number - 1) / kPartsOfOneSize);
}

S3Upload::S3Upload(const S3Writing& writing, TaskPool& pool, StartedPuts& started, Uri uri)
    : writing_(writing), pool_(pool), started_(started), uri_(std::move(uri)) {}

S3Upload::~S3Upload() {
  if (is_published_ || upload_id_.empty()) return;
  stop_.request_stop();
  (void)WaitForParts();  // an upload is aborted for one reason or another
  Abort();
}

Status S3Upload::Write(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t whole = S3PartBytes(parts_ + 1);
    const std::size_t count = std::min(bytes.size(), whole - part_.size());
    part_.append(bytes.substr(0, count));
    bytes.remove_prefix(count);
    if (part_.size() == whole) EIDER_CHECK(SendPart());
  }
  return {};
}

Status S3Upload::Finish() {
  if (upload_id_.empty()) {
    EIDER_CHECK(PutS3Object(writing_, uri_, part_, PutMode::kReplace));
    is_published_ = true;
    return {};
  }
  if (!part_.empty()) EIDER_CHECK(SendPart());
  EIDER_CHECK(WaitForParts());
  EIDER_CHECK(Complete());
  is_published_ = true;
  return {};
}

Status S3Upload::FinishSoon() {
  if (!upload_id_.empty()) return Finish();
  started_.StartUpload(uri_, std::exchange(part_, {}));
  is_published_ = true;
  return {};
}

S3Request S3Upload::RequestFor(std::string method) const {
  return {.action = "s3:PutObject", .method = std::move(method), .uri = uri_};
}

Status S3Upload::Create() {
  S3Request request = RequestFor("POST");
  request.query = {{"uploads", ""}};
  EIDER_ASSIGN(const http::Response answer, writing_.requests.SendForSuccess(request));
  upload_id_ = S3ElementOf(answer.body, "UploadId");
  if (!upload_id_.empty()) return {};
  return Fail(Code::kCorrupt, fmt::format("S3 gave no id for the upload of {}", uri_.ToString()));
}

Status S3Upload::SendPart() {
  if (upload_id_.empty()) EIDER_CHECK(Create());
  {
    std::unique_lock lock(mutex_);
    arrived_.wait(lock, [this] {
      return error_ || bytes_on_the_way_ == 0 ||
             bytes_on_the_way_ + part_.size() <= kBytesOnTheWayMax;
    });
    if (error_) return std::unexpected(*error_);
    bytes_on_the_way_ += part_.size();
  }
  const int number = ++parts_;
  pool_.Submit([this, number, bytes = std::exchange(part_, {})] { UploadPart(number, bytes); });
  return {};
}

void S3Upload::UploadPart(int number, const std::string& bytes) {
  S3Request request = RequestFor("PUT");
  request.query = {{"partNumber", std::to_string(number)}, {"uploadId", upload_id_}};
  request.body = bytes;
  const auto answer = writing_.requests.SendForSuccess(request, stop_.get_token());
  const std::lock_guard lock(mutex_);
  bytes_on_the_way_ -= bytes.size();
  if (answer) {
    etags_[number] = answer->Find("etag");
  } else if (!error_) {
    error_ = answer.error();
    stop_.request_stop();
  }
  arrived_.notify_all();
}

Status S3Upload::WaitForParts() {
  std::unique_lock lock(mutex_);
  arrived_.wait(lock, [this] { return bytes_on_the_way_ == 0; });
  if (error_) return std::unexpected(*error_);
  return {};
}

Status S3Upload::Complete() {
  std::string body = "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">";
  for (const auto& [number, etag] : etags_) {
    body += fmt::format("<Part><PartNumber>{}</PartNumber><ETag>{}</ETag></Part>", number, etag);
  }
  body += "</CompleteMultipartUpload>";
  S3Request request = RequestFor("POST");
  request.query = {{"uploadId", upload_id_}};
  request.headers = {{"content-type", "application/xml"}};
  request.body = body;
  request.is_repeatable = false;
  std::string problem;
  for (int i = 0; i < kCompletionsMax; ++i) {
    EIDER_ASSIGN(const http::Response answer, writing_.requests.SendForSuccess(request));
    if (!IsError(answer)) return {};
    problem = answer.body;
  }
  return Fail(Code::kOutcomeUnknown,
              fmt::format("S3 does not complete the upload of {}: {}: {}", uri_.ToString(),
                          S3ElementOf(problem, "Code"), S3ElementOf(problem, "Message")));
}

void S3Upload::Abort() {
  S3Request request = RequestFor("DELETE");
  request.action = "s3:AbortMultipartUpload";
  request.query = {{"uploadId", upload_id_}};
  // Nobody is left to tell; a bucket's lifecycle rule takes away what stays.
  (void)writing_.requests.Send(request);
}

}  // namespace eider::store
