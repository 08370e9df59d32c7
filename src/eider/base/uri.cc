#include "eider/base/uri.h"

#include <string>
#include <string_view>

#include <fmt/format.h>

#include "eider/base/result.h"

namespace eider {
namespace {

constexpr std::string_view kSchemeEnd = "://";

Result<Uri> ParseFilePath(std::string_view path, std::string_view text) {
  if (!path.starts_with('/')) {
    return Fail(Code::kInvalid, fmt::format("a file URI needs an absolute path: '{}'", text));
  }
  return Uri{"file", "", std::string(path)};
}

}  // namespace

Result<Uri> Uri::Parse(std::string_view text) {
  if (text.starts_with('/')) return ParseFilePath(text, text);
  if (text.starts_with("file://")) return ParseFilePath(text.substr(7), text);
  if (text.starts_with("file:")) return ParseFilePath(text.substr(5), text);
  const std::size_t end = text.find(kSchemeEnd);
  const std::string_view scheme = text.substr(0, end);
  if (end == std::string_view::npos || (scheme != "s3" && scheme != "s3a" && scheme != "s3n")) {
    return Fail(Code::kInvalid,
                fmt::format("not an s3:// or file:// URI or absolute path: '{}'", text));
  }
  const std::string_view rest = text.substr(end + kSchemeEnd.size());
  const std::size_t slash = rest.find('/');
  const std::string_view bucket = rest.substr(0, slash);
  if (bucket.empty()) return Fail(Code::kInvalid, fmt::format("no bucket in URI: '{}'", text));
  const std::string_view key =
      slash == std::string_view::npos ? std::string_view() : rest.substr(slash + 1);
  return Uri{"s3", std::string(bucket), std::string(key)};
}

std::string Uri::ToString() const {
  if (scheme == "file") return "file://" + key;
  return scheme + "://" + bucket + "/" + key;
}

Uri Uri::Child(std::string_view name) const {
  Uri child = *this;
  while (child.key.ends_with('/')) child.key.pop_back();
  if (!child.key.empty() || scheme == "file") child.key += '/';
  child.key += name;
  return child;
}

}  // namespace eider
