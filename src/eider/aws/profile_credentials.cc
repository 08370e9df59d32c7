// The way through profiles to credentials.
#include "eider/aws/profile_credentials.h"

#include <algorithm>
#include <charconv>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "eider/aws/container_credentials.h"
#include "eider/aws/environment_credentials.h"
#include "eider/aws/fixed_credentials.h"
#include "eider/aws/instance_credentials.h"
#include "eider/aws/process_credentials.h"
#include "eider/aws/profile_file.h"
#include "eider/aws/sts.h"
#include "eider/aws/token_file.h"

namespace eider::aws {
namespace {

// One search, from profile to profile.
class Search {
 public:
  Search(const ProfileFiles& files, const Environment& environment, const SourceDeps& deps)
      : files_(files), environment_(environment), deps_(deps) {}

  Result<Credentials> Resolve(const std::string& name) {
    if (std::ranges::find(visited_, name) != visited_.end()) {
      return Fail(Code::kInvalid, fmt::format("profile '{}' names itself as its source", name));
    }
    visited_.push_back(name);
    const auto found = files_.profiles.find(name);
    if (found == files_.profiles.end()) {
      return Fail(Code::kInvalid, fmt::format("no profile '{}' in {}", name, files_.places));
    }
    const Profile& profile = found->second;
    if (!ValueOf(profile, "role_arn").empty()) return ResolveRole(name, profile);
    if (auto keys = Keys(profile)) return *std::move(keys);
    const std::string_view process = ValueOf(profile, "credential_process");
    if (!process.empty()) return RunCredentialProcess(process);
    if (!ValueOf(profile, "sso_session").empty() || !ValueOf(profile, "sso_start_url").empty()) {
      return Fail(Code::kUnsupported,
                  fmt::format("profile '{0}' uses IAM Identity Center: name a profile with "
                              "credential_process = aws configure export-credentials --profile "
                              "{0} --format process",
                              name));
    }
    return Fail(Code::kNotFound,
                fmt::format("profile '{}' in {} has no credentials", name, files_.places));
  }

 private:
  static std::optional<Credentials> Keys(const Profile& profile) {
    Credentials keys{.access_key_id = std::string(ValueOf(profile, "aws_access_key_id")),
                     .secret_access_key = std::string(ValueOf(profile, "aws_secret_access_key")),
                     .session_token = std::string(ValueOf(profile, "aws_session_token")),
                     .expires = {}};
    if (keys.access_key_id.empty() || keys.secret_access_key.empty()) return std::nullopt;
    return keys;
  }

  Result<Credentials> ResolveRole(const std::string& name, const Profile& profile) {
    if (!ValueOf(profile, "mfa_serial").empty()) {
      return Fail(Code::kUnsupported,
                  fmt::format("profile '{}' asks for a code of a device (mfa_serial)", name));
    }
    RoleRequest role{.role_arn = std::string(ValueOf(profile, "role_arn")),
                     .session_name = std::string(ValueOf(profile, "role_session_name")),
                     .external_id = std::string(ValueOf(profile, "external_id")),
                     .web_identity_token = {}};
    EIDER_ASSIGN(role.duration_seconds, Duration(name, profile));
    const std::string token_file(ValueOf(profile, "web_identity_token_file"));
    if (!token_file.empty()) {
      EIDER_ASSIGN(role.web_identity_token, ReadTokenFile(token_file));
      return AssumeRoleWithWebIdentity(role, environment_, deps_);
    }
    EIDER_ASSIGN(Credentials source, ResolveSource(name, profile));
    FixedCredentials signer(std::move(source));
    return AssumeRole(role, signer, environment_, deps_);
  }

  static Result<std::optional<int>> Duration(const std::string& name, const Profile& profile) {
    const std::string_view text = ValueOf(profile, "duration_seconds");
    if (text.empty()) return std::nullopt;
    int seconds = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (error != std::errc() || end != text.data() + text.size()) {
      return Fail(Code::kInvalid,
                  fmt::format("duration_seconds of profile '{}' is no number: '{}'", name, text));
    }
    return seconds;
  }

  // Whose rights assume the role.
  Result<Credentials> ResolveSource(const std::string& name, const Profile& profile) {
    const std::string source(ValueOf(profile, "source_profile"));
    if (source == name) {
      if (auto keys = Keys(profile)) return *std::move(keys);
    }
    if (!source.empty()) return Resolve(source);
    const std::string_view kind = ValueOf(profile, "credential_source");
    std::unique_ptr<CredentialsProvider> provider;
    if (kind == "Environment") {
      provider = std::make_unique<EnvironmentCredentials>(environment_);
    } else if (kind == "EcsContainer") {
      provider = std::make_unique<ContainerCredentials>(environment_, deps_);
    } else if (kind == "Ec2InstanceMetadata") {
      provider = std::make_unique<InstanceCredentials>(environment_, deps_);
    } else {
      return Fail(Code::kInvalid,
                  fmt::format("profile '{}' has a role_arn, but neither source_profile nor "
                              "credential_source (Environment, EcsContainer, Ec2InstanceMetadata) "
                              "nor web_identity_token_file",
                              name));
    }
    Result<Credentials> found = provider->Get();
    // The profile asked for this source: without it there is nothing to go on with.
    if (!found && found.error().code == Code::kNotFound) {
      return Fail(Code::kInvalid, fmt::format("credential_source {} of profile '{}': {}", kind,
                                              name, found.error().message));
    }
    return found;
  }

  const ProfileFiles& files_;
  const Environment& environment_;
  const SourceDeps& deps_;
  std::vector<std::string> visited_;
};

}  // namespace

Result<Credentials> ProfileCredentials::Get() {
  EIDER_ASSIGN(const ProfileFiles files, ReadProfileFiles(environment_));
  const std::string name = ProfileName(environment_);
  if (!environment_("AWS_PROFILE") && !files.profiles.contains(name)) {
    return Fail(Code::kNotFound, fmt::format("no profile '{}' in {}", name, files.places));
  }
  return Search(files, environment_, deps_).Resolve(name);
}

}  // namespace eider::aws
