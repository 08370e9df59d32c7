#include "eider/store/s3_blocks.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <mutex>
#include <span>
#include <utility>

#include "eider/base/result.h"
#include "eider/store/s3_content.h"

namespace eider::store {

void S3Blocks::Want(std::uint64_t offset, std::uint64_t size_bytes) {
  if (size_bytes == 0) return;
  const std::lock_guard lock(mutex_);
  const std::uint64_t last = (offset + size_bytes - 1) / limits_.block_bytes;
  for (std::uint64_t index = offset / limits_.block_bytes; index <= last; ++index) Take(index);
}

Status S3Blocks::Read(std::uint64_t offset, std::span<char> out) {
  while (!out.empty()) {
    const std::uint64_t index = offset / limits_.block_bytes;
    const std::size_t start = offset % limits_.block_bytes;
    std::unique_lock lock(mutex_);
    const SharedBlock block = Take(index);
    ReadAhead(index);
    arrived_.wait(lock, [&] { return block->fetched.has_value(); });
    if (!*block->fetched) return *block->fetched;
    lock.unlock();
    const std::size_t count = std::min(out.size(), block->size_bytes - start);
    std::memcpy(out.data(), block->bytes.get() + start, count);
    out = out.subspan(count);
    offset += count;
  }
  return {};
}

S3Blocks::SharedBlock S3Blocks::Take(std::uint64_t index) {
  const auto found = blocks_.find(index);
  if (found != blocks_.end()) {
    uses_.splice(uses_.begin(), uses_, found->second.use);
    return found->second.block;
  }
  if (blocks_.size() >= limits_.blocks_max) DropOldest();
  auto block = std::make_shared<Block>();
  const std::uint64_t offset = index * limits_.block_bytes;
  block->size_bytes = static_cast<std::size_t>(
      std::min<std::uint64_t>(limits_.block_bytes, content_.size_bytes - offset));
  block->bytes = std::make_unique_for_overwrite<char[]>(block->size_bytes);
  uses_.push_front(index);
  blocks_.emplace(index, Entry{block, uses_.begin()});
  pool_.Submit([self = shared_from_this(), index, block] { self->Fetch(index, block); });
  return block;
}

// Only where blocks are read one after the other: scattered reads would pay for nothing.
void S3Blocks::ReadAhead(std::uint64_t index) {
  const bool goes_on = index == last_index_ + 1;
  last_index_ = index;
  if (!goes_on) return;
  const std::uint64_t blocks =
      (content_.size_bytes + limits_.block_bytes - 1) / limits_.block_bytes;
  for (std::uint64_t next = index + 1; next < std::min(blocks, index + 1 + limits_.read_ahead);
       ++next) {
    if (!blocks_.contains(next)) Take(next);
  }
}

void S3Blocks::DropOldest() {
  blocks_.erase(uses_.back());
  uses_.pop_back();
}

void S3Blocks::Fetch(std::uint64_t index, const SharedBlock& block) {
  Status fetched = Fail(Code::kCancelled, "the reading was stopped");
  if (!stop_.stop_requested()) {
    fetched = FetchS3Range(requests_, content_, index * limits_.block_bytes,
                           {block->bytes.get(), block->size_bytes}, stop_.get_token());
  }
  const std::lock_guard lock(mutex_);
  // A later read may have better luck.
  const auto found = blocks_.find(index);
  if (!fetched && found != blocks_.end() && found->second.block == block) {
    uses_.erase(found->second.use);
    blocks_.erase(found);
  }
  block->fetched = std::move(fetched);
  arrived_.notify_all();
}

}  // namespace eider::store
