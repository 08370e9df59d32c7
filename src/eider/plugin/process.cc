#include "eider/plugin/process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "eider/base/clock.h"
#include "eider/base/result.h"
#include "eider/base/signal_name.h"
#include "eider/plugin/syscall_filter.h"

namespace eider::plugin {
namespace {

using store::FileDescriptor;

constexpr Milliseconds kLookEvery{20};  // at the stop and the time
// Of the end of one that has closed its pipes, or was killed, and of its last words.
constexpr Milliseconds kEndsWithin{500};
constexpr Milliseconds kEndLookEvery{5};
constexpr std::size_t kSaidBytesMax = 4'096;
constexpr int kPipeBytes = 1 << 20;

constexpr std::array kHandedOn = {"PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR"};

struct Pipe {
  FileDescriptor read;
  FileDescriptor write;
};

Result<Pipe> OpenPipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) == 0)
    return Pipe{FileDescriptor(ends[0]), FileDescriptor(ends[1])};
  return Fail(Code::kPluginFailed, fmt::format("no pipe to it: {}", std::strerror(errno)));
}

// The file that the command's first word means, as a shell finds it.
Result<std::string> Find(const config::PluginProgram& program, const std::string& path) {
  const std::string& name = program.command.front();
  if (name.find('/') != std::string::npos) {
    return (std::filesystem::path(program.folder) / name).lexically_normal().string();
  }
  for (std::size_t begin = 0; begin <= path.size();) {
    const std::size_t end = std::min(path.find(':', begin), path.size());
    std::string file = path.substr(begin, end - begin) + "/" + name;
    if (::access(file.c_str(), X_OK) == 0) return file;
    begin = end + 1;
  }
  return Fail(Code::kPluginFailed,
              fmt::format("there is no program '{}' in PATH ({}): install it, or give its path",
                          name, path));
}

std::vector<std::string> EnvironmentOf(const config::PluginProgram& program) {
  std::map<std::string, std::string> variables = program.environment;
  for (const char* const name : kHandedOn) {
    if (const char* const value = std::getenv(name)) variables.emplace(name, value);
  }
  std::vector<std::string> lines;
  for (const auto& [name, value] : variables) lines.push_back(name + "=" + value);
  return lines;
}

// All that the child needs, made before it is there: between fork and exec nothing is allocated.
class Launch {
 public:
  Launch(const config::PluginProgram& program, std::string file, int in, int out, int err,
         int failed)
      : program_(program),
        file_(std::move(file)),
        words_(program.command),
        variables_(EnvironmentOf(program)),
        filter_(SyscallFilter(program.network)),
        standard_{in, out, err},
        failed_(failed),
        parent_(::getpid()) {
    for (std::string& word : words_) arguments_.push_back(word.data());
    for (std::string& line : variables_) environment_.push_back(line.data());
    arguments_.push_back(nullptr);
    environment_.push_back(nullptr);
  }

  // In the child. Ends as the program, or tells the parent at which step it could not.
  [[noreturn]] void Run() {
    const char* const step = Prepare();
    if (step == nullptr) ::execve(file_.c_str(), arguments_.data(), environment_.data());
    const Failure failure{errno, step == nullptr ? kStart : step};
    static_cast<void>(!::write(failed_, &failure, sizeof failure));
    ::_exit(127);
  }

  // Static texts: the child has the same ones in the same places.
  struct Failure {
    int number = 0;
    const char* step = nullptr;
  };

  static constexpr const char* kStart = "start it";

 private:
  // The step that failed; null: none.
  const char* Prepare() {
    ::setpgid(0, 0);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent_) ::_exit(127);  // it died before it was told of
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    for (const int number : {SIGPIPE, SIGINT, SIGTERM, SIGCHLD}) ::signal(number, SIG_DFL);
    for (int i = 0; i < 3; ++i) {
      if (::dup2(standard_[i], i) < 0) return "give it its pipes";
    }
    ::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
    if (::chdir(program_.folder.c_str()) != 0) return "enter its folder";
    rlimit memory{};
    ::getrlimit(RLIMIT_DATA, &memory);  // what this process may have bounds it, too
    memory.rlim_cur = memory.rlim_max = std::min(memory.rlim_max, program_.memory_limit_bytes);
    if (::setrlimit(RLIMIT_DATA, &memory) != 0) return "limit its memory";
    const rlimit none_kept{0, 0};
    ::setrlimit(RLIMIT_CORE, &none_kept);
    if (!Install(filter_) && !program_.network) {
      return "keep it from the network (which the kernel here does not do for a program without "
             "rights; `network: true` asks for no such thing)";
    }
    return nullptr;
  }

  const config::PluginProgram& program_;
  std::string file_;
  std::vector<std::string> words_;
  std::vector<std::string> variables_;
  std::vector<char*> arguments_;
  std::vector<char*> environment_;
  std::vector<sock_filter> filter_;
  std::array<int, 3> standard_;
  int failed_;
  pid_t parent_;
};

