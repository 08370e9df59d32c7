#include "eider/postgres/database.h"

#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <utility>

#include "eider/base/backoff.h"
#include "eider/base/clock.h"
#include "eider/base/result.h"

namespace eider::postgres {
namespace {

// What is committed is on disk, whatever the server's default is, and a process that stands still
// keeps its locks no longer than a minute.
constexpr const char* kBeginSql =
    "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;"
    "SET LOCAL statement_timeout = '25s';"
    "SET LOCAL idle_in_transaction_session_timeout = '60s';"
    "SELECT set_config('synchronous_commit', 'on', true)"
    " WHERE current_setting('synchronous_commit') = 'off'";

}  // namespace

Result<std::unique_ptr<Database>> Database::Open(OpenOptions options, Clock& clock,
                                                 Random& random) {
  EIDER_ASSIGN(const ParsedAddress parsed, Parse(options.address));
  std::unique_ptr<Database> database(new Database(std::move(options), parsed.label, clock, random));
  EIDER_CHECK(database->Read([](Connection& /*connection*/) { return Status(); }));
  return database;
}

Status Database::Repeat(const Step& step, Attempt (Database::*attempt)(Connection&, const Step&)) {
  Backoff backoff({.num_retries = std::numeric_limits<int>::max(),
                   .min_wait = Milliseconds(20),
                   .max_wait = Milliseconds(1'000),
                   .total_timeout = options_.retry_max},
                  clock_, random_);
  for (;;) {
    Attempt made;
    if (auto connection = Take()) {
      made = (this->*attempt)(**connection, step);
      GiveBack(*std::move(connection));
    } else {
      made.may_repeat = connection.error().code == Code::kUnavailable;
      made.status = std::unexpected(std::move(connection).error());
    }
    if (made.status || !made.may_repeat) return made.status;
    const std::optional<Milliseconds> wait = backoff.NextWait();
    if (!wait) return made.status;
    clock_.SleepFor(*wait, std::stop_token());
  }
}

Database::Attempt Database::TryRead(Connection& connection, const Step& step) {
  connection.set_may_repeat(false);
  const Status done = step(connection);
  return {.status = done, .may_repeat = connection.may_repeat()};
}

Database::Attempt Database::TryTransaction(Connection& connection, const Step& step) {
  connection.set_may_repeat(false);
  Status done = connection.RunScript(kBeginSql);
  if (done) done = step(connection);
  if (!done) {
    const bool may_repeat = connection.may_repeat();
    if (connection.is_usable()) static_cast<void>(connection.RunScript("ROLLBACK"));
    return {.status = std::move(done), .may_repeat = may_repeat};
  }
  if (connection.has_failed()) {
    static_cast<void>(connection.RunScript("ROLLBACK"));
    return {.status = Fail(Code::kInternal,
                           "a transaction went on after one of its statements "
                           "had failed")};
  }
  Status committed = connection.RunScript("COMMIT");
  if (committed) return {};
  // An error that leaves the connection is the server's word that nothing was written.
  if (connection.is_usable()) {
    return {.status = std::move(committed), .may_repeat = connection.may_repeat()};
  }
  committed.error().code = Code::kOutcomeUnknown;
  return {.status = std::move(committed)};
}

Result<std::unique_ptr<Connection>> Database::Take() {
  {
    std::unique_lock lock(mutex_);
    is_free_.wait(lock, [this] { return taken_ < options_.connections_max; });
    ++taken_;
    if (!idle_.empty()) {
      std::unique_ptr<Connection> connection = std::move(idle_.back());
      idle_.pop_back();
      return connection;
    }
  }
  auto opened = Connection::Open(options_.address, options_.answer_wait);
  if (!opened) GiveBack(nullptr);
  return opened;
}

// One that was lost takes the idle ones along: a server that restarted has closed them all.
void Database::GiveBack(std::unique_ptr<Connection> connection) {
  const std::scoped_lock lock(mutex_);
  --taken_;
  if (connection != nullptr && connection->is_usable() && connection->is_idle()) {
    idle_.push_back(std::move(connection));
  } else {
    idle_.clear();
  }
  is_free_.notify_one();
}

}  // namespace eider::postgres
