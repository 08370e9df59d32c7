// Whole objects that are on their way into S3, side by side, while their writer goes on.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>

#include "eider/base/result.h"
#include "eider/base/uri.h"
#include "eider/store/object_store.h"
#include "eider/store/s3_put.h"
#include "eider/store/task_pool.h"

namespace eider::store {

// Safe for concurrent calls from several threads. Borrows what it works with; the pool ends first.
class StartedPuts {
 public:
  // shared: the request, whoever reads the object and the one who may put it again hold the bytes.
  using Bytes = std::shared_ptr<const std::string>;

  StartedPuts(const S3Writing& writing, TaskPool& pool) : writing_(writing), pool_(pool) {}

  // The bytes are kept for a while, as the object may be asked for soon. While too many bytes are
  // on their way it returns when these have arrived.
  void Start(const Uri& uri, std::string bytes, PutMode mode);

  // The same of an object that nobody asks for soon.
  void StartUpload(const Uri& uri, std::string bytes);

  // Waits until all of them that were started here have arrived. One that has failed before is put
  // again. Errors: the first one, those of ObjectStore::Put.
  Status Await(std::span<const Uri> uris);

  // Waits until nothing of the object can arrive any more, and forgets it.
  void Forget(const Uri& uri);

  // The content of an object that is on its way, or was put a while ago; nothing: not known.
  std::optional<Bytes> Find(const Uri& uri);

 private:
  struct Put {
    Bytes bytes;
    PutMode mode;
    bool is_on_its_way = true;
    std::optional<Error> error = {};  // of the last try
  };

  void Begin(const Uri& uri, const Bytes& bytes, PutMode mode);
  void Send(const Uri& uri, const Bytes& bytes, PutMode mode);
  void KeepForReaders(const Uri& uri, const Bytes& bytes);
  // Until the object is not on its way: its put has failed, or (null) there is none.
  const Put* AwaitEnd(const Uri& uri, std::unique_lock<std::mutex>& lock);

  const S3Writing& writing_;
  TaskPool& pool_;

  std::mutex mutex_;
  std::condition_variable arrived_;
  std::size_t bytes_on_the_way_ = 0;
  std::map<Uri, Put> puts_;  // on their way, or failed
  std::map<Uri, Bytes> kept_;
  std::deque<Uri> kept_order_;  // the oldest first
  std::size_t kept_bytes_ = 0;
};

}  // namespace eider::store
