// gzip and raw deflate by zlib, in pieces of at most 4 GiB that its counters can hold.
#include "eider/codec/gzip.h"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <zlib.h>

#include "eider/base/result.h"

namespace eider::codec {
namespace {

// zlib's window sizes choose the framing: negative is raw, more than 16 is gzip.
constexpr int kRawWindowBits = -15;
constexpr int kGzipWindowBits = 15 + 16;
constexpr std::size_t kFirstOutputBytes = 4096;

uInt PieceSize(std::size_t size) {
  return static_cast<uInt>(std::min<std::size_t>(size, std::numeric_limits<uInt>::max()));
}

// zlib reads through a pointer to non-const for the sake of old callers.
Bytef* ZlibBytes(const char* bytes) {
  return reinterpret_cast<Bytef*>(const_cast<char*>(bytes));
}

class Deflater {
 public:
  explicit Deflater(int window_bits)
      : ready_(deflateInit2(&stream_, Z_DEFAULT_COMPRESSION, Z_DEFLATED, window_bits, MAX_MEM_LEVEL,
                            Z_DEFAULT_STRATEGY) == Z_OK) {}

  ~Deflater() {
    if (ready_) deflateEnd(&stream_);
  }

  Deflater(const Deflater&) = delete;
  Deflater& operator=(const Deflater&) = delete;

  Result<std::string> Run(std::string_view bytes) {
    if (!ready_) return Fail(Code::kInternal, "zlib cannot start to compress");
    std::string out(deflateBound(&stream_, static_cast<uLong>(bytes.size())), '\0');
    std::size_t written = 0;
    int state = Z_OK;
    while (state == Z_OK) {
      const uInt in_piece = PieceSize(bytes.size());
      const uInt out_piece = PieceSize(out.size() - written);
      stream_.next_in = ZlibBytes(bytes.data());
      stream_.avail_in = in_piece;
      stream_.next_out = ZlibBytes(out.data() + written);
      stream_.avail_out = out_piece;
      state = deflate(&stream_, in_piece == bytes.size() ? Z_FINISH : Z_NO_FLUSH);
      bytes.remove_prefix(in_piece - stream_.avail_in);
      written += out_piece - stream_.avail_out;
    }
    if (state != Z_STREAM_END) return Fail(Code::kInternal, "zlib cannot compress");
    out.resize(written);
    return out;
  }

 private:
  z_stream stream_{};
  bool ready_;
};

class Inflater {
 public:
  explicit Inflater(int window_bits) : ready_(inflateInit2(&stream_, window_bits) == Z_OK) {}

  ~Inflater() {
    if (ready_) inflateEnd(&stream_);
  }

  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  // Appends one stream's content to `out`; returns how many bytes of input it took.
  Result<std::size_t> Run(std::string_view bytes, std::size_t size_bytes_max, std::string& out) {
    if (!ready_ || inflateReset(&stream_) != Z_OK) {
      return Fail(Code::kInternal, "zlib cannot start to decompress");
    }
    std::size_t read = 0;
    std::size_t written = out.size();
    while (true) {
      if (written == out.size()) Grow(out, bytes.size(), size_bytes_max);
      const uInt in_piece = PieceSize(bytes.size() - read);
      const uInt out_piece = PieceSize(out.size() - written);
      stream_.next_in = ZlibBytes(bytes.data() + read);
      stream_.avail_in = in_piece;
      stream_.next_out = ZlibBytes(out.data() + written);
      stream_.avail_out = out_piece;
      const int state = inflate(&stream_, Z_NO_FLUSH);
      read += in_piece - stream_.avail_in;
      written += out_piece - stream_.avail_out;
      if (written > size_bytes_max) {
        return Fail(
            Code::kCorrupt,
            fmt::format("compressed data expands beyond the limit: {} bytes", size_bytes_max));
      }
      if (state == Z_STREAM_END) break;
      EIDER_CHECK(CheckState(state, read, bytes.size()));
    }
    out.resize(written);
    return read;
  }

 private:
  // Doubles, but never beyond one byte over the limit: that byte tells that it was exceeded.
  static void Grow(std::string& out, std::size_t input_size, std::size_t size_bytes_max) {
    const std::size_t wanted =
        out.empty() ? std::max(kFirstOutputBytes, 4 * input_size) : 2 * out.size();
    out.resize(std::min(wanted, size_bytes_max) + 1);
  }

  Status CheckState(int state, std::size_t read, std::size_t size) const {
    if (state == Z_OK) return {};
    if (state == Z_BUF_ERROR && read == size) {
      return Fail(Code::kCorrupt, fmt::format("compressed data is cut off after {} bytes", size));
    }
    return Fail(Code::kCorrupt, fmt::format("compressed data is damaged ({}) near byte {}",
                                            stream_.msg ? stream_.msg : "no detail", read));
  }

  z_stream stream_{};
  bool ready_;
};

}  // namespace

Result<std::string> Gzip(std::string_view bytes) {
  return Deflater(kGzipWindowBits).Run(bytes);
}

Result<std::string> Gunzip(std::string_view bytes, std::size_t size_bytes_max) {
  Inflater inflater(kGzipWindowBits);
  std::string out;
  do {
    EIDER_ASSIGN(const std::size_t read, inflater.Run(bytes, size_bytes_max, out));
    bytes.remove_prefix(read);
  } while (!bytes.empty());
  return out;
}

Result<std::string> DeflateRaw(std::string_view bytes) {
  return Deflater(kRawWindowBits).Run(bytes);
}

Result<std::string> InflateRaw(std::string_view bytes, std::size_t size_bytes_max) {
  std::string out;
  EIDER_CHECK(Inflater(kRawWindowBits).Run(bytes, size_bytes_max, out));
  return out;
}

}  // namespace eider::codec
