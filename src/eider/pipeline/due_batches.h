// Prepared parts that wait, table by table, for others to share a commit with.
#pragma once

#include <cstddef>
#include <map>
#include <mutex>
#include <set>
#include <vector>

#include "eider/base/clock.h"
#include "eider/iceberg/table_name.h"
#include "eider/pipeline/file_load.h"

namespace eider::pipeline {

// Parts that are committed together. Borrowed: their files outlive their commit.
using Batch = std::vector<PartLoad*>;

// How long a part waits whose route does not say: long enough for small files to come together, and
// no longer beside one that takes its time.
inline constexpr Milliseconds kCommitLag{10'000};

// Safe for concurrent calls from several threads.
class DueBatches {
 public:
  // A batch is due when it has parts of `files_per_commit` files, or when one of them has waited
  // for as long as its route lets it (Route::commit_lag; else kCommitLag).
  explicit DueBatches(std::size_t files_per_commit) : files_per_commit_(files_per_commit) {}

  // Parts of one file. They wait with those of other files that go to the same tables, all of which
  // are committed together.
  void Add(const Batch& parts);

  // Batches that are due at `now`; whoever takes them commits them.
  std::vector<Batch> TakeDue(TimePoint now);

  // The rest, whether due or not.
  std::vector<Batch> TakeAll();

 private:
  struct Waiting {
    std::size_t files = 0;
    Batch parts;
  };

  bool IsDue(const Waiting& waiting, TimePoint now) const;

  const std::size_t files_per_commit_;
  std::mutex mutex_;
  std::map<std::set<iceberg::TableName>, Waiting> waiting_;  // by their tables
};

}  // namespace eider::pipeline
