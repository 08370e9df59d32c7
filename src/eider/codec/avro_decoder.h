// Avro's binary encoding to values: the cursor that the file reader moves through a block.
//
// Every length and count is checked against the bytes that are left before anything is allocated.
// Source: Avro 1.11 specification, "Binary Encoding".
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "eider/base/result.h"
#include "eider/codec/avro_schema.h"
#include "eider/codec/avro_value.h"

namespace eider::codec {

struct AvroLimits {
  int depth_max = 64;                              // nesting of one record's values
  std::size_t values_max = 2U << 20U;              // in one record, nested ones included
  std::size_t block_size_bytes_max = 256U << 20U;  // of one block, decompressed
};

// Used by one thread. Borrows the bytes; the values own theirs.
// Errors of every reading method: kCorrupt with the position; the cursor is then of no further use.
class AvroDecoder {
 public:
  AvroDecoder(std::string_view bytes, std::size_t position, const AvroLimits& limits)
      : bytes_(bytes), position_(position), limits_(limits) {}

  std::size_t position() const { return position_; }

  // One datum of the given type.
  Result<AvroValue> Read(const AvroNode& type);

  Result<std::int64_t> ReadLong();

  // Bytes with their length in front, as a view into the bytes given.
  Result<std::string_view> ReadBytes();

  // Bytes without a length.
  Result<std::string_view> ReadFixed(std::size_t size_bytes);

 private:
  // Each returns false after it has set error_. Plain bools, for this is the innermost loop of
  // reading a manifest.
  bool Decode(const AvroNode& type, AvroValue& into);
  bool DecodeNested(const AvroNode& type, AvroValue& into);
  bool DecodeRecord(const AvroNode& type, AvroValue& into);
  bool DecodeArray(const AvroNode& type, AvroValue& into);
  bool DecodeMap(const AvroNode& type, AvroValue& into);
  bool DecodeUnion(const AvroNode& type, AvroValue& into);
  bool DecodeInt(AvroValue& into);
  bool DecodeBoolean(AvroValue& into);
  bool DecodeEnum(const AvroNode& type, AvroValue& into);
  template <typename Float, typename Bits>
  bool DecodeFloat(AvroValue& into);
  bool DecodeLong(std::int64_t& into);
  bool DecodeBytes(std::string_view& into);
  bool DecodeFixed(std::size_t size_bytes, std::string_view& into);
  bool DecodeItemCount(std::int64_t& into);
  bool Broken(std::string what);

  std::size_t left() const { return bytes_.size() - position_; }

  std::string_view bytes_;
  std::size_t position_;
  AvroLimits limits_;
  int depth_ = 0;
  std::size_t values_ = 0;  // decoded so far for the present datum
  std::string error_;
};

}  // namespace eider::codec
