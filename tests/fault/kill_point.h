// The points of an event's way at which the fault loader kills itself.
#pragma once

#include <signal.h>

#include <array>
#include <atomic>
#include <string_view>
#include <utility>

namespace eider::fault {

inline constexpr std::array<std::string_view, 6> kKillPoints = {
    "never",  // no fault
    "after_claim", "after_query", "before_swap", "after_swap", "after_finish",
};

// The same for a file that goes to three tables. "after_plan" is passed when its parts are in the
// ledger and none is in a table, "after_part" when the ledger has one more of them as loaded.
inline constexpr std::array<std::string_view, 12> kFanOutKillPoints = {
    "never",      "after_claim",   "after_query",  "after_plan",   "before_swap",  "after_swap",
    "after_part", "before_swap#2", "after_swap#2", "after_part#2", "after_swap#3", "after_finish",
};

// The same where the three tables are committed together: there is nothing between them.
inline constexpr std::array<std::string_view, 7> kTogetherKillPoints = {
    "never",       "after_claim", "after_query",  "after_plan",
    "before_swap", "after_swap",  "after_finish",
};

// The same for a file with bad rows, which are committed before its others. "after_rejects" is
// passed when the data files of both are there.
inline constexpr std::array<std::string_view, 9> kRejectsKillPoints = {
    "never",      "after_claim",   "after_query",  "after_rejects", "before_swap",
    "after_swap", "before_swap#2", "after_swap#2", "after_finish",
};

inline constexpr std::array<std::string_view, 7> kRejectsTogetherKillPoints = {
    "never",       "after_claim", "after_query",  "after_rejects",
    "before_swap", "after_swap",  "after_finish",
};

// The same where the file goes to three tables and has bad rows for one of them.
inline constexpr std::array<std::string_view, 14> kRejectsColumnKillPoints = {
    "never",        "after_claim",  "after_query",  "after_rejects", "after_plan",
    "before_swap",  "after_swap",   "after_part",   "before_swap#2", "after_swap#2",
    "after_swap#3", "after_part#3", "after_swap#4", "after_finish",
};

// The same where a table is changed for files that are held, and these are loaded: the first swap
// is that of the schema.
inline constexpr std::array<std::string_view, 8> kApplyKillPoints = {
    "never",       "before_swap",   "after_swap",   "after_claim",
    "after_query", "before_swap#2", "after_swap#2", "after_finish",
};

// Dies at one point, like a process that lost its power: no destructor runs. "after_swap" is its
// first passing, "after_swap#2" its second.
class Killer {
 public:
  explicit Killer(std::string_view point) : point_(point.substr(0, point.find('#'))) {
    if (point_.size() < point.size()) passings_left_ = point.back() - '0';
  }

  void Passing(std::string_view point) const {
    if (point == point_ && --passings_left_ == 0) ::raise(SIGKILL);
  }

 private:
  std::string_view point_;
  mutable std::atomic<int> passings_left_ = 1;
};

}  // namespace eider::fault
