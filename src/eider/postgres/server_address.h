// Which PostgreSQL database to connect to, and what people may read of it.
#pragma once

#include <string>
#include <string_view>

#include "eider/base/result.h"

namespace eider::postgres {

struct ServerAddress {
  std::string_view name;  // "ledger": what errors call the database
  std::string uri;        // libpq's form; config::LibpqUri makes it of the others
  // Over those of the URI; empty: theirs.
  std::string user = {};
  std::string password = {};
};

// What libpq reads in the address. Source: PostgreSQL 15, 34.1.1 "Connection Strings".
struct ParsedAddress {
  std::string label;     // "ledger in PostgreSQL database lake at db.example.com:5432"
  std::string password;  // that errors must not show; empty: the address has none
};

// Errors: kInvalid, without a word of the URI, which may hold a password.
Result<ParsedAddress> Parse(const ServerAddress& address);

}  // namespace eider::postgres
