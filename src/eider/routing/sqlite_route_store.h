// Routes in one SQLite file, for those who have no DynamoDB.
//
// The table `routes`, one row per key: PartitionKey, target_table, query_sql, create_table (0 or
// 1). Further columns are left alone, as further attributes of an item are. A file of another
// program is refused and left as it is.
#pragma once

#include <memory>
#include <string>

#include "eider/base/result.h"
#include "eider/routing/route_store.h"

namespace eider::routing {

// Opens (and if need be creates) the file and its folder. Errors: kDenied, kUnavailable, kCorrupt
// (no routing table), kUnsupported (made by a newer Eider).
Result<std::unique_ptr<RouteStore>> OpenSqliteRoutes(const std::string& path);

}  // namespace eider::routing
