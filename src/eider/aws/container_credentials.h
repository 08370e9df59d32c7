// Credentials of a task or a pod: ECS, EKS Pod Identity.
//
// Source: AWS SDKs and Tools Reference Guide, "Container credential provider".
// AWS_CONTAINER_CREDENTIALS_RELATIVE_URI is below http://169.254.170.2;
// AWS_CONTAINER_CREDENTIALS_FULL_URI is https, or http on a loopback or container address.
#pragma once

#include <utility>

#include "eider/aws/credentials.h"
#include "eider/aws/environment.h"
#include "eider/aws/unsigned_call.h"

namespace eider::aws {

class ContainerCredentials final : public CredentialsProvider {
 public:
  ContainerCredentials(Environment environment, SourceDeps deps)
      : environment_(std::move(environment)), deps_(deps) {}

  // Errors: kNotFound, kInvalid (a host that is not allowed), kDenied, kUnavailable, kCorrupt.
  Result<Credentials> Get() override;

 private:
  const Environment environment_;
  const SourceDeps deps_;
};

}  // namespace eider::aws
