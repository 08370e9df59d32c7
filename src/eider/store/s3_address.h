// Where S3 has a bucket and an object: the URL, with the key percent-encoded exactly once.
//
// At AWS the bucket is part of the host's name, which spreads buckets over addresses; with a custom
// endpoint, and for buckets whose name is no single host label (dots break TLS certificates), it is
// the first part of the path. Source: Amazon S3 User Guide, "Virtual hosting of general purpose
// buckets".
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "eider/base/uri.h"

namespace eider::store {

struct S3Endpoint {
  std::string url;         // "https://s3.eu-west-1.amazonaws.com", without a trailing slash
  bool is_custom = false;  // not AWS's own
};

using QueryParameters = std::vector<std::pair<std::string_view, std::string>>;

// The URL of the object or, without a key, of its bucket. Dot segments and empty segments of a key
// stand as they are.
std::string S3Url(const S3Endpoint& endpoint, const Uri& uri, const QueryParameters& query = {});

}  // namespace eider::store
