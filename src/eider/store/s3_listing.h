// Listing of a bucket: pages of objects, and the XML they come in.
//
// The pages are those of ListObjectsV2. In a bucket that keeps versions they are those of
// ListObjectVersions, of which the latest ones count: a file's version is part of its identity.
#pragma once

#include <functional>
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
  QueryParameters next;  // what to ask for the page after it; empty: this is the last
};

// Reads the answer of ListObjectsV2 or ListObjectVersions. Errors: kCorrupt.
Result<S3Page> ParseS3Page(std::string_view xml, const std::string& bucket);

// As ObjectStore::List.
Status ListS3(S3Requests& requests, const Uri& prefix,
              const std::function<bool(const ObjectInfo&)>& visit);

}  // namespace eider::store
