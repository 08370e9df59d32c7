// The retries that all calls of one client may spend together.
//
// While a service is down for long, every call that repeats itself makes it worse: retries take
// tokens, successes bring them back, and without tokens a failure is final at once. Amounts are
// those of the AWS SDKs' standard mode.
#pragma once

#include <algorithm>
#include <atomic>

namespace eider::aws {

// Safe for concurrent calls from several threads.
class RetryBudget {
 public:
  static constexpr int kCapacity = 500;
  static constexpr int kRetryCost = 5;
  static constexpr int kTimeOutCost = 10;
  static constexpr int kPlainSuccess = 1;

  // Takes `cost` tokens. False: there are not that many, and the failure is final.
  bool TrySpend(int cost) {
    int tokens = tokens_.load();
    while (tokens >= cost) {
      if (tokens_.compare_exchange_weak(tokens, tokens - cost)) return true;
    }
    return false;
  }

  // A success gives back what its last retry cost, or kPlainSuccess.
  void Refund(int amount) {
    int tokens = tokens_.load();
    while (!tokens_.compare_exchange_weak(tokens, std::min(kCapacity, tokens + amount))) {
    }
  }

 private:
  std::atomic<int> tokens_{kCapacity};
};

}  // namespace eider::aws
