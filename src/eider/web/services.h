// What the endpoints look at and work with.
#pragma once

#include "eider/pipeline/services.h"
#include "eider/web/telemetry.h"
#include "eider/worker/announced_files.h"
#include "eider/worker/worker.h"

namespace eider::web {

// Borrowed; all outlive the server.
struct Services {
  const pipeline::Services& pipeline;
  const worker::Worker& worker;
  worker::AnnouncedFiles& announced;
  Telemetry& telemetry;
};

}  // namespace eider::web
