// GET and HEAD of one content, and what their headers say.
#include "eider/store/s3_content.h"

#include <time.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "eider/base/clock.h"
#include "eider/base/result.h"
#include "eider/base/uri.h"
#include "eider/http/transport.h"
#include "eider/store/object_store.h"
#include "eider/store/s3_requests.h"

namespace eider::store {
namespace {

constexpr std::string_view kMetadataPrefix = "x-amz-meta-";

std::optional<std::uint64_t> NumberOf(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failed != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// "bytes 0-99/1234" is 1234.
std::optional<std::uint64_t> SizeOf(const http::Response& answer) {
  if (answer.status != 206) return NumberOf(answer.Find("content-length"));
  const std::string_view range = answer.Find("content-range");
  const std::size_t slash = range.rfind('/');
  if (slash == std::string_view::npos) return std::nullopt;
  return NumberOf(range.substr(slash + 1));
}

std::string WithoutQuotes(std::string_view etag) {
  if (etag.size() >= 2 && etag.starts_with('"') && etag.ends_with('"')) {
    etag = etag.substr(1, etag.size() - 2);
  }
  return std::string(etag);
}

S3Request RequestFor(std::string method, const Uri& uri, const OpenOptions& options) {
  S3Request request{.action = "s3:GetObject", .method = std::move(method), .uri = uri};
  if (!options.version_id.empty()) {
    request.action = "s3:GetObjectVersion";
    request.query.emplace_back("versionId", options.version_id);
  }
  if (!options.etag.empty()) {
    request.headers.push_back({"if-match", '"' + options.etag + '"'});
  }
  return request;
}

http::Header RangeHeader(std::uint64_t offset, std::size_t size_bytes) {
  return {"range", fmt::format("bytes={}-{}", offset, offset + size_bytes - 1)};
}

}  // namespace

TimePoint S3TimeOf(const char* text) {
  for (const char* format : {"%a, %d %b %Y %H:%M:%S", "%Y-%m-%dT%H:%M:%S"}) {
    struct tm time {};

    if (::strptime(text, format, &time) != nullptr) {
      return TimePoint(std::chrono::seconds(::timegm(&time)));
    }
  }
  return TimePoint{};
}

Result<ObjectInfo> S3InfoOf(const Uri& uri, const http::Response& answer) {
  const auto size_bytes = SizeOf(answer);
  if (!size_bytes) {
    return Fail(Code::kCorrupt, fmt::format("the answer of S3 does not tell the object's size: {}",
                                            uri.ToString()));
  }
  ObjectInfo info;
  info.uri = uri;
  info.size_bytes = *size_bytes;
  info.etag = WithoutQuotes(answer.Find("etag"));
  info.version_id = answer.Find("x-amz-version-id");
  // From before versions were kept, and replaced in place: it identifies no content.
  if (info.version_id == "null") info.version_id.clear();
  info.modified = S3TimeOf(std::string(answer.Find("last-modified")).c_str());
  for (const http::Header& header : answer.headers) {
    if (header.name.starts_with(kMetadataPrefix) && header.name.size() > kMetadataPrefix.size()) {
      info.metadata.emplace(header.name.substr(kMetadataPrefix.size()), header.value);
    }
  }
  return info;
}

Result<http::Response> AskOfS3Object(S3Requests& requests, const Uri& uri,
                                     const OpenOptions& options) {
  EIDER_ASSIGN(http::Response answer,
               requests.Send(RequestFor("HEAD", uri, options), options.stop));
  const bool needs_words = answer.status == 404 || answer.status == 412;
  if (!needs_words || answer.Find("x-amz-delete-marker") == "true") return answer;
  char byte = 0;
  S3Request request = RequestFor("GET", uri, options);
  request.headers.push_back(RangeHeader(0, 1));
  request.sink = {&byte, 1};
  return requests.Send(request, options.stop);
}

Result<ObjectInfo> StatS3(S3Requests& requests, const Uri& uri, const OpenOptions& options) {
  EIDER_ASSIGN(const http::Response answer, AskOfS3Object(requests, uri, options));
  if (answer.status / 100 == 2) return S3InfoOf(uri, answer);
  return std::unexpected(requests.ErrorOf(answer, RequestFor("GET", uri, options)));
}

Result<S3Head> FetchS3Head(S3Requests& requests, const Uri& uri, const OpenOptions& options,
                           std::span<char> sink) {
  S3Request request = RequestFor("GET", uri, options);
  request.headers.push_back(RangeHeader(0, sink.size()));
  request.sink = sink;
  EIDER_ASSIGN(const http::Response answer, requests.Send(request, options.stop));
  if (answer.status == 416) {  // an empty object has no first byte, and no ETag in this answer
    EIDER_ASSIGN(ObjectInfo info, StatS3(requests, uri, options));
    if (info.size_bytes == 0) return S3Head{std::move(info), 0};
    return Fail(Code::kConflict,
                fmt::format("the object was replaced while it was opened: {}", uri.ToString()));
  }
  if (answer.status / 100 != 2) return std::unexpected(requests.ErrorOf(answer, request));
  EIDER_ASSIGN(ObjectInfo info, S3InfoOf(uri, answer));
  if (answer.sink_bytes != std::min<std::uint64_t>(info.size_bytes, sink.size())) {
    return Fail(Code::kUnavailable,
                fmt::format("S3 sent {} bytes of an object of {}: {}", answer.sink_bytes,
                            info.size_bytes, uri.ToString()));
  }
  return S3Head{std::move(info), answer.sink_bytes};
}

Status FetchS3Range(S3Requests& requests, const ObjectInfo& content, std::uint64_t offset,
                    std::span<char> out, const std::stop_token& stop) {
  S3Request request =
      RequestFor("GET", content.uri, {content.etag, content.version_id, std::stop_token()});
  request.headers.push_back(RangeHeader(offset, out.size()));
  request.sink = out;
  EIDER_ASSIGN(const http::Response answer, requests.SendForSuccess(request, stop));
  if (answer.status == 206 && answer.sink_bytes == out.size()) return {};
  return Fail(Code::kUnavailable,
              fmt::format("S3 sent {} bytes of the {} asked for (status {}): {}", answer.sink_bytes,
                          out.size(), answer.status, content.uri.ToString()));
}

}  // namespace eider::store
