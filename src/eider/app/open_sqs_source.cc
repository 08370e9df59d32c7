// From a queue's URL or name to its source.
#include "eider/app/open_sqs_source.h"

#include <memory>
#include <string>
#include <utility>

#include "eider/app/queue_address.h"
#include "eider/aws/json_service.h"
#include "eider/base/result.h"
#include "eider/source/event_source.h"
#include "eider/source/sqs_queue.h"
#include "eider/source/sqs_source.h"

namespace eider::app {

Result<std::unique_ptr<source::EventSource>> OpenSqsSource(const std::string& queue,
                                                           const OpenSqsDeps& deps) {
  QueueAddress address;
  std::string url = queue;
  if (IsQueueUrl(queue)) {
    EIDER_ASSIGN(address, AddressOfQueue(queue));
  } else {
    EIDER_CHECK(CheckQueueName(queue));
  }
  EIDER_ASSIGN(aws::JsonService* const sqs, deps.aws.Sqs(std::move(address)));
  if (!IsQueueUrl(queue)) {
    EIDER_ASSIGN(url, source::FindSqsQueue(*sqs, queue));
  }
  return source::NewSqsSource({.queue_url = std::move(url), .visibility = deps.visibility},
                              {*sqs, deps.clock, deps.random});
}

}  // namespace eider::app
