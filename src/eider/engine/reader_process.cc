#include "eider/engine/reader_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "eider/base/result.h"
#include "eider/base/signal_name.h"

namespace eider::engine {
namespace {

using Steady = std::chrono::steady_clock;

constexpr std::size_t kAnswerBytesMax = 256U << 20U;  // statistics of a million data files
constexpr Milliseconds kLookEvery{20};                // at the stop and the time

// A file descriptor that is closed at the end.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}

  ~Descriptor() { Close(); }

  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  int get() const { return fd_; }

  void Close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }

 private:
  int fd_;
};

std::vector<char*> Pointers(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  // posix_spawn takes char* const[] and changes nothing.
  for (const std::string& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

// The child with signals as a new process has them: this process blocks some for its own threads.
Result<pid_t> Start(const ReaderProgram& program, int child_end) {
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, child_end, STDIN_FILENO);
  ::posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  ::posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  sigset_t none;
  ::sigemptyset(&none);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  pid_t pid = 0;
  const int failed =
      ::posix_spawn(&pid, program.path.c_str(), &actions, &attributes,
                    Pointers(program.arguments).data(), Pointers(program.environment).data());
  ::posix_spawnattr_destroy(&attributes);
  ::posix_spawn_file_actions_destroy(&actions);
  if (failed == 0) return pid;
  return Fail(Code::kUnavailable, fmt::format("cannot start a process that reads the file alone: "
                                              "{}: {}",
                                              program.path, std::strerror(failed)));
}

class Conversation {
 public:
  Conversation(const ReaderProgram& program, pid_t pid, int fd)
      : program_(program), pid_(pid), fd_(fd) {}

  // The answer, or nothing when the child had to be killed.
  void Hold(std::string_view question, std::optional<Milliseconds> time,
            const std::stop_token& stop);

  // Waits for the child's end and tells of it.
  Result<std::string> Finish();

 private:
  enum class Ended : std::uint8_t { kByItself, kAfterStop, kAfterTime };

  void Look(std::optional<Milliseconds> time, const std::stop_token& stop);
  bool Exchange(std::string_view& question);

  const ReaderProgram& program_;
  pid_t pid_;
  int fd_;
  std::string answer_;
  Steady::time_point started_ = Steady::now();
  std::optional<Steady::time_point> kill_at_;
  Ended ended_ = Ended::kByItself;
  bool was_killed_ = false;
};

// Asks the child to stop, and kills it when it does not.
void Conversation::Look(std::optional<Milliseconds> time, const std::stop_token& stop) {
  const Steady::time_point now = Steady::now();
  if (ended_ != Ended::kAfterStop && stop.stop_requested()) {
    ended_ = Ended::kAfterStop;
    kill_at_ = now + program_.stop_grace;
    ::kill(pid_, SIGTERM);
  } else if (!kill_at_ && time && now - started_ > *time) {
    // The child keeps the time itself; this is for one that does not come to it.
    ended_ = Ended::kAfterTime;
    kill_at_ = now + program_.grace;
  }
  if (!kill_at_ || now < *kill_at_ || was_killed_) return;
  was_killed_ = true;
  ::kill(pid_, SIGKILL);
}

// One step; false at the end.
bool Conversation::Exchange(std::string_view& question) {
  pollfd place{.fd = fd_, .events = POLLIN, .revents = 0};
  if (!question.empty()) place.events |= POLLOUT;
  if (::poll(&place, 1, static_cast<int>(kLookEvery.count())) <= 0) return true;
  if ((place.revents & POLLOUT) != 0 && !question.empty()) {
    const ssize_t sent = ::send(fd_, question.data(), question.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno != EAGAIN && errno != EINTR) return false;
    if (sent > 0) question.remove_prefix(static_cast<std::size_t>(sent));
    if (question.empty()) ::shutdown(fd_, SHUT_WR);
  }
  if ((place.revents & (POLLIN | POLLHUP | POLLERR)) == 0) return true;
  std::array<char, 1U << 16U> buffer;
  const ssize_t got = ::recv(fd_, buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (got < 0) return errno == EAGAIN || errno == EINTR;
  if (answer_.size() + static_cast<std::size_t>(got) > kAnswerBytesMax) return false;
  answer_.append(buffer.data(), static_cast<std::size_t>(got));
  return got > 0;
}

void Conversation::Hold(std::string_view question, std::optional<Milliseconds> time,
                        const std::stop_token& stop) {
  // What a killed child started may hold the socket open for long.
  while (!was_killed_ && Exchange(question)) Look(time, stop);
}

Result<std::string> Conversation::Finish() {
  int status = 0;
  // What closed its socket is about to end; what does not is killed.
  for (Milliseconds waited{0}; ::waitpid(pid_, &status, WNOHANG) == 0; waited += kLookEvery) {
    if (waited >= program_.grace) ::kill(pid_, SIGKILL);
    ::usleep(static_cast<useconds_t>(1000 * kLookEvery.count() / 10));
  }
  // The signal of the stop, too, kills a child that does not listen to it yet.
  if (ended_ == Ended::kAfterStop && (was_killed_ || WIFSIGNALED(status))) {
    return Fail(Code::kCancelled, "the query was stopped, and its process killed");
  }
  if (was_killed_) {
    return Fail(Code::kReaderCrashed,
                fmt::format("the reader did not end {} ms after its time was over, and was killed",
                            program_.grace.count()));
  }
  if (WIFSIGNALED(status)) {
    const int signal = WTERMSIG(status);
    return Fail(
        Code::kReaderCrashed,
        fmt::format("the reader crashed on this file (signal {}: {}{})", signal, SignalName(signal),
                    signal == SIGKILL ? "; the system may have had no memory left" : ""));
  }
  if (answer_.empty()) {
    return Fail(Code::kReaderCrashed,
                fmt::format("the reader ended on this file without an answer (exit code {})",
                            WEXITSTATUS(status)));
  }
  return std::move(answer_);
}

}  // namespace

Result<std::string> AskReader(const ReaderProgram& program, const std::string& question,
                              std::optional<Milliseconds> time, const std::stop_token& stop) {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    return Fail(Code::kUnavailable,
                fmt::format("cannot talk to a process that reads the file alone: {}",
                            std::strerror(errno)));
  }
  const Descriptor own(ends[0]);
  Descriptor childs(ends[1]);
  EIDER_ASSIGN(const pid_t pid, Start(program, childs.get()));
  childs.Close();
  Conversation conversation(program, pid, own.get());
  conversation.Hold(question, time, stop);
  return conversation.Finish();
}

}  // namespace eider::engine
