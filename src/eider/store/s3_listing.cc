// Pages of S3. Source: Amazon S3 API Reference, ListObjectsV2, ListObjectVersions.
#include "eider/store/s3_listing.h"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <pugixml.hpp>

#include "eider/base/result.h"
#include "eider/base/uri.h"
#include "eider/http/transport.h"
#include "eider/store/object_store.h"
#include "eider/store/s3_content.h"
#include "eider/store/s3_ranges.h"
#include "eider/store/s3_requests.h"

namespace eider::store {
namespace {

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

// encoding-type=url is form encoding: '+' is a space.
std::string UrlDecoded(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && HexDigit(text[i + 1]) >= 0 &&
        HexDigit(text[i + 2]) >= 0) {
      decoded += static_cast<char>(HexDigit(text[i + 1]) * 16 + HexDigit(text[i + 2]));
      i += 2;
    } else {
      decoded += text[i] == '+' ? ' ' : text[i];
    }
  }
  return decoded;
}

bool IsTrue(const pugi::xml_node& node, const char* name) {
  return std::string_view(node.child_value(name)) == "true";
}

class PageReader {
 public:
  PageReader(const pugi::xml_node& root, const std::string& bucket)
      : root_(root),
        bucket_(bucket),
        is_encoded_(std::string_view(root.child_value("EncodingType")) == "url") {}

  S3Page Read() const {
    S3Page page;
    for (const pugi::xml_node& node : root_.children()) {
      const std::string_view name = node.name();
      if (name == "Contents" || (name == "Version" && IsTrue(node, "IsLatest"))) {
        page.objects.push_back(InfoOf(node));
      } else if (name == "CommonPrefixes") {
        page.prefixes.push_back(TextOf(node, "Prefix"));
      }
    }
    if (!IsTrue(root_, "IsTruncated")) return page;
    if (const std::string_view token = root_.child_value("NextContinuationToken"); !token.empty()) {
      page.next = {{"continuation-token", std::string(token)}};
    } else if (root_.child("NextKeyMarker")) {
      page.next = {{"key-marker", TextOf(root_, "NextKeyMarker")},
                   {"version-id-marker", root_.child_value("NextVersionIdMarker")}};
    }
    return page;
  }

 private:
  std::string TextOf(const pugi::xml_node& node, const char* name) const {
    const char* text = node.child_value(name);
    return is_encoded_ ? UrlDecoded(text) : std::string(text);
  }

  ObjectInfo InfoOf(const pugi::xml_node& node) const {
    ObjectInfo info;
    info.uri = {"s3", bucket_, TextOf(node, "Key")};
    info.size_bytes = node.child("Size").text().as_ullong();
    info.etag = node.child_value("ETag");
    std::erase(info.etag, '"');
    info.version_id = node.child_value("VersionId");
    if (info.version_id == "null") info.version_id.clear();  // see S3InfoOf
    info.modified = S3TimeOf(node.child_value("LastModified"));
    return info;
  }

  const pugi::xml_node root_;
  const std::string& bucket_;
  const bool is_encoded_;
};

// Pages that a listing reads before it goes on side by side: most are not longer.
constexpr int kPagesAlone = 8;

}  // namespace

Result<S3Page> ParseS3Page(std::string_view xml, const std::string& bucket) {
  pugi::xml_document document;
  // White space is what a key may be made of.
  const auto parsed = document.load_buffer(xml.data(), xml.size(),
                                           pugi::parse_default | pugi::parse_ws_pcdata_single);
  const pugi::xml_node root = document.document_element();
  const std::string_view name = root.name();
  if (!parsed || (name != "ListBucketResult" && name != "ListVersionsResult")) {
    return Fail(Code::kCorrupt,
                fmt::format("the listing of bucket '{}' is not what S3 sends: {}", bucket,
                            parsed ? "its root is " + std::string(name) : parsed.description()));
  }
  return PageReader(root, bucket).Read();
}

