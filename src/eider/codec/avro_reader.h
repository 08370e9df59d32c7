// Reads an Avro object container file, record by record, with the schema that it carries.
//
// Layout: "Obj" 0x01 · metadata map · 16 bytes of sync marker · blocks of (record count, length in
// bytes, records through the codec, sync marker). Bytes from outside never crash the reader, and
// what it allocates is bounded by the bytes given and by AvroLimits. Source: Avro 1.11
// specification, "Object Container Files".
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "eider/base/result.h"
#include "eider/codec/avro_block.h"
#include "eider/codec/avro_decoder.h"
#include "eider/codec/avro_schema.h"
#include "eider/codec/avro_value.h"

namespace eider::codec {

// Used by one thread. Borrows the bytes, which must outlive the reader, but not the values.
//
//   EIDER_ASSIGN(auto reader, AvroReader::Open(bytes));
//   while (true) {
//     EIDER_ASSIGN(auto record, reader.Next());
//     if (!record) break;
//   }
class AvroReader {
 public:
  // Reads the header. Errors: kCorrupt with the offset; kUnsupported (codec).
  static Result<AvroReader> Open(std::string_view bytes, const AvroLimits& limits = {});

  // The value of the header's `key`, or nothing. `avro.schema` and `avro.codec` are among them.
  std::optional<std::string_view> Metadata(std::string_view key) const;

  // Valid as long as the reader, which may be moved.
  const AvroNode& schema() const { return schema_.root(); }

  // The next record, or nothing after the last. A block that claims more records than it has bytes
  // is corrupt. Errors: kCorrupt with the offset in the file (of the block, and in its content,
  // where it is compressed); after an error the reader is of no further use.
  Result<std::optional<AvroValue>> Next();

 private:
  AvroReader(std::string_view bytes, const AvroLimits& limits, AvroSchema schema);

  Status OpenBlock();
  std::string_view BlockContent() const;

  std::string_view bytes_;
  AvroLimits limits_;
  AvroSchema schema_;
  AvroCodec codec_ = AvroCodec::kNull;
  std::vector<std::pair<std::string_view, std::string_view>> metadata_;
  std::string_view sync_marker_;

  std::size_t offset_ = 0;            // in the file, of the next block
  std::size_t block_offset_ = 0;      // in the file, of the present block's content
  std::size_t block_size_bytes_ = 0;  // in the file
  std::string block_storage_;         // the present block's content, where it was compressed
  std::size_t block_position_ = 0;    // in the content, of the next record
  std::int64_t block_records_ = 0;    // still to come from the present block
};

}  // namespace eider::codec
