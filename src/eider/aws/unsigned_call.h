// Requests without a signature, to where credentials come from: STS, containers, EC2.
#pragma once

#include "eider/base/backoff.h"
#include "eider/base/clock.h"
#include "eider/base/random.h"
#include "eider/base/result.h"
#include "eider/http/transport.h"

namespace eider::aws {

// What a source of credentials works with. Borrowed; all outlive it.
struct SourceDeps {
  http::Transport& transport;
  Clock& clock;
  Random& random;
};

inline constexpr RetryLimits kUnsignedRetries{.num_retries = 3,
                                              .min_wait = Milliseconds(50),
                                              .max_wait = Milliseconds(1'000),
                                              .total_timeout = Milliseconds(15'000)};

// Sends and repeats after throttling, 5xx and lost connections: asking twice does no harm.
// Errors: those of http::Transport::Send.
Result<http::Response> SendUnsigned(const http::Request& request, const SourceDeps& deps,
                                    const RetryLimits& limits = kUnsignedRetries);

}  // namespace eider::aws
