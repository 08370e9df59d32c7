// An object that is being opened while its future reader does other things.
//
// The pipeline begins to fetch a file before it knows what is to be done with it; whoever needs the
// bytes waits here. What nobody waits for is cancelled.
#pragma once

#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <stop_token>
#include <thread>

#include "eider/base/file_ref.h"
#include "eider/base/result.h"
#include "eider/store/object_store.h"

namespace eider::store {

// shared: file handles of DuckDB, which own what they read, may outlive their query.
using SharedReader = std::shared_ptr<ObjectReader>;

// Safe for concurrent calls from several threads. Borrows the store. Its end stops the opening and
// every read of the reader.
class Prefetch {
 public:
  // Begins to open the content that `file` speaks of: its version or, without one, its ETag.
  Prefetch(ObjectStore& store, const FileRef& file, const std::stop_token& stop);
  ~Prefetch();
  Prefetch(const Prefetch&) = delete;
  Prefetch& operator=(const Prefetch&) = delete;

  // Waits until the object is open. May be called again; it is opened once.
  // Errors: those of ObjectStore::Open.
  Result<SharedReader> Reader() const;

 private:
  using Opened = Result<SharedReader>;

  std::stop_source stop_;
  std::stop_callback<std::function<void()>> on_stop_;
  std::promise<Opened> opened_;
  std::shared_future<Opened> reader_;
  mutable std::once_flag joined_;
  mutable std::jthread thread_;
};

}  // namespace eider::store
