// Writes an Avro object container file: values encoded by a schema, in deflated blocks.
//
// The bytes depend on the input alone: the sync marker is derived from schema and metadata, so the
// same records give the same file. Source: Avro 1.11 specification, "Object Container Files".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "eider/base/result.h"
#include "eider/codec/avro_block.h"
#include "eider/codec/avro_schema.h"
#include "eider/codec/avro_value.h"

namespace eider::codec {

// Key and bytes, written in this order after `avro.schema` and `avro.codec`.
using AvroMetadata = std::vector<std::pair<std::string, std::string>>;

// Used by one thread.
class AvroWriter {
 public:
  // `schema_json` goes into the file as it is. Errors: kInvalid (not an Avro schema, or one of
  // `metadata` begins with "avro."); kUnsupported (zstandard).
  static Result<AvroWriter> Create(std::string_view schema_json, const AvroMetadata& metadata,
                                   AvroCodec codec = AvroCodec::kDeflate);

  // Encodes one record. A union takes the first of its branches that the value fits, so null goes
  // to null and everything else to the other one. Errors: kInvalid with the path of the field whose
  // value does not fit its type (kind, range, number of fields); the file is then as before.
  Status Append(const AvroValue& record);

  // The whole file. The writer is used up.
  Result<std::string> Finish() &&;

 private:
  AvroWriter(AvroSchema schema, AvroCodec codec, std::string header, std::string sync_marker);

  Status FlushBlock();

  AvroSchema schema_;
  AvroCodec codec_;
  std::string file_;
  std::string sync_marker_;  // 16 bytes
  std::string block_;        // encoded records that wait for their block
  std::int64_t block_records_ = 0;
};

}  // namespace eider::codec
