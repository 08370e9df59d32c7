// Starting, reading and, if need be, killing of a credential process.
#include "eider/aws/process_credentials.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "eider/aws/credentials_json.h"
#include "eider/codec/json.h"

extern char** environ;  // of the process: the program inherits it

namespace eider::aws {
namespace {

using SteadyTime = std::chrono::steady_clock::time_point;

constexpr std::size_t kOutputBytesMax = 64U << 10U;

// A child and the end of the pipe that it writes to. Whatever happens, it is reaped.
class Child {
 public:
  Child(pid_t pid, int output) : pid_(pid), output_(output) {}

  ~Child() {
    ::close(output_);
    if (!is_reaped_) {
      ::kill(pid_, SIGKILL);
      while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
      }
    }
  }

  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  int output() const { return output_; }

  // The exit status, or 128 and the number of the signal that ended it; nothing when it still ran
  // at the end of the time.
  std::optional<int> WaitUntil(SteadyTime end) {
    int status = 0;
    while (::waitpid(pid_, &status, WNOHANG) != pid_) {
      if (std::chrono::steady_clock::now() >= end) return std::nullopt;
      std::this_thread::sleep_for(Milliseconds(1));
    }
    is_reaped_ = true;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

 private:
  const pid_t pid_;
  const int output_;
  bool is_reaped_ = false;
};

// Errors: an errno.
std::expected<std::pair<pid_t, int>, int> Start(std::vector<std::string>& arguments) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return std::unexpected(errno);
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions{};
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  pid_t pid = 0;
  const int error = ::posix_spawnp(&pid, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  if (error == 0) return std::pair(pid, ends[0]);
  ::close(ends[0]);
  return std::unexpected(error);
}

// All that comes until the pipe is closed; nothing when time or room ran out before.
std::optional<std::string> ReadAll(int pipe, SteadyTime end) {
  std::string output;
  std::array<char, 4096> buffer{};
  while (output.size() <= kOutputBytesMax) {
    const auto left =
        std::chrono::ceil<Milliseconds>(end - std::chrono::steady_clock::now()).count();
    pollfd waiting{.fd = pipe, .events = POLLIN, .revents = 0};
    if (left <= 0 || ::poll(&waiting, 1, static_cast<int>(left)) == 0) return std::nullopt;
    const ssize_t count = ::read(pipe, buffer.data(), buffer.size());
    if (count == 0) return output;
    if (count < 0 && errno != EINTR) return std::nullopt;
    if (count > 0) output.append(buffer.data(), static_cast<std::size_t>(count));
  }
  return std::nullopt;
}

bool SaysVersion1(std::string_view output) {
  const auto json = codec::ParseJson(output);
  return json && json->is_object() && json->value("Version", codec::Json()) == 1;
}

}  // namespace

Result<std::vector<std::string>> SplitCommand(std::string_view line) {
  std::vector<std::string> arguments;
  bool is_open = false;  // the last argument may get more
  char quote = '\0';
  const auto add = [&](char c) {
    if (!is_open) arguments.emplace_back();
    is_open = true;
    arguments.back() += c;
  };
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (quote != '\0' && c == quote) {
      quote = '\0';
    } else if (c == '\\' && quote != '\'' && i + 1 < line.size()) {
      add(line[++i]);
    } else if (quote != '\0') {
      add(c);
    } else if (c == '\'' || c == '"') {
      quote = c;
      if (!is_open) arguments.emplace_back();
      is_open = true;
    } else if (c == ' ' || c == '\t') {
      is_open = false;
    } else {
      add(c);
    }
  }
  if (quote != '\0') return Fail(Code::kInvalid, "credential_process has an open quote");
  if (arguments.empty()) return Fail(Code::kInvalid, "credential_process is empty");
  return arguments;
}

Result<Credentials> RunCredentialProcess(std::string_view line, Milliseconds timeout) {
  EIDER_ASSIGN(std::vector<std::string> arguments, SplitCommand(line));
  const std::string name = arguments.front();  // not the rest: arguments may be secret
  const auto started = Start(arguments);
  if (!started) {
    return Fail(Code::kInvalid, fmt::format("cannot start credential_process {}: {}", name,
                                            std::strerror(started.error())));
  }
  Child child(started->first, started->second);
  const SteadyTime end = std::chrono::steady_clock::now() + timeout;
  const std::optional<std::string> output = ReadAll(child.output(), end);
  const std::optional<int> status = output ? child.WaitUntil(end) : std::nullopt;
  if (!status) {
    return Fail(Code::kUnavailable,
                fmt::format("credential_process {} did not end within {} ms and {} bytes of output",
                            name, timeout.count(), kOutputBytesMax));
  }
  if (*status != 0) {
    return Fail(Code::kDenied,
                fmt::format("credential_process {} ended with status {}", name, *status));
  }
  Result<Credentials> credentials = ParseCredentials(*output, kProcessFields);
  if (!credentials || !SaysVersion1(*output)) {
    return Fail(Code::kCorrupt,
                fmt::format("credential_process {} printed no credentials of version 1", name));
  }
  return credentials;
}

}  // namespace eider::aws
