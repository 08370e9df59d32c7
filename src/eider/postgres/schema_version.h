// Which schema the tables of ours have: one row of the table eider_schemas (name, version) for
// each set of tables.
#pragma once

#include <functional>
#include <string_view>

#include "eider/base/result.h"
#include "eider/postgres/connection.h"
#include "eider/postgres/database.h"

namespace eider::postgres {

struct SchemaVersion {
  std::string_view name;  // "ledger"
  int version;            // the newest that this program knows
};

// Brings the tables to that version in one transaction, one program at a time: `upgrade` makes them
// of `from`, or anew where that is 0, and is not called where there is nothing to do. Errors:
// kUnsupported (made by a newer Eider), those of `upgrade`, and Database::Atomically's.
Status PrepareSchema(Database& database, const SchemaVersion& schema,
                     const std::function<Status(Connection& connection, int from)>& upgrade);

// The version that is there; 0: none. Errors: Database::Read's.
Result<int> SchemaVersionIn(Database& database, std::string_view name);

}  // namespace eider::postgres
