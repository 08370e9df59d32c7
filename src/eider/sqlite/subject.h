// What a database is to people, and its errors in their words.
#pragma once

#include <string>
#include <string_view>

#include "eider/base/result.h"

namespace SQLite {
class Exception;
}

namespace eider::sqlite {

struct Subject {
  std::string_view name;       // "ledger": what its errors call it
  std::string_view if_broken;  // what to do when it is no intact database: "restore it"
  std::string path;

  // "ledger /a/b.db".
  std::string ToString() const;
};

// The error for a failure of SQLite: kUnavailable (locked by another program, disk full, I/O),
// kDenied, kCorrupt (no intact database), kInternal.
Error ErrorOf(const Subject& subject, const SQLite::Exception& cause);

}  // namespace eider::sqlite
