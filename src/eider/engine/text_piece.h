// A piece of a text file: its records between two line ends, behind the header where it has one.
#pragma once

#include <string>

#include "eider/base/result.h"
#include "eider/engine/query.h"
#include "eider/engine/query_grants.h"
#include "eider/records/csv_file.h"
#include "eider/records/json_file.h"

namespace eider::engine {

// From now on the CSV file at `path` is the piece, for those who open it; `question` says then what
// the beginning of the whole file has told. Whoever reads all of the piece without an error has
// shown that it ends with a record, and so that the next one begins with one (records/csv_cut.h).
// Errors: kUnsupported (packed; no place for a cut), those of records::BeginCsv and of the grants.
Status CutCsv(QueryGrants& grants, const std::string& path, const Piece& piece,
              records::CsvQuestion& question);

// The same of JSON, one object a line: no line end stands within one (RFC 8259 section 7).
Status CutJson(QueryGrants& grants, const std::string& path, const Piece& piece,
               records::JsonQuestion& question);

}  // namespace eider::engine
