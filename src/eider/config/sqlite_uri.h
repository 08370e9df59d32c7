// SQLite databases as SQLAlchemy (and with it PyIceberg) names them.
//
// `sqlite:////abs/x.db` is the absolute path /abs/x.db, `sqlite:///rel/x.db` a relative one: three
// slashes belong to the form, the rest is the path. Source: SQLAlchemy, "SQLite: Connect Strings".
#pragma once

#include <string>
#include <string_view>

#include "eider/base/result.h"

namespace eider::config {

// The path as it is written, absolute or relative.
// Errors: kInvalid, naming the right form; kUnsupported (in memory: gone with the process).
Result<std::string> PathOfSqliteUri(std::string_view uri);

std::string SqliteUriOfPath(std::string_view path);

}  // namespace eider::config
