// One file that arrived, as every room names it, and the identity that is loaded exactly once.
#pragma once

#include <cstdint>
#include <string>

#include "eider/base/uri.h"

namespace eider {

struct FileRef {
  Uri uri;                 // the decoded key; what the SQL's marker and `filename` show
  std::string version_id;  // S3 object version; empty where the bucket has none
  std::string etag;        // content tag; for local files made of size, inode and mtime
  std::uint64_t size_bytes = 0;
  std::string sequencer;  // S3 event order for one key; empty when not from an event

  // What tells one content of the key from the next: the version id or, without versions, ETag and
  // size. Together with the URI it is the file's identity.
  std::string Version() const;

  // False where what tells versions apart may be missing, as in an event that tells neither version
  // nor ETag, or no size. (An empty object looks the same.)
  bool IsSurelyIdentified() const {
    return !version_id.empty() || (!etag.empty() && size_bytes > 0);
  }
};

// URI and Version as one text, for sets of files.
std::string IdentityOf(const FileRef& file);

}  // namespace eider
