// What this process takes of its machine, by the names that Prometheus' own clients use.
#pragma once

#include "eider/base/result.h"
#include "eider/metrics/registry.h"

namespace eider::web {

// From /proc. Errors: those of Registry::AddReadGauges.
Status AddProcessGauges(metrics::Registry& registry);

}  // namespace eider::web
