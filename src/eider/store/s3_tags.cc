// GetObjectTagging, and its answer.
#include "eider/store/s3_tags.h"

#include <map>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <pugixml.hpp>

#include "eider/aws/service_client.h"
#include "eider/base/result.h"
#include "eider/base/uri.h"
#include "eider/http/transport.h"
#include "eider/store/s3_requests.h"

namespace eider::store {

Result<std::map<std::string, std::string>> ParseS3Tags(std::string_view xml, const Uri& uri) {
  pugi::xml_document document;
  // White space is what a value may be made of.
  const auto parsed = document.load_buffer(xml.data(), xml.size(),
                                           pugi::parse_default | pugi::parse_ws_pcdata_single);
  const pugi::xml_node root = document.document_element();
  if (!parsed || std::string_view(root.name()) != "Tagging") {
    return Fail(Code::kCorrupt,
                fmt::format("the tags of {} are not what S3 sends: {}", uri.ToString(),
                            parsed ? "its root is " + std::string(root.name())
                                   : std::string(parsed.description())));
  }
  std::map<std::string, std::string> tags;
  for (const pugi::xml_node& tag : root.child("TagSet").children("Tag")) {
    tags.emplace(tag.child_value("Key"), tag.child_value("Value"));
  }
  return tags;
}

Result<std::map<std::string, std::string>> FetchS3Tags(S3Requests& requests, const Uri& uri,
                                                       const std::string& version_id) {
  S3Request request{
      .action = "s3:GetObjectTagging", .method = "GET", .uri = uri, .query = {{"tagging", ""}}};
  if (!version_id.empty()) {
    request.action = "s3:GetObjectVersionTagging";
    request.query.emplace_back("versionId", version_id);
  }
  EIDER_ASSIGN(const http::Response answer, requests.Send(request));
  if (answer.status / 100 == 2) return ParseS3Tags(answer.body, uri);
  // Some stores of S3's kind say so of an object that has no tags.
  if (aws::ParseS3Error(answer).code == "NoSuchTagSet") {
    return std::map<std::string, std::string>();
  }
  return std::unexpected(requests.ErrorOf(answer, request));
}

}  // namespace eider::store
