// SQLite's result codes by what a caller can do about them.
#include "eider/sqlite/subject.h"

#include <string>

#include <SQLiteCpp/Exception.h>
#include <fmt/format.h>
#include <sqlite3.h>

namespace eider::sqlite {

std::string Subject::ToString() const {
  return fmt::format("{} {}", name, path);
}

Error ErrorOf(const Subject& subject, const SQLite::Exception& cause) {
  const std::string database = subject.ToString();
  switch (cause.getErrorCode()) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {Code::kUnavailable,
              fmt::format("{} is locked by another program; try again later: {}", database,
                          cause.what())};
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_CANTOPEN:
      return {Code::kDenied, fmt::format("cannot open {} for writing; this user needs write rights "
                                         "to the file and its folder: {}",
                                         database, cause.what())};
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
      return {Code::kCorrupt, fmt::format("{} is no intact SQLite database; {}: {}", database,
                                          subject.if_broken, cause.what())};
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_NOMEM:
      return {Code::kUnavailable, fmt::format("cannot use {}: {}", database, cause.what())};
    default:
      return {Code::kInternal, fmt::format("{} failed: {}", database, cause.what())};
  }
}

}  // namespace eider::sqlite
