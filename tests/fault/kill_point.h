// The points of an event's way at which the fault loader kills itself.
#pragma once

#include <signal.h>

#include <array>
#include <string_view>
#include <utility>

namespace eider::fault {

inline constexpr std::array<std::string_view, 6> kKillPoints = {
    "never",  // no fault
    "after_claim", "after_query", "before_swap", "after_swap", "after_finish",
};

// Dies at one point, like a process that lost its power: no destructor runs.
class Killer {
 public:
  explicit Killer(std::string_view point) : point_(point) {}

  void Passing(std::string_view point) const {
    if (point == point_) ::raise(SIGKILL);
  }

 private:
  std::string_view point_;
};

}  // namespace eider::fault
