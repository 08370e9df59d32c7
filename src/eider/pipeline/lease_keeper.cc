#include "eider/pipeline/lease_keeper.h"

#include <mutex>
#include <stop_token>
#include <vector>

#include "eider/base/clock.h"
#include "eider/ledger/ledger.h"

namespace eider::pipeline {

LeaseKeeper::LeaseKeeper(const Services& services, Milliseconds lease)
    : services_(services),
      lease_(lease),
      thread_([this](const std::stop_token& stop) { RenewUntil(stop); }) {}

void LeaseKeeper::Add(const ledger::Claim& claim) {
  const std::lock_guard lock(mutex_);
  claims_.emplace(claim.claim_id, claim);
}

void LeaseKeeper::Remove(const ledger::Claim& claim) {
  const std::lock_guard lock(mutex_);
  claims_.erase(claim.claim_id);
}

void LeaseKeeper::RenewUntil(const std::stop_token& stop) {
  SystemClock waiting;  // real time, also where a test's clock stands still
  while (true) {
    waiting.SleepFor(lease_ / 3, stop);
    if (stop.stop_requested()) return;
    std::vector<ledger::Claim> claims;
    {
      const std::lock_guard lock(mutex_);
      for (const auto& [id, claim] : claims_) claims.push_back(claim);
    }
    if (claims.empty()) continue;
    const auto lost = services_.ledger.Renew(claims, lease_);
    if (!lost) {
      services_.log.warn("leases could not be renewed, trying again: {}", lost.error().message);
    } else if (!lost->empty()) {
      services_.log.warn("{} files were taken over by another process", lost->size());
    }
  }
}

}  // namespace eider::pipeline