// Whoever runs as the same user might read this process's environment and memory by /proc.
void HideFromOthers() {
  ::prctl(PR_SET_DUMPABLE, 0);
}

void SetNonBlocking(const FileDescriptor& file) {
  ::fcntl(file.get(), F_SETFL, ::fcntl(file.get(), F_GETFL) | O_NONBLOCK);
}

// Has a write into a closed pipe of this thread fail, and not end the process.
class WithoutPipeSignal {
 public:
  WithoutPipeSignal() {
    ::sigemptyset(&signal_);
    ::sigaddset(&signal_, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &signal_, &before_);
  }

  ~WithoutPipeSignal() {
    const timespec at_once{};
    if (::sigismember(&before_, SIGPIPE) == 0) ::sigtimedwait(&signal_, nullptr, &at_once);
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }

  WithoutPipeSignal(const WithoutPipeSignal&) = delete;
  WithoutPipeSignal& operator=(const WithoutPipeSignal&) = delete;

 private:
  sigset_t signal_{};
  sigset_t before_{};
};

std::string TextOf(int status) {
  if (WIFSIGNALED(status)) {
    const int number = WTERMSIG(status);
    return fmt::format("signal {}: {}", number, SignalName(number));
  }
  return fmt::format("exit code {}", WEXITSTATUS(status));
}

std::unexpected<Error> CannotStart(const config::PluginProgram& program, std::string_view why) {
  return Fail(Code::kPluginFailed, fmt::format("cannot start plug-in '{}': {}", program.name, why));
}

}  // namespace

Result<std::unique_ptr<Process>> Process::Start(const config::PluginProgram& program) {
  const char* const path = std::getenv("PATH");
  const auto own_path = program.environment.find("PATH");
  const auto file = Find(program, own_path != program.environment.end() ? own_path->second
                                  : path != nullptr                     ? path
                                                                        : "/usr/bin:/bin");
  if (!file) return CannotStart(program, file.error().message);
  std::array<Pipe, 4> pipes;
  for (Pipe& pipe : pipes) {
    auto opened = OpenPipe();
    if (!opened) return CannotStart(program, opened.error().message);
    pipe = *std::move(opened);
  }
  auto& [in, out, err, failed] = pipes;
  HideFromOthers();
  Launch launch(program, *file, in.read.get(), out.write.get(), err.write.get(),
                failed.write.get());
  const pid_t pid = ::fork();
  if (pid == 0) launch.Run();
  if (pid < 0) return CannotStart(program, std::strerror(errno));
  for (FileDescriptor* const childs : {&in.read, &out.write, &err.write, &failed.write}) {
    childs->Close();
  }
  Launch::Failure failure;
  if (::read(failed.read.get(), &failure, sizeof failure) == sizeof failure) {
    ::waitpid(pid, nullptr, 0);
    return CannotStart(program, fmt::format("cannot {}: {}: {}", failure.step,
                                            failure.step == Launch::kStart ? *file : program.folder,
                                            std::strerror(failure.number)));
  }
  for (const FileDescriptor* const own : {&in.write, &out.read}) {
    ::fcntl(own->get(), F_SETPIPE_SZ, kPipeBytes);  // what the system allows
    SetNonBlocking(*own);
  }
  SetNonBlocking(err.read);
  return std::unique_ptr<Process>(
      new Process(program, pid, std::move(in.write), std::move(out.read), std::move(err.read)));
}

Process::~Process() {
  if (!status_) End();
}

// Before it is waited for: afterwards its number may be another process's.
void Process::End() {
  ::kill(-pid_, SIGKILL);
  int status = 0;
  ::waitpid(pid_, &status, 0);
  status_ = status;
}

