// Writing a whole object of S3 by one request.
#pragma once

#include <string_view>

#include "eider/base/clock.h"
#include "eider/base/random.h"
#include "eider/base/result.h"
#include "eider/base/uri.h"
#include "eider/store/object_store.h"
#include "eider/store/s3_requests.h"

namespace eider::store {

// What writing works with. Borrowed.
struct S3Writing {
  S3Requests& requests;
  Clock& clock;
  Random& random;
};

// Errors: those of ObjectStore::Put.
Status PutS3Object(const S3Writing& writing, const Uri& uri, std::string_view bytes, PutMode mode);

// That a key can be written: not empty, and no folder. Errors: kInvalid.
Status CheckS3Key(const Uri& uri);

}  // namespace eider::store
