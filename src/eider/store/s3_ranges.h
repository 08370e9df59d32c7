// A long listing of a bucket as ranges of keys that are listed side by side and told in order.
//
// Ranges begin and end at prefixes that many keys have in common up to a '/', so that a bucket of
// folders is cut between them. What waits to be told is bounded.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "eider/base/result.h"
#include "eider/base/uri.h"
#include "eider/store/object_store.h"
#include "eider/store/s3_requests.h"

namespace eider::store {

// Keys behind `after` at which a listing may be cut, in their order; none where the keys below the
// prefix have no '/'. Asks for a few hundred pages at most. Errors: those of S3Requests.
Result<std::vector<std::string>> FindCuts(S3Requests& requests, const Uri& prefix,
                                          const std::string& after);

struct CutListing {
  Uri prefix;
  std::string after;
  std::vector<std::string> cuts;  // at least one
  bool has_versions = false;      // as S3Pages has it
};

// Calls `visit` for the objects behind `after`, in the order of their keys, from the thread that
// calls, until it returns false. Errors: those of S3Pages, as they would come in that order.
Status ListRanges(S3Requests& requests, const CutListing& listing,
                  const std::function<bool(const ObjectInfo&)>& visit);

}  // namespace eider::store
