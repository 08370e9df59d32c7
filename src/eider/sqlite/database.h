// One SQLite database that this program shares with others, and its transactions.
//
// In a rollback journal a COMMIT waits for every open read, and while it waits no new reader gets
// in: with a neighbour that leaves its read open all stand still. So a COMMIT here waits a moment
// only. Then its transaction is undone, which lets the readers in, and comes again after a while.
// With a write-ahead log readers are in nobody's way.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <type_traits>
#include <utility>

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Exception.h>

#include "eider/base/clock.h"
#include "eider/base/random.h"
#include "eider/base/result.h"
#include "eider/sqlite/subject.h"

namespace eider::sqlite {

struct OpenOptions {
  Subject subject;
  bool create = true;  // the file and its folder, when they are not there
  // How long one call waits for other programs, attempts and pauses together.
  Milliseconds wait_max{30'000};
  // How long one attempt keeps new readers out while it waits for those that are in.
  Milliseconds commit_wait{1'000};
};

// Safe for concurrent calls from several threads.
class Database {
 public:
  // Opens the file; synchronous=FULL. Borrows clock and random. Errors: kDenied, kUnavailable,
  // kCorrupt, kInvalid (no regular file).
  static Result<std::unique_ptr<Database>> Open(OpenOptions options, Clock& clock, Random& random);

  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  const Subject& subject() const { return options_.subject; }

  bool is_read_only() const;

  // For prepared statements that its owner runs inside of Read and Atomically.
  SQLite::Database& connection() { return connection_; }

  // Has the database write a write-ahead log from now on, where the file system can; the mode stays
  // with the file. Only for databases of ours. While another program uses the database it stays as
  // it is. Errors: kUnavailable, kDenied, kCorrupt.
  Status UseWriteAheadLog();

  // What `work(SQLite::Database&)` gives, a Result; SQLite::Exception becomes its error. It must
  // leave no statement open.
  template <typename Work>
  std::invoke_result_t<const Work&, SQLite::Database&> Read(const Work& work) {
    const std::scoped_lock lock(mutex_);
    try {
      WaitAtMost(options_.wait_max);
      return work(connection_);
    } catch (const SQLite::Exception& cause) {
      return std::unexpected(ErrorOf(subject(), cause));
    }
  }

  // Runs `work(SQLite::Database&)` in one IMMEDIATE transaction: no other writer comes between its
  // reads and its writes, and when it fails nothing is written. `work` is run again for each
  // attempt, so what it learned is in its Result only. Errors: work's; kUnavailable (surely not
  // done), kOutcomeUnknown (the COMMIT failed, perhaps after it was on disk), kDenied, kCorrupt.
  template <typename Work>
  std::invoke_result_t<const Work&, SQLite::Database&> Atomically(const Work& work) {
    std::optional<std::invoke_result_t<const Work&, SQLite::Database&>> answer;
    EIDER_CHECK(Repeat([&]() -> Status {
      answer.emplace(work(connection_));
      if (!*answer) return std::unexpected(answer->error());
      return {};
    }));
    return *std::move(answer);
  }

 private:
  enum class Attempt { kCommitted, kBlockedByReaders };

  Database(OpenOptions options, SQLite::Database connection, Clock& clock, Random& random);

  Status Repeat(const std::function<Status()>& work);
  Result<Attempt> Try(const std::function<Status()>& work, TimePoint end);
  Error GaveUp(int attempts);

  // For the locks of other programs, from the next statement on.
  void WaitAtMost(Milliseconds wait);

  const OpenOptions options_;
  Clock& clock_;
  Random& random_;
  std::mutex mutex_;  // guards connection_
  SQLite::Database connection_;
};

}  // namespace eider::sqlite
