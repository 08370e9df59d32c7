// Blocks of one content on their way or in memory, fetched by the pool, the oldest dropped first.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <stop_token>
#include <utility>

#include "eider/base/result.h"
#include "eider/store/object_store.h"
#include "eider/store/s3_requests.h"
#include "eider/store/task_pool.h"

namespace eider::store {

struct S3BlockLimits {
  std::size_t block_bytes = 0;
  std::size_t blocks_max = 0;  // in memory, beside those that somebody reads from
  std::size_t read_ahead = 0;  // blocks fetched after the one that is read, where reading goes on
};

// Safe for concurrent calls from several threads. Borrows requests and pool.
// Held by shared_ptr: a fetch under way may outlive the reader that wanted it.
class S3Blocks : public std::enable_shared_from_this<S3Blocks> {
 public:
  S3Blocks(S3Requests& requests, TaskPool& pool, ObjectInfo content, S3BlockLimits limits)
      : requests_(requests), pool_(pool), content_(std::move(content)), limits_(limits) {}

  // Begins to fetch the blocks of that range that are not there.
  void Want(std::uint64_t offset, std::uint64_t size_bytes);

  // Fills `out`; waits for what is on its way. Errors: those of FetchS3Range.
  Status Read(std::uint64_t offset, std::span<char> out);

  // Ends all fetches; reads fail from now on.
  void Stop() { stop_.request_stop(); }

 private:
  struct Block {
    std::unique_ptr<char[]> bytes;
    std::size_t size_bytes = 0;
    std::optional<Status> fetched;  // empty: on its way
  };

  // shared: a reader keeps the block that it reads from while others push it out.
  using SharedBlock = std::shared_ptr<Block>;

  struct Entry {
    SharedBlock block;
    std::list<std::uint64_t>::iterator use;
  };

  // All three under the mutex.
  SharedBlock Take(std::uint64_t index);
  void ReadAhead(std::uint64_t index);
  void DropOldest();

  void Fetch(std::uint64_t index, const SharedBlock& block);

  S3Requests& requests_;
  TaskPool& pool_;
  const ObjectInfo content_;
  const S3BlockLimits limits_;
  std::stop_source stop_;

  std::mutex mutex_;
  std::condition_variable arrived_;
  std::map<std::uint64_t, Entry> blocks_;
  std::list<std::uint64_t> uses_;  // the latest first
  std::uint64_t last_index_ = UINT64_MAX;
};

}  // namespace eider::store
