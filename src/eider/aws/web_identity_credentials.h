// Credentials of a role by a token file, as Kubernetes (IRSA) and CI systems give them:
// AWS_WEB_IDENTITY_TOKEN_FILE, AWS_ROLE_ARN, AWS_ROLE_SESSION_NAME.
#pragma once

#include <utility>

#include "eider/aws/credentials.h"
#include "eider/aws/environment.h"
#include "eider/aws/unsigned_call.h"

namespace eider::aws {

class WebIdentityCredentials final : public CredentialsProvider {
 public:
  WebIdentityCredentials(Environment environment, SourceDeps deps)
      : environment_(std::move(environment)), deps_(deps) {}

  // Errors: kNotFound, kInvalid (one variable without the other), those of ReadTokenFile and
  // AssumeRoleWithWebIdentity.
  Result<Credentials> Get() override;

 private:
  const Environment environment_;
  const SourceDeps deps_;
};

}  // namespace eider::aws
