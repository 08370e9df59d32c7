// The AWS clients of one process: one transport, one set of credentials, one client per service.
//
// Nothing is opened before it is asked for: a purely local run never looks for credentials.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "eider/app/queue_address.h"
#include "eider/aws/credentials.h"
#include "eider/aws/environment.h"
#include "eider/aws/json_service.h"
#include "eider/aws/service_client.h"
#include "eider/base/backoff.h"
#include "eider/base/clock.h"
#include "eider/base/random.h"
#include "eider/base/result.h"
#include "eider/http/transport.h"

namespace eider::app {

// A service, ready to be called. Borrowed from AwsAccess.
struct AwsService {
  aws::ServiceClient& client;
  std::string region;
  std::string endpoint;     // without a trailing slash
  bool is_custom_endpoint;  // not AWS's own address
};

// Whose and where a service is, beside this process's own. Empty: as for the process itself.
struct ForeignService {
  std::unique_ptr<aws::CredentialsProvider> credentials;
  std::string region;
  std::string endpoint;
  std::optional<RetryLimits> retry = {};
};

// Safe for concurrent calls from several threads. What it gives lives as long as it does.
class AwsAccess {
 public:
  // `region`: as configured; empty: as the environment and the profile say.
  AwsAccess(aws::Environment environment, std::string region, Clock& clock, Random& random);
  ~AwsAccess();
  AwsAccess(const AwsAccess&) = delete;
  AwsAccess& operator=(const AwsAccess&) = delete;

  http::Transport& transport() { return *transport_; }

  aws::CredentialsProvider& credentials() { return *credentials_; }

  // Empty where nothing names one.
  std::string RegionIfKnown();

  // `service` is the signing name: "s3", "dynamodb", "glue".
  // Errors: kNotFound (no region), kInvalid (a broken profile).
  Result<AwsService> Service(const std::string& service);

  // A client of its own, kept as long as this. Errors: as Service.
  Result<AwsService> ServiceOf(const std::string& service, ForeignService foreign);

  // Errors: as Service.
  Result<aws::JsonService*> DynamoDb();
  Result<aws::JsonService*> Glue();
  Result<aws::JsonService*> StepFunctions();

  // SQS where the environment says it is, else at the queue's own address. Errors: as Service.
  Result<aws::JsonService*> Sqs(QueueAddress address);

 private:
  struct Opened {
    std::unique_ptr<aws::ServiceClient> client;
    std::string endpoint;
    std::unique_ptr<aws::JsonService> json;  // of services that speak it
  };

  Result<std::string> Region();
  Result<Opened*> Open(const std::string& service);
  std::unique_ptr<aws::ServiceClient> NewClient(const std::string& service,
                                                const std::string& region);
  Result<aws::JsonService*> Json(const std::string& service, std::string_view target_prefix,
                                 std::string_view json_version);
  static aws::JsonService* JsonOf(Opened& opened, std::string_view target_prefix,
                                  std::string_view json_version);

  aws::Environment environment_;
  std::string configured_region_;
  Clock& clock_;
  Random& random_;
  std::unique_ptr<http::Transport> transport_;
  std::unique_ptr<aws::CredentialsProvider> credentials_;
  std::mutex mutex_;  // guards what follows
  std::optional<std::string> region_;
  std::map<std::string, Opened> services_;
  std::map<QueueAddress, Opened> queues_;  // SQS at that address

  struct Foreign {
    std::unique_ptr<aws::CredentialsProvider> credentials;
    std::unique_ptr<aws::ServiceClient> client;
  };

  std::vector<Foreign> foreign_;
};

}  // namespace eider::app
