// One call with a list of files: a loader, and a wait for all of them.
#pragma once

#include <span>
#include <stop_token>

#include "eider/base/file_ref.h"
#include "eider/pipeline/loader.h"
#include "eider/pipeline/outcome.h"
#include "eider/pipeline/services.h"

namespace eider::pipeline {

// Calls `report` once per file, one call at a time, from any thread. Returns when all are reported.
// After a stop is requested, files that are not begun stay so, and those that wait for their commit
// are committed.
void LoadFiles(const Services& services, std::span<const FileRef> files, const LoadOptions& options,
               const OnOutcome& report, const std::stop_token& stop);

}  // namespace eider::pipeline
