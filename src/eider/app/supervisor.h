// The process that people start watches over the one that works.
//
// Readers of foreign bytes may crash, hang or eat the memory, and take the files beside theirs
// along. A worker that dies with files in work is followed by another, which reads those files
// alone, each in a process of its own. Started before there is any thread.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "eider/app/work_journal.h"
#include "eider/base/clock.h"

namespace eider::app {

// How long a worker may take to end after SIGINT or SIGTERM before it is killed.
inline constexpr Milliseconds kStopGrace{10'000};

struct Supervised {
  std::function<int(WorkJournal&)> work;  // in the worker; its exit code
  // Tells why a worker ended; of files that it had in work, the text leads to their names.
  std::function<void(const std::string& why, const std::vector<std::string>& files)> tell;
};

// The exit code of the last worker; 128 and the signal's number where a signal ended it.
int Supervise(const Supervised& supervised);

}  // namespace eider::app
