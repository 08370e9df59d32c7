// What the standard variables and profile files say: region and endpoints.
//
// Source: AWS SDKs and Tools Reference Guide, "Service-specific endpoints", "AWS Region".
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "eider/base/result.h"

namespace eider::aws {

// A variable's value; empty variables count as not set. Passed in, so that tests own it.
using Environment = std::function<std::optional<std::string>(std::string_view)>;

// AWS_REGION, AWS_DEFAULT_REGION, then the profile's region. Errors: kNotFound with what to set,
// kInvalid (a broken profile file).
Result<std::string> FindRegion(const Environment& environment);

// Where a service is: AWS_ENDPOINT_URL_<SERVICE> ("s3" is S3, "events" is EVENTBRIDGE), then
// AWS_ENDPOINT_URL, the profile's endpoint_url, then AWS's own address for the region. Without a
// trailing slash. AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=true skips all but the last.
Result<std::string> EndpointOf(std::string_view service, std::string_view region,
                               const Environment& environment);

// The same where somebody configured it; nullopt: AWS's own address is meant.
Result<std::optional<std::string>> ConfiguredEndpoint(std::string_view service,
                                                      const Environment& environment);

// True where the endpoint is not AWS's own: S3 is then addressed by path.
bool IsCustomEndpoint(std::string_view service, const Environment& environment);

}  // namespace eider::aws
