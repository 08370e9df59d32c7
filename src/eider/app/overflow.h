// What `eider lambda` does not begin, as it is too much for it, and hands on.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "eider/app/commands.h"
#include "eider/app/overflow_target.h"
#include "eider/base/clock.h"
#include "eider/base/result.h"
#include "eider/ledger/ledger.h"
#include "eider/pipeline/file_phases.h"
#include "eider/pipeline/outcome.h"
#include "eider/pipeline/overflow.h"
#include "eider/pipeline/services.h"

namespace eider::app {

// Safe for concurrent calls from several threads. Borrows the program.
class Overflow {
 public:
  // Of Config::overflow; null: there is none. Errors: those of OpenOverflowTarget; kUnsupported (no
  // ledger that could have the files as HELD).
  static Result<std::unique_ptr<Overflow>> Open(Session& session);

  Overflow(std::unique_ptr<OverflowTarget> target, Program& program)
      : target_(std::move(target)), program_(program) {}

  // What is to be known of the call that would load the file.
  struct Call {
    const pipeline::Services& services;
    TimePoint end;             // of its time
    const std::string& queue;  // as OverflowTarget::Send
  };

  // As LoadOptions::hand_on. Errors: those of OverflowTarget; kUnsupported (the file is to be cut,
  // and may not be).
  Result<std::optional<std::string>> HandOn(const Call& call, const ledger::Claim& claim,
                                            const pipeline::Plan& plan);

  // To know how long files take.
  void Note(const pipeline::Outcome& outcome) { speeds_.Note(outcome); }

 private:
  std::unique_ptr<OverflowTarget> target_;
  Program& program_;
  pipeline::LoadSpeeds speeds_;
};

}  // namespace eider::app
