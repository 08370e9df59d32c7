// For tests: a bucket without versions that only has names, and lists them as S3 does.
// Source: Amazon S3 API Reference, ListObjectsV2.
#pragma once

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <cstdlib>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include <fmt/format.h>

namespace eider::store {

// Safe for concurrent calls, once the keys are there.
class PretendBucket {
 public:
  std::set<std::string, std::less<>> keys;
  std::size_t page_keys = 1'000;

  // What GET /?list-type=2&… answers. `query`: without the '?'.
  std::string List(std::string_view query) const {
    const auto parameters = ParametersOf(query);
    const auto of = [&](const char* name) {
      const auto found = parameters.find(name);
      return found == parameters.end() ? std::string() : found->second;
    };
    const std::string prefix = of("prefix");
    const bool is_cut = !of("delimiter").empty();
    std::string after = Decoded(of("continuation-token"));  // a token is anything
    if (after.empty()) after = of("start-after");
    std::string text = "<ListBucketResult><EncodingType>url</EncodingType>";
    std::size_t count = 0;
    std::string last;
    auto at = after < prefix ? keys.lower_bound(prefix) : keys.upper_bound(after);
    while (at != keys.end() && at->starts_with(prefix)) {
      if (count++ == page_keys) {
        text += fmt::format(
            "<IsTruncated>true</IsTruncated><NextContinuationToken>{}</NextContinuationToken>",
            Encoded(last));
        break;
      }
      const std::size_t slash = at->find('/', prefix.size());
      if (is_cut && slash != std::string::npos) {
        last = at->substr(0, slash + 1);
        text += fmt::format("<CommonPrefixes><Prefix>{}</Prefix></CommonPrefixes>", Encoded(last));
        last += "\x7f\x7f\x7f";  // behind all of them
        at = keys.upper_bound(last);
        continue;
      }
      last = *at;
      text += fmt::format(
          "<Contents><Key>{}</Key><LastModified>2015-10-21T07:28:00.123Z</LastModified>"
          "<ETag>\"d41d8cd98f00b204e9800998ecf8427e\"</ETag><Size>12</Size></Contents>",
          Encoded(last));
      ++at;
    }
    return text + "</ListBucketResult>";
  }

 private:
  static std::string Encoded(std::string_view text) {
    std::string encoded;
    for (const char letter : text) {
      if (std::isalnum(static_cast<unsigned char>(letter)) != 0 || letter == '/' || letter == '-') {
        encoded += letter;
      } else {
        encoded += fmt::format("%{:02X}", static_cast<unsigned char>(letter));
      }
    }
    return encoded;
  }

  static std::string Decoded(std::string_view text) {
    std::string decoded;
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '%') {
        decoded +=
            static_cast<char>(std::strtol(std::string(text.substr(i + 1, 2)).c_str(), nullptr, 16));
        i += 2;
      } else {
        decoded += text[i];
      }
    }
    return decoded;
  }

  static std::map<std::string, std::string> ParametersOf(std::string_view query) {
    std::map<std::string, std::string> parameters;
    while (!query.empty()) {
      const std::string_view pair = query.substr(0, query.find('&'));
      query.remove_prefix(std::min(pair.size() + 1, query.size()));
      const std::size_t equals = std::min(pair.find('='), pair.size());
      parameters[std::string(pair.substr(0, equals))] =
          Decoded(pair.substr(std::min(equals + 1, pair.size())));
    }
    return parameters;
  }
};

}  // namespace eider::store
