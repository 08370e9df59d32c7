// One invocation of the function: from its event to the answer.
//
// What is answered decides what is tried again. Of an SQS event the failed messages come back, and
// after the queue's maxReceiveCount go to the dead-letter queue; of every other event the whole is
// tried again, for which Lambda wants an error. A file counts as done when its rows are in, or
// never can be because its content is no longer there. Every outcome is logged when it is known.
#pragma once

#include <functional>
#include <optional>
#include <stop_token>
#include <string>

#include "eider/app/file_pieces.h"
#include "eider/app/overflow.h"
#include "eider/base/clock.h"
#include "eider/pipeline/loader.h"
#include "eider/routes/store_health.h"
#include "eider/source/lambda_runtime.h"

namespace eider::app {

struct LambdaAnswer {
  std::string response;  // JSON, when there is no error
  std::optional<source::RuntimeError> error;
};

// Borrowed; all outlive the calls.
struct LambdaDeps {
  pipeline::Services pipeline;
  pipeline::LoadOptions load;
  std::string function_name;                           // the dimension of the metrics
  std::function<void(const std::string& line)> print;  // one line of the log; by one call at a time
  Overflow* overflow = nullptr;                        // null: no file is handed on
  // Takes the pieces of files that this function has handed on to itself; null: takes them whole.
  const FilePieces* pieces = nullptr;
  routes::StoreHealth* route_health = nullptr;  // null: nothing ever serves in the store's place
  // Sends the answer of an invocation whose work does not end in time, and ends the process: called
  // from a thread of its own, and does not return. Empty: the work's end is awaited.
  std::function<void(const source::Invocation&, const LambdaAnswer&)> cut_off = {};
};

// When to stop before the deadline, so that there is time to commit what is ready and to answer:
// 2 s, or a tenth of what is left if that is less.
TimePoint StopTimeFor(TimePoint now, TimePoint deadline);

// When to answer with what is known, though a file that is deaf to the stop is still in work: three
// quarters of the time between stop and deadline are for commits.
TimePoint CutOffTimeFor(TimePoint now, TimePoint deadline);

// Loads the files of the event. Whatever it holds, there is an answer. `stop`: the process is to
// end.
LambdaAnswer HandleInvocation(const LambdaDeps& deps, const source::Invocation& invocation,
                              const std::stop_token& stop);

}  // namespace eider::app
