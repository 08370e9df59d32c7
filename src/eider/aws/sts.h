// Roles assumed at the Security Token Service.
//
// Source: STS API Reference, AssumeRole and AssumeRoleWithWebIdentity (version 2011-06-15): a form
// is posted, the answer is XML.
#pragma once

#include <optional>
#include <string>

#include "eider/aws/credentials.h"
#include "eider/aws/environment.h"
#include "eider/aws/unsigned_call.h"
#include "eider/base/result.h"

namespace eider::aws {

struct RoleRequest {
  std::string role_arn;
  std::string session_name;  // empty: "eider"
  std::string external_id;   // empty: none
  std::optional<int> duration_seconds = {};
  std::string web_identity_token;  // only with AssumeRoleWithWebIdentity
};

// By rights of `source`, whose credentials sign the call.
// Errors: kDenied, kUnavailable, kInvalid, kCorrupt.
Result<Credentials> AssumeRole(const RoleRequest& role, CredentialsProvider& source,
                               const Environment& environment, const SourceDeps& deps);

// By the token of an identity provider; nothing is signed. Errors: as above.
Result<Credentials> AssumeRoleWithWebIdentity(const RoleRequest& role,
                                              const Environment& environment,
                                              const SourceDeps& deps);

}  // namespace eider::aws
