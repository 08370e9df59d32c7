// Each object is a task of the pool; what waits for it waits outside of the pool.
#include "eider/store/started_puts.h"

#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "eider/base/result.h"
#include "eider/base/uri.h"
#include "eider/store/object_store.h"
#include "eider/store/s3_put.h"

namespace eider::store {
namespace {

constexpr std::size_t kBytesOnTheWayMax = 32U << 20U;

// Manifest lists and manifests of a few tables.
constexpr std::size_t kKeptBytesMax = 8U << 20U;
constexpr std::size_t kKeptObjectBytesMax = kKeptBytesMax / 16;

}  // namespace

void StartedPuts::Start(const Uri& uri, std::string bytes, PutMode mode) {
  const auto content = std::make_shared<const std::string>(std::move(bytes));  // shared: see Bytes
  KeepForReaders(uri, content);
  Begin(uri, content, mode);
}

void StartedPuts::StartUpload(const Uri& uri, std::string bytes) {
  Begin(uri, std::make_shared<const std::string>(std::move(bytes)),  // shared: see Bytes
        PutMode::kReplace);
}

void StartedPuts::Begin(const Uri& uri, const Bytes& bytes, PutMode mode) {
  bool waits = false;
  {
    const std::lock_guard lock(mutex_);
    puts_.insert_or_assign(uri, Put{bytes, mode});
    waits = bytes_on_the_way_ + bytes->size() > kBytesOnTheWayMax;
    bytes_on_the_way_ += bytes->size();
  }
  if (waits) return Send(uri, bytes, mode);
  pool_.Submit([this, uri, bytes, mode] { Send(uri, bytes, mode); });
}

void StartedPuts::Send(const Uri& uri, const Bytes& bytes, PutMode mode) {
  const Status status = PutS3Object(writing_, uri, *bytes, mode);
  const std::lock_guard lock(mutex_);
  bytes_on_the_way_ -= bytes->size();
  if (status) {
    puts_.erase(uri);
  } else {
    Put& put = puts_.at(uri);
    put.is_on_its_way = false;
    put.error = status.error();
  }
  arrived_.notify_all();
}

Status StartedPuts::Await(std::span<const Uri> uris) {
  std::unique_lock lock(mutex_);
  for (const Uri& uri : uris) {
    const auto put = puts_.find(uri);
    if (put == puts_.end() || put->second.is_on_its_way) continue;
    put->second.is_on_its_way = true;
    bytes_on_the_way_ += put->second.bytes->size();
    pool_.Submit([this, uri, again = put->second] { Send(uri, again.bytes, again.mode); });
  }
  std::optional<Error> error;
  for (const Uri& uri : uris) {
    const Put* const failed = AwaitEnd(uri, lock);
    if (failed != nullptr && !error) error = failed->error;
  }
  if (error) return std::unexpected(*std::move(error));
  return {};
}

const StartedPuts::Put* StartedPuts::AwaitEnd(const Uri& uri, std::unique_lock<std::mutex>& lock) {
  auto put = puts_.end();
  arrived_.wait(lock, [&] {
    put = puts_.find(uri);
    return put == puts_.end() || !put->second.is_on_its_way;
  });
  return put == puts_.end() ? nullptr : &put->second;
}

void StartedPuts::Forget(const Uri& uri) {
  std::unique_lock lock(mutex_);
  AwaitEnd(uri, lock);
  puts_.erase(uri);
  if (const auto kept = kept_.find(uri); kept != kept_.end()) {
    kept_bytes_ -= kept->second->size();
    kept_.erase(kept);
    std::erase(kept_order_, uri);
  }
}

std::optional<StartedPuts::Bytes> StartedPuts::Find(const Uri& uri) {
  const std::lock_guard lock(mutex_);
  if (const auto kept = kept_.find(uri); kept != kept_.end()) return kept->second;
  const auto put = puts_.find(uri);
  return put == puts_.end() ? std::nullopt : std::optional(put->second.bytes);
}

void StartedPuts::KeepForReaders(const Uri& uri, const Bytes& bytes) {
  if (bytes->size() > kKeptObjectBytesMax) return;
  const std::lock_guard lock(mutex_);
  if (!kept_.emplace(uri, bytes).second) return;
  kept_order_.push_back(uri);
  kept_bytes_ += bytes->size();
  while (kept_bytes_ > kKeptBytesMax) {
    const auto oldest = kept_.find(kept_order_.front());
    kept_bytes_ -= oldest->second->size();
    kept_.erase(oldest);
    kept_order_.pop_front();
  }
}

}  // namespace eider::store
