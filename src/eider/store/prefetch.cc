// One thread that opens one object.
#include "eider/store/prefetch.h"

#include <mutex>
#include <stop_token>
#include <utility>

#include "eider/base/file_ref.h"
#include "eider/base/result.h"
#include "eider/store/object_store.h"

namespace eider::store {

Prefetch::Prefetch(ObjectStore& store, const FileRef& file, const std::stop_token& stop)
    : on_stop_(stop, [this] { stop_.request_stop(); }),
      reader_(opened_.get_future().share()),
      thread_([this, &store, uri = file.uri,
               options = OpenOptions{file.etag, file.version_id, stop_.get_token()}] {
        auto reader = store.Open(uri, options);
        if (reader) {
          opened_.set_value(SharedReader(*std::move(reader)));
        } else {
          opened_.set_value(std::unexpected(std::move(reader).error()));
        }
      }) {}

Result<SharedReader> Prefetch::Reader() const {
  reader_.wait();
  // A thread that has ended holds its stack until it is joined.
  std::call_once(joined_, [this] {
    if (thread_.joinable()) thread_.join();
  });
  return reader_.get();
}

Prefetch::~Prefetch() {
  stop_.request_stop();
}

}  // namespace eider::store
