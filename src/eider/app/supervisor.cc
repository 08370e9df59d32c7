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
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "eider/app/commands.h"
#include "eider/base/signal_name.h"
#include "eider/engine/private_directory.h"

namespace eider::app {
namespace {

using Steady = std::chrono::steady_clock;

// Signals that wait to be taken by Wait, and not by a handler.
class BlockedSignals {
 public:
  explicit BlockedSignals(bool takes_hangup) {
    ::sigemptyset(&signals_);
    for (const int signal : {SIGINT, SIGTERM, SIGCHLD}) ::sigaddset(&signals_, signal);
    if (takes_hangup) ::sigaddset(&signals_, SIGHUP);
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
  bool restarts = false;    // another is to follow it
  bool was_killed = false;  // it did not end within the grace
};

bool MayRestart(const Supervised& supervised, const BlockedSignals& signals) {
  const pid_t trial = ::fork();
  if (trial == 0) {
    signals.Restore();
    std::_Exit(supervised.may_restart() ? kExitDone : kExitFailed);
  }
  int status = 0;
  while (trial > 0 && ::waitpid(trial, &status, 0) < 0 && errno == EINTR) continue;
  return trial > 0 && WIFEXITED(status) && WEXITSTATUS(status) == kExitDone;
}

Ended Await(pid_t worker, const BlockedSignals& signals, const WorkJournal& journal,
            const Supervised& supervised) {
  Ended ended;
  std::optional<Steady::time_point> asked;  // for its end
  while (true) {
    const int signal = signals.Wait();
    if (signal == SIGINT || signal == SIGTERM) {
      // One that ends for another to follow is not hurried by the first of these.
      if (!ended.restarts || ended.stopped_by != 0) ::kill(worker, signal);
      if (ended.stopped_by == 0) ended.stopped_by = signal;
      if (!asked) asked = Steady::now();
    }
    if (signal == SIGHUP && !asked && MayRestart(supervised, signals)) {
      ended.restarts = true;
      asked = Steady::now();
      ::kill(worker, SIGTERM);
    }
    const pid_t done = ::waitpid(worker, &ended.status, WNOHANG);
    if (done == worker || (done < 0 && errno != EINTR)) return ended;
    if (asked && !ended.was_killed && Steady::now() - *asked > GraceOf(journal)) {
      ended.was_killed = true;
      ::kill(worker, SIGKILL);
    }
  }
}

[[noreturn]] void BeWorker(const Supervised& supervised, WorkJournal& journal, pid_t supervisor) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != supervisor) ::_exit(kExitSignal + SIGKILL);  // it died meanwhile
  std::exit(supervised.work(journal));
}

std::string HowItEnded(int status) {
  const int signal = WTERMSIG(status);
  return fmt::format("the working process was ended by signal {} ({})", signal, SignalName(signal));
}

}  // namespace

int Supervise(const Supervised& supervised) {
  WorkJournal journal;
  const BlockedSignals signals(supervised.may_restart != nullptr);
  const pid_t supervisor = ::getpid();
  int ended_by = 0;
  for (int run = 1;; ++run) {
    journal.StartRun(run, ended_by);
    const pid_t worker = ::fork();
    if (worker == 0) {
      signals.Restore();
      BeWorker(supervised, journal, supervisor);
    }
    if (worker < 0) {
      // Without another process nobody is watched over.
      signals.Restore();
      return supervised.work(journal);
    }
    const Ended ended = Await(worker, signals, journal, supervised);
    const bool is_followed = ended.restarts && ended.stopped_by == 0;
    if (WIFEXITED(ended.status)) {
      if (!is_followed) return WEXITSTATUS(ended.status);
      run = 0;
      ended_by = 0;
      continue;
    }
    ended_by = WTERMSIG(ended.status);
    const std::string spill = journal.temp_directory();
    if (!spill.empty()) engine::RemoveAbandoned(spill);
    const std::vector<std::string> files = journal.TakeBrokenOff();
    if (ended.was_killed) {
      supervised.tell(
          {fmt::format("killed: it did not end {} ms after the signal", GraceOf(journal).count()),
           files, true});
      if (is_followed) continue;
    }
    if (ended.stopped_by != 0) return kExitSignal + ended.stopped_by;
    // Who reads our output has gone: nobody wants to hear of it.
    if (ended_by == SIGPIPE) return kExitSignal + ended_by;
    supervised.tell({HowItEnded(ended.status), files});
    if (files.empty()) return kExitSignal + ended_by;
  }
}

}  // namespace eider::app
