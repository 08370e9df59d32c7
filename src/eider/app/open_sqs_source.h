// The deliveries of an SQS queue, for who names it by its URL or its name.
#pragma once

#include <memory>
#include <string>

#include "eider/app/aws_access.h"
#include "eider/base/clock.h"
#include "eider/base/random.h"
#include "eider/base/result.h"
#include "eider/source/event_source.h"

namespace eider::app {

// Borrowed; all outlive the source.
struct OpenSqsDeps {
  AwsAccess& aws;
  Clock& clock;
  Random& random;
  Milliseconds visibility;  // as SqsSourceOptions
};

// `queue`: https://sqs.REGION.amazonaws.com/ACCOUNT/NAME, or the name of one in this process's own
// account and region, for which SQS is asked. Errors: kInvalid (neither of them), those of
// AwsAccess::Service, and of a name kNotFound, kDenied, kUnavailable.
Result<std::unique_ptr<source::EventSource>> OpenSqsSource(const std::string& queue,
                                                           const OpenSqsDeps& deps);

}  // namespace eider::app
