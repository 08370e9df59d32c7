// The framing of Avro files: header first, then blocks as they fill.
#include "eider/codec/avro_writer.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "eider/base/result.h"
#include "eider/codec/avro_block.h"
#include "eider/codec/avro_encoder.h"
#include "eider/codec/avro_schema.h"
#include "eider/codec/avro_value.h"
#include "eider/codec/sha256.h"

namespace eider::codec {
namespace {

constexpr std::string_view kMagic("Obj\x01", 4);
constexpr std::size_t kSyncMarkerBytes = 16;

// Before compression. Large enough to compress well, small enough that readers skip by blocks.
constexpr std::size_t kBlockBytes = 64U * 1024U;

}  // namespace

AvroWriter::AvroWriter(AvroSchema schema, AvroCodec codec, std::string header,
                       std::string sync_marker)
    : schema_(std::move(schema)),
      codec_(codec),
      file_(std::move(header)),
      sync_marker_(std::move(sync_marker)) {}

Result<AvroWriter> AvroWriter::Create(std::string_view schema_json, const AvroMetadata& metadata,
                                      AvroCodec codec) {
  auto schema = AvroSchema::Parse(schema_json);
  if (!schema) {
    return Fail(Code::kInvalid, "schema for a new Avro file: " + schema.error().message);
  }
  EIDER_CHECK(CompressAvroBlock("", codec));  // refuses a codec that is only read
  std::string header(kMagic);
  AvroEncoder encoder(header);
  encoder.WriteLong(static_cast<std::int64_t>(metadata.size() + 2));
  encoder.WriteBytes("avro.schema");
  encoder.WriteBytes(schema_json);
  encoder.WriteBytes("avro.codec");
  encoder.WriteBytes(AvroCodecName(codec));
  for (const auto& [key, value] : metadata) {
    if (key.starts_with("avro.")) {
      return Fail(Code::kInvalid, fmt::format("keys of Avro's own cannot be set: '{}'", key));
    }
    encoder.WriteBytes(key);
    encoder.WriteBytes(value);
  }
  encoder.WriteLong(0);
  const std::string sync_marker = Sha256(header).substr(0, kSyncMarkerBytes);
  header += sync_marker;
  return AvroWriter(*std::move(schema), codec, std::move(header), sync_marker);
}

Status AvroWriter::Append(const AvroValue& record) {
  const std::size_t before = block_.size();
  const Status written = AvroEncoder(block_).Write(schema_.root(), record);
  if (!written) {
    block_.resize(before);
    return written;
  }
  ++block_records_;
  return block_.size() < kBlockBytes ? Status() : FlushBlock();
}

Status AvroWriter::FlushBlock() {
  EIDER_ASSIGN(const std::string block, CompressAvroBlock(block_, codec_));
  AvroEncoder encoder(file_);
  encoder.WriteLong(block_records_);
  encoder.WriteBytes(block);
  file_ += sync_marker_;
  block_.clear();
  block_records_ = 0;
  return {};
}

Result<std::string> AvroWriter::Finish() && {
  if (block_records_ > 0) EIDER_CHECK(FlushBlock());
  return std::move(file_);
}

}  // namespace eider::codec