S3Pages::S3Pages(S3Requests& requests, Uri prefix, std::string after, bool has_versions,
                 std::stop_token stop)
    : requests_(requests),
      prefix_(std::move(prefix)),
      has_versions_(has_versions),
      stop_(std::move(stop)),
      last_key_(std::move(after)) {
  if (!last_key_.empty()) next_ = {{has_versions_ ? "key-marker" : "start-after", last_key_}};
}

Result<std::optional<S3Page>> S3Pages::Next() {
  if (is_over_) return std::nullopt;
  EIDER_ASSIGN(S3Page page, Fetch(next_));
  if (!has_versions_) {
    EIDER_ASSIGN(has_versions_, HasVersions(page));
    if (has_versions_) {
      EIDER_ASSIGN(page, Fetch({{"key-marker", last_key_}}));
    }
  }
  next_ = std::move(page.next);
  is_over_ = next_.empty();
  EIDER_CHECK(CheckBegin(page));
  if (!page.objects.empty()) last_key_ = page.objects.back().uri.key;
  return page;
}

Status S3Pages::CheckBegin(const S3Page& page) const {
  if (page.objects.empty() || last_key_.empty() || page.objects.front().uri.key > last_key_) {
    return {};
  }
  return Fail(Code::kCorrupt,
              fmt::format("the listing of bucket '{}' after key '{}' goes on with '{}': this store "
                          "does not list keys in the order of their bytes",
                          prefix_.bucket, last_key_, page.objects.front().uri.key));
}

Result<S3Page> S3Pages::Fetch(const QueryParameters& from) {
  S3Request request{.action = has_versions_ ? "s3:ListBucketVersions" : "s3:ListBucket",
                    .method = "GET",
                    .uri = {"s3", prefix_.bucket, ""}};
  if (has_versions_) {
    request.query = {{"versions", ""}};
  } else {
    request.query = {{"list-type", "2"}};
  }
  request.query.emplace_back("encoding-type", "url");
  request.query.emplace_back("prefix", prefix_.key);
  request.query.insert(request.query.end(), from.begin(), from.end());
  EIDER_ASSIGN(const http::Response answer, requests_.SendForSuccess(request, stop_));
  return ParseS3Page(answer.body, prefix_.bucket);
}

// Whether an object of the page has a version: its latest one tells, without a further right,
// since buckets begin to keep versions at some time and the objects before it have none.
Result<bool> S3Pages::HasVersions(const S3Page& page) {
  if (page.objects.empty()) return false;
  const auto latest = std::ranges::max_element(page.objects, {}, &ObjectInfo::modified);
  const S3Request request{.action = "s3:GetObject", .method = "HEAD", .uri = latest->uri};
  EIDER_ASSIGN(const http::Response answer, AskOfS3Object(requests_, latest->uri));
  if (answer.status / 100 != 2) {
    Error error = requests_.ErrorOf(answer, request);
    // Removed meanwhile: in a bucket with versions by a delete marker, which tells of itself.
    if (error.code != Code::kNotFound) return std::unexpected(std::move(error));
  }
  return !answer.Find("x-amz-version-id").empty();
}

Status ListS3(S3Requests& requests, const Uri& prefix,
              const std::function<bool(const ObjectInfo&)>& visit) {
  S3Pages pages(requests, prefix, "", false);
  for (int read = 0;; ++read) {
    if (read == kPagesAlone) {
      const auto cuts = FindCuts(requests, prefix, pages.last_key());
      // Without any the listing goes on alone: they are for its speed.
      if (cuts && !cuts->empty()) {
        return ListRanges(requests, {prefix, pages.last_key(), *cuts, pages.has_versions()}, visit);
      }
    }
    EIDER_ASSIGN(const auto page, pages.Next());
    if (!page) return {};
    for (const ObjectInfo& info : page->objects) {
      if (!visit(info)) return {};
    }
  }
}

}  // namespace eider::store
