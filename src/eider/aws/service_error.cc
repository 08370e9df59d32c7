// What a service says of a failure: read from its answer, and told to people.
//
// Of S3's answer only Code, Message and the request id are taken, and of a message only its first
// line: what follows may quote the signed request, session token included.
#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <pugixml.hpp>

#include "eider/aws/service_client.h"
#include "eider/aws/service_codes.h"
#include "eider/codec/json.h"

namespace eider::aws {
namespace {

constexpr std::size_t kMessageBytesMax = 500;

// "ns#Code:http://…" and "Code" both to "Code".
std::string BareCode(std::string_view code) {
  code = code.substr(0, code.find(':'));
  const std::size_t hash = code.rfind('#');
  return std::string(hash == std::string_view::npos ? code : code.substr(hash + 1));
}

std::string FirstLine(std::string_view message) {
  message = message.substr(0, message.find_first_of("\r\n"));
  return std::string(message.substr(0, kMessageBytesMax));
}

std::string StringAt(const codec::Json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

void ReadJson(const std::string& body, ServiceError& error) {
  const auto json = codec::ParseJson(body);
  if (!json || !json->is_object()) return;
  if (error.code.empty()) error.code = BareCode(StringAt(*json, "__type"));
  if (error.code.empty()) error.code = BareCode(StringAt(*json, "code"));
  error.message = FirstLine(StringAt(*json, "message"));
  if (error.message.empty()) error.message = FirstLine(StringAt(*json, "Message"));
}

// <Error><Code/><Message/><RequestId/></Error>, which is S3's, or that inside <ErrorResponse>. Any
// other document is a page that has some of these names in it.
void ReadXml(const std::string& body, ServiceError& error) {
  pugi::xml_document document;
  if (!document.load_buffer(body.data(), body.size())) return;
  const pugi::xml_node root = document.document_element();
  if (root.next_sibling()) return;
  const bool is_inside = root.name() == std::string_view("ErrorResponse");
  const pugi::xml_node node = is_inside ? root.child("Error") : root;
  if (node.name() != std::string_view("Error")) return;
  error.code = node.child_value("Code");
  error.message = FirstLine(node.child_value("Message"));
  if (error.request_id.empty()) error.request_id = node.child_value("RequestId");
  if (error.request_id.empty()) error.request_id = root.child_value("RequestId");
}

bool Contains(std::span<const std::string_view> codes, std::string_view code) {
  return std::ranges::find(codes, code) != codes.end();
}

constexpr std::array<std::string_view, 5> kUnknownIdentity = {
    "InvalidAccessKeyId", "UnrecognizedClientException", "InvalidClientTokenId", "InvalidToken",
    "MissingAuthenticationTokenException"};
constexpr std::array<std::string_view, 2> kWrongSignature = {"SignatureDoesNotMatch",
                                                             "InvalidSignatureException"};
constexpr std::array<std::string_view, 5> kRefused = {"AccessDenied", "AccessDeniedException",
                                                      "AllAccessDisabled", "NotAuthorized",
                                                      "UnauthorizedOperation"};
// A missing bucket is not among them: a wrong name or endpoint tells nothing of an object.
constexpr std::array<std::string_view, 5> kMissing = {"NoSuchKey", "NoSuchVersion", "NoSuchUpload",
                                                      "ResourceNotFoundException",
                                                      "EntityNotFoundException"};
constexpr std::string_view kNoBucket = "NoSuchBucket";
constexpr std::array<std::string_view, 3> kThereAlready = {
    "AlreadyExistsException", "ResourceInUseException", "BucketAlreadyOwnedByYou"};
constexpr std::array<std::string_view, 6> kChanged = {"ConditionalCheckFailedException",
                                                      "ConcurrentModificationException",
                                                      "TransactionCanceledException",
                                                      "TransactionConflictException",
                                                      "PreconditionFailed",
                                                      "ConditionalRequestConflict"};
constexpr std::array<std::string_view, 3> kElsewhere = {
    "PermanentRedirect", "AuthorizationHeaderMalformed", "TemporaryRedirect"};

// A 404 that no service of AWS has explained: a proxy's, or that of an endpoint which is another
// program. What was asked for may well be there.
bool IsUnexplained(const ServiceError& error) {
  return error.status == 404 && !Contains(kMissing, error.code) && error.code != kNoBucket;
}

Code CodeFor(const ServiceError& error) {
  if (IsThrottling(error.code) || error.status == 429 || error.status >= 500) {
    return Code::kUnavailable;
  }
  if (Contains(kMissing, error.code)) return Code::kNotFound;
  if (Contains(kThereAlready, error.code)) return Code::kAlreadyExists;
  if (Contains(kChanged, error.code)) return Code::kConflict;
  if (Contains(kUnknownIdentity, error.code) || Contains(kWrongSignature, error.code) ||
      Contains(kRefused, error.code) || IsExpiredCredentials(error.code) ||
      IsClockSkew(error.code)) {
    return Code::kDenied;
  }
  if (Contains(kElsewhere, error.code) || error.code == kNoBucket) return Code::kInvalid;
  if (IsUnexplained(error)) return Code::kUnavailable;
  switch (error.status) {
    case 401:
    case 403:
      return Code::kDenied;
    case 409:
    case 412:
      return Code::kConflict;
    default:
      return Code::kInvalid;
  }
}

std::string_view AdviceFor(const ServiceError& error) {
  if (IsExpiredCredentials(error.code)) return "; renew the credentials (AWS_SESSION_TOKEN)";
  if (IsClockSkew(error.code)) return "; set this machine's clock";
  if (Contains(kUnknownIdentity, error.code)) {
    return "; check AWS_ACCESS_KEY_ID and AWS_SESSION_TOKEN, or AWS_PROFILE";
  }
  if (Contains(kWrongSignature, error.code)) {
    return "; check AWS_SECRET_ACCESS_KEY and AWS_REGION";
  }
  if (Contains(kRefused, error.code)) return "; grant this action to the role or user in IAM";
  if (Contains(kElsewhere, error.code) || error.status == 301) {
    return "; the bucket is in another region: set AWS_REGION";
  }
  if (error.code == kNoBucket) return "; check the bucket's name and the endpoint";
  if (IsUnexplained(error)) {
    return ", which does not say what is missing: is the endpoint right, or a proxy in its way?";
  }
  return "";
}

}  // namespace

ServiceError ParseS3Error(const http::Response& response) {
  ServiceError error;
  error.status = response.status;
  error.request_id = response.Find("x-amz-request-id");
  ReadXml(response.body, error);
  return error;
}

ServiceError ParseServiceError(const http::Response& response) {
  ServiceError error;
  error.status = response.status;
  error.code = BareCode(response.Find("x-amzn-errortype"));
  error.request_id = response.Find("x-amzn-requestid");
  if (error.request_id.empty()) error.request_id = response.Find("x-amz-request-id");
  const std::size_t start = response.body.find_first_not_of(" \t\r\n");
  if (start == std::string::npos) return error;
  if (response.body[start] == '<') {
    ReadXml(response.body, error);
  } else if (response.body[start] == '{') {
    ReadJson(response.body, error);
  }
  return error;
}

Error ToError(const ServiceError& error) {
  std::string message = error.code.empty() ? fmt::format("status {}", error.status)
                                           : fmt::format("{} ({})", error.code, error.status);
  if (!error.message.empty()) message += ": " + error.message;
  message += AdviceFor(error);
  if (!error.request_id.empty()) message += fmt::format(" [request {}]", error.request_id);
  return {CodeFor(error), std::move(message)};
}

}  // namespace eider::aws
