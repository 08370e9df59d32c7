// Names and bytes of metadata files: NNNNN-<uuid>.metadata.json, or .gz.metadata.json when the
// table's `write.metadata.compression-codec` is gzip.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "eider/base/random.h"
#include "eider/base/result.h"
#include "eider/iceberg/table_metadata.h"

namespace eider::catalog {

// A fresh name for the given version, without a folder.
std::string NewMetadataFileName(const iceberg::TableMetadata& metadata, std::int64_t version,
                                Random& random);

// The version that follows that of the file at `location`; 0 when its name has none, as Java and
// PyIceberg count.
std::int64_t NextMetadataVersion(std::string_view location);

// The content of the metadata's file. Errors: kInternal, kUnsupported (larger than
// iceberg::kMetadataBytesMax: it would not be read again).
Result<std::string> EncodeMetadataFile(const iceberg::TableMetadata& metadata);

// Reads a metadata file's content, compressed or not. Errors: kCorrupt, kUnsupported.
Result<iceberg::TableMetadata> DecodeMetadataFile(std::string_view bytes);

}  // namespace eider::catalog
