// Buckets and keys to local paths, and the plain operations on them.
#include "eider/store/local_store.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <ranges>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "eider/base/result.h"
#include "eider/base/uri.h"
#include "eider/store/file_descriptor.h"
#include "eider/store/local_file.h"
#include "eider/store/local_listing.h"
#include "eider/store/local_path.h"
#include "eider/store/local_upload.h"
#include "eider/store/object_deeds.h"
#include "eider/store/object_store.h"

namespace eider::store {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kSegmentBytesMax = 255;  // Linux's NAME_MAX

// What is wrong with one segment of a key below a bucket's folder, or nothing.
std::optional<std::string_view> ProblemOf(std::string_view segment) {
  if (segment.empty()) return "it has an empty segment";
  if (segment == "." || segment == "..") return "it has a segment '.' or '..'";
  if (segment.size() > kSegmentBytesMax) return "it has a segment of more than 255 bytes";
  return std::nullopt;
}

Status CheckKey(const Uri& uri, std::string_view key) {
  for (std::size_t start = 0; start <= key.size();) {
    const std::size_t end = std::min(key.find('/', start), key.size());
    if (const auto problem = ProblemOf(key.substr(start, end - start))) {
      return Fail(Code::kInvalid,
                  fmt::format("the key cannot name a file of a local bucket, {}: {}", *problem,
                              uri.ToString()));
    }
    start = end + 1;
  }
  return {};
}

std::string WithoutTrailingSlashes(std::string path) {
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  return path;
}

// The part of `path` below `folder`, "" for the folder itself, or nothing.
std::optional<std::string> Below(const std::string& folder, const std::string& path) {
  const std::string with_slash = folder.ends_with('/') ? folder : folder + '/';
  if (path.starts_with(with_slash)) return path.substr(with_slash.size());
  if (path == folder) return "";
  return std::nullopt;
}

// The object of the bucket whose folder holds `path`; of nested folders the innermost.
std::optional<Uri> FindBucket(const std::map<std::string, std::string>& folders,
                              const std::string& path) {
  std::optional<Uri> best;
  std::size_t best_size = 0;
  for (const auto& [bucket, folder] : folders) {
    auto key = Below(folder, path);
    if (!key || (best && folder.size() <= best_size)) continue;
    best = Uri{"s3", bucket, *std::move(key)};
    best_size = folder.size();
  }
  return best;
}

// With the links of its folders resolved. The last part is kept: a link is an object of its own.
std::string WithResolvedFolders(const fs::path& path) {
  std::error_code failed;
  const fs::path folder = fs::weakly_canonical(path.parent_path(), failed);
  return failed ? path.string() : (folder / path.filename()).string();
}

}  // namespace

LocalStore::LocalStore(std::map<std::string, std::string> buckets)
    : buckets_(std::move(buckets)), resolver_(AvailableResolver()) {
  for (auto& folder : buckets_ | std::views::values) {
    folder = WithoutTrailingSlashes(fs::path(folder).lexically_normal().string());
  }
}

Result<LocalPath> LocalStore::RootOf(const Uri& uri) const {
  if (uri.key.find('\0') != std::string::npos) {
    return Fail(Code::kInvalid,
                fmt::format("a file's name cannot have a NUL byte: {}", uri.ToString().c_str()));
  }
  if (uri.scheme == "file") {
    if (uri.key.starts_with('/')) return LocalPath{std::nullopt, "/"};
    return Fail(Code::kInvalid,
                fmt::format("a file URI needs an absolute path: {}", uri.ToString()));
  }
  const auto found = buckets_.find(uri.bucket);
  if (uri.scheme != "s3" || found == buckets_.end()) {
    return Fail(Code::kInvalid,
                fmt::format("no local folder stands for the bucket (those that have one: {}): {}",
                            fmt::join(buckets_ | std::views::keys, ", "), uri.ToString()));
  }
  return LocalPath{found->second, "."};
}

Result<LocalPath> LocalStore::PathOf(const Uri& uri) const {
  EIDER_ASSIGN(LocalPath path, RootOf(uri));
  if (path.root) EIDER_CHECK(CheckKey(uri, uri.key));
  path.relative = uri.key;
  return path;
}

Result<ObjectInfo> LocalStore::Stat(const Uri& uri) {
  EIDER_ASSIGN(const LocalPath path, PathOf(uri));
  return StatLocalFile(uri, path, resolver_);
}

Result<std::unique_ptr<ObjectReader>> LocalStore::Open(const Uri& uri, const OpenOptions& options) {
  EIDER_ASSIGN(const LocalPath path, PathOf(uri));
  EIDER_ASSIGN(auto reader, LocalReader::Open(uri, path, resolver_));
  if (!options.etag.empty() && options.etag != reader->info().etag) {
    return std::unexpected(Superseded(options, reader->info()));
  }
  return reader;
}

Result<std::map<std::string, std::string>> LocalStore::Tags(const Uri& uri,
                                                            const std::string& /*version_id*/) {
  EIDER_ASSIGN(const ObjectInfo info, Stat(uri));
  return std::map<std::string, std::string>();
}

