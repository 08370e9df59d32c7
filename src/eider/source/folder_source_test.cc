// Files that lie in a folder, come into it, are written there, and come again.
#include "eider/source/folder_source.h"

#include <stdlib.h>
#include <sys/stat.h>

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <optional>
#include <ostream>
#include <set>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace eider::source {
namespace {

namespace fs = std::filesystem;

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;

// The real clock, and a time of our own on top of it.
class MovedClock final : public Clock {
 public:
  TimePoint Now() override { return system_.Now() + moved_; }

  void SleepFor(Milliseconds duration, std::stop_token stop) override {
    system_.SleepFor(duration, std::move(stop));
  }

  void Advance(Milliseconds duration) { moved_ += duration; }

 private:
  SystemClock system_;
  Milliseconds moved_{0};
};

class FolderSourceTest : public testing::Test {
 protected:
  FolderSourceTest() {
    std::string name = (fs::temp_directory_path() / "eider-folder-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
    source_.emplace(folder_, store_, store_, clock_);
  }

  ~FolderSourceTest() override { fs::remove_all(folder_); }

  void Write(const std::string& name, std::string_view text = "a\n1\n") {
    fs::create_directories(fs::path(folder_ + "/" + name).parent_path());
    std::ofstream(folder_ + "/" + name) << text;
  }

  std::vector<Delivery> Receive(std::size_t deliveries_max = 100) {
    auto deliveries = source_->Receive(deliveries_max, {});
    EXPECT_TRUE(deliveries) << deliveries.error().message;
    return deliveries.value_or(std::vector<Delivery>{});
  }

  // The names below the folder of the deliveries that come until there are none for a while.
  std::multiset<std::string> Names() {
    std::multiset<std::string> names;
    while (true) {
      const auto deliveries = Receive();
      if (deliveries.empty()) return names;
      for (const Delivery& delivery : deliveries) {
        EXPECT_THAT(delivery.files, SizeIs(1));
        names.insert(delivery.files.front().uri.key.substr(folder_.size() + 1));
        given_.push_back(delivery);
      }
    }
  }

  void SettleAll(Settlement as) {
    std::vector<Settled> settled;
    for (const Delivery& delivery : given_) settled.push_back({delivery.id, as});
    given_.clear();
    ASSERT_TRUE(source_->Settle(settled));
  }

  std::string folder_;
  store::LocalStore store_{{}};
  MovedClock clock_;
  std::optional<FolderSource> source_;
  std::vector<Delivery> given_;
};

TEST_F(FolderSourceTest, GivesWhatWasThereAndWhatComes) {
  Write("old.csv");
  Write("deep/er/old.csv");
  EXPECT_THAT(Names(), UnorderedElementsAre("old.csv", "deep/er/old.csv"));
  Write("new.csv");
  Write("later/made/new.csv");
  EXPECT_THAT(Names(), UnorderedElementsAre("new.csv", "later/made/new.csv"));
}

TEST_F(FolderSourceTest, AFileCountsWhenItIsRenamedIntoPlace) {
  EXPECT_THAT(Names(), IsEmpty());
  for (const char* name : {".a.csv.x8Z", "a.csv.tmp", "a.csv.part", "a.csv.filepart", "a.csv~"}) {
    Write(name);
  }
  EXPECT_THAT(Names(), IsEmpty());
  fs::rename(folder_ + "/a.csv.part", folder_ + "/a.csv");
  EXPECT_THAT(Names(), ElementsAre("a.csv"));
}

TEST_F(FolderSourceTest, AFileCountsWhenItIsClosed) {
  std::ofstream before(folder_ + "/before.csv");
  before << "a\n1\n" << std::flush;
  EXPECT_THAT(Names(), IsEmpty());
  std::ofstream after(folder_ + "/after.csv");
  after << "a\n1\n" << std::flush;
  EXPECT_THAT(Names(), IsEmpty());
  before.close();
  after.close();
  EXPECT_THAT(Names(), UnorderedElementsAre("before.csv", "after.csv"));
}

// Seen: a file was looked at before its only write, and whether it is written after it; and one of
// whose end the event came before the kernel had let go of its writer was never given.
TEST_F(FolderSourceTest, AFileIsGivenAsItIsWhenNobodyWritesIt) {
  std::jthread writer([&](const std::stop_token& stop) {
    for (int i = 0; i < 500 && !stop.stop_requested(); ++i) Write(fmt::format("{}.csv", i));
  });
  std::size_t given = 0;
  while (given < 500) {
    const std::vector<Delivery> deliveries = Receive();
    if (deliveries.empty()) {
      // As time goes for the writer, which may be between the making of a file and its opening.
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
      clock_.Advance(Milliseconds(5));
    }
    for (const Delivery& delivery : deliveries) {
      ++given;
      EXPECT_EQ(delivery.files.front().size_bytes, 4U) << delivery.id;
    }
  }
}

// Seen in the test above: a file was given empty between its making and its opening.
TEST_F(FolderSourceTest, AnEmptyFileIsGivenWhenItHasStayedEmpty) {
  Write("empty.csv", "");
  const std::string path = folder_ + "/empty.csv";  // as if it were made when the test is through
  fs::last_write_time(path, fs::last_write_time(path) + std::chrono::seconds(60));
  Write("full.csv");
  EXPECT_THAT(Names(), ElementsAre("full.csv"));
  clock_.Advance(Milliseconds(61'000));
  EXPECT_THAT(Names(), ElementsAre("empty.csv"));
}

TEST_F(FolderSourceTest, ALinkToAFileIsOneAndOtherThingsAreNone) {
  EXPECT_THAT(Names(), IsEmpty());
  Write("one.csv");
  fs::create_hard_link(folder_ + "/one.csv", folder_ + "/two.csv");
  ASSERT_EQ(::mkfifo((folder_ + "/pipe.csv").c_str(), 0600), 0);
  EXPECT_THAT(Names(), UnorderedElementsAre("one.csv", "two.csv"));
}

TEST_F(FolderSourceTest, AFileIsGivenOnceWhileItIsOpenAndAnewWhenItChanged) {
  Write("a.csv");
  EXPECT_THAT(Names(), ElementsAre("a.csv"));
  fs::last_write_time(folder_ + "/a.csv", fs::last_write_time(folder_ + "/a.csv"));
  EXPECT_THAT(Names(), IsEmpty());
  Write("a.csv", "a\n1\n2\n");
  EXPECT_THAT(Names(), ElementsAre("a.csv"));
}

TEST_F(FolderSourceTest, WhatIsToComeAgainComesLaterEachTime) {
  Write("a.csv");
  EXPECT_THAT(Names(), ElementsAre("a.csv"));
  for (const int seconds : {1, 2, 4, 8}) {
    SettleAll(Settlement::kAgain);
    std::stop_source stop;  // it would wait for a second
    stop.request_stop();
    EXPECT_THAT(*source_->Receive(10, stop.get_token()), IsEmpty()) << seconds;
    clock_.Advance(Milliseconds(seconds * 1'000));
    EXPECT_THAT(Names(), ElementsAre("a.csv")) << seconds;
  }
}

TEST_F(FolderSourceTest, WhatIsWrongComesAgainWhenItChanged) {
  Write("a.csv");
  EXPECT_THAT(Names(), ElementsAre("a.csv"));
  SettleAll(Settlement::kWrong);
  clock_.Advance(Milliseconds(3'600'000));
  EXPECT_THAT(Names(), IsEmpty());
  Write("a.csv", "a\n1\n2\n");
  EXPECT_THAT(Names(), ElementsAre("a.csv"));
}

TEST_F(FolderSourceTest, GivesNoMoreThanIsAskedFor) {
  for (int i = 0; i < 25; ++i) Write(fmt::format("{}.csv", i));
  EXPECT_THAT(Receive(10), SizeIs(10));
  EXPECT_THAT(Receive(10), SizeIs(10));
  EXPECT_THAT(Receive(10), SizeIs(5));
}

TEST_F(FolderSourceTest, AFolderThatGoesAndComesAgainIsWatchedAgain) {
  Write("a.csv");
  EXPECT_THAT(Names(), ElementsAre("a.csv"));
  fs::remove_all(folder_);
  auto gone = source_->Receive(10, {});
  while (gone) gone = source_->Receive(10, {});
  EXPECT_EQ(gone.error().code, Code::kNotFound);
  EXPECT_THAT(gone.error().message, testing::HasSubstr(folder_));
  Write("b.csv");
  EXPECT_THAT(Names(), ElementsAre("b.csv"));
}

TEST_F(FolderSourceTest, MoreEventsThanTheKernelKeepsLoseNoFile) {
  std::ifstream limit("/proc/sys/fs/inotify/max_queued_events");
  int events_max = 0;
  limit >> events_max;
  ASSERT_GT(events_max, 0);
  if (events_max > 50'000)
    GTEST_SKIP() << "the kernel keeps too many events to overflow: " << events_max;
  EXPECT_THAT(Names(), IsEmpty());
  const int files = events_max / 2 + 1'000;  // each is made and closed
  for (int i = 0; i < files; ++i) Write(fmt::format("{}.csv", i));
  EXPECT_THAT(Names(), SizeIs(static_cast<std::size_t>(files)));
}

}  // namespace
}  // namespace eider::source
