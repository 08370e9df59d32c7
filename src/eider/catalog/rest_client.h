// One question to a REST catalog: sent, repeated where that does no harm, and judged.
//
// Only an Iceberg error of the right type says that a table is not there: any other 404 is a
// proxy's, or a wrong address.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <vector>

#include "eider/base/backoff.h"
#include "eider/base/clock.h"
#include "eider/base/result.h"
#include "eider/catalog/rest_auth.h"
#include "eider/http/transport.h"

namespace eider::catalog {

// What a failure tells of the effect of a call.
enum class RestEffect : std::uint8_t {
  kNone,    // it only asks: repeated after any failure that may be over
  kChange,  // a time-out or a 5xx may hide that it was done
  // The same of a commit, where servers also answered 400 for one that was in. Source: issues of
  // several servers; the specification has 5xx alone.
  kCommit,
};

struct RestCall {
  std::string method = "GET";
  std::string path = {};  // below the server's URI, with the query, encoded: "/v1/config"
  std::string body = {};  // JSON; empty: none
  RestEffect effect = RestEffect::kNone;
  std::string idempotency_key = {};  // empty: none. With one a change may be sent again
};

// A call that did not succeed: what it means, and the server's own word for it.
struct RestFailure {
  Error error;
  std::string type = {};  // "NoSuchNamespaceException"; empty where it is no Iceberg error
  int status = 0;         // 0: no answer
};

struct RestClientOptions {
  std::string server_uri;                  // without a trailing slash
  std::vector<http::Header> headers = {};  // of every request
  RetryLimits retry{.num_retries = 5,
                    .min_wait = Milliseconds(50),
                    .max_wait = Milliseconds(5'000),
                    .total_timeout = Milliseconds(60'000)};
};

// Safe for concurrent calls from several threads.
class RestClient {
 public:
  RestClient(RestClientOptions options, std::unique_ptr<RestAuth> auth, const RestAuthDeps& deps);

  // The body of the answer, of status 2xx. Errors: kNotFound (NoSuchTableException,
  // NoSuchNamespaceException), kAlreadyExists (AlreadyExistsException), kConflict
  // (CommitFailedException), kDenied, kUnsupported, kInvalid, kCorrupt (the table's metadata),
  // kUnavailable (surely no effect), kOutcomeUnknown.
  std::expected<std::string, RestFailure> Ask(const RestCall& call);

  // For an answer of status 2xx that does not say what it should: kUnavailable, or of a change
  // kOutcomeUnknown, with what came instead.
  Error Unreadable(const RestCall& call, const std::string& body, const Error& cause) const;

 private:
  std::expected<http::Response, Error> Send(const RestCall& call);
  RestFailure Refused(const RestCall& call, const http::Response& answer) const;
  Error NotIceberg(const RestCall& call, const http::Response& answer) const;

  const RestClientOptions options_;
  const std::unique_ptr<RestAuth> auth_;
  const RestAuthDeps deps_;
};

}  // namespace eider::catalog
