// What every kind of event tells of an object, under names that differ by sender.
#pragma once

#include <string>
#include <string_view>

#include "eider/base/file_ref.h"
#include "eider/base/result.h"
#include "eider/codec/json.h"

namespace eider::source {

// How a sender writes an object's fields: "eTag" and "versionId", or "etag" and "version-id".
struct ObjectForm {
  std::string_view etag;
  std::string_view version_id;
  bool size_may_be_text = false;  // Ceph documents "1024", and its program sends 1024
};

// The file of `object` in `bucket` (an object with `name`) under `key`, which is decoded already.
// Errors: kCorrupt with the path of the field.
Result<FileRef> FileOfRecord(const codec::JsonObject& bucket, const codec::JsonObject& object,
                             std::string key, const ObjectForm& form);

// Consoles make an empty object for a new folder: no file.
bool IsFolderMarker(const FileRef& file);

}  // namespace eider::source
