// A Parquet file whose pages are looked at as they are read: DuckDB's reader passes over their
// checksums, and takes levels in an encoding that it does not know for others.
#pragma once

#include "eider/engine/parquet_facts.h"
#include "eider/store/prefetch.h"

namespace eider::engine {

// The same object. A read that touches the pages of a column in a row group looks at all of them,
// once: without a further request where it has them whole, as DuckDB asks for them. Reads meet
// kCorrupt (a checksum that does not hold) and kUnsupported (levels) beside the errors of `whole`.
store::SharedReader CheckPages(store::SharedReader whole, ParquetFacts facts);

}  // namespace eider::engine
