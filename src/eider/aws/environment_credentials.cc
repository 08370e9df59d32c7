#include "eider/aws/environment_credentials.h"

#include <utility>

namespace eider::aws {

Result<Credentials> EnvironmentCredentials::Get() {
  auto id = environment_("AWS_ACCESS_KEY_ID");
  auto secret = environment_("AWS_SECRET_ACCESS_KEY");
  if (!id && !secret) return Fail(Code::kNotFound, "AWS_ACCESS_KEY_ID is not set");
  if (!id) return Fail(Code::kInvalid, "AWS_SECRET_ACCESS_KEY is set without AWS_ACCESS_KEY_ID");
  if (!secret) {
    return Fail(Code::kInvalid, "AWS_ACCESS_KEY_ID is set without AWS_SECRET_ACCESS_KEY");
  }
  return Credentials{.access_key_id = *std::move(id),
                     .secret_access_key = *std::move(secret),
                     .session_token = environment_("AWS_SESSION_TOKEN").value_or(""),
                     .expires = {}};
}

}  // namespace eider::aws
