// The content of one block of an Avro file, through its codec and back.
//
// Source: Avro 1.11 specification, "Required Codecs" and "Optional Codecs".
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "eider/base/result.h"

namespace eider::codec {

enum class AvroCodec : std::uint8_t { kNull, kDeflate, kZstandard };

// The codec's name in `avro.codec`.
std::string_view AvroCodecName(AvroCodec codec);

// The codec of that name; empty text is "null". Errors: kUnsupported.
Result<AvroCodec> ParseAvroCodec(std::string_view name);

// Errors: kUnsupported (kZstandard: it is only read), kInternal.
Result<std::string> CompressAvroBlock(std::string_view content, AvroCodec codec);

// At most `size_bytes_max` bytes come out. Errors: kCorrupt.
Result<std::string> DecompressAvroBlock(std::string_view block, AvroCodec codec,
                                        std::size_t size_bytes_max);

}  // namespace eider::codec
