// One PostgreSQL database over a few connections, and its transactions.
//
// READ COMMITTED: whoever decides by a row locks it (SELECT … FOR UPDATE) or changes it on a
// condition. A transaction that is given up by the server (a deadlock, a serialization failure), or
// whose connection is lost before its COMMIT was sent, is surely not done and is run again.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "eider/base/clock.h"
#include "eider/base/random.h"
#include "eider/base/result.h"
#include "eider/postgres/connection.h"
#include "eider/postgres/server_address.h"

namespace eider::postgres {

struct OpenOptions {
  ServerAddress address;
  Milliseconds retry_max{10'000};    // how long a call is repeated
  Milliseconds answer_wait{30'000};  // for one statement
  int connections_max = 8;           // a further caller waits for one
};

// Safe for concurrent calls from several threads.
class Database {
 public:
  // Connects once, so that what is wrong with the address is known. Borrows clock and random.
  // Errors: as Connection::Open.
  static Result<std::unique_ptr<Database>> Open(OpenOptions options, Clock& clock, Random& random);

  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  // "ledger in PostgreSQL database lake at db.example.com:5432".
  const std::string& label() const { return label_; }

  // What `work(Connection&)` gives, a Result, each of its statements being one step of its own. It
  // changes nothing: it is run again when the connection is lost. Errors: work's, kUnavailable.
  template <typename Work>
  std::invoke_result_t<const Work&, Connection&> Read(const Work& work) {
    return Answered(work, &Database::TryRead);
  }

  // Runs `work(Connection&)` in one transaction: when it fails nothing is written. It is run again
  // for each attempt, so what it learned is in its Result only. Errors: work's; kUnavailable
  // (surely not done), kOutcomeUnknown (the connection was lost while the COMMIT was on its way).
  template <typename Work>
  std::invoke_result_t<const Work&, Connection&> Atomically(const Work& work) {
    return Answered(work, &Database::TryTransaction);
  }

 private:
  using Step = std::function<Status(Connection&)>;

  struct Attempt {
    Status status;
    bool may_repeat = false;
  };

  Database(OpenOptions options, std::string label, Clock& clock, Random& random)
      : options_(std::move(options)), label_(std::move(label)), clock_(clock), random_(random) {}

  template <typename Work>
  std::invoke_result_t<const Work&, Connection&> Answered(
      const Work& work, Attempt (Database::*attempt)(Connection&, const Step&)) {
    std::optional<std::invoke_result_t<const Work&, Connection&>> answer;
    EIDER_CHECK(Repeat(
        [&](Connection& connection) -> Status {
          answer.emplace(work(connection));
          if (!*answer) return std::unexpected(answer->error());
          return {};
        },
        attempt));
    return *std::move(answer);
  }

  Status Repeat(const Step& step, Attempt (Database::*attempt)(Connection&, const Step&));
  Attempt TryRead(Connection& connection, const Step& step);
  Attempt TryTransaction(Connection& connection, const Step& step);

  Result<std::unique_ptr<Connection>> Take();
  void GiveBack(std::unique_ptr<Connection> connection);

  const OpenOptions options_;
  const std::string label_;
  Clock& clock_;
  Random& random_;
  std::mutex mutex_;  // guards what follows
  std::condition_variable is_free_;
  int taken_ = 0;
  std::vector<std::unique_ptr<Connection>> idle_;
};

}  // namespace eider::postgres
