// Where an object lies: `s3://bucket/key` or `file:///absolute/path`.
//
// A key is the decoded object key, byte for byte: no percent-encoding is applied or removed, and
// `'`, `*`, `?`, `#`, spaces and non-ASCII letters stand for themselves. This is how S3 tools and
// Iceberg readers write locations.
#pragma once

#include <string>
#include <string_view>

#include "eider/base/result.h"

namespace eider {

struct Uri {
  std::string scheme;  // "s3" or "file"
  std::string bucket;  // empty for "file"
  std::string key;     // S3: without a leading slash; file: the absolute path, "/a/b"

  // Reads `s3://b/k`, `s3a://b/k` (as s3), `file:///p`, `file:/p` (as Hadoop writes it) and a bare
  // absolute path. Errors: kInvalid.
  static Result<Uri> Parse(std::string_view text);

  std::string ToString() const;

  // The object `name` below this one taken as a folder; exactly one slash stands between.
  Uri Child(std::string_view name) const;

  bool operator==(const Uri&) const = default;
  auto operator<=>(const Uri&) const = default;
};

}  // namespace eider
