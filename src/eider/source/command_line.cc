// Arguments to files: what is named, what lies below it, and whether it is there.
#include "eider/source/command_line.h"

#include <cstddef>
#include <filesystem>
#include <iterator>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "eider/base/file_ref.h"
#include "eider/base/in_parallel.h"
#include "eider/base/result.h"
#include "eider/base/uri.h"
#include "eider/store/local_file.h"
#include "eider/store/local_store.h"
#include "eider/store/object_store.h"

namespace eider::source {
namespace {

// Objects that are looked for side by side.
constexpr std::size_t kLooksMax = 16;

// What is there of each, in their order.
std::vector<Result<store::ObjectInfo>> StatAll(std::span<const Uri> uris,
                                               store::ObjectStore& store) {
  std::vector<Result<store::ObjectInfo>> found(uris.size());
  InParallel(uris.size(), kLooksMax, [&](std::size_t i) { found[i] = store.Stat(uris[i]); });
  return found;
}

Result<Target> TargetOfPath(const std::string& path, bool ends_with_slash,
                            const store::LocalStore& store) {
  std::error_code ignored;
  if (!ends_with_slash && !std::filesystem::is_directory(path, ignored)) {
    return Target{store.UriOfPath(path), false};
  }
  // A folder's URI by way of a name below it: a bucket's own folder has no URI of its own.
  Uri uri = store.UriOfPath(path.ends_with('/') ? path + "x" : path + "/x");
  uri.key.pop_back();
  return Target{std::move(uri), true};
}

// Collects files, each once.
class Collector {
 public:
  explicit Collector(const Surroundings& surroundings)
      : store_(surroundings.store), local_(surroundings.local) {}

  void AddObject(const Uri& uri, Result<store::ObjectInfo> info) {
    if (info) {
      AddFile(FileOf(*info));
    } else {
      AddUnreachable(uri, std::move(info).error());
    }
  }

  void AddPrefix(const Uri& prefix) {
    bool is_empty = true;
    const Status listed = store_.List(prefix, [&](const store::ObjectInfo& info) {
      if (info.uri.key.ends_with('/')) return true;  // a folder's marker
      is_empty = false;
      AddFile(FileOf(info));
      return true;
    });
    if (!listed) {
      AddUnreachable(prefix, listed.error());
      return;
    }
    AddPassedOver(prefix);
    if (!is_empty) return;
    AddUnreachable(prefix, {Code::kNotFound, "no objects below " + prefix.ToString()});
  }

  Listing Take() { return std::move(listing_); }

 private:
  // A folder that cannot be walked any more has told its files already.
  void AddPassedOver(const Uri& prefix) {
    PassedOver& passed_over = listing_.passed_over;
    (void)local_.ListOthers(prefix, [&](const Uri& uri, std::string_view kind) {
      if (!seen_.insert(uri).second || ++passed_over.count > PassedOver::kNamedMax) return;
      passed_over.names.push_back(fmt::format("{} ({})", uri.ToString(), kind));
    });
  }

  void AddFile(FileRef file) {
    if (seen_.insert(file.uri).second) listing_.files.push_back(std::move(file));
  }

  void AddUnreachable(const Uri& uri, Error error) {
    if (!seen_.insert(uri).second) return;
    // Stores name what they looked for; people asked for the URI.
    if (error.message.find(uri.ToString()) == std::string::npos) {
      error = Annotate(uri.ToString(), std::move(error));
    }
    FileRef file;
    file.uri = uri;
    listing_.unreachable.push_back({std::move(file), std::move(error)});
  }

