#include "eider/store/s3_address.h"

#include <algorithm>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "eider/aws/service_client.h"
#include "eider/base/uri.h"

namespace eider::store {
namespace {

bool IsHostLabel(std::string_view bucket) {
  const auto is_fit = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  };
  return !bucket.empty() && bucket.size() <= 63 && !bucket.starts_with('-') &&
         !bucket.ends_with('-') && std::ranges::all_of(bucket, is_fit);
}

std::string UrlOfBucket(const S3Endpoint& endpoint, const std::string& bucket) {
  const std::size_t scheme_end = endpoint.url.find("://");
  if (endpoint.is_custom || !IsHostLabel(bucket) || scheme_end == std::string::npos) {
    return endpoint.url + "/" + aws::UriEncode(bucket, false);
  }
  const std::size_t host = scheme_end + 3;
  return fmt::format("{}{}.{}", endpoint.url.substr(0, host), bucket, endpoint.url.substr(host));
}

}  // namespace

std::string S3Url(const S3Endpoint& endpoint, const Uri& uri, const QueryParameters& query) {
  std::string url = UrlOfBucket(endpoint, uri.bucket);
  url += '/';
  url += aws::UriEncode(uri.key, true);
  char separator = '?';
  for (const auto& [name, value] : query) {
    url += fmt::format("{}{}={}", separator, aws::UriEncode(name, false),
                       aws::UriEncode(value, false));
    separator = '&';
  }
  return url;
}

}  // namespace eider::store
