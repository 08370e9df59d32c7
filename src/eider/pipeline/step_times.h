// When each step of a file's way was made: for the log, the outcome, and its trace.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "eider/base/clock.h"

namespace eider::pipeline {

// kLedger: claim, parts and end. kTable: loaded or created. kQuery: reading, shaping and writing
// the rows. kCommit is shared by the files of a commit, and kQuery by those of a group.
enum class Step : std::uint8_t { kLedger, kRoute, kTable, kQuery, kCommit };

// "ledger", "route", "table", "query", "commit".
std::string_view StepName(Step step);

struct StepTime {
  Step step = Step::kLedger;
  TimePoint began;
  TimePoint ended;
};

class StepTimes {
 public:
  void Add(const StepTime& time) { all_.push_back(time); }

  void Add(const StepTimes& times) {
    all_.insert(all_.end(), times.all_.begin(), times.all_.end());
  }

  // Of all that the file did of the step; what it shared counts in full.
  Milliseconds Of(Step step) const;

  // In the order of their ends.
  const std::vector<StepTime>& all() const { return all_; }

 private:
  std::vector<StepTime> all_;
};

// Adds the time that passes to one step, and from Enter on to another.
class StepTimer {
 public:
  StepTimer(Clock& clock, StepTimes& times, Step step)
      : clock_(clock), times_(times), step_(step), began_(clock.Now()) {}

  ~StepTimer() { Take(); }

  StepTimer(const StepTimer&) = delete;
  StepTimer& operator=(const StepTimer&) = delete;

  void Enter(Step step) {
    Take();
    step_ = step;
  }

 private:
  void Take() {
    const TimePoint now = clock_.Now();
    times_.Add({step_, began_, now});
    began_ = now;
  }

  Clock& clock_;
  StepTimes& times_;
  Step step_;
  TimePoint began_;
};

}  // namespace eider::pipeline
