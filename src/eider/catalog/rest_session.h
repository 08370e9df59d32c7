// A REST catalog's server as this process knows it: its configuration, asked for once, and the
// addresses of what it has.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "eider/base/result.h"
#include "eider/catalog/rest_auth.h"
#include "eider/catalog/rest_client.h"
#include "eider/catalog/rest_json.h"
#include "eider/iceberg/table_name.h"

namespace eider::catalog {

struct RestServerOptions {
  std::string uri;
  RestProperties properties;  // of the configuration
  std::string aws_region;     // for signatures, where no other is named; may be empty
};

// The server after its configuration is known. Safe for concurrent calls from several threads.
class RestServer {
 public:
  RestServer(RestProperties properties, RestConfig config, std::unique_ptr<RestClient> client);

  RestClient& client() { return *client_; }

  // Of the configuration, with the server's defaults and overrides.
  const RestProperties& properties() const { return properties_; }

  bool takes_idempotency_keys() const { return config_.takes_idempotency_keys; }

  // Whether the server names the endpoint, such as "POST /v1/{prefix}/transactions/commit", among
  // those that it has. One that names none has those of the first specification.
  bool Has(std::string_view endpoint) const;

  // "/v1/<prefix>/<rest>".
  std::string Path(std::string_view rest) const;

  // "/v1/<prefix>/namespaces/a%1Fb/tables/t"
  std::string TablePath(const iceberg::TableName& table) const;
  std::string TablesPath(const Namespace& name_space) const;

  // The levels in one text, encoded.
  std::string Encoded(const Namespace& name_space) const;

 private:
  RestProperties properties_;
  RestConfig config_;
  std::unique_ptr<RestClient> client_;
};

// Safe for concurrent calls from several threads. Borrows its rooms.
class RestSession {
 public:
  RestSession(RestServerOptions options, const RestAuthDeps& deps)
      : options_(std::move(options)), deps_(deps) {}

  // Asks GET /v1/config the first time; after a failure again. Errors: those of RestClient::Ask;
  // kInvalid (the server does not know the warehouse, a property), kUnsupported (remote signing).
  Result<RestServer*> Server();

 private:
  Result<std::unique_ptr<RestClient>> NewClient(const RestProperties& properties,
                                                const std::string& uri) const;
  Result<std::unique_ptr<RestServer>> Open() const;

  const RestServerOptions options_;
  const RestAuthDeps deps_;
  std::mutex mutex_;  // guards the opening
  std::unique_ptr<RestServer> server_;
};

}  // namespace eider::catalog
