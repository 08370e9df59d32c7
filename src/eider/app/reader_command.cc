// `eider reader`: the child of an isolated engine. It answers one question and ends.
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>
#include <string_view>

#include "eider/app/commands.h"
#include "eider/app/stop_on_signal.h"
#include "eider/base/result.h"
#include "eider/engine/isolated_engine.h"

namespace eider::app {
namespace {

Result<std::string> ReadQuestion() {
  std::string question;
  std::array<char, 1U << 16U> buffer;
  while (true) {
    const ssize_t got = ::read(STDIN_FILENO, buffer.data(), buffer.size());
    if (got == 0) return question;
    if (got > 0) question.append(buffer.data(), static_cast<std::size_t>(got));
    if (got < 0 && errno != EINTR) {
      return Fail(Code::kInvalid, "`eider reader` is started by eider itself, to read one file");
    }
  }
}

void WriteAnswer(std::string_view answer) {
  while (!answer.empty()) {
    const ssize_t sent = ::send(STDIN_FILENO, answer.data(), answer.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno != EINTR) return;  // who asked is gone
    if (sent > 0) answer.remove_prefix(static_cast<std::size_t>(sent));
  }
}

std::string Answer(Session& session, const std::string& question, const StopOnSignal& stop) {
  const auto engine = session.program.Engine();
  if (!engine) return engine::AnswerWith(engine.error());
  return engine::AnswerQuestion(**engine, question, stop.token());
}

}  // namespace

Result<int> ReaderCommand(Session& session, const ReaderOptions& options) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != options.parent) return kExitFailed;  // it died meanwhile
  const rlimit no_core{.rlim_cur = 0, .rlim_max = 0};     // of a crash that is expected
  ::setrlimit(RLIMIT_CORE, &no_core);
  const StopOnSignal stop;  // before DuckDB starts its threads
  EIDER_ASSIGN(const std::string question, ReadQuestion());
  if (options.dry_run) session.program.BeginDryRun();
  WriteAnswer(Answer(session, question, stop));
  return kExitDone;
}

}  // namespace eider::app
