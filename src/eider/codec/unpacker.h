// gzip and zstd unpacked as their bytes come, for those who look at the beginning only.
#pragma once

#include <functional>
#include <memory>
#include <string_view>

namespace eider::codec {

// Used by one thread.
class Unpacker {
 public:
  // By the magic bytes at the beginning of a file; null where it is neither.
  static std::unique_ptr<Unpacker> For(std::string_view head);

  virtual ~Unpacker() = default;

  // Unpacks the next bytes into pieces of at most 64 KiB. False when nothing more comes: `take`
  // returned false, or the bytes are damaged.
  virtual bool Feed(std::string_view bytes, const std::function<bool(std::string_view)>& take) = 0;
};

}  // namespace eider::codec
