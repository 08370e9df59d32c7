// The SQL catalog in a PostgreSQL database, in the schema that the connection's search_path has
// first.
#pragma once

#include <memory>
#include <string>

#include "eider/base/clock.h"
#include "eider/base/random.h"
#include "eider/base/result.h"
#include "eider/catalog/table_pointer.h"

namespace eider::catalog {

struct PostgresTablePointerOptions {
  std::string uri;  // as postgres::ServerAddress
  std::string user = {};
  std::string password = {};
  std::string catalog_name;
  bool create = true;  // the tables, where they are not there
};

// Borrows clock and random. Errors: kNotFound (no such database), kUnsupported (no tables, and they
// are not to be created), kInvalid, kDenied, kUnavailable.
Result<std::unique_ptr<TablePointer>> OpenPostgresTablePointer(PostgresTablePointerOptions options,
                                                               Clock& clock, Random& random);

}  // namespace eider::catalog
