// The process that people start watches over the one that works.
//
// Readers of foreign bytes may crash, hang or eat the memory, and take the files beside theirs
// along. A worker that dies with files in work is followed by another, which reads those files
// alone, each in a process of its own, or tells that they are poison. Started before there is any
// thread.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "eider/app/work_journal.h"
#include "eider/base/clock.h"

namespace eider::app {

// How long a worker may take to end after SIGINT or SIGTERM before it is killed, unless it has said
// so itself (WorkJournal::KeepStopGrace).
inline constexpr Milliseconds kStopGrace{10'000};

struct WorkerEnd {
  std::string why;
  std::vector<std::string> files;  // that it had in work
  bool is_stop = false;            // it was asked to end: no other follows
};

struct Supervised {
  std::function<int(WorkJournal&)> work;       // in the worker; its exit code
  std::function<void(const WorkerEnd&)> tell;  // not of those that ended by themselves
  // Where it is set, SIGHUP ends the worker as SIGTERM does, and starts another. Asked before that,
  // in a process of its own: whether another could work. False: the worker works on.
  std::function<bool()> may_restart = {};
};

// The exit code of the last worker; 128 and the signal's number where a signal ended it.
int Supervise(const Supervised& supervised);

}  // namespace eider::app
