// The SQLite file of the routes: its schema, and how an older one becomes this one.
#pragma once

#include <memory>
#include <string>

#include "eider/base/clock.h"
#include "eider/base/random.h"
#include "eider/base/result.h"
#include "eider/routes/route_store.h"
#include "eider/sqlite/database.h"

namespace eider::routes {

// Opens the file; WAL, synchronous=FULL. Creates the table in an empty database and migrates an
// older one, each in one transaction; refuses a database that is not ours, without touching it.
// Borrows clock and random. Errors: those of OpenSqliteRoutes.
Result<std::unique_ptr<sqlite::Database>> OpenRouteDatabase(const std::string& path,
                                                            IfMissing if_missing, Clock& clock,
                                                            Random& random);

}  // namespace eider::routes
