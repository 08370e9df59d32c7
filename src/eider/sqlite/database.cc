#include "eider/sqlite/database.h"

#include <algorithm>
#include <filesystem>
#include <functional>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <system_error>
#include <utility>

#include <SQLiteCpp/SQLiteCpp.h>
#include <fmt/format.h>
#include <sqlite3.h>

#include "eider/base/backoff.h"
#include "eider/config/regular_file.h"

namespace eider::sqlite {
namespace {

// SQLite's own busy handlers look every 100 ms at most: whoever waits for a read gets in.
constexpr Milliseconds kPauseMin{100};
constexpr Milliseconds kPauseGrowsFrom{100};
constexpr Milliseconds kPauseGrowsTo{2'000};

Status CreateFolderOf(const Subject& subject) {
  const std::filesystem::path folder = std::filesystem::path(subject.path).parent_path();
  if (folder.empty()) return {};
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (!error) return {};
  return Fail(Code::kDenied, fmt::format("cannot create folder {} for the {}: {}", folder.string(),
                                         subject.name, error.message()));
}

}  // namespace

Result<std::unique_ptr<Database>> Database::Open(OpenOptions options, Clock& clock,
                                                 Random& random) {
  const Subject& subject = options.subject;
  int flags = SQLite::OPEN_READWRITE;
  if (options.create) {
    EIDER_CHECK(CreateFolderOf(subject));
    flags |= SQLite::OPEN_CREATE;
  }
  if (const Status is_file = config::CheckRegularFile(subject.path); !is_file) {
    return Fail(fmt::format("cannot use the {}", subject.name), is_file.error());
  }
  try {
    SQLite::Database connection(subject.path, flags, static_cast<int>(options.wait_max.count()));
    connection.exec("PRAGMA synchronous = FULL");
    return std::unique_ptr<Database>(
        new Database(std::move(options), std::move(connection), clock, random));
  } catch (const SQLite::Exception& cause) {
    return std::unexpected(ErrorOf(subject, cause));
  }
}

Database::Database(OpenOptions options, SQLite::Database connection, Clock& clock, Random& random)
    : options_(std::move(options)),
      clock_(clock),
      random_(random),
      connection_(std::move(connection)) {}

bool Database::is_read_only() const {
  return sqlite3_db_readonly(connection_.getHandle(), "main") == 1;
}

// To change the mode is a write that no reader may be beside, as a COMMIT in the old mode is.
Status Database::UseWriteAheadLog() {
  return Read([this](SQLite::Database& database) -> Status {
    WaitAtMost(options_.commit_wait);
    const int code = database.tryExec("PRAGMA journal_mode = WAL");
    if (code == SQLITE_OK || code == SQLITE_BUSY) return {};
    throw SQLite::Exception(database.getHandle(), code);
  });
}

Status Database::Repeat(const std::function<Status()>& work) {
  const TimePoint end = clock_.Now() + options_.wait_max;
  Backoff backoff({.num_retries = std::numeric_limits<int>::max(),
                   .min_wait = kPauseGrowsFrom,
                   .max_wait = kPauseGrowsTo,
                   .total_timeout = options_.wait_max},
                  clock_, random_);
  for (;;) {
    EIDER_ASSIGN(const Attempt attempt, Try(work, end));
    if (attempt == Attempt::kCommitted) return {};
    const std::optional<Milliseconds> pause = backoff.NextWait();
    if (!pause) return std::unexpected(GaveUp(backoff.retries() + 1));
    clock_.SleepFor(kPauseMin + *pause, std::stop_token());
  }
}

// Only the COMMIT waits for readers: in the transaction the lock is one that readers can be beside,
// unless a work outgrows the cache. To wait for another writer, before, keeps nobody out.
Result<Database::Attempt> Database::Try(const std::function<Status()>& work, TimePoint end) {
  const std::scoped_lock lock(mutex_);
  const Milliseconds left = std::max(end - clock_.Now(), Milliseconds::zero());
  bool has_begun = false;
  bool is_committing = false;
  try {
    WaitAtMost(left);
    SQLite::Transaction transaction(connection_, SQLite::TransactionBehavior::IMMEDIATE);
    has_begun = true;
    WaitAtMost(std::min(options_.commit_wait, left));
    EIDER_CHECK(work());
    is_committing = true;
    transaction.commit();
    return Attempt::kCommitted;
  } catch (const SQLite::Exception& cause) {  // the transaction is undone
    if (has_begun && cause.getErrorCode() == SQLITE_BUSY) return Attempt::kBlockedByReaders;
    Error error = ErrorOf(subject(), cause);
    if (is_committing) error.code = Code::kOutcomeUnknown;
    return std::unexpected(std::move(error));
  }
}

Error Database::GaveUp(int attempts) {
  return {Code::kUnavailable,
          fmt::format("{0} is being read by another program, which does not end its read, and "
                      "with a rollback journal nothing can be committed meanwhile; end that "
                      "program's query or session, or stop all programs that use the database and "
                      "give it a write-ahead log, where readers are in nobody's way (sqlite3 {1} "
                      "'PRAGMA journal_mode = WAL'): undone {2} times in {3} s",
                      subject().ToString(), subject().path, attempts,
                      static_cast<double>(options_.wait_max.count()) / 1'000)};
}

void Database::WaitAtMost(Milliseconds wait) {
  connection_.setBusyTimeout(static_cast<int>(wait.count()));
}

}  // namespace eider::sqlite
