// Bucket, key, size, ETag, version and sequencer of one record.
#include "eider/source/object_record.h"

#include <charconv>
#include <cstdint>
#include <string>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "eider/base/file_ref.h"
#include "eider/base/result.h"
#include "eider/base/uri.h"
#include "eider/codec/json.h"

namespace eider::source {
namespace {

using codec::Json;
using codec::JsonObject;

Result<std::uint64_t> SizeOf(const JsonObject& object, bool may_be_text) {
  const Json* size = object.Find("size");
  if (size == nullptr) return 0;
  if (size->is_number_unsigned()) return size->get<std::uint64_t>();
  if (may_be_text && size->is_string()) {
    const auto& text = size->get_ref<const std::string&>();
    std::uint64_t bytes = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), bytes);
    if (error == std::errc() && end == text.data() + text.size()) return bytes;
  }
  return Fail(Code::kCorrupt, fmt::format("{} is no number of bytes", object.PathOf("size")));
}

// Some senders quote the ETag as HTTP does.
std::string WithoutQuotes(std::string text) {
  if (text.size() >= 2 && text.starts_with('"') && text.ends_with('"')) {
    return text.substr(1, text.size() - 2);
  }
  return text;
}

}  // namespace

Result<FileRef> FileOfRecord(const JsonObject& bucket, const JsonObject& object, std::string key,
                             const ObjectForm& form) {
  EIDER_ASSIGN(const std::string name, bucket.String("name"));
  if (name.empty() || name.find('/') != std::string::npos) {
    return Fail(Code::kCorrupt, fmt::format("{} is no bucket: '{}'", bucket.PathOf("name"), name));
  }
  if (key.empty()) return Fail(Code::kCorrupt, object.PathOf("key") + " is empty");
  if (key.find('\0') != std::string::npos) {
    return Fail(Code::kCorrupt, object.PathOf("key") + " holds a NUL byte");
  }
  FileRef file;
  file.uri = Uri{"s3", name, std::move(key)};
  EIDER_ASSIGN(file.size_bytes, SizeOf(object, form.size_may_be_text));
  EIDER_ASSIGN(auto etag, object.OptionalString(form.etag));
  file.etag = WithoutQuotes(std::move(etag).value_or(""));
  EIDER_ASSIGN(auto version_id, object.OptionalString(form.version_id));
  file.version_id = std::move(version_id).value_or("");
  // The version of every object of a bucket without versions: it tells nothing apart.
  if (file.version_id == "null") file.version_id.clear();
  EIDER_ASSIGN(auto sequencer, object.OptionalString("sequencer"));
  file.sequencer = std::move(sequencer).value_or("");
  return file;
}

bool IsFolderMarker(const FileRef& file) {
  return file.uri.key.ends_with('/') && file.size_bytes == 0;
}

}  // namespace eider::source
