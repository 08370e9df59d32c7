// The way of one file from claim to data files: plan, tables, queries.
#pragma once

#include <cstdint>
#include <exception>
#include <optional>
#include <stop_token>
#include <string>
#include <variant>

#include "eider/base/result.h"
#include "eider/ledger/ledger.h"
#include "eider/pipeline/file_phases.h"
#include "eider/pipeline/services.h"
#include "eider/pipeline/step_times.h"
#include "eider/pipeline/target_tables.h"
#include "eider/store/prefetch.h"

namespace eider::pipeline {

// When a file is opened: a lone one while it is planned, one of many when it is read.
enum class Opened : std::uint8_t { kAtOnce, kWhenNeeded };

// A file whose way ended before its rows were in data files. `plan`: as far as it came.
struct Failed {
  std::optional<Plan> plan;
  Error error;
};

// Routes the file and plans its parts. It is opened meanwhile, or not before that is needed.
// `program`: as LoadOptions::program. Errors: those of Router::FindRoutes, FindEarlierParts and
// PlanParts; kOutOfMemory (this process has too little of it for the file); kReaderCrashed (as a
// load before this one).
std::variant<PlannedFile, Skipped, Failed> PlanFile(const Services& services, Claimed& file,
                                                    const std::string& program,
                                                    const TableMaking& making, Opened opened,
                                                    const std::stop_token& stop);

// Runs the queries of the planned parts into data files of their tables, which are made where they
// are missing. Of a file that is held back, and on an error, no data file is left. Errors: those of
// the rooms that it goes through.
Result<Prepared> PrepareParts(const Services& services, const ledger::Claim& claim,
                              const Plan& plan, const TableMaking& making,
                              const store::Prefetch& opening, StepTimes& steps,
                              const std::stop_token& stop);

// The same for whom an exception of the process is a failure of that file: kOutOfMemory.
Result<Prepared> PrepareParts(const Services& services, PlannedFile& file,
                              const TableMaking& making, const std::stop_token& stop);

// Tells the files behind this one which tables it may make: they need not wait for others.
void TellTables(const Plan& plan, const TableMaking& making);

// bad_alloc, system_error: a process without memory for one file, or for a thread of it, fails that
// file alone.
Error OutOfMemory(const std::exception& error);

}  // namespace eider::pipeline
