// Avro's codecs by zlib and zstd.
#include "eider/codec/avro_block.h"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <zstd.h>

#include "eider/base/result.h"
#include "eider/codec/gzip.h"

namespace eider::codec {
namespace {

constexpr std::size_t kFirstOutputBytes = 4096;

struct StreamDeleter {
  void operator()(ZSTD_DCtx* stream) const { ZSTD_freeDCtx(stream); }
};

// Piece by piece, for the size in the frame's header is a claim and may be missing.
Result<std::string> DecompressZstandard(std::string_view block, std::size_t size_bytes_max) {
  const std::unique_ptr<ZSTD_DCtx, StreamDeleter> stream(ZSTD_createDCtx());
  if (!stream) return Fail(Code::kInternal, "zstd cannot start to decompress");
  std::string content;
  std::size_t written = 0;
  ZSTD_inBuffer in{block.data(), block.size(), 0};
  std::size_t state = 1;  // 0 at the end of a frame
  while (in.pos < in.size || state != 0) {
    if (written == content.size()) {
      const std::size_t wanted = std::max(kFirstOutputBytes, 2 * content.size());
      // One byte over the limit tells that it was exceeded.
      content.resize(std::min(wanted, size_bytes_max) + 1);
    }
    const std::size_t read_before = in.pos;
    ZSTD_outBuffer out{content.data(), content.size(), written};
    state = ZSTD_decompressStream(stream.get(), &out, &in);
    if (ZSTD_isError(state) != 0U) {
      return Fail(Code::kCorrupt, fmt::format("zstandard data is damaged ({}) near byte {}",
                                              ZSTD_getErrorName(state), in.pos));
    }
    if (out.pos > size_bytes_max) {
      return Fail(Code::kCorrupt,
                  fmt::format("zstandard data expands beyond the limit: {} bytes", size_bytes_max));
    }
    if (state != 0 && out.pos == written && in.pos == read_before) {
      return Fail(Code::kCorrupt,
                  fmt::format("zstandard data is cut off after {} bytes", block.size()));
    }
    written = out.pos;
  }
  content.resize(written);
  return content;
}

}  // namespace

std::string_view AvroCodecName(AvroCodec codec) {
  switch (codec) {
    case AvroCodec::kNull:
      return "null";
    case AvroCodec::kDeflate:
      return "deflate";
    case AvroCodec::kZstandard:
      return "zstandard";
  }
  return "null";
}

Result<AvroCodec> ParseAvroCodec(std::string_view name) {
  if (name.empty()) return AvroCodec::kNull;
  for (const auto codec : {AvroCodec::kNull, AvroCodec::kDeflate, AvroCodec::kZstandard}) {
    if (name == AvroCodecName(codec)) return codec;
  }
  return Fail(Code::kUnsupported,
              fmt::format("Avro codec must be null, deflate or zstandard, but is '{}'", name));
}

Result<std::string> CompressAvroBlock(std::string_view content, AvroCodec codec) {
  switch (codec) {
    case AvroCodec::kNull:
      return std::string(content);
    case AvroCodec::kDeflate:
      return DeflateRaw(content);
    case AvroCodec::kZstandard:
      break;
  }
  return Fail(Code::kUnsupported, "Avro files are not written with zstandard; use deflate");
}

Result<std::string> DecompressAvroBlock(std::string_view block, AvroCodec codec,
                                        std::size_t size_bytes_max) {
  switch (codec) {
    case AvroCodec::kNull:
      return std::string(block);
    case AvroCodec::kDeflate:
      return InflateRaw(block, size_bytes_max);
    case AvroCodec::kZstandard:
      return DecompressZstandard(block, size_bytes_max);
  }
  return Fail(Code::kInternal, "an Avro codec without a decompressor");
}

}  // namespace eider::codec
