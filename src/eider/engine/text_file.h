// A text in a file that has no name any more, in the place of the object that it was made of.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "eider/base/result.h"
#include "eider/store/file_descriptor.h"
#include "eider/store/object_store.h"

namespace eider::engine {

// Written by one thread, and only then read by any.
class TextFile final : public store::ObjectReader {
 public:
  // `info` is the object's, but for its size. Errors: kUnavailable (the disk).
  // shared: the grants hold their readers so.
  static Result<std::shared_ptr<TextFile>> Make(store::ObjectInfo info, std::string temp_directory);

  TextFile(store::ObjectInfo info, std::string temp_directory, store::FileDescriptor file)
      : info_(std::move(info)),
        temp_directory_(std::move(temp_directory)),
        file_(std::move(file)) {}

  // Appends. Errors: kUnavailable (the disk).
  Status Write(std::string_view text);

  const store::ObjectInfo& info() const override { return info_; }

  Status ReadAt(std::uint64_t offset, std::span<char> out) override;

 private:
  store::ObjectInfo info_;
  std::string temp_directory_;
  store::FileDescriptor file_;
};

}  // namespace eider::engine
