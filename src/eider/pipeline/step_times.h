// How long each step of a file's way took. A step that several files share, such as their commit,
// counts in full for each.
#pragma once

#include "eider/base/clock.h"

namespace eider::pipeline {

struct StepTimes {
  Milliseconds ledger{0};  // claim and finish
  Milliseconds route{0};
  Milliseconds table{0};  // loaded or created
  Milliseconds query{0};  // reading, shaping and writing the rows
  Milliseconds commit{0};
};

// Adds the time that passes to one step, and from Enter on to another.
class StepTimer {
 public:
  StepTimer(Clock& clock, Milliseconds& step) : clock_(clock), step_(&step), since_(clock.Now()) {}

  ~StepTimer() { Take(); }

  StepTimer(const StepTimer&) = delete;
  StepTimer& operator=(const StepTimer&) = delete;

  void Enter(Milliseconds& step) {
    Take();
    step_ = &step;
  }

 private:
  void Take() {
    const TimePoint now = clock_.Now();
    *step_ += now - since_;
    since_ = now;
  }

  Clock& clock_;
  Milliseconds* step_;
  TimePoint since_;
};

}  // namespace eider::pipeline
