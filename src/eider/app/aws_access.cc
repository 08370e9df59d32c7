// Opening of the AWS clients.
#include "eider/app/aws_access.h"

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "eider/aws/default_credentials.h"
#include "eider/aws/environment.h"
#include "eider/aws/json_service.h"
#include "eider/aws/service_client.h"
#include "eider/base/result.h"
#include "eider/http/curl_transport.h"

namespace eider::app {

AwsAccess::AwsAccess(aws::Environment environment, std::string region, Clock& clock, Random& random)
    : environment_(std::move(environment)),
      configured_region_(std::move(region)),
      clock_(clock),
      random_(random),
      transport_(http::NewCurlTransport({.ca_bundle = environment_("AWS_CA_BUNDLE").value_or("")})),
      credentials_(aws::NewDefaultCredentials(environment_, *transport_, clock_, random_)) {}

AwsAccess::~AwsAccess() = default;

Result<std::string> AwsAccess::Region() {
  if (!configured_region_.empty()) return configured_region_;
  if (!region_) {
    EIDER_ASSIGN(region_, aws::FindRegion(environment_));
  }
  return *region_;
}

std::string AwsAccess::RegionIfKnown() {
  const std::lock_guard lock(mutex_);
  return Region().value_or("");
}

std::unique_ptr<aws::ServiceClient> AwsAccess::NewClient(const std::string& service,
                                                         const std::string& region) {
  return std::make_unique<aws::ServiceClient>(
      aws::ClientOptions{.service = service, .region = region},
      aws::ClientDeps{*transport_, *credentials_, clock_, random_});
}

Result<AwsAccess::Opened*> AwsAccess::Open(const std::string& service) {
  const auto found = services_.find(service);
  if (found != services_.end()) return &found->second;
  EIDER_ASSIGN(const std::string region, Region());
  Opened opened;
  EIDER_ASSIGN(opened.endpoint, aws::EndpointOf(service, region, environment_));
  opened.client = NewClient(service, region);
  return &services_.emplace(service, std::move(opened)).first->second;
}

Result<AwsService> AwsAccess::Service(const std::string& service) {
  const std::lock_guard lock(mutex_);
  EIDER_ASSIGN(Opened* const opened, Open(service));
  EIDER_ASSIGN(std::string region, Region());
  return AwsService{*opened->client, std::move(region), opened->endpoint,
                    aws::IsCustomEndpoint(service, environment_)};
}

Result<AwsService> AwsAccess::ServiceOf(const std::string& service, ForeignService foreign) {
  const std::lock_guard lock(mutex_);
  if (foreign.region.empty()) {
    EIDER_ASSIGN(foreign.region, Region());
  }
  bool is_custom = true;
  if (foreign.endpoint.empty()) {
    EIDER_ASSIGN(foreign.endpoint, aws::EndpointOf(service, foreign.region, environment_));
    is_custom = aws::IsCustomEndpoint(service, environment_);
  }
  while (foreign.endpoint.ends_with('/')) foreign.endpoint.pop_back();
  aws::ClientOptions options{.service = service, .region = foreign.region};
  if (foreign.retry) options.retry = *foreign.retry;
  auto client = std::make_unique<aws::ServiceClient>(
      std::move(options),
      aws::ClientDeps{*transport_, foreign.credentials ? *foreign.credentials : *credentials_,
                      clock_, random_});
  AwsService opened{*client, std::move(foreign.region), std::move(foreign.endpoint), is_custom};
  foreign_.push_back({std::move(foreign.credentials), std::move(client)});
  return opened;
}

Result<aws::JsonService*> AwsAccess::Json(const std::string& service,
                                          std::string_view target_prefix,
                                          std::string_view json_version) {
  const std::lock_guard lock(mutex_);
  EIDER_ASSIGN(Opened* const opened, Open(service));
  return JsonOf(*opened, target_prefix, json_version);
}

aws::JsonService* AwsAccess::JsonOf(Opened& opened, std::string_view target_prefix,
                                    std::string_view json_version) {
  if (!opened.json) {
    opened.json = std::make_unique<aws::JsonService>(
        *opened.client, aws::JsonServiceOptions{.endpoint = opened.endpoint,
                                                .target_prefix = std::string(target_prefix),
                                                .json_version = std::string(json_version)});
  }
  return opened.json.get();
}

Result<aws::JsonService*> AwsAccess::DynamoDb() {
  return Json("dynamodb", "DynamoDB_20120810", "1.0");
}

Result<aws::JsonService*> AwsAccess::Glue() {
  return Json("glue", "AWSGlue", "1.1");
}

Result<aws::JsonService*> AwsAccess::StepFunctions() {
  return Json("states", "AWSStepFunctions", "1.0");
}

Result<aws::JsonService*> AwsAccess::Sqs(QueueAddress address) {
  const std::lock_guard lock(mutex_);
  if (address.region.empty()) {
    EIDER_ASSIGN(address.region, Region());
  }
  EIDER_ASSIGN(auto configured, aws::ConfiguredEndpoint("sqs", environment_));
  if (configured) {
    address.endpoint = *std::move(configured);
  } else if (address.endpoint.empty()) {
    EIDER_ASSIGN(address.endpoint, aws::EndpointOf("sqs", address.region, environment_));
  }
  Opened& opened = queues_[address];
  if (!opened.client) {
    opened.client = NewClient("sqs", address.region);
    opened.endpoint = address.endpoint;
  }
  return JsonOf(opened, "AmazonSQS", "1.0");
}

}  // namespace eider::app