void Process::BeginFile() {
  end_.reset();
  if (program_.timeout) end_ = Steady::now() + *program_.timeout;
  const std::scoped_lock lock(mutex_);
  said_.clear();
}

Status Process::Write(std::string_view bytes, const std::stop_token& stop) {
  const WithoutPipeSignal quiet;
  while (!bytes.empty()) {
    const ssize_t taken = ::write(in_.get(), bytes.data(), bytes.size());
    if (taken >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(taken));
    } else if (errno == EAGAIN) {
      EIDER_CHECK(Await(in_, POLLOUT, stop));
    } else if (errno != EINTR) {
      return std::unexpected(Failed("ended before it had read all rows"));
    }
  }
  return {};
}

Result<std::size_t> Process::Read(std::span<char> buffer, const std::stop_token& stop) {
  while (true) {
    const ssize_t got = ::read(out_.get(), buffer.data(), buffer.size());
    if (got >= 0) return static_cast<std::size_t>(got);
    if (errno == EAGAIN) {
      EIDER_CHECK(Await(out_, POLLIN, stop));
    } else if (errno != EINTR) {
      return std::unexpected(Failed("cannot be read"));
    }
  }
}

Status Process::Await(const FileDescriptor& descriptor, short events, const std::stop_token& stop) {
  bool has_errors_open = true;
  while (true) {
    if (stop.stop_requested()) {
      return Fail(Code::kCancelled, fmt::format("plug-in '{}' was stopped", program_.name));
    }
    if (end_ && Steady::now() > *end_) {
      return std::unexpected(Failed(
          fmt::format("did not come to the end of the file in {} ms", program_.timeout->count())));
    }
    std::array<pollfd, 2> places{
        pollfd{.fd = descriptor.get(), .events = events, .revents = 0},
        pollfd{.fd = has_errors_open ? err_.get() : -1, .events = POLLIN, .revents = 0}};
    ::poll(places.data(), places.size(), static_cast<int>(kLookEvery.count()));
    if (places[1].revents != 0) has_errors_open = TakeErrors();
    if (places[0].revents != 0) return {};
  }
}

// False: it has closed its standard error.
bool Process::TakeErrors() {
  const std::scoped_lock lock(mutex_);
  return ReadErrors();
}

bool Process::ReadErrors() {
  std::array<char, kSaidBytesMax> buffer;
  while (true) {
    const ssize_t got = ::read(err_.get(), buffer.data(), buffer.size());
    if (got <= 0) return got < 0 && (errno == EAGAIN || errno == EINTR);
    said_.append(buffer.data(), static_cast<std::size_t>(got));
    if (said_.size() > kSaidBytesMax) said_.erase(0, said_.size() - kSaidBytesMax);
  }
}

bool Process::IsQuiet() {
  std::array<pollfd, 1> place{pollfd{.fd = out_.get(), .events = POLLIN, .revents = 0}};
  return ::poll(place.data(), place.size(), 0) == 0;
}

Error Process::Failed(std::string_view what) {
  const std::scoped_lock lock(mutex_);
  if (failure_) return *failure_;
  const std::string ended = HowItEnded();
  ReadErrors();
  std::string_view words = said_;
  while (words.ends_with('\n')) words.remove_suffix(1);
  failure_ = {Code::kPluginFailed,
              fmt::format("plug-in '{}' {} ({}){}{}", program_.name, what, ended,
                          words.empty() ? "; it said nothing on its standard error"
                                        : "; the last that it said on its standard error:\n",
                          words)};
  return *failure_;
}

// What has closed its pipes is about to end; what has not is killed.
std::string Process::HowItEnded() {
  bool was_killed = false;
  for (Milliseconds waited{0}; !status_; waited += kEndLookEvery) {
    siginfo_t ended{};
    ::waitid(P_PID, static_cast<id_t>(pid_), &ended, WEXITED | WNOHANG | WNOWAIT);
    if (ended.si_pid == pid_) {
      End();
    } else if (waited >= kEndsWithin) {
      ::kill(-pid_, SIGKILL);
      was_killed = true;
    }
    if (!status_) std::this_thread::sleep_for(kEndLookEvery);
  }
  return was_killed ? "it was killed" : TextOf(*status_);
}

}  // namespace eider::plugin
