// The SQLite file of the routes: its schema, how an older one becomes this one, and its errors.
//
// Throws nothing of its own; SQLite::Exception passes through where it is said.
#pragma once

#include <string>

#include <SQLiteCpp/SQLiteCpp.h>

#include "eider/base/result.h"

namespace eider::routing {

inline constexpr int kRouteBusyTimeoutMs = 30'000;

// What a failure of SQLite means to whoever keeps routes there.
Error RoutesError(const std::string& path, const SQLite::Exception& cause);

// Creates the table in an empty database and migrates an older one, each in one transaction;
// refuses a database that is not ours, without touching it. Errors: kCorrupt (of another program),
// kUnsupported (of a newer Eider), kInvalid (a column of people's own has the name of an attribute
// and another type). Throws SQLite::Exception.
Status PrepareRouteDatabase(SQLite::Database& database, const std::string& path);

}  // namespace eider::routing
