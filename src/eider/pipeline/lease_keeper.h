// Keeps the claims of a call alive while their files are in work or wait for their commit.
//
// A lost lease stops nothing here: whoever took over and this call race for the table, and the
// commit token lets only one of them in.
#pragma once

#include <map>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>

#include "eider/base/clock.h"
#include "eider/ledger/ledger.h"
#include "eider/pipeline/services.h"

namespace eider::pipeline {

// Renews from a thread of its own, three times per lease. Safe for concurrent calls.
class LeaseKeeper {
 public:
  LeaseKeeper(const Services& services, Milliseconds lease);

  void Add(const ledger::Claim& claim);
  void Remove(const ledger::Claim& claim);

 private:
  void RenewUntil(const std::stop_token& stop);

  const Services& services_;
  Milliseconds lease_;
  std::mutex mutex_;
  std::map<std::string, ledger::Claim> claims_;  // by claim id
  std::jthread thread_;                          // last: stops before the rest goes
};

}  // namespace eider::pipeline
