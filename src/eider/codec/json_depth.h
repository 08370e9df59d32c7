// How deep JSON is nested, found while its bytes pass and without a tree.
//
// Takes one document or several, one after the other. Text that cannot be JSON counts for nothing:
// from there to the end of its line the scan looks away, and it starts anew with the next.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace eider::codec {

// Used by one thread.
class JsonDepth {
 public:
  explicit JsonDepth(int depth_max) : depth_max_(depth_max) {}

  // Takes the next bytes. The offset, among all bytes so far, of the first bracket that opens a
  // level beyond the limit, if there is one in them.
  std::optional<std::uint64_t> Feed(std::string_view bytes);

  // Whether what was fed may be JSON: nothing but white space, or an object or array at its start.
  bool MayBeJson() const { return may_be_json_; }

 private:
  enum class State : std::uint8_t { kStart, kBefore, kAfter, kString, kEscape, kNoJson };

  void Step(char c);
  bool Open();

  int depth_max_;
  int depth_ = 0;
  State state_ = State::kStart;
  bool may_be_json_ = true;
  std::uint64_t passed_ = 0;
};

}  // namespace eider::codec
