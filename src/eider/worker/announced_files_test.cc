// The ledger as a source: what is given, when, and what outlives the process.
#include "eider/worker/announced_files.h"

#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/base/random.h"
#include "eider/ledger/testing/memory_ledger.h"
#include "eider/pipeline/settler.h"

namespace eider::worker {
namespace {

using source::Delivery;
using source::Settlement;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr TimePoint kNoon{Milliseconds(1'000'000'000)};

FileRef File(std::string key) {
  FileRef file;
  file.uri = {"s3", "b", std::move(key)};
  file.etag = "e";
  file.size_bytes = 1;
  return file;
}

class AnnouncedFilesTest : public testing::Test {
 protected:
  // Keys of what is there at once.
  std::vector<std::string> Receive(AnnouncedFiles& source) {
    auto deliveries = source.Receive(100, {});
    EXPECT_TRUE(deliveries) << deliveries.error().message;
    std::vector<std::string> keys;
    for (Delivery& delivery : *deliveries) {
      keys.push_back(delivery.files.front().uri.key);
      given_.push_back(std::move(delivery));
    }
    return keys;
  }

  void SettleAll(AnnouncedFiles& source, Settlement as) {
    for (const Delivery& delivery : std::exchange(given_, {})) {
      const source::Settled settled{delivery.id, as};
      ASSERT_TRUE(source.Settle({&settled, 1}));
    }
  }

  // What a loader does with the file before it fails.
  void Fail(const FileRef& file, Code code) {
    const auto claims = ledger_->TryClaim({&file, 1}, {});
    ASSERT_TRUE(ledger_->Release(std::get<ledger::Claim>(claims->front()), {}, {code, "why"}));
  }

  ManualClock clock_{kNoon};
  SystemRandom random_;
  std::unique_ptr<ledger::Ledger> ledger_ = ledger::NewMemoryLedger(clock_, random_);
  AnnouncedFiles files_{*ledger_, clock_, {.wait = Milliseconds(0)}};
  std::vector<Delivery> given_;
};

TEST_F(AnnouncedFilesTest, GivesOnceWhatIsAnnouncedAndFindsItAfterADeath) {
  const std::vector<FileRef> announced = {File("a"), File("b")};
  ASSERT_TRUE(files_.Announce(announced));
  EXPECT_THAT(Receive(files_), ElementsAre("a", "b"));
  ASSERT_TRUE(files_.Announce(announced));
  clock_.Advance(Milliseconds(30'000));
  EXPECT_THAT(Receive(files_), IsEmpty());  // they are open
  AnnouncedFiles next(*ledger_, clock_);
  EXPECT_THAT(Receive(next), ElementsAre("a", "b"));
}

TEST_F(AnnouncedFilesTest, FindsWhatAnotherHadInWorkWhenItsLeaseHasEnded) {
  const FileRef file = File("a");
  ASSERT_TRUE(ledger_->TryClaim({&file, 1}, {.lease = Milliseconds(20'000)}));
  EXPECT_THAT(Receive(files_), IsEmpty());
  clock_.Advance(Milliseconds(30'000));
  EXPECT_THAT(Receive(files_), ElementsAre("a"));
}

TEST_F(AnnouncedFilesTest, WhatMayPassComesAgainLaterEachTimeAndAfterADeathToo) {
  const FileRef file = File("a");
  ASSERT_TRUE(files_.Announce({&file, 1}));
  for (const int seconds : {1, 2, 4}) {
    EXPECT_THAT(Receive(files_), ElementsAre("a")) << seconds;
    Fail(file, Code::kUnavailable);
    SettleAll(files_, Settlement::kAgain);
    clock_.Advance(Milliseconds(seconds * 1'000 - 1));
    EXPECT_THAT(Receive(files_), IsEmpty()) << seconds;
    clock_.Advance(Milliseconds(1));
  }
  AnnouncedFiles next(*ledger_, clock_);
  EXPECT_THAT(Receive(next), ElementsAre("a"));
}

TEST_F(AnnouncedFilesTest, WhatIsWrongStaysFailedUntilItIsAnnouncedAgain) {
  const FileRef file = File("a");
  ASSERT_TRUE(files_.Announce({&file, 1}));
  EXPECT_THAT(Receive(files_), SizeIs(1));
  Fail(file, Code::kCorrupt);
  SettleAll(files_, Settlement::kWrong);
  clock_.Advance(Milliseconds(3'600'000));
  EXPECT_THAT(Receive(files_), IsEmpty());
  ASSERT_TRUE(files_.Announce({&file, 1}));
  EXPECT_THAT(Receive(files_), ElementsAre("a"));
}

TEST_F(AnnouncedFilesTest, GivesUpAfterManyAttempts) {
  AnnouncedFiles patient(*ledger_, clock_, {.wait = Milliseconds(0), .attempts_max = 3});
  const FileRef file = File("a");
  ASSERT_TRUE(patient.Announce({&file, 1}));
  for (int i = 0; i < 3; ++i) {
    EXPECT_THAT(Receive(patient), SizeIs(1)) << i;
    Fail(file, Code::kUnavailable);
    SettleAll(patient, Settlement::kAgain);
    clock_.Advance(Milliseconds(300'000));
  }
  EXPECT_THAT(Receive(patient), IsEmpty());
  EXPECT_THAT(*ledger_->Query({.state = ledger::State::kFailed}), SizeIs(1));
}

TEST_F(AnnouncedFilesTest, WhatFailedJustBeforeADeathIsFoundByTheNext) {
  const std::vector<FileRef> announced = {File("passes"), File("wrong"), File("not begun")};
  ASSERT_TRUE(files_.Announce(announced));
  EXPECT_THAT(Receive(files_), SizeIs(3));
  Fail(announced[0], Code::kUnavailable);
  Fail(announced[1], Code::kCorrupt);
  const auto claims = ledger_->TryClaim({&announced[2], 1}, {});
  ASSERT_TRUE(ledger_->SetAside(std::get<ledger::Claim>(claims->front()), ledger::State::kSkipped,
                                {}, pipeline::kNotBegunReason));
  // Nothing is settled any more.
  clock_.Advance(Milliseconds(300'000));
  AnnouncedFiles next(*ledger_, clock_, {.wait = Milliseconds(0)});
  EXPECT_THAT(Receive(next), testing::UnorderedElementsAre("passes", "not begun"));
}

TEST_F(AnnouncedFilesTest, WhatWasGivenUpIsNotBegunAnewByTheNext) {
  const FileRef file = File("a");
  for (int i = 0; i < 3; ++i) Fail(file, Code::kUnavailable);
  AnnouncedFiles next(*ledger_, clock_, {.wait = Milliseconds(0), .attempts_max = 3});
  EXPECT_THAT(Receive(next), IsEmpty());
}

TEST_F(AnnouncedFilesTest, WhatIsHandedBackIsThereForTheNext) {
  const FileRef file = File("a");
  ASSERT_TRUE(files_.Announce({&file, 1}));
  EXPECT_THAT(Receive(files_), SizeIs(1));
  SettleAll(files_, Settlement::kHandedBack);
  AnnouncedFiles next(*ledger_, clock_);
  EXPECT_THAT(Receive(next), ElementsAre("a"));
}

}  // namespace
}  // namespace eider::worker
