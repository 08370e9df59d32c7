// gzip and zstd unpacked as their bytes come, to their end or for as long as somebody looks.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include "eider/base/result.h"

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

  // After all bytes of the file: whether they ended as their format says, with the right checksum.
  // Zeros behind a gzip end are fine. Errors: kCorrupt (cut off, damaged, other bytes behind).
  virtual Status Finish() const = 0;

  // How many zeros stood behind the last end.
  virtual std::uint64_t PaddingBytes() const = 0;
};

}  // namespace eider::codec
