// One question to a process of its own, which may die of it.
//
// The child is started for one question, reads it from its standard input to the end, and writes
// its answer there (it is a socket). It is asked to stop by SIGTERM and, after a grace, killed; it
// dies with this process.
#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "eider/base/clock.h"
#include "eider/base/result.h"

namespace eider::engine {

struct ReaderProgram {
  std::string path;                      // of the program
  std::vector<std::string> arguments;    // with its name in front
  std::vector<std::string> environment;  // "NAME=value"
  // How long after the end of its time the child may take to end by itself.
  Milliseconds grace{5'000};
  // The same after a stop: whoever asks for it has little time left, and a killed child leaves
  // nothing that its caller does not remove.
  Milliseconds stop_grace{500};
};

// The child's answer; `time` is how long it may take (none: as long as it likes).
//
// Errors: kReaderCrashed (it died of a signal, ended without an answer, or did not end within the
// grace after its time), kCancelled (it did not end within the grace after the stop), kUnavailable
// (it cannot be started).
Result<std::string> AskReader(const ReaderProgram& program, const std::string& question,
                              std::optional<Milliseconds> time, const std::stop_token& stop);

}  // namespace eider::engine
