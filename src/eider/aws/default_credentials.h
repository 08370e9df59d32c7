// The credentials that AWS's own tools would find, in their order: environment, web identity,
// shared profile, container, EC2 instance.
//
// Source: AWS SDKs and Tools Reference Guide, "Standardized credential providers".
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "eider/aws/credentials.h"
#include "eider/aws/environment.h"
#include "eider/base/clock.h"
#include "eider/base/random.h"
#include "eider/base/result.h"
#include "eider/http/transport.h"

namespace eider::aws {

struct NamedSource {
  std::string name;  // for the message when no source has any
  std::unique_ptr<CredentialsProvider> provider;
};

// The first source that has some; any error but kNotFound ends the search.
class CredentialsChain final : public CredentialsProvider {
 public:
  explicit CredentialsChain(std::vector<NamedSource> sources) : sources_(std::move(sources)) {}

  // Errors: kNotFound with every source's reason and what to set; those of the sources.
  Result<Credentials> Get() override;

 private:
  const std::vector<NamedSource> sources_;
};

// The chain, kept and renewed in time. Borrows all but the environment.
std::unique_ptr<CredentialsProvider> NewDefaultCredentials(const Environment& environment,
                                                           http::Transport& transport, Clock& clock,
                                                           Random& random);

}  // namespace eider::aws
