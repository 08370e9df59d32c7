// What would become of a file, found out without claiming, creating, writing or committing.
#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "eider/base/file_ref.h"
#include "eider/base/result.h"
#include "eider/engine/sql_engine.h"
#include "eider/pipeline/load_files.h"
#include "eider/routing/route.h"
#include "eider/routing/router.h"

namespace eider::pipeline {

// One table's share of the file.
struct PartExplanation {
  routing::Route route;
  std::vector<routing::ColumnValue> values;  // empty: all rows
  bool table_exists = false;
  bool is_in_already = false;  // the table's snapshots have the rows
  std::int64_t target_file_size_bytes = 0;
  std::optional<engine::Explanation> query;
  std::optional<engine::Preview> sample;
  std::optional<Error> error;  // why the part would fail
};

struct FileExplanation {
  FileRef file;
  routing::RoutedFile routed;
  std::vector<PartExplanation> parts;
  std::optional<Error> error;  // why the file would fail before any part is looked at
};

// Goes the file's way up to its queries. `sample_rows` above 0 runs each part's query for as many
// rows. `rooms.ledger` is not used.
FileExplanation ExplainFile(const Rooms& rooms, const FileRef& file, int sample_rows,
                            const std::stop_token& stop);

// The same of one route, whether or not the file would take it: what its SQL makes of the file.
PartExplanation ExplainRoute(const Rooms& rooms, const routing::Route& route, const FileRef& file,
                             int sample_rows);

}  // namespace eider::pipeline
