// What the endpoints look at and work with.
#pragma once

#include "eider/pipeline/services.h"
#include "eider/routes/store_health.h"
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
  routes::StoreHealth* route_health = nullptr;  // null: nothing ever serves for the routing table
};

}  // namespace eider::web
