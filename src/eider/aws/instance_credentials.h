// Credentials of an EC2 instance's role, from its metadata service (IMDSv2 only).
//
// Source: EC2 User Guide, "Use the Instance Metadata Service". A session token is fetched first by
// PUT; AWS_EC2_METADATA_DISABLED=true turns this source off, AWS_EC2_METADATA_SERVICE_ENDPOINT and
// AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE=IPv6 move it.
#pragma once

#include <utility>

#include "eider/aws/credentials.h"
#include "eider/aws/environment.h"
#include "eider/aws/unsigned_call.h"

namespace eider::aws {

class InstanceCredentials final : public CredentialsProvider {
 public:
  InstanceCredentials(Environment environment, SourceDeps deps)
      : environment_(std::move(environment)), deps_(deps) {}

  // Errors: kNotFound (turned off, not an EC2 instance, an instance without a role), kDenied,
  // kUnavailable, kCorrupt.
  Result<Credentials> Get() override;

 private:
  Result<http::Response> Ask(const http::Request& request);

  const Environment environment_;
  const SourceDeps deps_;
};

}  // namespace eider::aws
