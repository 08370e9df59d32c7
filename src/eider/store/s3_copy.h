// Copies within S3, and removals, of one content of an object. Source: Amazon S3 API Reference,
// CopyObject and DeleteObject.
#pragma once

#include <string>

#include "eider/base/result.h"
#include "eider/base/uri.h"
#include "eider/store/object_store.h"
#include "eider/store/s3_requests.h"

namespace eider::store {

// Errors: those of ObjectDeeds::Copy.
Status CopyS3Object(S3Requests& requests, const Uri& from, const OpenOptions& which, const Uri& to);

// Looks first, for stores of S3's kind that do not know the condition. Errors: those of
// ObjectDeeds::RemoveIf.
Status RemoveS3ObjectIf(S3Requests& requests, const Uri& uri, const std::string& etag);

}  // namespace eider::store
