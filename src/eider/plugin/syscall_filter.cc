// A program of the kernel's old packet filter: each step looks at one word of seccomp_data.
#include "eider/plugin/syscall_filter.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <utility>
#include <vector>

namespace eider::plugin {
namespace {

#if defined(__x86_64__)
constexpr std::uint32_t kMachine = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t kMachine = AUDIT_ARCH_AARCH64;
#endif

// x86-64 has every call a second time, from this number on.
constexpr std::uint32_t kOtherNumbers = 0x4000'0000;

constexpr std::uint16_t kLoadWord = BPF_LD | BPF_W | BPF_ABS;
constexpr std::uint16_t kJumpIfEqual = BPF_JMP | BPF_JEQ | BPF_K;
constexpr std::uint16_t kJumpFrom = BPF_JMP | BPF_JGE | BPF_K;
constexpr std::uint16_t kReturn = BPF_RET | BPF_K;

constexpr std::uint32_t kRefused = SECCOMP_RET_ERRNO | EACCES;

class Steps {
 public:
  void Load(std::size_t offset) {
    steps_.push_back(BPF_STMT(kLoadWord, static_cast<std::uint32_t>(offset)));
  }

  void End(std::uint32_t verdict) { steps_.push_back(BPF_STMT(kReturn, verdict)); }

  void EndUnless(std::uint32_t value, std::uint32_t verdict) {
    steps_.push_back(BPF_JUMP(kJumpIfEqual, value, 1, 0));
    End(verdict);
  }

  void EndIf(std::uint32_t value, std::uint32_t verdict) {
    steps_.push_back(BPF_JUMP(kJumpIfEqual, value, 0, 1));
    End(verdict);
  }

  void EndFrom(std::uint32_t value, std::uint32_t verdict) {
    steps_.push_back(BPF_JUMP(kJumpFrom, value, 0, 1));
    End(verdict);
  }

  std::vector<sock_filter> Take() { return std::move(steps_); }

 private:
  std::vector<sock_filter> steps_;
};

}  // namespace

std::vector<sock_filter> SyscallFilter(bool network) {
  Steps steps;
  steps.Load(offsetof(seccomp_data, arch));
  steps.EndUnless(kMachine, kRefused);
  steps.Load(offsetof(seccomp_data, nr));
  steps.EndFrom(kOtherNumbers, kRefused);
  for (const int call : {SYS_ptrace, SYS_process_vm_readv, SYS_process_vm_writev, SYS_pidfd_getfd,
                         SYS_io_uring_setup}) {  // by the last one sockets are made, too
    steps.EndIf(static_cast<std::uint32_t>(call), kRefused);
  }
  if (!network) {
    steps.EndUnless(SYS_socket, SECCOMP_RET_ALLOW);
    steps.Load(offsetof(seccomp_data, args));  // the lower half, on machines of these kinds
    steps.EndUnless(AF_UNIX, kRefused);
  }
  steps.End(SECCOMP_RET_ALLOW);
  return steps.Take();
}

bool Install(std::vector<sock_filter>& filter) {
  const sock_fprog program{.len = static_cast<unsigned short>(filter.size()),
                           .filter = filter.data()};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

}  // namespace eider::plugin
