// A running program of the operator's: bytes go to its standard input and come back from its
// standard output; what it says on its standard error is kept for messages.
//
// It is told apart from this process by what it may have: none of its open files, of its
// environment only what every program needs, a limit of memory, no look into other processes, and
// no network unless the operator allows it. It dies with this process.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>

#include "eider/base/result.h"
#include "eider/config/plugin_program.h"
#include "eider/store/file_descriptor.h"

namespace eider::plugin {

// One thread writes while another reads. The thread that starts it must live as long as it does:
// the kernel ends it with that thread.
class Process {
 public:
  // PATH, HOME, LANG, LC_ALL, TZ and TMPDIR are handed on, and what the program's own `environment`
  // says. Errors: kPluginFailed (it cannot be started; says why and what to do).
  static Result<std::unique_ptr<Process>> Start(const config::PluginProgram& program);

  // Kills it and all that it started.
  ~Process();

  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  const config::PluginProgram& program() const { return program_; }

  // The time of one file begins. Before the calls below.
  void BeginFile();

  // Waits until it has taken all bytes. Errors: kPluginFailed (it ended, closed its input, or its
  // time is over), kCancelled (the stop).
  Status Write(std::string_view bytes, const std::stop_token& stop);

  // Waits for some bytes; how many. 0: it has closed its output. Errors: as Write.
  Result<std::size_t> Read(std::span<char> buffer, const std::stop_token& stop);

  // Whether it runs, and has written nothing that was not read.
  bool IsQuiet();

  // `what` it did, with how it ended and the last that it said. Kills it. When it has failed
  // before, that error: whoever notices it later has a consequence of it.
  Error Failed(std::string_view what);

 private:
  using Steady = std::chrono::steady_clock;

  Process(config::PluginProgram program, pid_t pid, store::FileDescriptor in,
          store::FileDescriptor out, store::FileDescriptor err)
      : program_(std::move(program)),
        pid_(pid),
        in_(std::move(in)),
        out_(std::move(out)),
        err_(std::move(err)) {}

  // Waits until `descriptor` is ready for `events`, and takes what comes on standard error.
  Status Await(const store::FileDescriptor& descriptor, short events, const std::stop_token& stop);
  bool TakeErrors();
  // With the mutex locked.
  bool ReadErrors();
  std::string HowItEnded();
  void End();

  const config::PluginProgram program_;
  const pid_t pid_;
  const store::FileDescriptor in_;
  const store::FileDescriptor out_;
  const store::FileDescriptor err_;
  std::optional<Steady::time_point> end_;  // of the file's time
  std::mutex mutex_;                       // guards what follows
  std::string said_;                       // the end of it
  std::optional<int> status_;              // of wait(2), once it has ended
  std::optional<Error> failure_;
};

}  // namespace eider::plugin
