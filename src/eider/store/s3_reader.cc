// Which part of an object comes from where.
#include "eider/store/s3_reader.h"

#include <algorithm>
#include <condition_variable>
#include <cstdint>
#include <cstring>
#include <memory>
#include <mutex>
#include <span>
#include <stop_token>
#include <utility>

#include <fmt/format.h>

#include "eider/base/result.h"
#include "eider/base/uri.h"
#include "eider/store/object_store.h"
#include "eider/store/s3_content.h"

namespace eider::store {
namespace {

constexpr std::size_t kReadAheadBlocks = 8;

// Fetches that somebody waits for, all of them, whatever becomes of the first.
class Fetches {
 public:
  explicit Fetches(std::size_t count) : left_(count) {}

  void Done(Status fetched) {
    const std::lock_guard lock(mutex_);
    if (!fetched && outcome_) outcome_ = std::move(fetched);
    // Under the lock: the waiting thread ends this object's life as soon as it may go on.
    if (--left_ == 0) all_done_.notify_all();
  }

  Status Wait() {
    std::unique_lock lock(mutex_);
    all_done_.wait(lock, [this] { return left_ == 0; });
    return outcome_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable all_done_;
  std::size_t left_;
  Status outcome_;
};

}  // namespace

Result<std::unique_ptr<ObjectReader>> S3Reader::Open(const Deps& deps, const Uri& uri,
                                                     const OpenOptions& options,
                                                     const S3ReadLimits& limits) {
  Beginning beginning{std::make_unique_for_overwrite<char[]>(limits.range_bytes), 0};
  EIDER_ASSIGN(S3Head head, FetchS3Head(deps.requests, uri, options,
                                        {beginning.bytes.get(), limits.range_bytes}));
  beginning.size_bytes = head.size_bytes;
  // A bucket that hides the version's id has it all the same.
  if (head.info.version_id.empty()) head.info.version_id = options.version_id;
  std::unique_ptr<S3Reader> reader(
      new S3Reader(deps, std::move(head.info), std::move(beginning), limits));
  reader->Start(options.stop);
  return reader;
}

S3Reader::S3Reader(const Deps& deps, ObjectInfo info, Beginning beginning,
                   const S3ReadLimits& limits)
    : deps_(deps),
      info_(std::move(info)),
      beginning_(std::move(beginning)),
      limits_(limits),
      is_whole_(info_.size_bytes <= limits.whole_bytes_max),
      tail_start_(info_.size_bytes) {}

void S3Reader::Start(const std::stop_token& stop) {
  if (beginning_.size_bytes < info_.size_bytes) {
    const std::uint64_t left = info_.size_bytes - beginning_.size_bytes;
    S3BlockLimits blocks{limits_.block_bytes, limits_.blocks_max, kReadAheadBlocks};
    if (is_whole_) blocks = {limits_.range_bytes, left / limits_.range_bytes + 2, 0};
    blocks_ = std::make_shared<S3Blocks>(deps_.requests, deps_.pool, info_, blocks);
    if (is_whole_) {
      blocks_->Want(info_.size_bytes - 1, 1);  // readers of Parquet begin at the end
      blocks_->Want(beginning_.size_bytes, left);
    } else {
      tail_start_ = (info_.size_bytes - 1) / limits_.tail_bytes * limits_.tail_bytes;
      tail_start_ -= std::min<std::uint64_t>(tail_start_, limits_.tail_bytes);
      tail_ = std::make_shared<S3Blocks>(deps_.requests, deps_.pool, info_,
                                         S3BlockLimits{limits_.tail_bytes, 2, 0});
      tail_->Want(tail_start_, info_.size_bytes - tail_start_);
    }
  }
  on_stop_ = std::make_unique<std::stop_callback<std::function<void()>>>(stop, [this] {
    stop_.request_stop();
    if (blocks_) blocks_->Stop();
    if (tail_) tail_->Stop();
  });
}

S3Reader::~S3Reader() {
  on_stop_.reset();
  if (blocks_) blocks_->Stop();
  if (tail_) tail_->Stop();
}

Status S3Reader::ReadAt(std::uint64_t offset, std::span<char> out) {
  if (offset > info_.size_bytes || out.size() > info_.size_bytes - offset) {
    return Fail(Code::kInvalid,
                fmt::format("cannot read beyond the end of the object, {} bytes from {} of {}: {}",
                            out.size(), offset, info_.size_bytes, info_.uri.ToString()));
  }
  if (offset < beginning_.size_bytes) {
    const std::size_t count = std::min<std::size_t>(out.size(), beginning_.size_bytes - offset);
    std::memcpy(out.data(), beginning_.bytes.get() + offset, count);
    out = out.subspan(count);
    offset += count;
  }
  if (out.empty()) return {};
  if (is_whole_) return blocks_->Read(offset, out);
  if (offset >= tail_start_) return tail_->Read(offset, out);
  if (out.size() >= limits_.block_bytes) return ReadSideBySide(offset, out);
  return blocks_->Read(offset, out);
}

Status S3Reader::ReadSideBySide(std::uint64_t offset, std::span<char> out) {
  // Half a range at least: a request costs as much as some hundred kilobytes.
  const std::size_t piece = std::max(limits_.range_bytes / 2, limits_.block_bytes);
  const std::size_t others = (out.size() - 1) / piece;
  Fetches fetches(others);
  for (std::size_t i = 1; i <= others; ++i) {
    const std::span<char> part = out.subspan(i * piece, std::min(piece, out.size() - i * piece));
    deps_.pool.Submit([this, &fetches, part, start = offset + i * piece] {
      fetches.Done(FetchS3Range(deps_.requests, info_, start, part, stop_.get_token()));
    });
  }
  const Status first = FetchS3Range(deps_.requests, info_, offset,
                                    out.first(std::min(piece, out.size())), stop_.get_token());
  const Status rest = fetches.Wait();
  return first ? rest : first;
}

}  // namespace eider::store
