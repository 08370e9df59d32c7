#include "eider/codec/unpacker.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <zlib.h>
#include <zstd.h>

#include "eider/base/result.h"

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

  bool Feed(std::string_view bytes, const Take& take) override {
    if (!ready_) return false;
    for (;;) {
      if (is_between_ && !BeginMember(bytes)) return damage_.empty();
      if (!Inflate(bytes, take)) return false;
      if (!is_between_) return true;
    }
  }

  Status Finish() const override {
    if (!damage_.empty()) {
      return Fail(Code::kCorrupt, fmt::format("the gzip data is damaged: {}", damage_));
    }
    if (is_between_) return {};
    return Fail(Code::kCorrupt, "the gzip data is cut off: its end is missing");
  }

  std::uint64_t PaddingBytes() const override { return padding_; }

 private:
  // Up to the end of the member or of `bytes`, whose rest it leaves. Callers feed far less than
  // zlib's counter holds.
  bool Inflate(std::string_view& bytes, const Take& take) {
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
        is_between_ = true;
        break;
      }
      if (state == Z_BUF_ERROR) break;  // only wants more
      if (state != Z_OK) {
        damage_ = stream_.msg != nullptr ? stream_.msg : "no detail";
        return false;
      }
    } while (stream_.avail_in > 0 || stream_.avail_out == 0);
    bytes.remove_prefix(bytes.size() - stream_.avail_in);
    return true;
  }

  // Behind a member: another one, zeros, or nothing. False: nothing to be unpacked in `bytes`.
  bool BeginMember(std::string_view& bytes) {
    const std::size_t zeros = std::min(bytes.find_first_not_of('\0'), bytes.size());
    padding_ += zeros;
    bytes.remove_prefix(zeros);
    if (bytes.empty()) return false;
    if (padding_ > 0) {
      damage_ = "other bytes stand behind zeros at its end";
      return false;
    }
    if (bytes.front() != kGzipMagic.front()) {
      damage_ = "other bytes stand behind its end";
      return false;
    }
    is_between_ = false;
    return true;
  }

  z_stream stream_{};
  bool ready_;
  bool is_between_ = false;  // of two members, or behind the last
  std::uint64_t padding_ = 0;
  std::string damage_;
  std::array<char, kPieceBytes> piece_{};
};

class ZstdUnpacker final : public Unpacker {
 public:
  bool Feed(std::string_view bytes, const Take& take) override {
    if (!stream_) return false;
    ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
    for (;;) {
      ZSTD_outBuffer out{piece_.data(), piece_.size(), 0};
      const std::size_t state = ZSTD_decompressStream(stream_.get(), &out, &in);
      if (ZSTD_isError(state) != 0U) {
        damage_ = ZSTD_getErrorName(state);
        return false;
      }
      is_between_ = state == 0;
      if (out.pos > 0 && !take({piece_.data(), out.pos})) return false;
      if (in.pos == in.size && (out.pos < out.size || is_between_)) return true;
    }
  }

  Status Finish() const override {
    if (!damage_.empty()) {
      return Fail(Code::kCorrupt, fmt::format("the zstd data is damaged: {}", damage_));
    }
    if (is_between_) return {};
    return Fail(Code::kCorrupt, "the zstd data is cut off: its end is missing");
  }

  std::uint64_t PaddingBytes() const override { return 0; }

 private:
  struct StreamDeleter {
    void operator()(ZSTD_DCtx* stream) const { ZSTD_freeDCtx(stream); }
  };

  std::unique_ptr<ZSTD_DCtx, StreamDeleter> stream_{ZSTD_createDCtx()};
  bool is_between_ = false;
  std::string damage_;
  std::array<char, kPieceBytes> piece_{};
};

}  // namespace

std::unique_ptr<Unpacker> Unpacker::For(std::string_view head) {
  if (head.starts_with(kGzipMagic)) return std::make_unique<GzipUnpacker>();
  if (head.starts_with(kZstdMagic)) return std::make_unique<ZstdUnpacker>();
  return nullptr;
}

}  // namespace eider::codec
