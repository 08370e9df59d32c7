// What rows that do not fit ask of their table, where its route lets it change.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "eider/base/result.h"
#include "eider/engine/query.h"
#include "eider/iceberg/schema_evolution.h"
#include "eider/iceberg/table_metadata.h"
#include "eider/pipeline/file_phases.h"
#include "eider/pipeline/services.h"

namespace eider::pipeline {

// Rows, and the table that they are to go to.
struct Misfit {
  const PlannedPart& part;
  const engine::Query& query;
  const iceberg::TableMetadata& table;
  std::optional<iceberg::SchemaEvolution> so_far = {};  // that earlier looks gave
  FilePlace place = {};                                 // of the value that failed, as far as known
  std::span<const std::string> rescued = {};            // columns with values that did not fit
};

// The schema that the route's contract lets the table have for these rows; with `hold`, once
// somebody has agreed. Nothing where the table has that schema, or none would help. Errors: as
// SqlEngine::Describe, EvolveSchema.
Result<std::optional<iceberg::SchemaEvolution>> GrownSchema(const Services& services,
                                                            const Misfit& misfit);

}  // namespace eider::pipeline
