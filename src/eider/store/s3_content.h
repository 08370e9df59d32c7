// One content of one object of S3, told apart by its ETag and read by ranged GETs.
#pragma once

#include <cstdint>
#include <span>
#include <stop_token>

#include "eider/base/clock.h"
#include "eider/base/result.h"
#include "eider/base/uri.h"
#include "eider/http/transport.h"
#include "eider/store/object_store.h"
#include "eider/store/s3_requests.h"

namespace eider::store {

// What the answer to a GET or HEAD says of the object, its metadata included. A whole answer's size
// is its Content-Length, a part's the size that Content-Range names. Errors: kCorrupt (no size).
Result<ObjectInfo> S3InfoOf(const Uri& uri, const http::Response& answer);

// "Wed, 21 Oct 2015 07:28:00 GMT" and "2015-10-21T07:28:00.000Z", in whole seconds, since HEAD has
// no more; 1970 where it is neither.
TimePoint S3TimeOf(const char* text);

struct S3Head {
  ObjectInfo info;
  std::size_t size_bytes = 0;  // of the object's beginning, in the sink
};

// The object's beginning and all about the object, by one request: as much of it as fits into the
// sink. Errors: those of ObjectStore::Open.
Result<S3Head> FetchS3Head(S3Requests& requests, const Uri& uri, const OpenOptions& options,
                           std::span<char> sink);

// Fills `out` from byte `offset` of that very content. Errors: kConflict (replaced), kNotFound
// (gone), kUnavailable, kDenied, kCancelled.
Status FetchS3Range(S3Requests& requests, const ObjectInfo& content, std::uint64_t offset,
                    std::span<char> out, const std::stop_token& stop);

// The answer to a HEAD; where that is a 404 or 412, the answer to a GET of the first byte. A HEAD's
// refusal has no body: a missing object, a missing bucket and a proxy that knows neither look the
// same.
// Errors: those of S3Requests::Send.
Result<http::Response> AskOfS3Object(S3Requests& requests, const Uri& uri,
                                     const OpenOptions& options = {});

// All about the object. Errors: those of ObjectStore::Stat.
Result<ObjectInfo> StatS3(S3Requests& requests, const Uri& uri, const OpenOptions& options = {});

}  // namespace eider::store
