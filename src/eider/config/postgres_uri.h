// PostgreSQL databases as libpq, SQLAlchemy (and with it PyIceberg) and JDBC (and with it Java's
// JdbcCatalog) name them.
//
//   postgresql://user:password@host:5432/database?sslmode=verify-full    also postgres://
//   postgresql+psycopg2://…  postgresql+psycopg://…
//   jdbc:postgresql://host/database?user=…&password=…
//
// Sources: PostgreSQL 15, 34.1.1.2 "Connection URIs"; SQLAlchemy, "PostgreSQL: Connect Strings";
// pgJDBC, "Connecting to the Database".
#pragma once

#include <string>
#include <string_view>

#include "eider/base/result.h"

namespace eider::config {

// Whether the text has one of the forms above, right or wrong.
bool IsPostgresUri(std::string_view uri);

// The same database in libpq's form. Errors: kInvalid (another form; an `@` or `/` in the password
// that is not percent-encoded, so that libpq would take a part of it for the host's name).
Result<std::string> LibpqUriOf(std::string_view uri);

}  // namespace eider::config
