// A piece of a Parquet file: its bytes with a footer that has some of its row groups.
//
// Source: Apache Parquet format, parquet.thrift, FileMetaData (3 num_rows, 4 row_groups).
#pragma once

#include <string>
#include <string_view>

#include "eider/base/result.h"
#include "eider/engine/query.h"
#include "eider/engine/query_grants.h"

namespace eider::engine {

// `end` is the end of a file, from its footer on (ReadParquetEnd). Gives that of the piece: of the
// row groups those that stand between the shares of the pieces before and behind it; everything
// else stays. Errors: kCorrupt.
Result<std::string> EndOfPiece(std::string_view end, const Piece& piece);

// Whether the input at `path` is a Parquet file; then it is the piece from now on, for those who
// open it. Errors: kCorrupt, those of QueryGrants::OpenInput.
Result<bool> CutParquet(QueryGrants& grants, const std::string& path, const Piece& piece);

}  // namespace eider::engine
