// The tags of an object of S3. Source: Amazon S3 API Reference, GetObjectTagging and
// PutObjectTagging.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "eider/base/result.h"
#include "eider/base/uri.h"
#include "eider/store/s3_requests.h"

namespace eider::store {

// The tags that an answer to GetObjectTagging tells. Errors: kCorrupt.
Result<std::map<std::string, std::string>> ParseS3Tags(std::string_view xml, const Uri& uri);

// Errors: those of ObjectStore::Tags.
Result<std::map<std::string, std::string>> FetchS3Tags(S3Requests& requests, const Uri& uri,
                                                       const std::string& version_id);

// Errors: those of ObjectDeeds::SetTags.
Status PutS3Tags(S3Requests& requests, const Uri& uri, const std::string& version_id,
                 const std::map<std::string, std::string>& tags);

}  // namespace eider::store
