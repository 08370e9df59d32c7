// What an answer of S3 that is no success means, in words for people.
#pragma once

#include <string>
#include <string_view>

#include "eider/base/result.h"
#include "eider/base/uri.h"
#include "eider/http/transport.h"

namespace eider::store {

// What was asked, for messages.
struct S3Question {
  std::string_view action;  // the right it needs, as IAM policies name it: "s3:GetObject"
  const Uri& uri;
  std::string_view region;  // the one that the request was signed for
};

// kNotFound (S3 says that it has no such object or version), kConflict (the ETag is another by
// now), kDenied (rights or credentials), kInvalid (there is no such bucket, or it is in another
// region: names both), kUnsupported (archived), kUnavailable (a 404 or 412 without the code that S3
// gives to it), and those of aws::ToError.
Error S3ErrorOf(const http::Response& answer, const S3Question& question);

// The element `name` of an XML answer's root; empty where it has none or is no XML.
std::string S3ElementOf(const std::string& xml, const char* name);

}  // namespace eider::store
