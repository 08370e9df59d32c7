// All that the pipeline works with, opened.
#pragma once

#include "eider/app/commands.h"
#include "eider/base/result.h"
#include "eider/pipeline/loader.h"

namespace eider::app {

// Errors: those of opening what the configuration names.
Result<pipeline::Services> PipelineServices(Session& session);

// The same for those who load, with what is left to do for files that ended, and where a collector
// is named with traces. Errors: as above; those of FindOtlpTarget.
Result<pipeline::Services> LoadServices(Session& session);

// How files are loaded, as configured.
pipeline::LoadOptions LoadOptionsOf(const Session& session);

}  // namespace eider::app
