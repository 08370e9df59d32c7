// Credentials kept until shortly before they expire.
//
// One thread renews them: while they are still valid the others go on with them; when they are not,
// the others wait for that one's result, be it an error.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>

#include "eider/aws/credentials.h"
#include "eider/base/clock.h"

namespace eider::aws {

class CachedCredentials final : public CredentialsProvider {
 public:
  // Renewed from this long before they expire on, and not used later than that.
  static constexpr Milliseconds kRenewBefore = std::chrono::minutes(5);
  static constexpr Milliseconds kUseUntil = std::chrono::minutes(1);

  // How long a failed renewal is not tried again while the old ones are valid.
  static constexpr Milliseconds kRenewAgainAfter = std::chrono::seconds(10);

  CachedCredentials(std::unique_ptr<CredentialsProvider> source, Clock& clock);

  Result<Credentials> Get() override;
  void Reject(const Credentials& expired) override;

 private:
  bool IsUsable(TimePoint now) const;
  bool IsDue(TimePoint now) const;
  Result<Credentials> Renew(std::unique_lock<std::mutex>& lock);

  const std::unique_ptr<CredentialsProvider> source_;
  Clock& clock_;
  std::mutex mutex_;  // guards what follows
  std::condition_variable renewed_;
  std::optional<Credentials> kept_;
  std::optional<TimePoint> try_again_;
  std::optional<Error> last_error_;
  bool is_renewing_ = false;
  std::uint64_t renewals_ = 0;
};

}  // namespace eider::aws
