// How often a ledger is asked for its numbers.
#include "eider/web/counted_files.h"

#include <memory>

#include <gtest/gtest.h>

#include "eider/base/file_ref.h"
#include "eider/base/random.h"
#include "eider/ledger/testing/away_ledger.h"
#include "eider/ledger/testing/memory_ledger.h"

namespace eider::web {
namespace {

class CountedFilesTest : public testing::Test {
 protected:
  void Announce(const char* key) {
    FileRef file;
    file.uri = {"s3", "b", key};
    file.etag = "e";
    ASSERT_TRUE(memory_->Announce({&file, 1}));
  }

  ManualClock clock_{TimePoint(Milliseconds(1'000'000'000'000))};
  SystemRandom random_;
  std::unique_ptr<ledger::Ledger> memory_ = ledger::NewMemoryLedger(clock_, random_);
  ledger::AwayLedger ledger_{*memory_};
  CountedFiles counted_{ledger_, clock_};
};

TEST_F(CountedFilesTest, AreAskedForAgainAfterSomeSeconds) {
  Announce("a");
  EXPECT_EQ(counted_.Get()->front().files, 1);
  Announce("b");
  EXPECT_EQ(counted_.Get()->front().files, 1);
  clock_.Advance(Milliseconds(5'000));
  EXPECT_EQ(counted_.Get()->front().files, 2);
}

TEST_F(CountedFilesTest, AClockThatIsPutBackKeepsNoOldNumbers) {
  Announce("a");
  EXPECT_EQ(counted_.Get()->front().files, 1);
  Announce("b");
  clock_.Advance(Milliseconds(-86'400'000));
  EXPECT_EQ(counted_.Get()->front().files, 2);
}

TEST_F(CountedFilesTest, ALedgerThatIsAwayIsToldAndAskedAgain) {
  ledger_.is_away = true;
  EXPECT_FALSE(counted_.Get());
  ledger_.is_away = false;
  clock_.Advance(Milliseconds(5'000));
  EXPECT_TRUE(counted_.Get());
}

}  // namespace
}  // namespace eider::web
