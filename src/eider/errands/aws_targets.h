// Targets of AWS: a topic of SNS, a bus of EventBridge.
//
// SNS: the event is the message, its type the message attribute `type`; in a FIFO topic each table
// is a group, and the event's id keeps what is told twice from coming twice. EventBridge: source
// `eider`, detail type `loaded`, `failed` or `held`, the event as the detail. Sources: Amazon SNS
// API Reference, Publish; Amazon EventBridge API Reference, PutEvents.
#pragma once

#include <memory>
#include <string>

#include "eider/aws/service_client.h"
#include "eider/errands/target.h"

namespace eider::errands {

struct AwsTargetOptions {
  std::string arn;
  std::string endpoint;  // without a trailing slash
};

// Both borrow the client, which is one of "sns" or of "events".
std::unique_ptr<Target> NewSnsTopic(AwsTargetOptions options, aws::ServiceClient& client);
std::unique_ptr<Target> NewEventBus(AwsTargetOptions options, aws::ServiceClient& client);

}  // namespace eider::errands
