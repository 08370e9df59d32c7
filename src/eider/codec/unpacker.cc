// Unpacking in pieces by zlib and zstd, member after member.
#include "eider/codec/unpacker.h"

#include <array>
#include <cstddef>
#include <functional>
#include <memory>
#include <string_view>

#include <zlib.h>
#include <zstd.h>

namespace eider::codec {
namespace {

constexpr std::string_view kGzipMagic = "\x1f\x8b";
constexpr std::string_view kZstdMagic = "\x28\xb5\x2f\xfd";
constexpr std::size_t kPieceBytes = 64U << 10U;
constexpr int kGzipWindowBits = 15 + 16;

using Take = std::function<bool(std::string_view)>;

class GzipUnpacker final : public Unpacker {
 public:
  GzipUnpacker() : ready_(inflateInit2(&stream_, kGzipWindowBits) == Z_OK) {}

  ~GzipUnpacker() override {
    if (ready_) inflateEnd(&stream_);
  }

  GzipUnpacker(const GzipUnpacker&) = delete;
  GzipUnpacker& operator=(const GzipUnpacker&) = delete;

  // Callers feed far less than zlib's counter holds.
  bool Feed(std::string_view bytes, const Take& take) override {
    if (!ready_) return false;
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream_.avail_in = static_cast<uInt>(bytes.size());
    do {
      stream_.next_out = reinterpret_cast<Bytef*>(piece_.data());
      stream_.avail_out = static_cast<uInt>(piece_.size());
      const int state = inflate(&stream_, Z_NO_FLUSH);
      const std::size_t size = piece_.size() - stream_.avail_out;
      if (size > 0 && !take({piece_.data(), size})) return false;
      if (state == Z_STREAM_END) {
        inflateReset(&stream_);
      } else if (state != Z_OK) {
        return state == Z_BUF_ERROR;  // only wants more
      }
    } while (stream_.avail_in > 0 || stream_.avail_out == 0);
    return true;
  }

 private:
  z_stream stream_{};
  bool ready_;
  std::array<char, kPieceBytes> piece_{};
};

class ZstdUnpacker final : public Unpacker {
 public:
  bool Feed(std::string_view bytes, const Take& take) override {
    if (!stream_) return false;
    ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
    for (;;) {
      ZSTD_outBuffer out{piece_.data(), piece_.size(), 0};
      if (ZSTD_isError(ZSTD_decompressStream(stream_.get(), &out, &in)) != 0U) return false;
      if (out.pos > 0 && !take({piece_.data(), out.pos})) return false;
      if (in.pos == in.size && out.pos < out.size) return true;
    }
  }

 private:
  struct StreamDeleter {
    void operator()(ZSTD_DCtx* stream) const { ZSTD_freeDCtx(stream); }
  };

  std::unique_ptr<ZSTD_DCtx, StreamDeleter> stream_{ZSTD_createDCtx()};
  std::array<char, kPieceBytes> piece_{};
};

}  // namespace

std::unique_ptr<Unpacker> Unpacker::For(std::string_view head) {
  if (head.starts_with(kGzipMagic)) return std::make_unique<GzipUnpacker>();
  if (head.starts_with(kZstdMagic)) return std::make_unique<ZstdUnpacker>();
  return nullptr;
}

}  // namespace eider::codec
