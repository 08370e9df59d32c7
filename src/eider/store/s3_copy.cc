#include "eider/store/s3_copy.h"

#include <cstdint>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "eider/aws/service_client.h"
#include "eider/base/result.h"
#include "eider/base/uri.h"
#include "eider/http/transport.h"
#include "eider/store/object_store.h"
#include "eider/store/s3_content.h"
#include "eider/store/s3_error.h"
#include "eider/store/s3_requests.h"

namespace eider::store {
namespace {

constexpr std::uint64_t kCopiedBytesMax = 5ULL << 30U;  // by one CopyObject

std::string Quoted(const std::string& etag) {
  return '"' + etag + '"';
}

std::string SourceOf(const Uri& uri, const std::string& version_id) {
  std::string source = fmt::format("/{}/{}", uri.bucket, aws::UriEncode(uri.key, true));
  if (!version_id.empty()) source += "?versionId=" + aws::UriEncode(version_id, false);
  return source;
}

// A copy that takes long is answered at once with 200, and what became of it stands in the body.
Status OutcomeOf(const http::Response& answer, const S3Request& request) {
  const std::string code = S3ElementOf(answer.body, "Code");
  if (code.empty()) return {};
  return Fail(Code::kUnavailable,
              fmt::format("S3 did not copy the object: {}: {}: {}", code,
                          S3ElementOf(answer.body, "Message"), request.uri.ToString()));
}

}  // namespace

Status CopyS3Object(S3Requests& requests, const Uri& from, const OpenOptions& which,
                    const Uri& to) {
  EIDER_ASSIGN(const ObjectInfo present, StatS3(requests, from, which));
  if (present.size_bytes > kCopiedBytesMax) {
    return Fail(Code::kUnsupported,
                fmt::format("S3 copies objects of at most 5 GiB at once, and this one has {} "
                            "bytes: {}",
                            present.size_bytes, from.ToString()));
  }
  S3Request request{.action = "s3:PutObject",
                    .method = "PUT",
                    .uri = to,
                    .headers = {{"x-amz-copy-source", SourceOf(from, which.version_id)}}};
  if (!which.etag.empty()) {
    request.headers.push_back({"x-amz-copy-source-if-match", Quoted(which.etag)});
  }
  EIDER_ASSIGN(const http::Response answer, requests.Send(request));
  // Of the source, whose condition it is.
  if (answer.status == 412) return std::unexpected(Superseded(which, present));
  if (answer.status / 100 != 2) return std::unexpected(requests.ErrorOf(answer, request));
  return OutcomeOf(answer, request);
}

Status RemoveS3ObjectIf(S3Requests& requests, const Uri& uri, const std::string& etag) {
  S3Request request{.action = "s3:DeleteObject", .method = "DELETE", .uri = uri};
  if (!etag.empty()) {
    const auto present = StatS3(requests, uri);
    if (!present && present.error().code == Code::kNotFound) return {};
    if (!present) return std::unexpected(present.error());
    if (present->etag != etag) return std::unexpected(Superseded({.etag = etag}, *present));
    request.headers.push_back({"if-match", Quoted(etag)});
  }
  EIDER_ASSIGN(const http::Response answer, requests.Send(request));
  if (answer.status / 100 == 2) return {};
  if (answer.status == 412) {
    return Fail(Code::kConflict,
                fmt::format("superseded: the object was replaced just now; its ETag was '{}': {}",
                            etag, uri.ToString()));
  }
  Error error = requests.ErrorOf(answer, request);
  if (error.code == Code::kNotFound) return {};
  return std::unexpected(std::move(error));
}

}  // namespace eider::store
