// Whether the worker can work at the moment.
#pragma once

#include <string>
#include <vector>

#include "eider/web/services.h"

namespace eider::web {

// Why it cannot, or not from everywhere: the ledger, then sources; empty: it can.
std::vector<std::string> ProblemsOf(const Services& services);

// Whether the ledger answered when it was last asked.
bool IsLedgerUp(const Services& services);

}  // namespace eider::web
