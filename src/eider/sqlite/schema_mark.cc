#include "eider/sqlite/schema_mark.h"

#include <SQLiteCpp/Database.h>
#include <fmt/format.h>

namespace eider::sqlite {

Result<int> SchemaVersionOf(SQLite::Database& database, const Subject& subject,
                            const SchemaMark& mark) {
  const int application_id = database.execAndGet("PRAGMA application_id").getInt();
  const int version = database.execAndGet("PRAGMA user_version").getInt();
  const int tables = database.execAndGet("SELECT count(*) FROM sqlite_schema").getInt();
  if (application_id == mark.application_id) {
    if (version >= 1 && version <= mark.version) return version;
    return Fail(Code::kUnsupported,
                fmt::format("{0} was made by a newer Eider: its schema version is {1}, this "
                            "program knows {2}; use that Eider, or another {3}",
                            subject.ToString(), version, mark.version, subject.name));
  }
  if (application_id != 0 || version != 0 || tables != 0) {
    return Fail(Code::kCorrupt,
                fmt::format("{} is a database of another program, not a {}; configure another "
                            "path (application_id {}, user_version {})",
                            subject.path, subject.name, application_id, version));
  }
  return 0;
}

void PutMark(SQLite::Database& database, const SchemaMark& mark) {
  database.exec(fmt::format("PRAGMA application_id = {}", mark.application_id));
  database.exec(fmt::format("PRAGMA user_version = {}", mark.version));
}

}  // namespace eider::sqlite
