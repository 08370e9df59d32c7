// A role by a token file.
#include "eider/aws/web_identity_credentials.h"

#include <utility>

#include "eider/aws/sts.h"
#include "eider/aws/token_file.h"

namespace eider::aws {

Result<Credentials> WebIdentityCredentials::Get() {
  const auto file = environment_("AWS_WEB_IDENTITY_TOKEN_FILE");
  auto role_arn = environment_("AWS_ROLE_ARN");
  if (!file) return Fail(Code::kNotFound, "AWS_WEB_IDENTITY_TOKEN_FILE is not set");
  if (!role_arn) {
    return Fail(Code::kInvalid, "AWS_WEB_IDENTITY_TOKEN_FILE is set without AWS_ROLE_ARN");
  }
  RoleRequest role{.role_arn = *std::move(role_arn),
                   .session_name = environment_("AWS_ROLE_SESSION_NAME").value_or(""),
                   .external_id = {},
                   .web_identity_token = {}};
  EIDER_ASSIGN(role.web_identity_token, ReadTokenFile(*file));
  return AssumeRoleWithWebIdentity(role, environment_, deps_);
}

}  // namespace eider::aws
