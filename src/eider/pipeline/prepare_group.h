// Several small files of one route, read by one query into few data files.
#pragma once

#include <optional>
#include <span>
#include <stop_token>
#include <vector>

#include "eider/base/result.h"
#include "eider/catalog/catalog.h"
#include "eider/pipeline/file_phases.h"
#include "eider/pipeline/services.h"

namespace eider::pipeline {

// Whether the plan is one that files may share: all rows of the file to one table, by a query that
// reads nothing else and puts no row aside.
bool MayShare(const PlannedFile& file);

struct PreparedGroup {
  // By file. Its rows are in `written`, beside those of the others. Nothing: the file is to be
  // prepared apart from these.
  std::vector<std::optional<PreparedPart>> parts;
  Written written;
};

// Runs the query that the files share. They have the same route and may share; `table` is theirs.
// Whatever fails, nothing is left behind. Errors: those of SqlEngine::RunGroup.
Result<PreparedGroup> PrepareGroup(const Services& services, std::span<PlannedFile> files,
                                   const catalog::LoadedTable& table, const std::stop_token& stop);

}  // namespace eider::pipeline
