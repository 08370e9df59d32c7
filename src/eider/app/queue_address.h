// Where an SQS queue is, as its URL tells.
//
// Source: AWS General Reference, "Amazon SQS endpoints and quotas".
#pragma once

#include <compare>
#include <string>
#include <string_view>

#include "eider/base/result.h"

namespace eider::app {

// Empty is what the URL does not tell.
struct QueueAddress {
  std::string endpoint;  // "https://sqs.eu-west-1.amazonaws.com"
  std::string region;

  auto operator<=>(const QueueAddress&) const = default;
};

// Whether it is a URL at all, and no name.
bool IsQueueUrl(std::string_view queue);

// Errors: kInvalid (a URL without a host or a queue's name, or with more than these).
Result<QueueAddress> AddressOfQueue(std::string_view url);

// Letters, digits, "-" and "_", at most 80, perhaps ".fifo" at their end. Errors: kInvalid.
Status CheckQueueName(std::string_view name);

}  // namespace eider::app