  store::ObjectStore& store_;
  const store::LocalStore& local_;
  Listing listing_;
  std::set<Uri> seen_;
};

// Whether the event speaks of the object's present content. A folder that stands for a bucket has
// ETags of its own making, and whoever sends its events may have others, of any form: these say
// nothing of the file, and the size must do.
bool IsPresent(const FileRef& in_event, const store::ObjectInfo& present,
               const store::ObjectStore& store) {
  if (!in_event.version_id.empty() && !present.version_id.empty()) {
    return in_event.version_id == present.version_id;
  }
  if (in_event.etag.empty() || in_event.etag == present.etag) return true;
  if (store.HasEtagsOfS3(in_event.uri) || store::IsLocalEtag(in_event.etag)) return false;
  const bool is_told = in_event.size_bytes != 0;
  return !is_told || in_event.size_bytes == present.size_bytes;
}

// Whether the event told the whole identity. (An empty object is looked at: a missing size is 0.)
bool IsComplete(const FileRef& in_event, const store::ObjectStore& store) {
  return !in_event.etag.empty() && in_event.size_bytes != 0 && store.HasEtagsOfS3(in_event.uri);
}

}  // namespace

FileRef FileOf(const store::ObjectInfo& info) {
  FileRef file;
  file.uri = info.uri;
  file.version_id = info.version_id;
  file.etag = info.etag;
  file.size_bytes = info.size_bytes;
  return file;
}

Result<Target> FindTarget(const std::string& argument, const Surroundings& surroundings) {
  if (argument.empty() || argument.find('\0') != std::string::npos) {
    return Fail(Code::kInvalid, "an argument is empty or holds a NUL byte; name a URI or a path");
  }
  const bool ends_with_slash = argument.ends_with('/');
  const bool is_uri = argument.find("://") != std::string::npos || argument.starts_with("file:");
  std::string path = argument;
  if (is_uri) {
    EIDER_ASSIGN(Uri uri, Uri::Parse(argument));
    if (uri.scheme != "file") {
      const bool is_prefix = ends_with_slash || uri.key.empty();
      return Target{std::move(uri), is_prefix};
    }
    path = std::move(uri.key);
  }
  path = (std::filesystem::path(surroundings.working_directory) / path).lexically_normal().string();
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  return TargetOfPath(path, ends_with_slash, surroundings.local);
}

Result<Listing> ListArguments(std::span<const std::string> arguments,
                              const Surroundings& surroundings) {
  std::vector<Target> targets;
  for (const std::string& argument : arguments) {
    EIDER_ASSIGN(targets.emplace_back(), FindTarget(argument, surroundings));
  }
  std::vector<Uri> objects;
  for (const Target& target : targets) {
    if (!target.is_prefix) objects.push_back(target.uri);
  }
  std::vector<Result<store::ObjectInfo>> infos = StatAll(objects, surroundings.store);
  Collector collector(surroundings);
  std::size_t next = 0;
  for (const Target& target : targets) {
    if (target.is_prefix) {
      collector.AddPrefix(target.uri);
    } else {
      collector.AddObject(target.uri, std::move(infos[next++]));
    }
  }
  return collector.Take();
}

Listing Complete(std::vector<FileRef> files, store::ObjectStore& store) {
  std::vector<Uri> open;
  for (const FileRef& file : files) {
    if (!IsComplete(file, store)) open.push_back(file.uri);
  }
  const std::vector<Result<store::ObjectInfo>> infos = StatAll(open, store);
  std::size_t next = 0;
  Listing listing;
  for (FileRef& file : files) {
    if (IsComplete(file, store)) {
      listing.files.push_back(std::move(file));
      continue;
    }
    const Result<store::ObjectInfo>& info = infos[next++];
    if (!info) {
      Error error = info.error();
      if (error.code == Code::kNotFound) {
        error = Annotate("the object is gone since its event", std::move(error));
      }
      listing.unreachable.push_back({std::move(file), std::move(error)});
      continue;
    }
    if (!IsPresent(file, *info, store)) {
      std::string message = fmt::format(
          "superseded: the object was replaced since its event (the event has version '{}', ETag "
          "'{}', {} bytes; present are '{}', '{}', {}): {}",
          file.version_id, file.etag, file.size_bytes, info->version_id, info->etag,
          info->size_bytes, file.uri.ToString());
      listing.unreachable.push_back({std::move(file), {Code::kConflict, std::move(message)}});
      continue;
    }
    FileRef complete = FileOf(*info);
    complete.sequencer = std::move(file.sequencer);
    listing.files.push_back(std::move(complete));
  }
  return listing;
}

void AddPresentVersions(std::vector<FileRef>& files, store::ObjectStore& store) {
  std::vector<Uri> open;
  for (const FileRef& file : files) {
    if (!file.IsSurelyIdentified()) open.push_back(file.uri);
  }
  for (const auto& info : StatAll(open, store)) {
    if (info) files.push_back(FileOf(*info));
  }
}

}  // namespace eider::source
