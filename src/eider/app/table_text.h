// A table of the catalog as the commands tell it.
#pragma once

#include <string>

#include "eider/app/commands.h"
#include "eider/app/json_line.h"
#include "eider/catalog/catalog.h"
#include "eider/iceberg/snapshot.h"

namespace eider::app {

// "2024-01-31 12:00:00 UTC".
std::string TimeOf(const iceberg::Snapshot& snapshot);

JsonLine JsonOf(const iceberg::Snapshot& snapshot, bool is_current);

// Prints all that `table show` tells.
void PrintTable(Session& session, const std::string& name, const catalog::LoadedTable& table);

}  // namespace eider::app
