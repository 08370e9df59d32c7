#include "eider/pipeline/step_times.h"

#include <string_view>

#include "eider/base/clock.h"

namespace eider::pipeline {

std::string_view StepName(Step step) {
  switch (step) {
    case Step::kLedger:
      return "ledger";
    case Step::kRoute:
      return "route";
    case Step::kTable:
      return "table";
    case Step::kQuery:
      return "query";
    case Step::kCommit:
      break;
  }
  return "commit";
}

Milliseconds StepTimes::Of(Step step) const {
  Milliseconds sum{0};
  for (const StepTime& time : all_) {
    if (time.step == step) sum += time.ended - time.began;
  }
  return sum;
}

}  // namespace eider::pipeline
