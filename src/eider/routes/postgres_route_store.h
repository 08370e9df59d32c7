// Routes in a PostgreSQL database, for those who edit them with SQL or share them between machines.
//
// The table eider_routes, with the columns of the SQLite one: texts, whole numbers, booleans as 0
// or 1, lists and maps as JSON in texts. Further columns are left alone.
#pragma once

#include <memory>
#include <string>

#include "eider/base/clock.h"
#include "eider/base/random.h"
#include "eider/base/result.h"
#include "eider/routes/route_store.h"

namespace eider::routes {

// `uri`: as postgres::ServerAddress. Borrows clock and random. Errors: kNotFound (no such database;
// no routing table in it, and it is not to be created), kDenied, kInvalid, kUnavailable,
// kUnsupported (made by a newer Eider).
Result<std::unique_ptr<RouteStore>> OpenPostgresRoutes(const std::string& uri, IfMissing if_missing,
                                                       Clock& clock, Random& random);

}  // namespace eider::routes
