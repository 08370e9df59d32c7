// The shared files ~/.aws/config and ~/.aws/credentials.
//
// Source: AWS SDKs and Tools Reference Guide, "Shared config and credentials files". Lines of a
// section are `name = value`; indented lines below a name without a value are its parts, kept here
// as "s3.endpoint_url". The credentials file wins over the config file.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "eider/aws/environment.h"
#include "eider/base/result.h"

namespace eider::aws {

using Profile = std::map<std::string, std::string, std::less<>>;

struct ProfileFiles {
  std::map<std::string, Profile, std::less<>> profiles;  // by name, "default" among them
  std::map<std::string, Profile, std::less<>> services;  // [services NAME]
  std::string places;  // "~/.aws/credentials, ~/.aws/config", for messages
};

// Reads both files, from AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE or $HOME/.aws; a file
// that is not there is empty. Errors: kInvalid with file and line, never with its content; kDenied.
Result<ProfileFiles> ReadProfileFiles(const Environment& environment);

// AWS_PROFILE, or "default".
std::string ProfileName(const Environment& environment);

// A value of the profile; empty when it has none.
std::string_view ValueOf(const Profile& profile, std::string_view name);

}  // namespace eider::aws
