// The way of one file from claim to data files: plan, tables, queries.
#pragma once

#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <variant>

#include "eider/base/result.h"
#include "eider/iceberg/manifest.h"
#include "eider/ledger/ledger.h"
#include "eider/pipeline/file_phases.h"
#include "eider/pipeline/services.h"
#include "eider/pipeline/step_times.h"
#include "eider/pipeline/target_tables.h"
#include "eider/store/prefetch.h"

namespace eider::pipeline {

// The end of the way to data files. Of a file that failed or is skipped nothing is left in a table
// or a folder.
struct PreparedFile {
  std::optional<Plan> plan;  // as far as the file came
  std::variant<PreparedParts, Skipped, Error> end;
};

// Routes the file, plans its parts and runs their queries. `program`: as LoadOptions::program.
// Errors: those of Router::FindRoutes, FindEarlierParts, PlanParts and PrepareParts; kOutOfMemory
// (this process has too little of it for the file); kReaderCrashed (as a load before this one).
PreparedFile PrepareFile(const Services& services, Claimed& file, const std::string& program,
                         const TableMaking& making, const std::stop_token& stop);

// Runs the queries of the planned parts into data files of their tables, which are made where they
// are missing. On an error no data file is left. Errors: those of the rooms that it goes through.
Result<PreparedParts> PrepareParts(const Services& services, const ledger::Claim& claim,
                                   const Plan& plan, const TableMaking& making,
                                   const store::Prefetch& opening, StepTimes& steps,
                                   const std::stop_token& stop);

// Removes data files that surely are in no snapshot.
void RemoveDataFiles(const Services& services, std::span<const iceberg::DataFile> files);

}  // namespace eider::pipeline
