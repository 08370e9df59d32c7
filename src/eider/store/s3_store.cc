// The object store's contract on S3.
#include "eider/store/s3_store.h"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "eider/base/result.h"
#include "eider/base/uri.h"
#include "eider/http/transport.h"
#include "eider/store/bytes_reader.h"
#include "eider/store/object_store.h"
#include "eider/store/s3_content.h"
#include "eider/store/s3_copy.h"
#include "eider/store/s3_listing.h"
#include "eider/store/s3_put.h"
#include "eider/store/s3_reader.h"
#include "eider/store/s3_tags.h"
#include "eider/store/s3_upload.h"

namespace eider::store {
namespace {

// Objects of others may have keys that end with a slash; the bucket itself is none.
Status CheckNamesAnObject(const Uri& uri) {
  if (uri.scheme == "s3" && !uri.key.empty()) return {};
  return Fail(Code::kInvalid, fmt::format("the URI names no object of S3: {}", uri.ToString()));
}

}  // namespace

S3Store::S3Store(S3Options options, const Deps& deps)
    : read_limits_(options.reading),
      requests_(deps.client, std::move(options.endpoint), std::move(options.region)),
      writing_{requests_, deps.clock, deps.random},
      pool_(options.connections_max) {}

Result<ObjectInfo> S3Store::Stat(const Uri& uri) {
  EIDER_CHECK(CheckNamesAnObject(uri));
  return StatS3(requests_, uri);
}

Result<std::unique_ptr<ObjectReader>> S3Store::Open(const Uri& uri, const OpenOptions& options) {
  EIDER_CHECK(CheckNamesAnObject(uri));
  if (options.etag.empty() && options.version_id.empty()) {
    if (auto bytes = started_.Find(uri)) {
      ObjectInfo info{uri, (*bytes)->size(), "", "", {}};
      return std::make_unique<BytesReader>(std::move(info), *std::move(bytes));
    }
  }
  return S3Reader::Open({requests_, pool_}, uri, options, read_limits_);
}

Result<std::map<std::string, std::string>> S3Store::Tags(const Uri& uri,
                                                         const std::string& version_id) {
  EIDER_CHECK(CheckNamesAnObject(uri));
  return FetchS3Tags(requests_, uri, version_id);
}

Status S3Store::Put(const Uri& uri, std::string_view bytes, PutMode mode) {
  return PutS3Object(writing_, uri, bytes, mode);
}

Status S3Store::PutSoon(const Uri& uri, std::string bytes, PutMode mode) {
  EIDER_CHECK(CheckS3Key(uri));
  started_.Start(uri, std::move(bytes), mode);
  return {};
}

Result<std::unique_ptr<ObjectUpload>> S3Store::StartUpload(const Uri& uri) {
  EIDER_CHECK(CheckS3Key(uri));
  return std::make_unique<S3Upload>(writing_, pool_, started_, uri);
}

Status S3Store::List(const Uri& prefix, const std::function<bool(const ObjectInfo&)>& visit) {
  return ListS3(requests_, prefix, visit);
}

Status S3Store::Remove(const Uri& uri) {
  EIDER_CHECK(CheckNamesAnObject(uri));
  started_.Forget(uri);
  const S3Request request{.action = "s3:DeleteObject", .method = "DELETE", .uri = uri};
  EIDER_ASSIGN(const http::Response answer, requests_.Send(request));
  if (answer.status / 100 == 2) return {};
  Error error = requests_.ErrorOf(answer, request);
  // Some stores of S3's kind say so to the removal of what is not there.
  if (error.code == Code::kNotFound) return {};
  return std::unexpected(std::move(error));
}

Status S3Store::Copy(const Uri& from, const OpenOptions& which, const Uri& to) {
  EIDER_CHECK(CheckNamesAnObject(from));
  EIDER_CHECK(CheckS3Key(to));
  return CopyS3Object(requests_, from, which, to);
}

Status S3Store::Move(const Uri& from, const OpenOptions& which, const Uri& to) {
  EIDER_CHECK(Copy(from, which, to));
  return RemoveIf(from, which.etag);
}

Status S3Store::RemoveIf(const Uri& uri, const std::string& etag) {
  EIDER_CHECK(CheckNamesAnObject(uri));
  return RemoveS3ObjectIf(requests_, uri, etag);
}

Status S3Store::SetTags(const Uri& uri, const std::string& version_id,
                        const std::map<std::string, std::string>& tags) {
  EIDER_CHECK(CheckNamesAnObject(uri));
  return PutS3Tags(requests_, uri, version_id, tags);
}

}  // namespace eider::store
