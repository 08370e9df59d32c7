// Walking folders so that keys come in order, holding the names of one folder per level.
#include "eider/store/local_listing.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "eider/base/result.h"
#include "eider/base/uri.h"
#include "eider/store/file_descriptor.h"
#include "eider/store/local_file.h"
#include "eider/store/local_path.h"
#include "eider/store/local_upload.h"
#include "eider/store/object_store.h"

namespace eider::store {
namespace {

struct DirectoryCloser {
  void operator()(DIR* directory) const { ::closedir(directory); }
};

using Directory = std::unique_ptr<DIR, DirectoryCloser>;

struct Entry {
  // A folder's ends with a slash, so that sorting by it sorts the keys below: "a-b" comes before
  // "a/...", which comes before "a0".
  std::string name;
  bool is_folder = false;
  bool is_link = false;
  std::string_view other_kind = {};  // of what is neither a file, a folder nor a link
};

std::string_view OtherKind(unsigned type) {
  switch (type) {
    case DT_FIFO:
      return "FIFO";
    case DT_SOCK:
      return "socket";
    case DT_CHR:
    case DT_BLK:
      return "device";
    default:
      return "";
  }
}

class Walk {
 public:
  // Calls one of both: `visit` for files or, where it is empty, `visit_other`.
  Walk(const Uri& prefix, Resolver resolver, std::function<bool(const ObjectInfo&)> visit,
       std::function<void(const Uri&, std::string_view kind)> visit_other)
      : prefix_(prefix),
        resolver_(resolver),
        visit_(std::move(visit)),
        visit_other_(std::move(visit_other)) {}

  // Visits what lies below `folder` and whose name in it begins with `name_prefix`; `key_prefix` is
  // the folder's key with its slash. Returns false when the visitor has had enough.
  Result<bool> Visit(const LocalPath& folder, const std::string& key_prefix,
                     std::string_view name_prefix) {
    EIDER_ASSIGN(const std::vector<Entry> entries, Read(folder, name_prefix));
    for (const Entry& entry : entries) {
      LocalPath path = folder;
      path.relative = Join(folder.relative, WithoutSlash(entry.name));
      const std::string key = key_prefix + entry.name;
      if (entry.is_folder) {
        EIDER_ASSIGN(const bool go_on, Visit(path, key, ""));
        if (!go_on) return false;
        continue;
      }
      const Uri uri{prefix_.scheme, prefix_.bucket, key};
      if (!visit_) {
        if (!entry.other_kind.empty()) visit_other_(uri, entry.other_kind);
        continue;
      }
      const auto info = StatLocalFile(uri, path, resolver_);
      if (info) {
        if (!visit_(*info)) return false;
      } else if (!IsPassedOver(entry, info.error())) {
        return std::unexpected(info.error());
      }
    }
    return true;
  }

 private:
  // Gone meanwhile, no regular file, or a link that leads nowhere, round in circles or out.
  static bool IsPassedOver(const Entry& entry, const Error& error) {
    return error.code == Code::kNotFound || (entry.is_link && error.code == Code::kDenied);
  }

  static std::string WithoutSlash(const std::string& name) {
    return name.ends_with('/') ? name.substr(0, name.size() - 1) : name;
  }

  static std::string Join(const std::string& folder, const std::string& name) {
    if (folder == ".") return name;
    return folder.ends_with('/') ? folder + name : folder + '/' + name;
  }

  Result<std::vector<Entry>> Read(const LocalPath& folder, std::string_view name_prefix) const {
    auto file = OpenPath(folder, O_RDONLY | O_DIRECTORY, resolver_);
    if (!file) {
      if (file.error().code == Code::kNotFound) return std::vector<Entry>();
      return Fail("cannot list", std::move(file).error());
    }
    Directory directory(::fdopendir(file->get()));
    if (!directory) return std::unexpected(ErrnoError(errno, "list", folder.ToString()));
    file->Release();  // the directory closes it
    std::vector<Entry> entries;
    while (true) {
      errno = 0;
      const dirent* found = ::readdir(directory.get());
      if (found == nullptr) {
        if (errno != 0) return std::unexpected(ErrnoError(errno, "list", folder.ToString()));
        break;
      }
      auto entry = EntryOf(::dirfd(directory.get()), *found);
      if (entry && entry->name.starts_with(name_prefix)) entries.push_back(*std::move(entry));
    }
    std::ranges::sort(entries, {}, &Entry::name);
    return entries;
  }

  // Nothing for what is never listed.
  static std::optional<Entry> EntryOf(int directory, const dirent& found) {
    const std::string_view name = found.d_name;
    if (name == "." || name == ".." || IsTemporaryName(name)) return std::nullopt;
    unsigned type = found.d_type;

    struct stat status {};

    // Some file systems do not tell; what is gone by now is found out by who looks at the file.
    if (type == DT_UNKNOWN &&
        ::fstatat(directory, found.d_name, &status, AT_SYMLINK_NOFOLLOW) == 0) {
      type = IFTODT(status.st_mode);
    }
    if (type == DT_DIR) return Entry{.name = fmt::format("{}/", name), .is_folder = true};
    return Entry{
        .name = std::string(name), .is_link = type == DT_LNK, .other_kind = OtherKind(type)};
  }

  const Uri& prefix_;
  Resolver resolver_;
  std::function<bool(const ObjectInfo&)> visit_;
  std::function<void(const Uri&, std::string_view kind)> visit_other_;
};

Status WalkBelow(Walk walk, const Uri& prefix, const LocalPath& folder) {
  const std::size_t names_begin = prefix.key.rfind('/') + 1;  // npos + 1 is 0
  const std::string key_prefix = prefix.key.substr(0, names_begin);
  const std::string_view name_prefix = std::string_view(prefix.key).substr(names_begin);
  const auto visited = walk.Visit(folder, key_prefix, name_prefix);
  if (!visited) return std::unexpected(visited.error());
  return {};
}

}  // namespace

Status ListLocalFiles(const Uri& prefix, const LocalPath& folder, Resolver resolver,
                      const std::function<bool(const ObjectInfo&)>& visit) {
  return WalkBelow(Walk(prefix, resolver, visit, {}), prefix, folder);
}

Status ListLocalOthers(const Uri& prefix, const LocalPath& folder, Resolver resolver,
                       const std::function<void(const Uri&, std::string_view kind)>& visit) {
  return WalkBelow(Walk(prefix, resolver, {}, visit), prefix, folder);
}

}  // namespace eider::store
