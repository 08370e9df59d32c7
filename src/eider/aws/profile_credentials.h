// Credentials of a profile in the shared files.
//
// Source: AWS SDKs and Tools Reference Guide, "Assume role credential provider", "Process
// credential provider". A profile has keys, a credential_process, or a role_arn whose rights come
// from source_profile, credential_source or web_identity_token_file. Read anew at every Get.
#pragma once

#include <utility>

#include "eider/aws/credentials.h"
#include "eider/aws/environment.h"
#include "eider/aws/unsigned_call.h"

namespace eider::aws {

class ProfileCredentials final : public CredentialsProvider {
 public:
  ProfileCredentials(Environment environment, SourceDeps deps)
      : environment_(std::move(environment)), deps_(deps) {}

  // Errors: kNotFound, kInvalid (broken files, a profile that names no source of its role or itself
  // in a circle, AWS_PROFILE names none), kUnsupported (MFA, IAM Identity Center), those of the
  // source and of AssumeRole.
  Result<Credentials> Get() override;

 private:
  const Environment environment_;
  const SourceDeps deps_;
};

}  // namespace eider::aws
