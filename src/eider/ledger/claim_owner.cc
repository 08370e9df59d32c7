// The identity of processes, read from /proc.
#include "eider/ledger/claim_owner.h"

#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <fmt/format.h>

namespace eider::ledger {
namespace {

struct ProcessStat {
  char state = ' ';
  std::int64_t parent = 0;
  std::int64_t start_ticks = 0;
};

std::string ReadFirstLine(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

// Nothing when the file cannot be read or is of another form.
std::optional<ProcessStat> ReadStat(std::int64_t pid) {
  const std::string line = ReadFirstLine(fmt::format("/proc/{}/stat", pid));
  // The name in parentheses may hold anything, also spaces and parentheses.
  const std::size_t name_end = line.rfind(") ");
  if (name_end == std::string::npos) return std::nullopt;
  std::istringstream fields(line.substr(name_end + 2));
  ProcessStat stat;
  fields >> stat.state >> stat.parent;
  std::string skipped;
  for (int field = 5; field < 22; ++field) fields >> skipped;
  fields >> stat.start_ticks;
  if (!fields) return std::nullopt;
  return stat;
}

std::string ReadPidNamespace() {
  std::array<char, 64> target{};  // pid:[4026531836]
  const ssize_t size = ::readlink("/proc/self/ns/pid", target.data(), target.size());
  return size <= 0 ? "" : std::string(target.data(), static_cast<std::size_t>(size));
}

// The value of `key` in "a=1 b=2", which is followed by a space or the end.
std::string_view ValueOf(std::string_view text, std::string_view key) {
  const std::size_t start = text.find(key);
  if (start == std::string_view::npos) return {};
  const std::string_view rest = text.substr(start + key.size());
  return rest.substr(0, rest.find(' '));
}

std::optional<std::int64_t> NumberOf(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace

std::string ClaimOwner::ToText() const {
  return fmt::format("host={} boot={} pidns={} pid={} start={}{}", host, boot_id, pid_namespace,
                     pid, start_ticks, parent == 0 ? "" : fmt::format(" parent={}", parent));
}

std::optional<ClaimOwner> ClaimOwner::Parse(std::string_view text) {
  ClaimOwner owner;
  owner.host = ValueOf(text, "host=");
  owner.boot_id = ValueOf(text, " boot=");
  owner.pid_namespace = ValueOf(text, " pidns=");
  const std::optional<std::int64_t> pid = NumberOf(ValueOf(text, " pid="));
  const std::optional<std::int64_t> start = NumberOf(ValueOf(text, " start="));
  if (!pid || !start || *pid <= 0) return std::nullopt;
  owner.pid = *pid;
  owner.start_ticks = *start;
  owner.parent = NumberOf(ValueOf(text, " parent=")).value_or(0);
  if (owner.ToText() != text) return std::nullopt;
  return owner;
}

Result<ClaimOwner> CurrentClaimOwner() {
  ClaimOwner owner;
  owner.pid = ::getpid();
  const std::optional<ProcessStat> stat = ReadStat(owner.pid);
  owner.host = ReadFirstLine("/proc/sys/kernel/hostname");
  owner.boot_id = ReadFirstLine("/proc/sys/kernel/random/boot_id");
  owner.pid_namespace = ReadPidNamespace();
  if (!stat || owner.boot_id.empty() || owner.pid_namespace.empty()) {
    return Fail(
        Code::kUnavailable,
        fmt::format("cannot tell this process from others: no usable /proc for pid {}", owner.pid));
  }
  owner.start_ticks = stat->start_ticks;
  int signal = 0;
  if (::prctl(PR_GET_PDEATHSIG, &signal) == 0 && signal == SIGKILL) owner.parent = stat->parent;
  return owner;
}

bool IsSurelyDead(const ClaimOwner& owner, const ClaimOwner& self) {
  if (owner.host != self.host) return false;
  if (owner.boot_id != self.boot_id) return true;  // nothing outlives a restart of the machine
  if (owner.pid_namespace != self.pid_namespace) return false;
  if (::kill(static_cast<pid_t>(owner.pid), 0) != 0 && errno == ESRCH) return true;
  const std::optional<ProcessStat> stat = ReadStat(owner.pid);
  if (!stat) return false;  // hidden from us: the lease decides
  const bool reused = stat->start_ticks != owner.start_ticks;
  const bool is_orphan = owner.parent != 0 && stat->parent != owner.parent;  // killed, not yet gone
  const bool ended = stat->state == 'Z' || stat->state == 'X';  // killed, not yet waited for
  return reused || ended || is_orphan;
}

}  // namespace eider::ledger
