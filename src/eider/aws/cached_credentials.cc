#include "eider/aws/cached_credentials.h"

#include <memory>
#include <mutex>
#include <utility>

namespace eider::aws {

CachedCredentials::CachedCredentials(std::unique_ptr<CredentialsProvider> source, Clock& clock)
    : source_(std::move(source)), clock_(clock) {}

bool CachedCredentials::IsUsable(TimePoint now) const {
  return kept_ && (!kept_->expires || now < *kept_->expires - kUseUntil);
}

bool CachedCredentials::IsDue(TimePoint now) const {
  if (!kept_ || !kept_->expires) return !kept_;
  return now >= *kept_->expires - kRenewBefore && (!try_again_ || now >= *try_again_);
}

Result<Credentials> CachedCredentials::Get() {
  std::unique_lock lock(mutex_);
  while (true) {
    const TimePoint now = clock_.Now();
    if (IsUsable(now) && (is_renewing_ || !IsDue(now))) return *kept_;
    if (!is_renewing_) return Renew(lock);
    const std::uint64_t before = renewals_;
    renewed_.wait(lock, [&] { return renewals_ != before; });
    if (last_error_) return std::unexpected(*last_error_);
  }
}

void CachedCredentials::Reject(const Credentials& expired) {
  {
    const std::scoped_lock lock(mutex_);
    if (kept_ == expired) kept_.reset();
  }
  source_->Reject(expired);
}

Result<Credentials> CachedCredentials::Renew(std::unique_lock<std::mutex>& lock) {
  is_renewing_ = true;
  lock.unlock();
  Result<Credentials> fresh = source_->Get();
  lock.lock();
  is_renewing_ = false;
  ++renewals_;
  const TimePoint now = clock_.Now();
  if (fresh) {
    kept_ = *fresh;
    try_again_.reset();
    last_error_.reset();
  } else if (IsUsable(now)) {
    try_again_ = now + kRenewAgainAfter;
    last_error_.reset();
    fresh = *kept_;
  } else {
    last_error_ = fresh.error();
  }
  renewed_.notify_all();
  return fresh;
}

}  // namespace eider::aws
