// Plain reads and writes at a descriptor.
#include "eider/engine/text_file.h"

#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "eider/base/result.h"
#include "eider/store/object_store.h"

namespace eider::engine {
namespace {

std::unexpected<Error> NoRoom(const std::string& temp_directory) {
  return Fail(Code::kUnavailable,
              fmt::format("the text of a file cannot be written to the temporary directory {}: {}",
                          temp_directory, std::strerror(errno)));
}

}  // namespace

// shared: the grants hold their readers so
Result<std::shared_ptr<TextFile>> TextFile::Make(store::ObjectInfo info,
                                                 std::string temp_directory) {
  std::string name = temp_directory + "/text-XXXXXX";
  store::FileDescriptor file(::mkstemp(name.data()));
  if (!file.is_open()) return NoRoom(temp_directory);
  ::unlink(name.c_str());
  info.size_bytes = 0;
  return std::make_shared<TextFile>(std::move(info), std::move(temp_directory), std::move(file));
}

Status TextFile::Write(std::string_view text) {
  info_.size_bytes += text.size();
  while (!text.empty()) {
    const ::ssize_t written = ::write(file_.get(), text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return NoRoom(temp_directory_);
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Status TextFile::ReadAt(std::uint64_t offset, std::span<char> out) {
  while (!out.empty()) {
    const ::ssize_t count =
        ::pread(file_.get(), out.data(), out.size(), static_cast<::off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) {
      return Fail(Code::kUnavailable,
                  fmt::format("the text of {} cannot be read back", info_.uri.ToString()));
    }
    out = out.subspan(static_cast<std::size_t>(count));
    offset += static_cast<std::uint64_t>(count);
  }
  return {};
}

}  // namespace eider::engine
