// Table metadata to JSON and back: the content of NNNNN-<uuid>.metadata.json.
//
// Reads format versions 1 (as its v2 equivalent) to 3; refuses 4 with kUnsupported. All integers
// are read exactly (snapshot ids exceed 2^53). Source: Iceberg specification, "Appendix C".
//
// Reading and writing gives the same JSON but for these: null is absent; no current snapshot is -1,
// which Java before 0.12 insists on; an empty list or map that may be absent is absent or present
// as Java writes it; version 1 gets the lists `schemas`, `partition-specs` and `sort-orders` beside
// the single forms; a missing `main` in `refs` is added; the single forms in version 2 go.
// Snapshots of version 2 are written byte for byte as they were read.
#pragma once

#include <string>
#include <string_view>

#include "eider/base/result.h"
#include "eider/iceberg/table_metadata.h"

namespace eider::iceberg {

// Errors: kCorrupt (with the JSON path of the first wrong field), kUnsupported. Never throws,
// whatever the bytes.
Result<TableMetadata> ParseTableMetadata(std::string_view json);

std::string TableMetadataToJson(const TableMetadata& metadata);

}  // namespace eider::iceberg
