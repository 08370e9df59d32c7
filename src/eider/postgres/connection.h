// One connection to a PostgreSQL server: statements with bound parameters, each within its time.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "eider/base/clock.h"
#include "eider/base/result.h"
#include "eider/postgres/server_address.h"

struct pg_conn;

namespace eider::postgres {

// Null, a whole number (smallint, integer, bigint), or any other value in its text form.
using Value = std::variant<std::monostate, std::int64_t, std::string>;

struct Answer {
  std::vector<std::string> columns;
  std::vector<std::vector<Value>> rows;
  std::int64_t changed = 0;  // rows that an INSERT, UPDATE or DELETE changed
};

// Used by one thread at a time.
class Connection {
 public:
  // Errors: kInvalid, kDenied (also: the server's certificate is not trusted), kNotFound (no such
  // database), kUnavailable.
  static Result<std::unique_ptr<Connection>> Open(const ServerAddress& address,
                                                  Milliseconds answer_wait);

  // Runs one statement; $1, $2, … are the parameters, whose types its place tells. Errors:
  // kUnavailable (no connection any more; the server gave up the transaction), kDenied, kInvalid (a
  // value that does not fit its column; a text with a NUL byte, which PostgreSQL cannot hold),
  // kInternal.
  Result<Answer> Run(const std::string& sql, std::span<const Value> parameters = {});

  Result<Answer> Run(const std::string& sql, std::initializer_list<Value> parameters) {
    return Run(sql, std::span(parameters.begin(), parameters.size()));
  }

  // One or more statements without parameters, in one message. Errors: as Run.
  Status RunScript(const std::string& sql);

  // False when the connection is lost, or left in a state that is not known.
  bool is_usable() const;

  // In no transaction.
  bool is_idle() const;

  // In a transaction of which a statement failed: it can only be undone.
  bool has_failed() const;

  // Whether the transaction may be run again as a whole: after a deadlock or another serialization
  // failure, when the connection was lost, or when its owner said so.
  bool may_repeat() const { return may_repeat_; }

  void set_may_repeat(bool may) { may_repeat_ = may; }

  const std::string& label() const { return parsed_.label; }

 private:
  struct Closer {
    void operator()(pg_conn* connection) const;
  };

  Connection(ParsedAddress parsed, Milliseconds answer_wait)
      : parsed_(std::move(parsed)), answer_wait_(answer_wait) {}

  Result<Answer> TakeAnswer();
  Status AwaitAnswer();
  Error Lost(const std::string& what);
  std::string Reason() const;  // libpq's last message, without the password

  ParsedAddress parsed_;
  Milliseconds answer_wait_;
  std::unique_ptr<pg_conn, Closer> connection_;
  bool may_repeat_ = false;
};

}  // namespace eider::postgres
