// A prepared file while its parts are committed, each in the lane of its table.
#pragma once

#include <mutex>
#include <optional>
#include <vector>

#include "eider/base/result.h"
#include "eider/pipeline/file_phases.h"

namespace eider::pipeline {

// Changed under its lock, as long as parts of it wait; afterwards by who took the last one.
struct FileTally {
  std::mutex mutex;
  Claimed file;
  Plan plan;
  PreparedParts parts;                       // their records change as they are committed
  std::vector<std::optional<Error>> errors;  // by part: why it could not be committed
  int waiting = 0;                           // parts whose commit has not ended
  int commit_retries = 0;
};

}  // namespace eider::pipeline
