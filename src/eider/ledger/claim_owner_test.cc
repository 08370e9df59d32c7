// Processes told apart: live, dead, not waited for, restarted, elsewhere.
#include "eider/ledger/claim_owner.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace eider::ledger {
namespace {

ClaimOwner Self() {
  auto self = CurrentClaimOwner();
  EXPECT_TRUE(self) << self.error().message;
  return self.value_or(ClaimOwner{});
}

// A child that waits to be killed; its identity as it would have written it.
ClaimOwner StartChild() {
  int ends[2] = {};
  EXPECT_EQ(::pipe(ends), 0);
  const pid_t pid = ::fork();
  if (pid == 0) {
    const std::string text = CurrentClaimOwner().value_or(ClaimOwner{}).ToText();
    if (::write(ends[1], text.data(), text.size()) < 0) ::_exit(1);
    ::close(ends[1]);
    ::pause();
    ::_exit(0);
  }
  ::close(ends[1]);
  std::string text;
  char byte = 0;
  while (::read(ends[0], &byte, 1) == 1) text += byte;
  ::close(ends[0]);
  const auto owner = ClaimOwner::Parse(text);
  EXPECT_TRUE(owner) << text;
  return owner.value_or(ClaimOwner{});
}

TEST(ClaimOwner, TextComesBack) {
  const ClaimOwner owner{"box", "3b2a", "pid:[4026531836]", 17, 123'456};
  EXPECT_EQ(owner.ToText(), "host=box boot=3b2a pidns=pid:[4026531836] pid=17 start=123456");
  EXPECT_EQ(ClaimOwner::Parse(owner.ToText()), owner);
  EXPECT_EQ(ClaimOwner::Parse(Self().ToText()), Self());
}

TEST(ClaimOwner, RefusesOtherTexts) {
  EXPECT_FALSE(ClaimOwner::Parse(""));
  EXPECT_FALSE(ClaimOwner::Parse("lambda 8c1f"));
  EXPECT_FALSE(ClaimOwner::Parse("host=a boot=b pidns=c pid=x start=1"));
  EXPECT_FALSE(ClaimOwner::Parse("host=a boot=b pidns=c pid=-1 start=1"));
  EXPECT_FALSE(ClaimOwner::Parse("host=a boot=b pidns=c pid=1 start=1 more"));
}

TEST(ClaimOwner, ThisProcessLives) {
  EXPECT_EQ(Self().pid, ::getpid());
  EXPECT_GT(Self().start_ticks, 0);
  EXPECT_FALSE(IsSurelyDead(Self(), Self()));
}

TEST(ClaimOwner, KilledProcessIsDeadBeforeAndAfterItIsWaitedFor) {
  const ClaimOwner child = StartChild();
  EXPECT_FALSE(IsSurelyDead(child, Self()));
  ::kill(static_cast<pid_t>(child.pid), SIGKILL);
  siginfo_t info{};
  ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(child.pid), &info, WEXITED | WNOWAIT), 0);
  EXPECT_TRUE(IsSurelyDead(child, Self()));
  ASSERT_EQ(::waitpid(static_cast<pid_t>(child.pid), nullptr, 0), child.pid);
  EXPECT_TRUE(IsSurelyDead(child, Self()));
}

// The worker of a supervisor that was killed dies a moment later, and must not hold its files until
// then.
TEST(ClaimOwner, AWorkerWhoseSupervisorIsGoneIsDead) {
  ClaimOwner worker = Self();
  worker.parent = ::getppid();
  EXPECT_EQ(ClaimOwner::Parse(worker.ToText()), worker);
  EXPECT_FALSE(IsSurelyDead(worker, Self()));
  worker.parent = worker.pid;  // it is another's child by now
  EXPECT_TRUE(IsSurelyDead(worker, Self()));
}

TEST(ClaimOwner, AProcessThatDiesWithItsParentNamesIt) {
  EXPECT_EQ(Self().parent, 0);
  ASSERT_EQ(::prctl(PR_SET_PDEATHSIG, SIGKILL), 0);
  EXPECT_EQ(Self().parent, ::getppid());
  ASSERT_EQ(::prctl(PR_SET_PDEATHSIG, 0), 0);
}

TEST(ClaimOwner, ReusedPidIsNotTheOwner) {
  ClaimOwner earlier = Self();
  --earlier.start_ticks;
  EXPECT_TRUE(IsSurelyDead(earlier, Self()));
}

TEST(ClaimOwner, RestartEndsEveryProcess) {
  ClaimOwner before = Self();
  before.boot_id = "00000000-0000-0000-0000-000000000000";
  EXPECT_TRUE(IsSurelyDead(before, Self()));
}

TEST(ClaimOwner, OtherMachinesAndContainersAreNotJudged) {
  ClaimOwner elsewhere = Self();
  elsewhere.host = "other";
  elsewhere.boot_id = "other";
  EXPECT_FALSE(IsSurelyDead(elsewhere, Self()));
  ClaimOwner container = Self();
  container.pid_namespace = "pid:[1]";
  --container.start_ticks;
  EXPECT_FALSE(IsSurelyDead(container, Self()));
}

}  // namespace
}  // namespace eider::ledger
