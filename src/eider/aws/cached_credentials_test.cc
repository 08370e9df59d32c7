// Renewal: once, in time, without stopping those who can go on.
#include "eider/aws/cached_credentials.h"

#include <atomic>
#include <functional>
#include <memory>
#include <semaphore>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace eider::aws {
namespace {

constexpr TimePoint kStart{std::chrono::hours(1'000)};

class CountingSource final : public CredentialsProvider {
 public:
  using Answer = std::function<Result<Credentials>(int)>;

  CountingSource(Answer answer, std::atomic<int>& calls, std::atomic<int>& rejected)
      : answer_(std::move(answer)), calls_(calls), rejected_(rejected) {}

  Result<Credentials> Get() override { return answer_(++calls_); }

  void Reject(const Credentials&) override { ++rejected_; }

 private:
  const Answer answer_;
  std::atomic<int>& calls_;
  std::atomic<int>& rejected_;
};

class CachedCredentialsTest : public testing::Test {
 protected:
  void Use(CountingSource::Answer answer) {
    cached_ = std::make_unique<CachedCredentials>(
        std::make_unique<CountingSource>(std::move(answer), calls_, rejected_), clock_);
  }

  // Valid for an hour from now on.
  Credentials Fresh(int number) {
    return {std::to_string(number), "secret", "", clock_.Now() + std::chrono::hours(1)};
  }

  std::string Id() {
    const auto credentials = cached_->Get();
    return credentials ? credentials->access_key_id : "error";
  }

  ManualClock clock_{kStart};
  std::atomic<int> calls_ = 0;
  std::atomic<int> rejected_ = 0;
  std::unique_ptr<CachedCredentials> cached_;
};

TEST_F(CachedCredentialsTest, AsksAgainShortlyBeforeTheEnd) {
  Use([this](int call) { return Fresh(call); });
  EXPECT_EQ(Id(), "1");
  clock_.Advance(std::chrono::minutes(54));
  EXPECT_EQ(Id(), "1");
  clock_.Advance(std::chrono::minutes(1));
  EXPECT_EQ(Id(), "2");
  EXPECT_EQ(calls_, 2);
}

TEST_F(CachedCredentialsTest, KeepsForeverWhatDoesNotExpire) {
  Use([](int) { return Credentials{"static", "secret", "", {}}; });
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(Id(), "static");
    clock_.Advance(std::chrono::hours(1'000));
  }
  EXPECT_EQ(calls_, 1);
}

TEST_F(CachedCredentialsTest, FailedRenewalLeavesTheValidOnes) {
  Use([this](int call) -> Result<Credentials> {
    if (call == 1) return Fresh(1);
    return Fail(Code::kUnavailable, "down");
  });
  EXPECT_EQ(Id(), "1");
  clock_.Advance(std::chrono::minutes(56));
  EXPECT_EQ(Id(), "1");
  EXPECT_EQ(Id(), "1");
  EXPECT_EQ(calls_, 2);  // not again for a while
  clock_.Advance(std::chrono::seconds(10));
  EXPECT_EQ(Id(), "1");
  EXPECT_EQ(calls_, 3);
  clock_.Advance(std::chrono::minutes(4));
  EXPECT_EQ(cached_->Get().error().code, Code::kUnavailable);
}

TEST_F(CachedCredentialsTest, RejectedOnesAreFetchedAgain) {
  Use([this](int call) { return Fresh(call); });
  const Credentials first = *cached_->Get();
  cached_->Reject(first);
  EXPECT_EQ(Id(), "2");
  EXPECT_EQ(rejected_, 1);
  cached_->Reject(first);  // by somebody who was late
  EXPECT_EQ(Id(), "2");
}

TEST_F(CachedCredentialsTest, OneThreadAsksTheOthersWait) {
  std::binary_semaphore go(0);
  Use([&](int call) {
    go.acquire();
    return Fresh(call);
  });
  std::vector<std::jthread> threads;
  std::atomic<int> same = 0;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] { same += Id() == "1" ? 1 : 0; });
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  go.release();
  threads.clear();
  EXPECT_EQ(same, 4);
  EXPECT_EQ(calls_, 1);
}

TEST_F(CachedCredentialsTest, OthersGoOnWhileOneRenews) {
  std::binary_semaphore asked(0);
  std::binary_semaphore go(0);
  Use([&](int call) {
    if (call == 2) {
      asked.release();
      go.acquire();
    }
    return Fresh(call);
  });
  EXPECT_EQ(Id(), "1");
  clock_.Advance(std::chrono::minutes(56));
  std::jthread renewer([this] { EXPECT_EQ(Id(), "2"); });
  asked.acquire();
  EXPECT_EQ(Id(), "1");
  go.release();
  renewer.join();
  EXPECT_EQ(Id(), "2");
}

}  // namespace
}  // namespace eider::aws
