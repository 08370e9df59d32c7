// The codes by their meaning.
#include "eider/aws/service_codes.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace eider::aws {
namespace {

constexpr std::array<std::string_view, 13> kThrottling = {"Throttling",
                                                          "ThrottlingException",
                                                          "ThrottledException",
                                                          "RequestThrottledException",
                                                          "RequestThrottled",
                                                          "TooManyRequestsException",
                                                          "ProvisionedThroughputExceededException",
                                                          "RequestLimitExceeded",
                                                          "BandwidthLimitExceeded",
                                                          "SlowDown",
                                                          "PriorRequestNotComplete",
                                                          "EC2ThrottledException",
                                                          "ThroughputExceeded"};
constexpr std::array<std::string_view, 5> kTransient = {
    "RequestTimeout", "RequestTimeoutException", "OperationTimeoutException",
    "TransactionInProgressException", "IDPCommunicationError"};
constexpr std::array<std::string_view, 3> kExpired = {"ExpiredToken", "ExpiredTokenException",
                                                      "TokenRefreshRequired"};
constexpr std::array<std::string_view, 3> kSkewed = {"RequestTimeTooSkewed", "RequestExpired",
                                                     "RequestInTheFuture"};

bool Contains(const auto& codes, std::string_view code) {
  return std::ranges::find(codes, code) != codes.end();
}

}  // namespace

bool IsThrottling(std::string_view code) {
  return Contains(kThrottling, code);
}

bool IsTransient(std::string_view code) {
  return Contains(kTransient, code);
}

bool IsExpiredCredentials(std::string_view code) {
  return Contains(kExpired, code);
}

bool IsClockSkew(std::string_view code) {
  return Contains(kSkewed, code);
}

}  // namespace eider::aws
