// GetObjectTagging and its answer, PutObjectTagging.
#include "eider/store/s3_tags.h"

#include <cstdint>
#include <map>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <pugixml.hpp>

#include "eider/aws/service_client.h"
#include "eider/base/result.h"
#include "eider/base/uri.h"
#include "eider/codec/base64.h"
#include "eider/codec/crc32.h"
#include "eider/http/transport.h"
#include "eider/store/s3_requests.h"

namespace eider::store {
namespace {

// As S3 wants it of a body that it is to check: the CRC-32, its highest byte first, in Base64.
std::string ChecksumOf(std::string_view bytes) {
  const std::uint32_t crc = codec::Crc32(bytes);
  std::string big_endian;
  for (int shift = 24; shift >= 0; shift -= 8) {
    big_endian += static_cast<char>((crc >> static_cast<unsigned>(shift)) & 0xFFU);
  }
  return codec::ToBase64(big_endian);
}

}  // namespace

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

Status PutS3Tags(S3Requests& requests, const Uri& uri, const std::string& version_id,
                 const std::map<std::string, std::string>& tags) {
  pugi::xml_document document;
  pugi::xml_node set = document.append_child("Tagging").append_child("TagSet");
  for (const auto& [name, value] : tags) {
    pugi::xml_node tag = set.append_child("Tag");
    tag.append_child("Key").text().set(name.c_str());
    tag.append_child("Value").text().set(value.c_str());
  }
  std::ostringstream body;
  document.save(body, "", pugi::format_raw);
  const std::string bytes = std::move(body).str();
  S3Request request{
      .action = "s3:PutObjectTagging",
      .method = "PUT",
      .uri = uri,
      .query = {{"tagging", ""}},
      .headers = {{"content-type", "application/xml"}, {"x-amz-checksum-crc32", ChecksumOf(bytes)}},
      .body = bytes};
  if (!version_id.empty()) {
    request.action = "s3:PutObjectVersionTagging";
    request.query.emplace_back("versionId", version_id);
  }
  EIDER_CHECK(requests.SendForSuccess(request));
  return {};
}

}  // namespace eider::store
