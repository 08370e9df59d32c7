// The text of an input file, unpacked, for readers of our own.
#pragma once

#include <string>

#include "eider/base/result.h"
#include "eider/engine/query_grants.h"
#include "eider/records/csv_file.h"

namespace eider::engine {

// What packs the file, by its first bytes, as DuckDB names it: "uncompressed", "gzip", "zstd".
// Errors: those of the grants.
Result<std::string> CompressionOf(QueryGrants& grants, const std::string& path);

// The text from its beginning. Borrows the grants; ends the object where padding begins. Errors:
// kCorrupt (packed bytes that are damaged or cut off), kCancelled, those of the grants.
records::Pieces PiecesOf(QueryGrants& grants, const std::string& path);

// Makes the text of the file UTF-8, for all that open it from now on: unpacked, in a file without a
// name in `temp_directory`. Errors: kInvalid (no such encoding), kCorrupt (bytes that it does not
// have, with their line), kUnavailable (the disk), those of PiecesOf.
Status TranscodeInput(QueryGrants& grants, const std::string& path, const std::string& encoding,
                      const std::string& temp_directory);

// "line 3 is not UTF-8: `…`" of the first such line; empty: all of it is UTF-8. Errors: those of
// PiecesOf.
Result<std::string> FindWrongUtf8(QueryGrants& grants, const std::string& path);

}  // namespace eider::engine
