// The chain of sources.
#include "eider/aws/default_credentials.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "eider/aws/cached_credentials.h"
#include "eider/aws/container_credentials.h"
#include "eider/aws/environment_credentials.h"
#include "eider/aws/instance_credentials.h"
#include "eider/aws/profile_credentials.h"
#include "eider/aws/web_identity_credentials.h"

namespace eider::aws {

Result<Credentials> CredentialsChain::Get() {
  std::string reasons;
  for (const NamedSource& source : sources_) {
    Result<Credentials> credentials = source.provider->Get();
    if (credentials) return credentials;
    if (credentials.error().code != Code::kNotFound) {
      return Fail("AWS credentials from " + source.name, std::move(credentials).error());
    }
    reasons += fmt::format("{}{}: {}", reasons.empty() ? "" : "; ", source.name,
                           credentials.error().message);
  }
  return Fail(Code::kNotFound,
              fmt::format("no AWS credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or "
                          "AWS_PROFILE, or run under a role (tried {})",
                          reasons));
}

std::unique_ptr<CredentialsProvider> NewDefaultCredentials(const Environment& environment,
                                                           http::Transport& transport, Clock& clock,
                                                           Random& random) {
  const SourceDeps deps{transport, clock, random};
  std::vector<NamedSource> sources;
  sources.push_back({"the environment", std::make_unique<EnvironmentCredentials>(environment)});
  sources.push_back({"web identity", std::make_unique<WebIdentityCredentials>(environment, deps)});
  sources.push_back({"the profile", std::make_unique<ProfileCredentials>(environment, deps)});
  sources.push_back({"the container", std::make_unique<ContainerCredentials>(environment, deps)});
  sources.push_back({"the instance", std::make_unique<InstanceCredentials>(environment, deps)});
  return std::make_unique<CachedCredentials>(std::make_unique<CredentialsChain>(std::move(sources)),
                                             deps.clock);
}

}  // namespace eider::aws
