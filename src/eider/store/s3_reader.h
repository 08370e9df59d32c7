// Reading of one object of S3, in bounded memory.
//
// Opening fetches the object's beginning; that tells its size. A small object comes whole, by
// ranges side by side, while its reader works already. Of a larger one the end (Parquet keeps its
// footer there) is fetched at once and kept; large reads go straight into the caller's memory, by
// ranges side by side; small ones through blocks of which the latest are kept, with read-ahead
// where they follow each other.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <stop_token>

#include "eider/base/result.h"
#include "eider/base/uri.h"
#include "eider/store/object_store.h"
#include "eider/store/s3_blocks.h"
#include "eider/store/s3_requests.h"
#include "eider/store/task_pool.h"

namespace eider::store {

struct S3ReadLimits {
  std::uint64_t whole_bytes_max = 64ULL << 20U;  // a larger object is not kept whole
  std::size_t range_bytes = 8U << 20U;           // of one request, and of the beginning
  std::size_t block_bytes = 1U << 20U;           // of small reads of large objects
  std::size_t blocks_max = 32;
  std::size_t tail_bytes = 1U << 20U;
};

// Safe for concurrent calls from several threads. Borrows requests and pool.
class S3Reader final : public ObjectReader {
 public:
  // What a reader works with. Borrowed.
  struct Deps {
    S3Requests& requests;
    TaskPool& pool;
  };

  // Errors: those of ObjectStore::Open.
  static Result<std::unique_ptr<ObjectReader>> Open(const Deps& deps, const Uri& uri,
                                                    const OpenOptions& options,
                                                    const S3ReadLimits& limits);
  ~S3Reader() override;

  const ObjectInfo& info() const override { return info_; }

  Status ReadAt(std::uint64_t offset, std::span<char> out) override;

 private:
  // The object's beginning, as much as one request brought.
  struct Beginning {
    std::unique_ptr<char[]> bytes;
    std::size_t size_bytes = 0;
  };

  S3Reader(const Deps& deps, ObjectInfo info, Beginning beginning, const S3ReadLimits& limits);

  void Start(const std::stop_token& stop);
  Status ReadSideBySide(std::uint64_t offset, std::span<char> out);

  Deps deps_;
  ObjectInfo info_;
  Beginning beginning_;
  S3ReadLimits limits_;
  bool is_whole_;
  std::uint64_t tail_start_;
  std::stop_source stop_;
  std::shared_ptr<S3Blocks> blocks_;  // shared: see S3Blocks
  std::shared_ptr<S3Blocks> tail_;    // of a larger object only
  std::unique_ptr<std::stop_callback<std::function<void()>>> on_stop_;
};

}  // namespace eider::store
