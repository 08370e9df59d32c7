// What the store has now beside what was to be read.
#include "eider/pipeline/superseded.h"

#include "eider/base/file_ref.h"
#include "eider/base/result.h"
#include "eider/store/object_store.h"

namespace eider::pipeline {

bool IsSuperseded(store::ObjectStore& store, const Outcome& failed) {
  if (failed.fate != Fate::kFailed || !failed.error) return false;
  const Code code = failed.error->code;
  if (code != Code::kNotFound && code != Code::kConflict) return false;
  const FileRef& file = failed.file;
  const auto present = store.Stat(file.uri);
  if (!present) return present.error().code == Code::kNotFound;
  if (!file.version_id.empty() && !present->version_id.empty()) {
    return file.version_id != present->version_id;
  }
  if (file.etag.empty() || file.etag == present->etag) return false;
  // Any web server has an ETag for its pages: the store itself must refuse the one of the event.
  const auto opened = store.Open(file.uri, {.etag = file.etag});
  return !opened &&
         (opened.error().code == Code::kConflict || opened.error().code == Code::kNotFound);
}

Result<bool> IsOfNoVersion(store::ObjectStore& store, const FileRef& file) {
  if (file.IsSurelyIdentified()) return false;
  EIDER_ASSIGN(const store::ObjectInfo present, store.Stat(file.uri));
  return file.etag != present.etag || file.size_bytes != present.size_bytes;
}

}  // namespace eider::pipeline
