// The mark of a database that is ours: PRAGMA application_id says whose it is, PRAGMA user_version
// which schema it has.
#pragma once

#include "eider/base/result.h"
#include "eider/sqlite/subject.h"

namespace SQLite {
class Database;
}

namespace eider::sqlite {

struct SchemaMark {
  int application_id;
  int version;  // the newest that this program knows
};

// The schema version of a database of ours; 0: it is empty. Inside a transaction, before anything
// is written. Errors: kCorrupt (of another program), kUnsupported (of a newer Eider). Throws
// SQLite::Exception.
Result<int> SchemaVersionOf(SQLite::Database& database, const Subject& subject,
                            const SchemaMark& mark);

// Throws SQLite::Exception.
void PutMark(SQLite::Database& database, const SchemaMark& mark);

}  // namespace eider::sqlite
