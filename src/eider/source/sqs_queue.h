// One SQS queue: its messages, batches of up to ten of them, and errors that name it.
//
// Knows how SQS is asked, and nothing of what the messages mean. Source: Amazon SQS API Reference
// (JSON protocol), ReceiveMessage, DeleteMessageBatch, ChangeMessageVisibilityBatch.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "eider/aws/json_service.h"
#include "eider/base/clock.h"
#include "eider/base/random.h"
#include "eider/base/result.h"
#include "eider/codec/json.h"

namespace eider::source {

struct SqsMessage {
  std::string id;       // the queue's own, the same each time the message comes
  std::string receipt;  // of this time
  std::string body;
  std::string group;      // MessageGroupId: of FIFO queues
  int receive_count = 1;  // how often it was given to anybody, this time included
};

struct SqsAsk {
  std::size_t messages_max = 10;  // 1 to 10
  int visibility_seconds = 0;
  int wait_seconds = 0;  // at most 20
};

struct SqsVisibility {
  std::string receipt;
  int seconds = 0;  // from now on; at most 43,200
};

// Borrowed; all outlive the queue.
struct SqsDeps {
  aws::JsonService& service;
  Clock& clock;
  Random& random;
};

// The URL of the queue of that name in the account of the credentials. Errors: as SqsQueue.
Result<std::string> FindSqsQueue(aws::JsonService& service, const std::string& name);

// Safe for concurrent calls from several threads. Errors of all: kNotFound (no such queue), kDenied
// (names the IAM action), kCorrupt (an answer that is not SQS's), kUnavailable (all else),
// kCancelled.
class SqsQueue {
 public:
  SqsQueue(SqsDeps deps, std::string url);

  // The last part of the URL: "orders-events".
  std::string_view name() const;

  bool is_fifo() const { return url_.ends_with(".fifo"); }

  // A call whose answer was lost is repeated: of a FIFO queue the same messages come, of another
  // one they come when their visibility has ended.
  Result<std::vector<SqsMessage>> Receive(const SqsAsk& ask, const std::stop_token& stop);

  // Puts a message into the queue, which is no FIFO queue. One whose answer was lost may be there
  // twice.
  Status Add(const std::string& body, const std::stop_token& stop);

  // Both give the places, among what was given, of those that are the queue's again or gone: their
  // receipts are of no use any more. Entries that the queue itself fails are tried a few times; an
  // error means that not all was done.
  Result<std::vector<std::size_t>> Delete(std::span<const std::string> receipts);
  Result<std::vector<std::size_t>> ChangeVisibility(std::span<const SqsVisibility> changes,
                                                    const std::stop_token& stop = {});

 private:
  struct Batch;

  using EntryOf = std::function<codec::Json(std::size_t place)>;

  Result<codec::Json> Invoke(std::string_view operation, codec::Json input,
                             const std::stop_token& stop);
  Result<std::vector<std::size_t>> InBatches(std::string_view operation, std::size_t count,
                                             const EntryOf& entry_of, const std::stop_token& stop);
  Status Send(Batch& batch, const std::stop_token& stop);
  Status SendOnce(Batch& batch, const std::stop_token& stop);
  SqsDeps deps_;
  std::string url_;
};

}  // namespace eider::source