Result<std::unique_ptr<LocalUpload>> LocalStore::StartLocalUpload(const Uri& uri) {
  EIDER_ASSIGN(const LocalPath path, PathOf(uri));
  return LocalUpload::Start(
      path, {.unsynced = unsynced_, .resolver = resolver_, .random = random_.Next()});
}

Status LocalStore::Put(const Uri& uri, std::string_view bytes, PutMode mode) {
  EIDER_ASSIGN(const auto upload, StartLocalUpload(uri));
  EIDER_CHECK(upload->Write(bytes));
  return upload->Publish(mode);
}

Result<std::unique_ptr<ObjectUpload>> LocalStore::StartUpload(const Uri& uri) {
  return StartLocalUpload(uri);
}

Status LocalStore::Sync(std::span<const Uri> /*objects*/) {
  return unsynced_.Sync();
}

Result<LocalPath> LocalStore::FolderOf(const Uri& prefix) const {
  EIDER_ASSIGN(LocalPath path, RootOf(prefix));
  // Everything up to the last slash is a folder; the rest is the beginning of names in it.
  const std::size_t slash = prefix.key.rfind('/');
  if (slash != std::string::npos && slash != 0) path.relative = prefix.key.substr(0, slash);
  if (path.root && path.relative != ".") EIDER_CHECK(CheckKey(prefix, path.relative));
  if (path.root && slash == 0) {
    return Fail(Code::kInvalid,
                fmt::format("no key of a local bucket begins with a slash: {}", prefix.ToString()));
  }
  return path;
}

Status LocalStore::List(const Uri& prefix, const std::function<bool(const ObjectInfo&)>& visit) {
  EIDER_ASSIGN(const LocalPath folder, FolderOf(prefix));
  return ListLocalFiles(prefix, folder, resolver_, visit);
}

Status LocalStore::ListOthers(
    const Uri& prefix, const std::function<void(const Uri&, std::string_view kind)>& visit) const {
  if (prefix.scheme == "s3" && !buckets_.contains(prefix.bucket)) return {};
  EIDER_ASSIGN(const LocalPath folder, FolderOf(prefix));
  return ListLocalOthers(prefix, folder, resolver_, visit);
}

Status LocalStore::Remove(const Uri& uri) {
  EIDER_ASSIGN(const LocalPath path, PathOf(uri));
  const auto folder = OpenPath(path.Parent(), O_PATH | O_DIRECTORY, resolver_);
  if (!folder) {
    if (folder.error().code == Code::kNotFound) return {};
    return std::unexpected(folder.error());
  }
  if (::unlinkat(folder->get(), path.Name().c_str(), 0) == 0) return {};
  // A folder is no object: nothing of that name is there.
  if (errno == ENOENT || errno == ENOTDIR || errno == EISDIR) return {};
  return std::unexpected(ErrnoError(errno, "remove", path.ToString()));
}

Status LocalStore::Copy(const Uri& from, const OpenOptions& which, const Uri& to) {
  return PlainDeeds(*this).Copy(from, which, to);
}

Status LocalStore::RemoveIf(const Uri& uri, const std::string& etag) {
  return PlainDeeds(*this).RemoveIf(uri, etag);
}

Status LocalStore::SetTags(const Uri& uri, const std::string& version_id,
                           const std::map<std::string, std::string>& tags) {
  return PlainDeeds(*this).SetTags(uri, version_id, tags);
}

Status LocalStore::Move(const Uri& from, const OpenOptions& which, const Uri& to) {
  EIDER_ASSIGN(const ObjectInfo present, Stat(from));
  if (!which.etag.empty() && which.etag != present.etag) {
    return std::unexpected(Superseded(which, present));
  }
  EIDER_ASSIGN(const LocalPath source, PathOf(from));
  EIDER_ASSIGN(const LocalPath target, PathOf(to));
  EIDER_ASSIGN(const auto source_folder,
               OpenPath(source.Parent(), O_PATH | O_DIRECTORY, resolver_));
  EIDER_ASSIGN(const auto target_folder, OpenOrMakeFolder(target.Parent(), resolver_));
  if (::renameat(source_folder.get(), source.Name().c_str(), target_folder.get(),
                 target.Name().c_str()) != 0) {
    if (errno == EXDEV) return PlainDeeds(*this).Move(from, which, to);
    return std::unexpected(ErrnoError(errno, "move", source.ToString()));
  }
  unsynced_.Add(target_folder);
  return Sync({&to, 1});
}

Uri LocalStore::UriOfPath(const std::string& absolute_path) const {
  const fs::path path = fs::path(absolute_path).lexically_normal();
  if (auto uri = FindBucket(buckets_, path.string())) return *std::move(uri);
  std::map<std::string, std::string> resolved;
  for (const auto& [bucket, folder] : buckets_) {
    std::error_code failed;
    resolved[bucket] = fs::weakly_canonical(folder, failed).string();
    if (failed) resolved.erase(bucket);
  }
  if (auto uri = FindBucket(resolved, WithResolvedFolders(path))) return *std::move(uri);
  return Uri{"file", "", path.string()};
}

}  // namespace eider::store
