// Status and error code to an error that says what to do.
#include "eider/store/s3_error.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <pugixml.hpp>

#include "eider/aws/service_client.h"
#include "eider/base/result.h"
#include "eider/base/uri.h"

namespace eider::store {
namespace {

// The service's own words for the end of a message.
std::string WordsOf(const aws::ServiceError& error) {
  std::string words = fmt::format("status {}", error.status);
  if (!error.code.empty()) words += ", " + error.code;
  if (!error.message.empty()) words += ": " + error.message;
  if (!error.request_id.empty()) words += fmt::format(" (request {})", error.request_id);
  return words;
}

std::string RegionOf(const http::Response& answer) {
  const std::string_view header = answer.Find("x-amz-bucket-region");
  return header.empty() ? S3ElementOf(answer.body, "Region") : std::string(header);
}

Error WrongRegion(const S3Question& question, const std::string& region) {
  return Error{
      Code::kInvalid,
      fmt::format("bucket '{}' is in region {}, but Eider works in {}; set AWS_REGION={}: {}",
                  question.uri.bucket, region, question.region, region, question.uri.ToString())};
}

// What S3 itself says is not there. A 404 alone says nothing: any proxy gives one.
std::optional<Error> Missing(const aws::ServiceError& error, const S3Question& question,
                             bool is_delete_marker) {
  const std::string uri = question.uri.ToString();
  if (error.code == "NoSuchBucket") {
    return Error{Code::kInvalid,
                 fmt::format("there is no bucket '{}'; check its name, and that the endpoint of S3 "
                             "is right: {}",
                             question.uri.bucket, uri)};
  }
  if (error.code == "NoSuchVersion") {
    return Error{Code::kNotFound, fmt::format("there is no such version of the object: {}", uri)};
  }
  if (error.code == "NoSuchKey" || is_delete_marker) {
    return Error{Code::kNotFound, fmt::format("there is no such object: {}", uri)};
  }
  return std::nullopt;
}

// Rights, as opposed to credentials that are unknown or expired.
bool IsAccessDenied(const aws::ServiceError& error) {
  return error.status == 403 && (error.code.empty() || error.code == "AccessDenied" ||
                                 error.code == "AllAccessDisabled" || error.code == "Forbidden");
}

Error AccessDenied(const aws::ServiceError& error, const S3Question& question) {
  std::string message = fmt::format("access denied: {} needs the right {} on it",
                                    question.uri.ToString(), question.action);
  if (question.action == "s3:GetObject") {
    message += "; without the right s3:ListBucket an object that is not there looks the same";
  }
  return Error{Code::kDenied, fmt::format("{}; {}", message, WordsOf(error))};
}

}  // namespace

std::string S3ElementOf(const std::string& xml, const char* name) {
  pugi::xml_document document;
  if (!document.load_buffer(xml.data(), xml.size())) return "";
  return document.document_element().child_value(name);
}

Error S3ErrorOf(const http::Response& answer, const S3Question& question) {
  const aws::ServiceError error = aws::ParseS3Error(answer);
  const std::string uri = question.uri.ToString();
  const bool may_be_elsewhere = error.status == 301 || error.status == 307 || error.status == 400 ||
                                error.code == "AuthorizationHeaderMalformed";
  if (const std::string region = RegionOf(answer);
      may_be_elsewhere && !region.empty() && region != question.region) {
    return WrongRegion(question, region);
  }
  // A version that is a delete marker answers 405.
  if (auto missing = Missing(error, question, answer.Find("x-amz-delete-marker") == "true")) {
    return *std::move(missing);
  }
  if (error.status == 412 && error.code != "PreconditionFailed") {
    // Any web server compares ETags, with those of its own pages.
    return Error{
        Code::kUnavailable,
        fmt::format("{} of {}: {}, which is not S3's own answer: is the endpoint right, or "
                    "a proxy in its way?",
                    question.action, uri, WordsOf(error))};
  }
  if (error.status == 412) {
    return Error{
        Code::kConflict,
        fmt::format("superseded: the object was replaced, its ETag is another by now: {}", uri)};
  }
  if (error.code == "InvalidObjectState") {
    return Error{Code::kUnsupported,
                 fmt::format("the object is archived and must be restored first: {}; {}", uri,
                             WordsOf(error))};
  }
  if (IsAccessDenied(error)) return AccessDenied(error, question);
  return Annotate(fmt::format("{} of {}", question.action, uri), aws::ToError(error));
}

}  // namespace eider::store
