// Children that answer, die, hang and are told to stop; the shell plays their part.
#include "eider/engine/reader_process.h"

#include <chrono>
#include <stop_token>
#include <string>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/base/result.h"

namespace eider::engine {
namespace {

using ::testing::HasSubstr;

ReaderProgram Shell(const std::string& script) {
  return {.path = "/bin/sh",
          .arguments = {"sh", "-c", script},
          .environment = {"NAME=value"},
          .grace = Milliseconds(200),
          .stop_grace = Milliseconds(100)};
}

// Standard input is a socket: the child answers where it was asked.
TEST(AskReader, GivesTheAnswerOfALongQuestion) {
  const std::string question(3U << 20U, 'q');
  const auto answer = AskReader(Shell("wc -c >&0; printf %s \"$NAME\" >&0"), question, {}, {});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(*answer, "3145728\nvalue");
}

TEST(AskReader, AChildThatDiesOfASignalCrashed) {
  const auto answer = AskReader(Shell("kill -SEGV $$"), "q", {}, {});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Code::kReaderCrashed);
  EXPECT_THAT(answer.error().message, HasSubstr("signal 11"));
}

TEST(AskReader, AHalfAnswerOfAChildThatDiesIsNone) {
  const auto answer = AskReader(Shell("echo half >&0; kill -ABRT $$"), "q", {}, {});
  ASSERT_FALSE(answer);
  EXPECT_THAT(answer.error().message, HasSubstr("signal 6"));
}

TEST(AskReader, AChildThatEndsWithoutAnAnswerCrashed) {
  const auto answer = AskReader(Shell("exit 3"), "q", {}, {});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Code::kReaderCrashed);
  EXPECT_THAT(answer.error().message, HasSubstr("exit code 3"));
}

TEST(AskReader, AChildThatGoesOnAfterItsTimeIsKilled) {
  const auto answer = AskReader(Shell("trap '' TERM; sleep 3; true"), "q", Milliseconds(100), {});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Code::kReaderCrashed);
  EXPECT_THAT(answer.error().message, HasSubstr("200 ms after its time was over"));
}

TEST(AskReader, AChildThatDoesNotStopIsKilledAndNotBlamed) {
  std::stop_source stop;
  std::jthread later([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    stop.request_stop();
  });
  const auto answer = AskReader(Shell("trap '' TERM; sleep 3; true"), "q", {}, stop.get_token());
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Code::kCancelled);
}

TEST(AskReader, AChildThatDiesOfTheStopIsNotBlamed) {
  std::stop_source stop;
  stop.request_stop();
  const auto answer = AskReader(Shell("sleep 3; true"), "q", {}, stop.get_token());
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Code::kCancelled);
}

// The deadline of a Lambda function does not wait for the grace of a query's time.
TEST(AskReader, AStopCutsTheGraceAfterTheTimeShort) {
  std::stop_source stop;
  std::jthread later([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    stop.request_stop();
  });
  ReaderProgram program = Shell("trap '' TERM; sleep 3; true");
  program.grace = std::chrono::hours(1);
  const auto answer = AskReader(program, "q", Milliseconds(10), stop.get_token());
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Code::kCancelled);
}

TEST(AskReader, AProgramThatIsNotThereIsNoCrash) {
  const auto answer =
      AskReader({.path = "/nowhere/eider", .arguments = {"eider"}, .environment = {}}, "q", {}, {});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Code::kUnavailable);
}

}  // namespace
}  // namespace eider::engine
