#include "eider/store/object_deeds.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include <fmt/format.h>

#include "eider/base/result.h"
#include "eider/base/uri.h"

namespace eider::store {
namespace {

constexpr std::uint64_t kCopiedBytes = 8ULL << 20U;  // at a time

}  // namespace

Status PlainDeeds::Copy(const Uri& from, const OpenOptions& which, const Uri& to) {
  EIDER_ASSIGN(const std::unique_ptr<ObjectReader> reader, store_.Open(from, which));
  EIDER_ASSIGN(const std::unique_ptr<ObjectUpload> upload, store_.StartUpload(to));
  std::string bytes;
  for (std::uint64_t place = 0; place < reader->info().size_bytes; place += bytes.size()) {
    bytes.resize(std::min(kCopiedBytes, reader->info().size_bytes - place));
    EIDER_CHECK(reader->ReadAt(place, bytes));
    EIDER_CHECK(upload->Write(bytes));
  }
  EIDER_CHECK(upload->Finish());
  return store_.Sync({&to, 1});
}

Status PlainDeeds::Move(const Uri& from, const OpenOptions& which, const Uri& to) {
  EIDER_CHECK(Copy(from, which, to));
  return RemoveIf(from, which.etag);
}

Status PlainDeeds::RemoveIf(const Uri& uri, const std::string& etag) {
  if (!etag.empty()) {
    const auto present = store_.Stat(uri);
    if (!present && present.error().code == Code::kNotFound) return {};
    if (!present) return std::unexpected(present.error());
    if (present->etag != etag) return std::unexpected(Superseded({.etag = etag}, *present));
  }
  return store_.Remove(uri);
}

Status PlainDeeds::SetTags(const Uri& uri, const std::string& /*version_id*/,
                           const std::map<std::string, std::string>& /*tags*/) {
  return Fail(Code::kUnsupported, fmt::format("files in folders have no tags: {}", uri.ToString()));
}

}  // namespace eider::store
