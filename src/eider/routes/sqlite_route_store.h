// Routes in one SQLite file, for those who have no DynamoDB.
//
// The table `routes`, one row per key and one column per attribute: texts and whole numbers as they
// are, booleans as 0 or 1, `inputs`, `engine` and `commit` as JSON. Further columns are left alone,
// as further attributes of an item are. A file of another program is refused and left as it is.
#pragma once

#include <memory>
#include <string>

#include "eider/base/clock.h"
#include "eider/base/random.h"
#include "eider/base/result.h"
#include "eider/routes/route_store.h"

namespace eider::routes {

// Opens the file; one of an older Eider is brought up to date in place, and that Eider refuses it
// from then on. Borrows clock and random. Errors: kNotFound (there is no such file, and it is not
// to be created), kDenied, kUnavailable, kCorrupt (no routing table), kUnsupported (made by a newer
// Eider), kInvalid (a column of people's own is in the way).
Result<std::unique_ptr<RouteStore>> OpenSqliteRoutes(const std::string& path, IfMissing if_missing,
                                                     Clock& clock, Random& random);

}  // namespace eider::routes
