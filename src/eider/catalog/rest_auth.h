// How requests to a REST catalog say who sends them: a bearer token, OAuth2's client credentials or
// token exchange, or a signature of AWS.
//
// Tokens, credentials and headers of the configuration never stand in an error.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "eider/aws/credentials.h"
#include "eider/base/clock.h"
#include "eider/base/random.h"
#include "eider/base/result.h"
#include "eider/http/transport.h"

namespace eider::catalog {

// Safe for concurrent calls from several threads.
class RestAuth {
 public:
  virtual ~RestAuth() = default;

  // The headers that the request is sent with: its own, and those that say who sends it. Errors:
  // kDenied (the credentials are refused, or there are none), kUnavailable, kInvalid.
  virtual Result<std::vector<http::Header>> Headers(const http::Request& request) = 0;

  // The server refused `headers`: whether others may be taken now.
  virtual bool MayRenew(const std::vector<http::Header>& headers) = 0;
};

// What it works with. Borrowed; all outlive it.
struct RestAuthDeps {
  http::Transport& transport;
  aws::CredentialsProvider& aws_credentials;
  Clock& clock;
  Random& random;
};

// By `credential`, `token`, `token-exchange-enabled`, `token-expires-in-ms`, `scope`, `audience`,
// `resource`, `oauth2-server-uri` and `rest.sigv4-enabled`, `rest.signing-name`,
// `rest.signing-region`. `region`: where no other is named. Asks nobody yet. Errors: kInvalid (a
// property).
Result<std::unique_ptr<RestAuth>> NewRestAuth(const std::map<std::string, std::string>& properties,
                                              const std::string& server_uri,
                                              const std::string& region, const RestAuthDeps& deps);

}  // namespace eider::catalog
