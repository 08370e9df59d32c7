#include "eider/postgres/server_address.h"

#include <memory>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <libpq-fe.h>

#include "eider/base/result.h"

namespace eider::postgres {

Result<ParsedAddress> Parse(const ServerAddress& address) {
  char* reason = nullptr;
  const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> options(
      PQconninfoParse(address.uri.c_str(), &reason), &PQconninfoFree);
  const std::unique_ptr<char, decltype(&PQfreemem)> freed(reason, &PQfreemem);
  if (!options) {
    return Fail(Code::kInvalid,
                fmt::format("the URI of the {} is none that PostgreSQL's library understands; it "
                            "is postgresql://user@host:5432/database?sslmode=verify-full, with "
                            "%40 for @ and %2F for / in a password, and parameters that libpq "
                            "knows",
                            address.name));
  }
  const auto value = [&](std::string_view keyword) -> std::string {
    for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
      if (option->keyword == keyword) return option->val == nullptr ? "" : option->val;
    }
    return "";
  };
  ParsedAddress parsed{.label = {},
                       .password = address.password.empty() ? value("password") : address.password};
  parsed.label = fmt::format("{} in PostgreSQL", address.name);
  if (const std::string database = value("dbname"); !database.empty()) {
    parsed.label += fmt::format(" database {}", database);
  }
  if (const std::string host = value("host"); !host.empty()) {
    parsed.label += fmt::format(" at {}", host);
    if (const std::string port = value("port"); !port.empty()) parsed.label += ":" + port;
  }
  return parsed;
}

}  // namespace eider::postgres
