// Where a worker's deliveries come from: queues, folders, webhooks, the ledger's waiting files.
//
// A delivery is what the source repeats on its own until it is settled as done: when the worker
// dies, or says so, it comes again. A source keeps what it has given from coming to others for as
// long as it is not settled.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "eider/base/clock.h"
#include "eider/base/file_ref.h"
#include "eider/base/result.h"
#include "eider/source/delivery.h"

namespace eider::source {

struct Settled {
  std::string id;  // Delivery::id
  Settlement as = Settlement::kDone;
};

// How long a source without a rule of its own lets a delivery wait that has failed so often: a
// second, doubled by each further attempt, five minutes at most.
inline Milliseconds WaitAfter(int attempts) {
  constexpr Milliseconds kLongest{300'000};
  Milliseconds wait{1'000};
  for (int i = 1; i < attempts && wait < kLongest; ++i) wait *= 2;
  return std::min(wait, kLongest);
}

// The id of a delivery that is one file.
inline std::string IdOf(const FileRef& file) {
  return file.uri.ToString() + '\n' + file.Version();
}

// Receive is called by one thread, Settle by another.
class EventSource {
 public:
  virtual ~EventSource() = default;

  // For people and metrics: "sqs orders-events", "folder /data/in".
  virtual const std::string& name() const = 0;

  // Waits for deliveries, and gives at most `deliveries_max` of them, each with an id; none when
  // there were none for a while, or the stop was requested. Errors: kUnavailable, kDenied,
  // kNotFound (the queue or folder is gone), kCorrupt. All of them may pass: the caller asks again,
  // later.
  virtual Result<std::vector<Delivery>> Receive(std::size_t deliveries_max,
                                                const std::stop_token& stop) = 0;

  // Ends deliveries that Receive has given; one that the source does not know any more is none of
  // its business. Errors: kUnavailable, kDenied, kNotFound. The deliveries that it could not settle
  // come again.
  virtual Status Settle(std::span<const Settled> settled) = 0;
};

}  // namespace eider::source
