// Processes as operators have them: cat is a plug-in that passes everything through.
#include "eider/plugin/process.h"

#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/plugin/pool.h"

namespace eider::plugin {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

config::PluginProgram Program(std::vector<std::string> command) {
  return {.name = "it", .command = std::move(command), .folder = "/tmp"};
}

config::PluginProgram Shell(std::string script) {
  return Program({"/bin/bash", "-c", std::move(script)});
}

std::unique_ptr<Process> Started(const config::PluginProgram& program) {
  auto process = Process::Start(program);
  EXPECT_TRUE(process) << process.error().message;
  if (!process) return nullptr;
  (*process)->BeginFile();
  return *std::move(process);
}

// What comes until so many bytes are there, or the end.
Result<std::string> ReadUpTo(Process& process, std::size_t size, const std::stop_token& stop = {}) {
  std::string all;
  std::array<char, 65'536> buffer;
  while (all.size() < size) {
    EIDER_ASSIGN(const std::size_t got, process.Read(buffer, stop));
    if (got == 0) break;
    all.append(buffer.data(), got);
  }
  return all;
}

std::string OutputOf(const config::PluginProgram& program) {
  const auto process = Started(program);
  return process == nullptr ? "" : ReadUpTo(*process, 1U << 20U).value_or("(none)");
}

bool IsThere(pid_t pid) {
  return ::kill(pid, 0) == 0;
}

TEST(PluginProcess, TakesAndGivesMoreThanItsPipesHold) {
  const auto process = Started(Program({"cat"}));
  std::string sent;
  for (int i = 0; sent.size() < 8U << 20U; ++i) sent += std::to_string(i);
  Status written;
  std::jthread writer([&] { written = process->Write(sent, {}); });
  const auto back = ReadUpTo(*process, sent.size());
  writer.join();
  ASSERT_TRUE(written && back);
  EXPECT_TRUE(*back == sent);
  EXPECT_TRUE(process->IsQuiet());
}

TEST(PluginProcess, WhatItSaysNeitherBlocksItNorIsLost) {
  const auto process = Started(
      Shell("for i in $(seq 20000); do echo some words $i >&2; done; echo done; read x; exit 3"));
  ASSERT_EQ(ReadUpTo(*process, 5).value_or(""), "done\n");
  ASSERT_TRUE(process->Write("x\n", {}));
  ASSERT_EQ(ReadUpTo(*process, 1).value_or("?"), "");
  const Error error = process->Failed("ended");
  EXPECT_EQ(error.code, Code::kPluginFailed);
  EXPECT_THAT(error.message, AllOf(HasSubstr("plug-in 'it' ended (exit code 3)"),
                                   HasSubstr("some words 20000"), Not(HasSubstr("words 1\n"))));
}

TEST(PluginProcess, WritingToOneThatEndedIsAnErrorAndNoSignal) {
  const auto process = Started(Shell("echo oh no >&2; kill -SEGV $$"));
  const std::string much(4U << 20U, 'x');
  const Status written = process->Write(much, {});
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, Code::kPluginFailed);
  EXPECT_THAT(written.error().message,
              AllOf(HasSubstr("ended before it had read all rows"),
                    HasSubstr("signal 11: Segmentation fault"), HasSubstr("oh no")));
}

TEST(PluginProcess, TheTimeOfAFileEnds) {
  config::PluginProgram program = Program({"sleep", "100"});
  program.timeout = Milliseconds(100);
  const auto process = Started(program);
  const auto read = ReadUpTo(*process, 1);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, Code::kPluginFailed);
  EXPECT_THAT(read.error().message,
              AllOf(HasSubstr("did not come to the end of the file in 100 ms (it was killed)"),
                    HasSubstr("said nothing on its standard error")));
}

TEST(PluginProcess, AStopEndsTheWait) {
  const auto process = Started(Program({"sleep", "100"}));
  std::stop_source stop;
  std::jthread later([&] {
    std::this_thread::sleep_for(Milliseconds(50));
    stop.request_stop();
  });
  EXPECT_EQ(ReadUpTo(*process, 1, stop.get_token()).error().code, Code::kCancelled);
  const std::string much(4U << 20U, 'x');
  EXPECT_EQ(process->Write(much, stop.get_token()).error().code, Code::kCancelled);
}

TEST(PluginProcess, ItEndsWithAllThatItStarted) {
  auto process = Started(Shell("sleep 100 & echo $$ $!; wait"));
  const std::string pids = ReadUpTo(*process, 4).value_or("");
  const pid_t own = std::stoi(pids);
  const pid_t its = std::stoi(pids.substr(pids.find(' ')));
  EXPECT_TRUE(IsThere(own) && IsThere(its));
  process.reset();
  for (int i = 0; i < 200 && IsThere(its); ++i) std::this_thread::sleep_for(Milliseconds(10));
  EXPECT_FALSE(IsThere(own));
}

