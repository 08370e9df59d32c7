// Streams of gzip and zstd that end as they should, and those that do not.
#include "eider/codec/unpacker.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zstd.h>

#include "eider/base/result.h"
#include "eider/codec/gzip.h"

namespace eider::codec {
namespace {

using testing::HasSubstr;

std::string Zstd(const std::string& text) {
  std::string packed(ZSTD_compressBound(text.size()), '\0');
  ZSTD_CCtx* const context = ZSTD_createCCtx();
  ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
  packed.resize(ZSTD_compress2(context, packed.data(), packed.size(), text.data(), text.size()));
  ZSTD_freeCCtx(context);
  return packed;
}

// All that comes out, or the error.
std::string Unpack(std::string_view bytes, std::size_t piece_bytes = 7) {
  const auto unpacker = Unpacker::For(bytes);
  std::string text;
  const auto take = [&](std::string_view piece) {
    text += piece;
    return true;
  };
  while (!bytes.empty() && unpacker->Feed(bytes.substr(0, piece_bytes), take)) {
    bytes.remove_prefix(std::min(piece_bytes, bytes.size()));
  }
  const Status finished = unpacker->Finish();
  return finished ? text : "error: " + finished.error().message;
}

const std::string kText = "id,x\n1,2\n3,4\n" + std::string(100'000, '5');

TEST(UnpackerTest, WholeStreamsComeOutWhole) {
  const std::string gzip = *Gzip(kText);
  const std::string zstd = Zstd(kText);
  EXPECT_EQ(Unpack(gzip), kText);
  EXPECT_EQ(Unpack(gzip + gzip, 1000), kText + kText);
  EXPECT_EQ(Unpack(zstd), kText);
  EXPECT_EQ(Unpack(zstd + zstd, 1000), kText + kText);
}

TEST(UnpackerTest, ZerosBehindAGzipEndAreFine) {
  EXPECT_EQ(Unpack(*Gzip(kText) + std::string(512, '\0')), kText);
}

TEST(UnpackerTest, CutOffStreamsAreTold) {
  const std::string gzip = *Gzip(kText);
  const std::string zstd = Zstd(kText);
  for (const std::size_t missing : {std::size_t{1}, std::size_t{4}, std::size_t{9}}) {
    EXPECT_THAT(Unpack(gzip.substr(0, gzip.size() - missing)), HasSubstr("gzip data is cut off"));
  }
  EXPECT_THAT(Unpack(gzip.substr(0, gzip.size() / 2)), HasSubstr("gzip data is cut off"));
  EXPECT_THAT(Unpack(zstd.substr(0, zstd.size() - 1)), HasSubstr("zstd data is cut off"));
}

TEST(UnpackerTest, AChangedChecksumIsTold) {
  std::string gzip = *Gzip(kText);
  gzip[gzip.size() - 5] ^= 1;
  EXPECT_THAT(Unpack(gzip), HasSubstr("incorrect data check"));
  std::string zstd = Zstd(kText);
  zstd.back() ^= 1;
  EXPECT_THAT(Unpack(zstd), HasSubstr("checksum"));
}

TEST(UnpackerTest, OtherBytesBehindTheEndAreTold) {
  EXPECT_THAT(Unpack(*Gzip(kText) + "more"), HasSubstr("other bytes stand behind"));
}

}  // namespace
}  // namespace eider::codec
