// Workers that end well, crash with files in work, crash without any, and are stopped.
#include "eider/app/supervisor.h"

#include <signal.h>
#include <time.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/app/work_journal.h"
#include "eider/base/clock.h"
#include "eider/base/file_ref.h"
#include "eider/engine/private_directory.h"

namespace eider::app {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

FileRef File(const std::string& key) {
  FileRef file;
  file.uri = *Uri::Parse("s3://b/" + key);
  file.etag = "e";
  return file;
}

// What the supervisor told, and its exit code.
struct Told {
  int exit_code = 0;
  std::vector<std::string> why;
  std::vector<std::vector<std::string>> files;
};

Told RunWorkers(const std::function<int(WorkJournal&)>& work,
                const std::function<bool()>& may_restart = {}) {
  Told told;
  told.exit_code = Supervise({.work =
                                  [&](WorkJournal& journal) {
                                    // Not the tests' own end: that is the parent's.
                                    ::_exit(work(journal));
                                    return 0;
                                  },
                              .tell =
                                  [&](const WorkerEnd& end) {
                                    told.why.push_back(end.why);
                                    told.files.push_back(end.files);
                                  },
                              .may_restart = may_restart});
  return told;
}

TEST(Supervise, GivesTheExitCodeOfAWorkerThatEnds) {
  const Told told = RunWorkers([](WorkJournal& /*journal*/) { return 7; });
  EXPECT_EQ(told.exit_code, 7);
  EXPECT_THAT(told.why, IsEmpty());
}

TEST(Supervise, AWorkerThatDiesWithFilesInWorkIsFollowedByOneThatKnowsThem) {
  const Told told = RunWorkers([](WorkJournal& journal) {
    if (journal.run() == 1) {
      journal.Begin(File("done"));
      journal.End(File("done"));
      journal.Begin(File("poison"));
      journal.Tell(File("done"), 0, 5, 2);
      journal.KeepNote("event");
      ::raise(SIGABRT);  // sanitizers make an exit of SIGSEGV
    }
    const bool knows = journal.BrokeOff(File("poison")) && !journal.BrokeOff(File("done")) &&
                       journal.IsTold(File("done")) && !journal.IsTold(File("poison")) &&
                       journal.told().fates[0] == 1 && journal.told().rows == 5 &&
                       journal.Note() == "event" && journal.ended_by() == SIGABRT;
    return knows ? 20 + journal.run() : 1;
  });
  EXPECT_EQ(told.exit_code, 22);
  ASSERT_EQ(told.why.size(), 1U);
  EXPECT_THAT(told.why.front(), HasSubstr("signal 6"));
  EXPECT_THAT(told.files.front(), ElementsAre("s3://b/poison"));
}

TEST(Supervise, AWorkerThatDiesOfNoFileIsTheEnd) {
  const Told told = RunWorkers([](WorkJournal& /*journal*/) {
    ::raise(SIGABRT);
    return 0;
  });
  EXPECT_EQ(told.exit_code, 128 + SIGABRT);
  EXPECT_THAT(told.files, ElementsAre(IsEmpty()));
}

TEST(Supervise, AWorkerWhoseReaderWentAwayEndsInSilence) {
  const Told told = RunWorkers([](WorkJournal& journal) {
    journal.Begin(File("in-work"));
    ::raise(SIGPIPE);
    return 0;
  });
  EXPECT_EQ(told.exit_code, 128 + SIGPIPE);
  EXPECT_THAT(told.why, IsEmpty());
}

TEST(Supervise, AFileThatBreaksOffTwiceDoesNotGoRoundForEver) {
  const Told told = RunWorkers([](WorkJournal& journal) {
    journal.Begin(File("poison"));
    ::raise(SIGKILL);
    return 0;
  });
  EXPECT_EQ(told.exit_code, 128 + SIGKILL);
  EXPECT_EQ(told.why.size(), 2U);
}

TEST(Supervise, AStopIsHandedOnAndNoCrash) {
  const Told told = RunWorkers([](WorkJournal& journal) {
    journal.Begin(File("in-work"));
    ::kill(::getppid(), SIGTERM);
    ::pause();
    return 0;
  });
  EXPECT_EQ(told.exit_code, 128 + SIGTERM);
  EXPECT_THAT(told.why, IsEmpty());
}

TEST(Supervise, AWorkerMaySayHowLongItsEndTakes) {
  const Told told = RunWorkers([](WorkJournal& journal) {
    journal.KeepStopGrace(Milliseconds(100));
    ::signal(SIGTERM, SIG_IGN);
    ::kill(::getppid(), SIGTERM);
    while (true) ::pause();
    return 0;
  });
  EXPECT_EQ(told.exit_code, 128 + SIGTERM);
  EXPECT_THAT(told.why, ElementsAre("killed: it did not end 100 ms after the signal"));
}

// Waits for SIGTERM, and takes it as an end that went well.
int EndWell(int exit_code) {
  sigset_t term{};
  ::sigemptyset(&term);
  ::sigaddset(&term, SIGTERM);
  int signal = 0;
  ::sigwait(&term, &signal);
  return exit_code;
}

void BlockTerm() {
  sigset_t term{};
  ::sigemptyset(&term);
  ::sigaddset(&term, SIGTERM);
  ::sigprocmask(SIG_BLOCK, &term, nullptr);
}

TEST(Supervise, AHangUpEndsTheWorkerAndStartsAnother) {
  const Told told = RunWorkers(
      [](WorkJournal& journal) {
        if (journal.Note() == "begun") return journal.run() == 1 ? 33 : 1;
        journal.KeepNote("begun");
        BlockTerm();
        ::kill(::getppid(), SIGHUP);
        return EndWell(9);
      },
      [] { return true; });
  EXPECT_EQ(told.exit_code, 33);
  EXPECT_THAT(told.why, IsEmpty());
}

TEST(Supervise, AHangUpThatNobodyCouldFollowChangesNothing) {
  const Told told = RunWorkers(
      [](WorkJournal& /*journal*/) {
        BlockTerm();
        ::kill(::getppid(), SIGHUP);
        const timespec moment{.tv_sec = 0, .tv_nsec = 500'000'000};
        sigset_t term{};
        ::sigemptyset(&term);
        ::sigaddset(&term, SIGTERM);
        return ::sigtimedwait(&term, nullptr, &moment) == SIGTERM ? 1 : 44;
      },
      [] { return false; });
  EXPECT_EQ(told.exit_code, 44);
}

TEST(Supervise, AStopWhileTheWorkerEndsForAnotherIsAStop) {
  const Told told = RunWorkers(
      [](WorkJournal& /*journal*/) {
        BlockTerm();
        ::kill(::getppid(), SIGHUP);
        EndWell(0);
        ::kill(::getppid(), SIGTERM);
        const timespec moment{.tv_sec = 0, .tv_nsec = 500'000'000};
        ::nanosleep(&moment, nullptr);
        return 55;
      },
      [] { return true; });
  EXPECT_EQ(told.exit_code, 55);
}

// Seen: after a stop that ended in a kill it stayed until the next start.
TEST(Supervise, WhatAKilledWorkerLeftOfItsSpillingIsRemoved) {
  std::string parent = std::filesystem::temp_directory_path() / "eider-supervisor-XXXXXX";
  ASSERT_NE(::mkdtemp(parent.data()), nullptr);
  const Told told = RunWorkers([&](WorkJournal& journal) {
    journal.KeepTempDirectory(parent);
    const auto directory = engine::PrivateDirectory::Make(parent);
    std::ofstream((*directory)->path() + "/spilled") << "rows";
    ::raise(SIGKILL);
    return 0;
  });
  EXPECT_EQ(told.exit_code, 128 + SIGKILL);
  EXPECT_TRUE(std::filesystem::is_empty(parent));
  std::filesystem::remove_all(parent);
}

// Seen: the time of a run was that of its last process.
TEST(WorkJournal, ARunBeginsOnce) {
  WorkJournal journal;
  const TimePoint first(Milliseconds(1'700'000'000'000));
  EXPECT_EQ(journal.FirstStart(first), first);
  EXPECT_EQ(journal.FirstStart(first + Milliseconds(9'000)), first);
}

TEST(WorkJournal, ANoteIsReplacedAndTakenBack) {
  WorkJournal journal;
  EXPECT_EQ(journal.Note(), std::nullopt);
  journal.KeepNote("first");
  journal.KeepNote("2");
  EXPECT_EQ(journal.Note(), "2");
  journal.KeepNote({});
  EXPECT_EQ(journal.Note(), std::nullopt);
  journal.KeepNote(std::string(WorkJournal::kNoteBytesMax + 1, 'x'));
  EXPECT_EQ(journal.Note(), std::nullopt);
}

TEST(WorkJournal, VersionsOfOneKeyAreFilesOfTheirOwn) {
  WorkJournal journal;
  FileRef other = File("a");
  other.etag = "f";
  journal.Begin(File("a"));
  EXPECT_THAT(journal.TakeBrokenOff(), ElementsAre("s3://b/a"));
  EXPECT_TRUE(journal.BrokeOff(File("a")));
  EXPECT_FALSE(journal.BrokeOff(other));
  EXPECT_THAT(journal.TakeBrokenOff(), IsEmpty());
}

}  // namespace
}  // namespace eider::app
