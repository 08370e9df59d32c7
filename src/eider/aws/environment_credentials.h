// Credentials from AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, as Lambda sets
// them.
#pragma once

#include <utility>

#include "eider/aws/credentials.h"
#include "eider/aws/environment.h"

namespace eider::aws {

class EnvironmentCredentials final : public CredentialsProvider {
 public:
  explicit EnvironmentCredentials(Environment environment) : environment_(std::move(environment)) {}

  // Errors: kNotFound, kInvalid (a key without its secret).
  Result<Credentials> Get() override;

 private:
  const Environment environment_;
};

}  // namespace eider::aws
