// AWS credentials and where they come from.
#pragma once

#include <optional>
#include <string>

#include "eider/base/clock.h"
#include "eider/base/result.h"

namespace eider::aws {

// Never printed, logged or part of an error.
struct Credentials {
  std::string access_key_id;
  std::string secret_access_key;
  std::string session_token;         // empty: long-term credentials
  std::optional<TimePoint> expires;  // empty: never

  bool operator==(const Credentials&) const = default;
};

// Safe for concurrent calls from several threads.
class CredentialsProvider {
 public:
  virtual ~CredentialsProvider() = default;

  // Credentials that are valid for a while yet.
  // Errors: kNotFound (this source has none: a chain goes on), kDenied (the source refuses),
  // kInvalid (a broken profile file), kUnavailable.
  virtual Result<Credentials> Get() = 0;

  // A service said that these are expired: who keeps them asks its source again at the next Get.
  virtual void Reject(const Credentials& /*expired*/) {}
};

}  // namespace eider::aws
