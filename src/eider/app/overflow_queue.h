// Where `eider lambda` hands files on that are too much for it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "eider/app/commands.h"
#include "eider/base/clock.h"
#include "eider/base/result.h"
#include "eider/ledger/ledger.h"
#include "eider/pipeline/file_phases.h"
#include "eider/pipeline/outcome.h"
#include "eider/pipeline/overflow.h"
#include "eider/source/sqs_queue.h"

namespace eider::app {

// Safe for concurrent calls from several threads. Borrows the program.
class OverflowQueue {
 public:
  // Of Config::overflow; null: there is none. Errors: as OpenSqsSource; kUnsupported (a FIFO queue,
  // or no ledger that could have the files as HELD).
  static Result<std::unique_ptr<OverflowQueue>> Open(Session& session);

  OverflowQueue(source::SqsQueue queue, Program& program)
      : queue_(std::move(queue)), program_(program) {}

  // As LoadOptions::hand_on, for a call that ends at that time. Errors: those of SqsQueue.
  Result<std::optional<std::string>> HandOn(const ledger::Claim& claim, const pipeline::Plan& plan,
                                            TimePoint end);

  // To know how long files take.
  void Note(const pipeline::Outcome& outcome) { speeds_.Note(outcome); }

 private:
  source::SqsQueue queue_;
  Program& program_;
  pipeline::LoadSpeeds speeds_;
};

}  // namespace eider::app
