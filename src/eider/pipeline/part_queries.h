// The queries of a file's parts: run into data files and, where a table grows for their rows, once
// more for the table as it is to be.
#pragma once

#include <list>
#include <span>
#include <stop_token>
#include <vector>

#include "eider/base/result.h"
#include "eider/catalog/catalog.h"
#include "eider/engine/sql_engine.h"
#include "eider/iceberg/manifest.h"
#include "eider/pipeline/file_phases.h"
#include "eider/pipeline/services.h"

namespace eider::pipeline {

// The queries of parts that have rows to give. Their targets borrow the tables.
struct PartQueries {
  std::vector<PreparedPart*> parts;
  std::vector<engine::PartQuery> queries;
  std::vector<catalog::LoadedTable> tables;    // by part
  std::list<catalog::LoadedTable> grown = {};  // as their rows want them
};

// Whose memory it is that does not do is seen by the table; other errors name what they are about.
Error OfTable(const PlannedPart& part, Error error);

// What each query wrote. How tables are to change for the rows is in the parts
// (Written::evolution). On an error no data file is left. Errors: those of SqlEngine::Run and
// RunParts, GrownSchema.
Result<std::vector<engine::Written>> RunQueries(const Services& services, PartQueries& work,
                                                const std::stop_token& stop);

// Removes data files that surely are in no snapshot.
void RemoveDataFiles(const Services& services, std::span<const iceberg::DataFile> files);

}  // namespace eider::pipeline
