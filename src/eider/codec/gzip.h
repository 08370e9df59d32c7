// gzip (RFC 1952) and raw deflate (RFC 1951) of bytes in memory.
//
// Whatever expands takes a limit: a few kilobytes from outside can claim gigabytes.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "eider/base/result.h"

namespace eider::codec {

// Errors: kInternal (no memory).
Result<std::string> Gzip(std::string_view bytes);

// All members of a gzip file, one after the other. Errors: kCorrupt (no gzip, cut off, wrong
// checksum, or more than `size_bytes_max` bytes come out).
Result<std::string> Gunzip(std::string_view bytes, std::size_t size_bytes_max);

// Without any header or checksum, as Avro's blocks have it. Errors: kInternal (no memory).
Result<std::string> DeflateRaw(std::string_view bytes);

// Bytes after the stream's end are ignored: fastavro and PyIceberg leave most of a checksum there.
// Errors: kCorrupt (no deflate stream, cut off, or more than `size_bytes_max` bytes come out).
Result<std::string> InflateRaw(std::string_view bytes, std::size_t size_bytes_max);

}  // namespace eider::codec
