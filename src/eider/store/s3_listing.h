// Listing of a bucket: pages of objects, and the XML they come in.
//
// The pages are those of ListObjectsV2. In a bucket that keeps versions they are those of
// ListObjectVersions, of which the latest ones count: a file's version is part of its identity.
#pragma once

#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "eider/base/result.h"
#include "eider/base/uri.h"
#include "eider/store/object_store.h"
#include "eider/store/s3_requests.h"

namespace eider::store {

struct S3Page {
  std::vector<ObjectInfo> objects;
  std::vector<std::string> prefixes = {};  // where a delimiter was asked for: the common ones
  QueryParameters next;  // what to ask for the page after it; empty: this is the last
};

// Reads the answer of ListObjectsV2 or ListObjectVersions. Errors: kCorrupt.
Result<S3Page> ParseS3Page(std::string_view xml, const std::string& bucket);

// The pages of the keys below a prefix and behind `after` (empty: all), one after the other. Used
// by one thread.
class S3Pages {
 public:
  // `has_versions`: the bucket is known to keep some. Borrows the requests.
  S3Pages(S3Requests& requests, Uri prefix, std::string after, bool has_versions,
          std::stop_token stop = {});

  // Nothing behind the last one. Errors: those of S3Requests; kCorrupt (it is no listing, or not of
  // those keys).
  Result<std::optional<S3Page>> Next();

  bool has_versions() const { return has_versions_; }

  const std::string& last_key() const { return last_key_; }

 private:
  Result<S3Page> Fetch(const QueryParameters& from);
  Result<bool> HasVersions(const S3Page& page);
  Status CheckBegin(const S3Page& page) const;

  S3Requests& requests_;
  Uri prefix_;
  bool has_versions_;
  std::stop_token stop_;
  std::string last_key_;  // of all pages so far; at first `after`
  QueryParameters next_;
  bool is_over_ = false;
};

// As ObjectStore::List. A long listing goes on side by side, in ranges that begin at common
// prefixes of the keys (s3_ranges.h).
Status ListS3(S3Requests& requests, const Uri& prefix,
              const std::function<bool(const ObjectInfo&)>& visit);

}  // namespace eider::store
