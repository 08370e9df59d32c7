// What a Lambda function is handed, in every envelope, to deliveries of files.
//
// S3 notifications come bare, in SQS messages, in SNS notifications, in SNS notifications in SQS
// messages (raw or not) and as EventBridge events, themselves bare or in SQS or SNS. A delivery is
// what the sender repeats on its own: one SQS message, else the whole event. Sources: AWS Lambda
// Developer Guide, "Using Lambda with Amazon SQS", "… SNS", "… S3"; SNS, "Raw message delivery".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "eider/base/result.h"
#include "eider/source/delivery.h"

namespace eider::source {

struct LambdaEvent {
  bool is_sqs = false;  // the answer then names the messages that failed
  std::string queue_arn =
      {};  // of an SQS event: the queue that its messages are of; empty: not said
  std::vector<Delivery> deliveries;
};

// A message that cannot be read is a delivery with a problem and stops no other one.
// Errors: kCorrupt (no JSON, no event that we know, or an SQS message without its id), kUnsupported
// (an event of another service). Never throws, whatever the bytes.
Result<LambdaEvent> ParseLambdaEvent(std::string_view json);

}  // namespace eider::source
