// Credentials that are known already.
#pragma once

#include <utility>

#include "eider/aws/credentials.h"
#include "eider/base/result.h"

namespace eider::aws {

class FixedCredentials final : public CredentialsProvider {
 public:
  explicit FixedCredentials(Credentials credentials) : credentials_(std::move(credentials)) {}

  Result<Credentials> Get() override { return credentials_; }

 private:
  const Credentials credentials_;
};

}  // namespace eider::aws
