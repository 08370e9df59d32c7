// Chunks of a text, looked at side by side while more of it comes.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <future>
#include <string>
#include <string_view>
#include <utility>

namespace eider::records {

// The first bytes of the text, which keeps those behind them. Only these are copied.
inline std::string TakeBeginning(std::string& text, std::size_t bytes) {
  std::string others = text.substr(bytes);
  text.resize(bytes);
  return std::exchange(text, std::move(others));
}

// `Found` is what one look found. Used by one thread, on which `take` is called; looks are on
// others.
template <typename Found>
class ChunkLooks {
 public:
  // `look` may be called for several chunks at a time. `take` gets what was found in the order of
  // the chunks; false: that is no use, and nor is what comes.
  ChunkLooks(std::size_t threads, std::function<Found(std::string_view chunk, bool is_first)> look,
             std::function<bool(Found)> take)
      : threads_(threads), look_(std::move(look)), take_(std::move(take)) {}

  // Waits until there is a thread for it. False: `take` said so.
  bool Begin(std::string chunk) {
    if (looks_.size() >= threads_ && !TakeFirst()) return false;
    const bool is_first = !std::exchange(has_begun_, true);
    looks_.push_back(std::async(std::launch::async, [this, is_first, chunk = std::move(chunk)] {
      return look_(chunk, is_first);
    }));
    return true;
  }

  // Takes all that was begun. False: as Begin.
  bool Finish() {
    while (!looks_.empty()) {
      if (!TakeFirst()) return false;
    }
    return true;
  }

 private:
  bool TakeFirst() {
    Found found = looks_.front().get();
    looks_.pop_front();
    return take_(std::move(found));
  }

  const std::size_t threads_;
  const std::function<Found(std::string_view chunk, bool is_first)> look_;
  const std::function<bool(Found)> take_;
  bool has_begun_ = false;
  std::deque<std::future<Found>> looks_;  // their end is awaited before the rest goes
};

}  // namespace eider::records
