// An SQS queue and its deliveries, for who names it by its URL or its name.
#pragma once

#include <memory>
#include <string>

#include "eider/app/aws_access.h"
#include "eider/base/clock.h"
#include "eider/base/random.h"
#include "eider/base/result.h"
#include "eider/source/event_source.h"
#include "eider/source/sqs_queue.h"

namespace eider::app {

// Borrowed; all outlive the source.
struct OpenSqsDeps {
  AwsAccess& aws;
  Clock& clock;
  Random& random;
  Milliseconds visibility;  // as SqsSourceOptions
};

// The same as a queue alone. Errors: as OpenSqsSource.
Result<source::SqsQueue> OpenSqsQueue(const std::string& queue, AwsAccess& aws, Clock& clock,
                                      Random& random);

// `queue`: https://sqs.REGION.amazonaws.com/ACCOUNT/NAME, or the name of one in this process's own
// account and region, for which SQS is asked. Errors: kInvalid (neither of them), those of
// AwsAccess::Service, and of a name kNotFound, kDenied, kUnavailable.
Result<std::unique_ptr<source::EventSource>> OpenSqsSource(const std::string& queue,
                                                           const OpenSqsDeps& deps);

}  // namespace eider::app
