// Deliveries from an SQS queue.
//
// A message is hidden from others when it is received and for as long as it is not settled, up to
// the 12 hours that SQS allows; a worker that dies gives it back by that alone. One that others got
// all the same is no error: the ledger knows which files are in. Of a FIFO queue the messages of a
// group are given one after the other, each when the one before it is done.
#pragma once

#include <memory>
#include <string>

#include "eider/base/clock.h"
#include "eider/source/event_source.h"
#include "eider/source/sqs_queue.h"

namespace eider::source {

struct SqsSourceOptions {
  std::string queue_url;  // of a FIFO queue it ends with ".fifo"
  // How long a message stays hidden when nobody hides it for longer: so long it waits when its
  // worker was killed. Whole seconds, 10 s to 12 hours.
  Milliseconds visibility{120'000};
  Milliseconds wait{20'000};  // for messages, in one call: whole seconds, at most 20 s
};

// Has a thread of its own, which extends visibilities. Settled as kAgain a message comes again
// after 1 s, twice as long each time, at most 5 min; as kWrong after 30 s to 15 min; so that the
// queue's redrive policy takes it away in the end. Receive says kDenied and kNotFound also where
// visibilities cannot be extended. Destroyed, it gives back what it has received and not given.
std::unique_ptr<EventSource> NewSqsSource(SqsSourceOptions options, SqsDeps deps);

}  // namespace eider::source