TEST(PluginProcess, OfTheEnvironmentItGetsWhatItNeedsAndWhatItsOperatorSays) {
  ::setenv("AWS_SECRET_ACCESS_KEY", "secret of eider's", 1);
  config::PluginProgram program = Program({"env"});
  program.environment = {{"MODE", "strict"}, {"LANG", "C"}};
  const std::string variables = OutputOf(program);
  ::unsetenv("AWS_SECRET_ACCESS_KEY");
  EXPECT_THAT(variables, AllOf(HasSubstr("MODE=strict\n"), HasSubstr("LANG=C\n"),
                               HasSubstr("PATH="), Not(HasSubstr("AWS"))));
}

TEST(PluginProcess, HasNoFileOfOursOpen) {
  // 3 is what ls opens itself.
  EXPECT_EQ(OutputOf(Shell("exec ls /proc/self/fd")), "0\n1\n2\n3\n");
}

TEST(PluginProcess, ItsMemoryIsLimited) {
  config::PluginProgram program = Shell("head -c 200000000 /dev/zero | tail | wc -c");
  program.memory_limit_bytes = 64U << 20U;
  EXPECT_NE(OutputOf(program), "200000000\n");
  program.memory_limit_bytes = 1U << 30U;
  EXPECT_EQ(OutputOf(program), "200000000\n");
}

TEST(PluginProcess, OpensNoConnectionUnlessItsOperatorSays) {
  const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ASSERT_EQ(::bind(listener, reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(::listen(listener, 8), 0);
  ASSERT_EQ(::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size), 0);
  config::PluginProgram program =
      Shell("exec 3<>/dev/tcp/127.0.0.1/" + std::to_string(ntohs(address.sin_port)) +
            " && echo open; exit 0");
  EXPECT_EQ(OutputOf(program), "");
  program.network = true;
  EXPECT_EQ(OutputOf(program), "open\n");
  ::close(listener);
}

TEST(PluginProcess, SaysWhyItDoesNotStart) {
  const auto absent = Process::Start(Program({"no-such-program"}));
  ASSERT_FALSE(absent);
  EXPECT_EQ(absent.error().code, Code::kPluginFailed);
  EXPECT_THAT(absent.error().message, AllOf(HasSubstr("cannot start plug-in 'it'"),
                                            HasSubstr("no program 'no-such-program' in PATH")));
  EXPECT_THAT(Process::Start(Program({"/etc/passwd"})).error().message,
              HasSubstr("cannot start it: /etc/passwd: Permission denied"));
  config::PluginProgram program = Program({"cat"});
  program.folder = "/no/such/folder";
  EXPECT_THAT(Process::Start(program).error().message,
              HasSubstr("cannot enter its folder: /no/such/folder: No such file or directory"));
}

TEST(PluginPool, OneThatWasGivenBackHasTheNextFile) {
  Pool pool;
  const auto program = Shell("while read x; do echo $$; done");
  const auto pid_of = [](Process& process) {
    process.BeginFile();
    EXPECT_TRUE(process.Write("\n", {}));
    return ReadUpTo(process, 1).value_or("(none)");
  };
  auto first = *pool.Borrow(program);
  const std::string pid = pid_of(*first);
  auto second = *pool.Borrow(program);
  EXPECT_NE(pid_of(*second), pid);
  pool.GiveBack(std::move(first));
  auto third = *pool.Borrow(program);
  EXPECT_EQ(pid_of(*third), pid);
  config::PluginProgram other = program;
  other.environment = {{"A", "b"}};
  pool.GiveBack(std::move(third));
  EXPECT_NE(pid_of(**pool.Borrow(other)), pid);
}

TEST(PluginPool, OneThatEndedOrSpokeMeanwhileIsNotUsed) {
  Pool pool;
  const auto ended = Shell("exit 0");
  const auto spoke = Shell("echo unasked; sleep 100");
  for (const auto& program : {ended, spoke}) {
    auto process = *pool.Borrow(program);
    for (int i = 0; i < 500 && process->IsQuiet(); ++i) {
      std::this_thread::sleep_for(Milliseconds(10));
    }
    Process* const before = process.get();
    pool.GiveBack(std::move(process));
    const auto next = pool.Borrow(program);
    ASSERT_TRUE(next);
    EXPECT_NE(next->get(), before);
  }
}

// A process ends with the thread that started it: the pool's, not a file's.
TEST(PluginPool, ProcessesOutliveTheThreadThatAsksForThem) {
  Pool pool;
  std::unique_ptr<Process> process;
  std::jthread([&] { process = *pool.Borrow(Program({"cat"})); }).join();
  std::this_thread::sleep_for(Milliseconds(50));
  process->BeginFile();
  ASSERT_TRUE(process->Write("still here", {}));
  EXPECT_EQ(ReadUpTo(*process, 10).value_or(""), "still here");
}

TEST(PluginPool, ManyThreadsHaveProcessesOfTheirOwn) {
  Pool pool;
  std::vector<std::jthread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&pool, thread] {
      for (int i = 0; i < 10; ++i) {
        auto process = *pool.Borrow(Program({"cat"}));
        process->BeginFile();
        const std::string text = std::to_string(thread) + "/" + std::to_string(i);
        ASSERT_TRUE(process->Write(text, {}));
        EXPECT_EQ(ReadUpTo(*process, text.size()).value_or(""), text);
        pool.GiveBack(std::move(process));
      }
    });
  }
}

}  // namespace
}  // namespace eider::plugin
