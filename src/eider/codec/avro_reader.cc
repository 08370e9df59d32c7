// The framing of Avro files: header, blocks, sync markers.
#include "eider/codec/avro_reader.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "eider/base/result.h"
#include "eider/codec/avro_block.h"
#include "eider/codec/avro_decoder.h"
#include "eider/codec/avro_schema.h"
#include "eider/codec/avro_value.h"

namespace eider::codec {
namespace {

constexpr std::string_view kMagic("Obj\x01", 4);
constexpr std::size_t kSyncMarkerBytes = 16;

using Metadata = std::vector<std::pair<std::string_view, std::string_view>>;

// A map of bytes in pieces, like any map of Avro.
Result<Metadata> ReadMetadata(AvroDecoder& decoder) {
  Metadata metadata;
  while (true) {
    EIDER_ASSIGN(std::int64_t count, decoder.ReadLong());
    if (count == 0) return metadata;
    if (count < 0) {
      if (count == std::numeric_limits<std::int64_t>::min()) {
        return Fail(Code::kCorrupt, fmt::format("{} entries", count));
      }
      count = -count;
      EIDER_CHECK(decoder.ReadLong());  // the piece's size in bytes, for those who skip it
    }
    for (; count > 0; --count) {
      EIDER_ASSIGN(const std::string_view key, decoder.ReadBytes());
      EIDER_ASSIGN(const std::string_view value, decoder.ReadBytes());
      metadata.emplace_back(key, value);
    }
  }
}

std::optional<std::string_view> FindIn(const Metadata& metadata, std::string_view key) {
  const auto found = std::ranges::find(metadata, key, &Metadata::value_type::first);
  if (found == metadata.end()) return std::nullopt;
  return found->second;
}

}  // namespace

AvroReader::AvroReader(std::string_view bytes, const AvroLimits& limits, AvroSchema schema)
    : bytes_(bytes), limits_(limits), schema_(std::move(schema)) {}

Result<AvroReader> AvroReader::Open(std::string_view bytes, const AvroLimits& limits) {
  if (!bytes.starts_with(kMagic)) {
    return Fail(Code::kCorrupt, "not an Avro file: it does not begin with 'Obj' and 1, at byte 0");
  }
  AvroDecoder decoder(bytes, kMagic.size(), limits);
  auto metadata = ReadMetadata(decoder);
  if (!metadata) return Fail("header of the Avro file", std::move(metadata).error());
  auto sync_marker = decoder.ReadFixed(kSyncMarkerBytes);
  if (!sync_marker) return Fail("header of the Avro file", std::move(sync_marker).error());

  const auto schema_json = FindIn(*metadata, "avro.schema");
  if (!schema_json) return Fail(Code::kCorrupt, "header of the Avro file has no avro.schema");
  auto schema = AvroSchema::Parse(*schema_json);
  if (!schema) return Fail("avro.schema in the header of the file", std::move(schema).error());

  AvroReader reader(bytes, limits, *std::move(schema));
  EIDER_ASSIGN(reader.codec_, ParseAvroCodec(FindIn(*metadata, "avro.codec").value_or("")));
  reader.metadata_ = *std::move(metadata);
  reader.sync_marker_ = *sync_marker;
  reader.offset_ = decoder.position();
  return reader;
}

std::optional<std::string_view> AvroReader::Metadata(std::string_view key) const {
  return FindIn(metadata_, key);
}

std::string_view AvroReader::BlockContent() const {
  return codec_ == AvroCodec::kNull ? bytes_.substr(block_offset_, block_size_bytes_)
                                    : std::string_view(block_storage_);
}

// Checks the frame of the block at offset_ and makes its content the present one.
Status AvroReader::OpenBlock() {
  const std::size_t start = offset_;
  const auto broken = [&](std::string_view what) {
    return Fail(Code::kCorrupt, fmt::format("block of the Avro file at byte {}: {}", start, what));
  };
  AvroDecoder decoder(bytes_, start, limits_);
  const auto records = decoder.ReadLong();
  if (!records) return broken(records.error().message);
  const auto block = decoder.ReadBytes();
  if (!block) return broken(block.error().message);
  const auto marker = decoder.ReadFixed(kSyncMarkerBytes);
  if (!marker) return broken(marker.error().message);
  if (*marker != sync_marker_) return broken("the sync marker at its end is not the file's");

  block_size_bytes_ = block->size();
  block_offset_ = decoder.position() - kSyncMarkerBytes - block_size_bytes_;
  if (codec_ != AvroCodec::kNull) {
    auto content = DecompressAvroBlock(*block, codec_, limits_.block_size_bytes_max);
    if (!content) return broken(content.error().message);
    block_storage_ = *std::move(content);
  }
  const std::size_t content_bytes = BlockContent().size();
  if (*records < 0 || static_cast<std::uint64_t>(*records) > content_bytes) {
    return broken(fmt::format("{} records in {} bytes", *records, content_bytes));
  }
  block_records_ = *records;
  block_position_ = 0;
  offset_ = decoder.position();
  return {};
}

Result<std::optional<AvroValue>> AvroReader::Next() {
  while (block_records_ == 0) {
    if (block_position_ != BlockContent().size()) {
      return Fail(Code::kCorrupt,
                  fmt::format("block of the Avro file at byte {}: bytes after its last record: {}",
                              block_offset_, BlockContent().size() - block_position_));
    }
    if (offset_ == bytes_.size()) return std::nullopt;
    EIDER_CHECK(OpenBlock());
  }
  AvroDecoder decoder(BlockContent(), block_position_, limits_);
  auto record = decoder.Read(schema());
  if (!record) {
    return Fail(fmt::format("record in the {}Avro block with content at byte {}",
                            codec_ == AvroCodec::kNull ? "" : "compressed ", block_offset_),
                std::move(record).error());
  }
  block_position_ = decoder.position();
  --block_records_;
  return *std::move(record);
}

}  // namespace eider::codec
