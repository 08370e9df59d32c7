// Fork, wait, forward signals, and look at how the worker ended.
#include "eider/app/supervisor.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "eider/app/commands.h"
#include "eider/engine/private_directory.h"

namespace eider::app {
namespace {

using Steady = std::chrono::steady_clock;

// Signals that wait to be taken by Wait, and not by a handler.
class BlockedSignals {
 public:
  BlockedSignals() {
    ::sigemptyset(&signals_);
    for (const int signal : {SIGINT, SIGTERM, SIGCHLD}) ::sigaddset(&signals_, signal);
    ::sigprocmask(SIG_BLOCK, &signals_, &former_);
  }

  ~BlockedSignals() { Restore(); }

  BlockedSignals(const BlockedSignals&) = delete;
  BlockedSignals& operator=(const BlockedSignals&) = delete;

  void Restore() const { ::sigprocmask(SIG_SETMASK, &former_, nullptr); }

  // The next of them, or 0 after a tenth of a second.
  int Wait() const {
    const timespec moment{.tv_sec = 0, .tv_nsec = 100'000'000};
    const int signal = ::sigtimedwait(&signals_, nullptr, &moment);
    return signal < 0 ? 0 : signal;
  }

 private:
  sigset_t signals_{};
  sigset_t former_{};
};

Milliseconds GraceOf(const WorkJournal& journal) {
  return journal.stop_grace().value_or(kStopGrace);
}

struct Ended {
  int status = 0;           // as waitpid gives it
  int stopped_by = 0;       // the signal that asked for the end; 0: none
  bool was_killed = false;  // it did not end within the grace
};

Ended Await(pid_t worker, const BlockedSignals& signals, const WorkJournal& journal) {
  Ended ended;
  Steady::time_point asked;
  while (true) {
    const int signal = signals.Wait();
    if (signal == SIGINT || signal == SIGTERM) {
      if (ended.stopped_by == 0) {
        ended.stopped_by = signal;
        asked = Steady::now();
      }
      ::kill(worker, signal);
    }
    const pid_t done = ::waitpid(worker, &ended.status, WNOHANG);
    if (done == worker || (done < 0 && errno != EINTR)) return ended;
    if (ended.stopped_by != 0 && !ended.was_killed && Steady::now() - asked > GraceOf(journal)) {
      ended.was_killed = true;
      ::kill(worker, SIGKILL);
    }
  }
}

[[noreturn]] void Work(const Supervised& supervised, WorkJournal& journal, pid_t supervisor) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != supervisor) ::_exit(kExitSignal + SIGKILL);  // it died meanwhile
  std::exit(supervised.work(journal));
}

std::string HowItEnded(int status) {
  const int signal = WTERMSIG(status);
  const char* const name = ::sigdescr_np(signal);
  return fmt::format("the working process was ended by signal {} ({})", signal,
                     name == nullptr ? "unknown" : name);
}

}  // namespace

int Supervise(const Supervised& supervised) {
  WorkJournal journal;
  const BlockedSignals signals;
  const pid_t supervisor = ::getpid();
  int ended_by = 0;
  for (int run = 1;; ++run) {
    journal.StartRun(run, ended_by);
    const pid_t worker = ::fork();
    if (worker == 0) {
      signals.Restore();
      Work(supervised, journal, supervisor);
    }
    if (worker < 0) {
      // Without another process nobody is watched over.
      signals.Restore();
      return supervised.work(journal);
    }
    const Ended ended = Await(worker, signals, journal);
    if (WIFEXITED(ended.status)) return WEXITSTATUS(ended.status);
    ended_by = WTERMSIG(ended.status);
    const std::string spill = journal.temp_directory();
    if (!spill.empty()) engine::RemoveAbandoned(spill);
    const std::vector<std::string> files = journal.TakeBrokenOff();
    if (ended.was_killed) {
      supervised.tell(
          {fmt::format("killed: it did not end {} ms after the signal", GraceOf(journal).count()),
           files, true});
    }
    if (ended.stopped_by != 0) return kExitSignal + ended.stopped_by;
    // Who reads our output has gone: nobody wants to hear of it.
    if (ended_by == SIGPIPE) return kExitSignal + ended_by;
    supervised.tell({HowItEnded(ended.status), files});
    if (files.empty()) return kExitSignal + ended_by;
  }
}

}  // namespace eider::app
