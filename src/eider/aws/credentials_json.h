// Credentials as JSON documents carry them: of containers, EC2 and credential processes.
#pragma once

#include <string_view>

#include "eider/aws/credentials.h"
#include "eider/base/result.h"

namespace eider::aws {

// The names of the fields differ only in the token's.
struct CredentialsFields {
  std::string_view token;       // "Token", "SessionToken"
  std::string_view expiration;  // "Expiration"
};

inline constexpr CredentialsFields kMetadataFields{"Token", "Expiration"};
inline constexpr CredentialsFields kProcessFields{"SessionToken", "Expiration"};

// Errors: kCorrupt (fields are missing), never with a field's value.
Result<Credentials> ParseCredentials(std::string_view text, const CredentialsFields& fields);

}  // namespace eider::aws
